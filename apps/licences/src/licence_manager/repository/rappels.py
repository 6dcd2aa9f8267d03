"""The reminders that left, and those that could not."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from licence_manager.domain.licence import Licence
from licence_manager.repository.licences import COLONNES, licence_de
from licence_manager.repository.tables import contacts, licences, rappels, rappels_echecs


@dataclass(frozen=True, slots=True)
class RappelParti:
    """A reminder that left. A licence sold for a few days passes several thresholds at once, with one message."""

    licence: Licence
    jours: int
    le: datetime


@dataclass(frozen=True, slots=True)
class RappelEnEchec:
    """A reminder that could not leave, and is tried again every hour."""

    licence: Licence
    jours: int
    au_client: bool
    """Else to whoever looks after the licences."""
    premier_le: datetime
    dernier_le: datetime
    essais: int


@dataclass(frozen=True, slots=True)
class Echec:
    """A reminder that could not be sent to one of those who get it."""

    licence: Licence
    jours: int
    destination: bytes
    au_client: bool


def forget_echecs(connexion: Connection, licence: Licence, destination: bytes) -> None:
    """The reminder left after all."""
    echecs = rappels_echecs.c
    connexion.execute(delete(rappels_echecs).where(echecs.licence_id == licence.id, echecs.destination == destination))


def note_echec(connexion: Connection, echec: Echec, maintenant: datetime) -> None:
    """It will be tried again."""
    valeurs = {
        "licence_id": echec.licence.id, "expire_le": echec.licence.expire_le, "jours": echec.jours,
        "destination": echec.destination, "au_client": echec.au_client,
        "premier_le": maintenant, "dernier_le": maintenant, "essais": 1,
    }  # fmt: skip
    connexion.execute(
        insert(rappels_echecs)
        .values(valeurs)
        .on_conflict_do_update(
            index_elements=["licence_id", "expire_le", "jours", "destination"],
            set_={"dernier_le": maintenant, "essais": rappels_echecs.c.essais + 1},
        )
    )


_LICENCE = licences.outerjoin(contacts, contacts.c.licence_id == licences.c.id)


def list_partis(connexion: Connection, nombre: int) -> list[RappelParti]:
    """The latest."""
    # One message for several thresholds, to several people: the closest threshold is what it said.
    derniers = (
        select(rappels.c.licence_id, rappels.c.le, func.min(rappels.c.jours).label("jours"))
        .group_by(rappels.c.licence_id, rappels.c.le)
        .order_by(rappels.c.le.desc(), rappels.c.licence_id)
        .limit(nombre)
        .subquery()
    )
    lignes = connexion.execute(
        select(*COLONNES, derniers.c.jours, derniers.c.le)
        .select_from(derniers.join(_LICENCE, licences.c.id == derniers.c.licence_id))
        .order_by(derniers.c.le.desc(), licences.c.id)
    )
    return [RappelParti(licence_de(ligne), ligne.jours, ligne.le) for ligne in lignes]


def list_echecs(connexion: Connection, nombre: int) -> list[RappelEnEchec]:
    """Those that still matter, the oldest first: not those of a licence extended or put away since."""
    echecs = rappels_echecs.c
    lignes = connexion.execute(
        select(*COLONNES, echecs.jours, echecs.au_client, echecs.premier_le, echecs.dernier_le, echecs.essais)
        .select_from(_LICENCE.join(rappels_echecs, echecs.licence_id == licences.c.id))
        .where(echecs.expire_le == licences.c.expire_le, licences.c.active, licences.c.archivee_le.is_(None))
        .order_by(echecs.premier_le, licences.c.id)
        .limit(nombre)
    )
    return [
        RappelEnEchec(licence_de(ligne), ligne.jours, ligne.au_client, ligne.premier_le, ligne.dernier_le, ligne.essais)
        for ligne in lignes
    ]
