"""Which licences a filter lets through, in SQL."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, func, select

from licence_manager.domain.licence import SANS_LIMITE
from licence_manager.domain.recherche import Filtre
from licence_manager.repository.tables import contacts, licences, machines, validations
from sages_commun.licence.verdict import Verdict

SILENCE = timedelta(days=3)
"""A licence in force that nobody has used for so long deserves a look."""
REFUS_RECENTS = timedelta(days=7)


def filtre_sql(filtre: Filtre, bornes: tuple[datetime, datetime]) -> ColumnElement[bool]:
    """The condition; `bornes` are now and until when an expiry is near."""
    maintenant, bientot = bornes
    gardee = licences.c.archivee_le.is_(None)
    en_vigueur = and_(gardee, licences.c.active, licences.c.expire_le >= maintenant)
    muettes = select(contacts.c.licence_id).where(contacts.c.derniere_le < maintenant - SILENCE)
    conditions: dict[Filtre, ColumnElement[bool]] = {
        Filtre.TOUTES: gardee,
        Filtre.ACTIVES: en_vigueur,
        Filtre.EXPIRENT_BIENTOT: and_(en_vigueur, licences.c.expire_le <= bientot),
        Filtre.EXPIREES: and_(gardee, licences.c.active, licences.c.expire_le < maintenant),
        Filtre.INACTIVES: and_(gardee, ~licences.c.active),
        Filtre.ARCHIVEES: ~gardee,
        Filtre.REFUSEES: and_(gardee, licences.c.id.in_(licences_refusees(maintenant))),
        Filtre.PRES_LIMITE: and_(en_vigueur, pres_de_la_limite()),
        Filtre.SILENCIEUSES: and_(en_vigueur, licences.c.id.in_(muettes)),
    }
    return conditions[filtre]


def licences_refusees(maintenant: datetime) -> Select[int]:
    """The numbers of those that were refused these last days."""
    v = validations.c
    return select(v.licence_id).where(
        v.licence_id != 0, v.verdict != Verdict.VALIDE.value, v.debut >= maintenant - REFUS_RECENTS
    )


def pres_de_la_limite() -> ColumnElement[bool]:
    """Nine uses in ten made, or as many machines as there are places, when there are several."""
    ici = licences.alias("limitees")
    en_usage = (ici.c.archivee_le.is_(None), ici.c.active)
    # One question for each limit: that is how each finds its own index.
    utilisations = select(ici.c.id).where(
        *en_usage, ici.c.utilisations_max != SANS_LIMITE, ici.c.utilisations * 10 >= ici.c.utilisations_max * 9
    )
    prises = select(func.count()).select_from(machines).where(machines.c.licence_id == ici.c.id).scalar_subquery()
    places = select(ici.c.id).where(
        *en_usage, ici.c.machines_max != SANS_LIMITE, ici.c.machines_max > 1, prises >= ici.c.machines_max
    )
    return licences.c.id.in_(utilisations.union(places))
