"""What is wrong, for the dashboard: a few of each, the most pressing first, within one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from licence_manager.domain.duree import FUSEAU
from licence_manager.domain.licence import SANS_LIMITE, Licence, est_expiree
from licence_manager.repository.filtres import SILENCE, pres_de_la_limite, refus_recents
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


def list_refusees(connexion: Connection, maintenant: datetime, plafond: int) -> list[LicenceRefusee]:
    """Those refused most these last days, when they still would be; archived ones are left alone.

    The refusals first, then the licences they are about: joined at once, all the licences would be read.
    """
    v = validations.c
    refus = connexion.execute(
        select(v.licence_id, v.verdict, func.sum(v.nombre).label("nombre"), func.max(v.debut).label("dernier"))
        .where(refus_recents(maintenant))
        .group_by(v.licence_id, v.verdict)
        .order_by(func.sum(v.nombre).desc(), v.licence_id)
        .limit(plafond)
    ).all()
    lues = _lis(connexion, [ligne.licence_id for ligne in refus])
    trouvees = [
        LicenceRefusee(
            lues[ligne.licence_id],
            Verdict(ligne.verdict),
            int(ligne.nombre),
            f"{ligne.dernier.astimezone(FUSEAU):%Y-%m-%d}",
        )
        for ligne in refus
        if ligne.licence_id in lues
    ]
    return [une for une in trouvees if _tient_encore(une, maintenant)]


def _tient_encore(une: LicenceRefusee, maintenant: datetime) -> bool:
    """A licence that was put in order since its last refusal is no problem any more."""
    licence, fiche = une.licence, une.licence.fiche
    match une.verdict:
        case _ if licence.archivee:
            return False
        case Verdict.EXPIREE:
            return est_expiree(licence, maintenant)
        case Verdict.INACTIVE:
            return not licence.active
        case Verdict.LIMITE_UTILISATIONS:
            return fiche.utilisations_max != SANS_LIMITE and licence.utilisations >= fiche.utilisations_max
        case Verdict.LIMITE_MACHINES:
            return fiche.machines_max != SANS_LIMITE
        case _:
            return False


def list_pleines(connexion: Connection, maintenant: datetime, plafond: int) -> list[LicencePleine]:
    """Those in use that are close to their limits, the next to expire first."""
    numeros = connexion.scalars(pres_de_la_limite(maintenant).limit(plafond)).all()
    lues = [une for une in _lis(connexion, numeros).values() if not est_expiree(une, maintenant)]
    lues.sort(key=lambda une: (une.expire_le, une.id))
    prises = connexion.execute(
        select(machines.c.licence_id, func.count().label("prises"))
        .where(machines.c.licence_id.in_([une.id for une in lues]))
        .group_by(machines.c.licence_id)
    )
    comptes = {ligne.licence_id: ligne.prises for ligne in prises}
    return [LicencePleine(une, comptes.get(une.id, 0)) for une in lues]


def _lis(connexion: Connection, numeros: Sequence[int]) -> dict[int, Licence]:
    lignes = connexion.execute(select(*COLONNES).select_from(_LUES).where(licences.c.id.in_(numeros)))
    return {ligne.id: licence_de(ligne) for ligne in lignes}


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
