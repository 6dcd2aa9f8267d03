"""Who did what, when, on which object: written once, never changed, purged only when it is old.

An event is noted in the transaction of the act it tells of: either both are there, or neither.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from psycopg.types.json import Jsonb

from connecteur.journal import CAVIARDAGE
from connecteur.sync.ports import Evenement, EvenementNote
from connecteur.tampon.connexion import Connexion, Connexions
from connecteur.tampon.textes import propre

LONGUEUR_MAX = 4000
"""Characters kept of one text of an event."""

NOTE = """
INSERT INTO sages.audit (dossier, qui, geste, objet, cle, run, detail, avant, apres)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
LISTE = """
SELECT id, le, qui, geste, objet, cle, run, detail, avant, apres FROM sages.audit
 WHERE dossier = %(dossier)s AND (%(objet)s::text IS NULL OR objet = %(objet)s)
   AND (%(cle)s::text IS NULL OR cle = %(cle)s) AND (%(avant)s::bigint IS NULL OR id < %(avant)s)
 ORDER BY id DESC LIMIT %(limite)s
"""
PURGE = "SELECT sages.purge_histoire(%s, %s, %s)"

# Another program that asks at the same time waits for this row, then sees that it is done.
A_SON_TOUR = """
INSERT INTO sages.purges AS p (dossier) VALUES (%s)
ON CONFLICT (dossier) DO UPDATE SET le = now() WHERE p.le < now() - interval '1 day' RETURNING true
"""

RUN = "run "
"""How `qui` begins when it is a run that acts."""


class DepotAudit:
    """The audit trail of one dossier."""

    def __init__(self, connexions: Connexions, dossier: str) -> None:
        self._connexions = connexions
        self._dossier = dossier

    def note(self, evenement: Evenement) -> None:
        """See `ports.Audit`."""
        with self._connexions.transaction() as connexion:
            note(connexion, self._dossier, evenement)

    def list_evenements(
        self, objet: str | None = None, cle: str | None = None, limite: int = 200, avant: int | None = None
    ) -> list[EvenementNote]:
        """The events, most recent first; `avant` is the id of the last one of the page before."""
        parametres = {"dossier": self._dossier, "objet": objet, "cle": cle, "limite": limite, "avant": avant}
        with self._connexions.transaction() as connexion:
            lignes = connexion.execute(LISTE, parametres).fetchall()
        return [_evenement(cast("LigneAudit", ligne)) for ligne in lignes]

    def purge_histoire(self, avant: datetime, qui: str) -> dict[str, int]:
        """Remove what is older than `avant` (aware) from the append-only histories; how many rows of each.

        Leaves an event when anything was removed. Raises `ErreurPermanente` when `avant` is less than a year ago.
        """
        with self._connexions.transaction() as connexion:
            return self._purge(connexion, avant, qui)

    def purge_histoire_du_jour(self, avant: datetime, qui: str) -> dict[str, int]:
        """The same, at most once a day; nothing when it was done today."""
        with self._connexions.transaction() as connexion:
            a_son_tour = connexion.execute(A_SON_TOUR, (self._dossier,)).fetchone()
            return self._purge(connexion, avant, qui) if a_son_tour else {}

    def _purge(self, connexion: Connexion, avant: datetime, qui: str) -> dict[str, int]:
        ligne = connexion.execute(PURGE, (self._dossier, avant, propre(qui))).fetchone()
        return cast("dict[str, int]", ligne[0] if ligne else {})


def note(connexion: Connexion, dossier: str, evenement: Evenement) -> None:
    """Note an event in the transaction under way."""
    e = evenement_propre(evenement)
    contenus = (None if contenu is None else Jsonb(dict(contenu)) for contenu in (e.detail, e.avant, e.apres))
    connexion.execute(NOTE, (dossier, e.qui, e.geste, e.objet, e.cle, e.run, *contenus))


def evenement_propre(evenement: Evenement) -> Evenement:
    """The event as it is kept: no secret, no endless text, nothing PostgreSQL or JSON cannot hold."""
    run = evenement.run or (evenement.qui.removeprefix(RUN) if evenement.qui.startswith(RUN) else None)
    return Evenement(
        _texte(evenement.qui) or "inconnu",
        _texte(evenement.geste),
        _texte(evenement.objet),
        _texte(evenement.cle),
        _contenu(evenement.detail),
        avant=None if evenement.avant is None else _contenu(evenement.avant),
        apres=None if evenement.apres is None else _contenu(evenement.apres),
        run=None if run is None else _texte(run),
    )


def _texte(texte: str) -> str:
    return CAVIARDAGE.texte(propre(texte))[:LONGUEUR_MAX]


def _contenu(contenu: Mapping[str, Any]) -> dict[str, Any]:
    return cast("dict[str, Any]", _borne(CAVIARDAGE.propre(contenu)))


def _borne(valeur: object) -> object:
    match valeur:
        case str():
            return propre(valeur)[:LONGUEUR_MAX]
        case dict():
            return {propre(cle): _borne(contenu) for cle, contenu in valeur.items()}
        case list():
            return [_borne(contenu) for contenu in valeur]
        case float() if not abs(valeur) < float("inf"):
            return str(valeur)
        case _:
            return valeur


LigneAudit = tuple[
    int, datetime, str, str, str, str, str | None, dict[str, Any], dict[str, Any] | None, dict[str, Any] | None
]


def _evenement(ligne: LigneAudit) -> EvenementNote:
    ident, le, qui, geste, objet, cle, run, detail, avant, apres = ligne
    return EvenementNote(ident, le, Evenement(qui, geste, objet, cle, detail, avant=avant, apres=apres, run=run))
