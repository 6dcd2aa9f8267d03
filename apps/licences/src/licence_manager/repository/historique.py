"""The history, written and read; the database refuses that it be changed."""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Connection, insert, select

from licence_manager.domain.historique import Evenement, Geste
from licence_manager.domain.recherche import Curseur, Page
from licence_manager.repository.tables import historique


def note(connexion: Connection, evenements: Iterable[Evenement]) -> None:
    """Write what happened, in the transaction that makes it happen."""
    lignes = [
        {"licence_id": e.licence, "le": e.le, "qui": e.qui, "geste": e.geste.value, "detail": dict(e.detail)}
        for e in evenements
    ]
    if lignes:
        connexion.execute(insert(historique), lignes)


def list_historique(connexion: Connection, licence: int | None, apres: Curseur | None, taille: int) -> Page[Evenement]:
    """What happened to a licence (None: to all of them), the latest first."""
    requete = select(historique).order_by(historique.c.id.desc()).limit(taille + 1)
    if licence is not None:
        requete = requete.where(historique.c.licence_id == licence)
    if apres is not None:
        requete = requete.where(historique.c.id < apres.id)
    lignes = connexion.execute(requete).all()
    lus = tuple(_evenement(ligne) for ligne in lignes[:taille])
    return Page(lus, Curseur("", lus[-1].id) if len(lignes) > taille else None)


def read_dernier(connexion: Connection, licence: int, gestes: Collection[Geste]) -> Evenement | None:
    """The last of these that happened to a licence."""
    ligne = connexion.execute(
        select(historique)
        .where(historique.c.licence_id == licence, historique.c.geste.in_([geste.value for geste in gestes]))
        .order_by(historique.c.id.desc())
        .limit(1)
    ).one_or_none()
    return None if ligne is None else _evenement(ligne)


def _evenement(ligne: Any) -> Evenement:
    return Evenement(Geste(ligne.geste), ligne.qui, ligne.le, ligne.licence_id, ligne.detail, ligne.id)
