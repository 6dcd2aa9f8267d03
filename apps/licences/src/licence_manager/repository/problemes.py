"""What is wrong, for the dashboard: a few of each, the most pressing first, within one transaction."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from licence_manager.domain.duree import FUSEAU
from licence_manager.domain.licence import Licence
from licence_manager.repository.filtres import REFUS_RECENTS, SILENCE, licences_refusees, pres_de_la_limite
from licence_manager.repository.licences import COLONNES, licence_de
from licence_manager.repository.tables import contacts, licences, machines, validations
from sages_commun.licence.verdict import Verdict

_LUES = licences.outerjoin(contacts, contacts.c.licence_id == licences.c.id)


@dataclass(frozen=True, slots=True)
class LicenceRefusee:
    """A licence that connectors still ask for and are refused."""

    licence: Licence
    verdict: Verdict
    nombre: int
    dernier: str
    """Last day of it, `2026-12-31`, in Paris."""


@dataclass(frozen=True, slots=True)
class LicencePleine:
    """A licence close to one of its limits."""

    licence: Licence
    machines: int


def list_refusees(connexion: Connection, maintenant: datetime, nombre: int) -> list[LicenceRefusee]:
    """Those refused most these last days; archived ones are left alone."""
    v = validations.c
    refus = (
        select(v.licence_id, v.verdict, func.sum(v.nombre).label("nombre"), func.max(v.debut).label("dernier"))
        .where(v.licence_id != 0, v.verdict != Verdict.VALIDE.value, v.debut >= maintenant - REFUS_RECENTS)
        .group_by(v.licence_id, v.verdict)
        .subquery()
    )
    # Still true: a licence that was extended since its last refusal is no problem any more.
    toujours = ((refus.c.verdict != Verdict.EXPIREE.value) | (licences.c.expire_le < maintenant)) & (
        (refus.c.verdict != Verdict.INACTIVE.value) | ~licences.c.active
    )
    lignes = connexion.execute(
        select(*COLONNES, refus.c.verdict, refus.c.nombre, refus.c.dernier)
        .select_from(_LUES.join(refus, refus.c.licence_id == licences.c.id))
        .where(licences.c.archivee_le.is_(None), toujours)
        .order_by(refus.c.nombre.desc(), licences.c.id)
        .limit(nombre)
    )
    return [
        LicenceRefusee(
            licence_de(ligne), Verdict(ligne.verdict), int(ligne.nombre), f"{ligne.dernier.astimezone(FUSEAU):%Y-%m-%d}"
        )
        for ligne in lignes
    ]


def count_refusees(connexion: Connection, maintenant: datetime, plafond: int) -> int:
    """How many licences were refused these last days."""
    requete = select(licences.c.id).where(
        licences.c.archivee_le.is_(None), licences.c.id.in_(licences_refusees(maintenant))
    )
    return connexion.scalar(select(func.count()).select_from(requete.limit(plafond).subquery())) or 0


def list_pleines(connexion: Connection, maintenant: datetime, nombre: int) -> list[LicencePleine]:
    """Those in use that are close to their limits, the next to expire first."""
    prises = select(func.count()).select_from(machines).where(machines.c.licence_id == licences.c.id).scalar_subquery()
    lignes = connexion.execute(
        select(*COLONNES, prises.label("prises"))
        .select_from(_LUES)
        .where(
            licences.c.archivee_le.is_(None), licences.c.active, licences.c.expire_le >= maintenant, pres_de_la_limite()
        )
        .order_by(licences.c.expire_le, licences.c.id)
        .limit(nombre)
    )
    return [LicencePleine(licence_de(ligne), ligne.prises) for ligne in lignes]


def list_silencieuses(connexion: Connection, maintenant: datetime, nombre: int) -> list[Licence]:
    """Those in use that are silent, the last to fall silent first: there is still somebody to call."""
    lignes = connexion.execute(
        select(*COLONNES)
        .select_from(licences.join(contacts, contacts.c.licence_id == licences.c.id))
        .where(
            licences.c.archivee_le.is_(None),
            licences.c.active,
            licences.c.expire_le >= maintenant,
            contacts.c.derniere_le < maintenant - SILENCE,
        )
        .order_by(contacts.c.derniere_le.desc())
        .limit(nombre)
    )
    return [licence_de(ligne) for ligne in lignes]
