"""Which licences a filter lets through, in SQL."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, any_, func, literal_column, select, union

from licence_manager.domain.licence import SANS_LIMITE
from licence_manager.domain.recherche import Filtre
from licence_manager.repository.tables import contacts, licences, machines, validations
from sages_commun.licence.verdict import Verdict

SILENCE = timedelta(days=3)
"""A licence in force that nobody has used for so long deserves a look."""
REFUS_RECENTS = timedelta(days=7)
PLACES_RECENTES = timedelta(days=30)
"""As many machines as there are places is how it should be; the last place taken just now says more will be wanted."""


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
        Filtre.REFUSEES: and_(gardee, _parmi(licences_refusees(maintenant))),
        Filtre.PRES_LIMITE: and_(en_vigueur, _parmi(pres_de_la_limite(maintenant))),
        Filtre.SILENCIEUSES: and_(en_vigueur, licences.c.id.in_(muettes)),
    }
    return conditions[filtre]


def _parmi(numeros: Select[int]) -> ColumnElement[bool]:
    """One of these, which are few: found first, then looked up; as a join, every licence would be read."""
    return licences.c.id == any_(func.array(numeros.scalar_subquery()))


# Written in the statement and not beside it: only so does PostgreSQL see that the partial indexes hold all it needs.
ZERO: ColumnElement[int] = literal_column("0")
SANS: ColumnElement[int] = literal_column(str(SANS_LIMITE))
VALIDE: ColumnElement[str] = literal_column(f"'{Verdict.VALIDE.value}'")


def refus_recents(maintenant: datetime) -> ColumnElement[bool]:
    """Of a licence, these last days."""
    v = validations.c
    return and_(v.licence_id != ZERO, v.verdict != VALIDE, v.debut >= maintenant - REFUS_RECENTS)


def licences_refusees(maintenant: datetime) -> Select[int]:
    """The numbers of those that were refused these last days."""
    return select(validations.c.licence_id).where(refus_recents(maintenant))


def pres_de_la_limite(maintenant: datetime) -> Select[int]:
    """The numbers of those that are: nine uses in ten made, or the last of several machines taken not long ago."""
    ici = licences.alias("limitees")
    en_usage = (ici.c.archivee_le.is_(None), ici.c.active)
    utilisations = select(ici.c.id).where(
        *en_usage, ici.c.utilisations_max != SANS, ici.c.utilisations * 10 >= ici.c.utilisations_max * 9
    )
    # From the new machines and not from the licences: counting those of every licence would read them all.
    neuves = machines.alias("neuves")
    prises = select(func.count()).select_from(machines).where(machines.c.licence_id == ici.c.id).scalar_subquery()
    places = (
        select(ici.c.id)
        .join(neuves, neuves.c.licence_id == ici.c.id)
        .where(neuves.c.premiere_le >= maintenant - PLACES_RECENTES)
        .where(*en_usage, ici.c.machines_max > literal_column("1"), prises >= ici.c.machines_max)
    )
    return union(utilisations, places).subquery().select()
