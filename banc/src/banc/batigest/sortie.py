"""The answer to one message, written as it is made: tokens are gathered and leave by packets."""

import struct
from collections.abc import Sequence
from typing import Any, Protocol

from pysqlbridge.tds.token import TDS_74, EnvChangeType, env_change, error, info

from banc.batigest import jetons
from banc.batigest.erreurs import ErreurSql
from banc.batigest.jetons import APPEL_SUIVANT, COMPTE, DONE, DONEINPROC, DONEPROC, ERREUR, MORE, Colonne
from banc.batigest.types_sql import TypeSql

SEUIL = 64 * 1024
SERVEUR = "BANC"

COMMANDES = {
    "SELECT": 0xC1,
    "INSERT": 0xC3,
    "DELETE": 0xC4,
    "UPDATE": 0xC5,
    "BEGIN": 0xD4,
    "COMMIT": 0xD5,
    "ROLLBACK": 0xD2,
}


class Envoi(Protocol):
    """Sends a piece of the message."""

    def __call__(self, octets: bytes, *, fin: bool) -> None:
        """`fin`: it is the last one."""
        ...


class Sortie:
    """Tells one client what became of its request.

    An ending (DONE …) says whether something follows it, so the last one is held back until that is known.
    """

    def __init__(self, envoie: Envoi, version: int) -> None:
        self._envoie = envoie
        self._version = version
        self._tampon = bytearray()
        self._attente: tuple[int, int, int, int] | None = None
        self.dans_appel = False
        """Inside a remote call, statements end with DONEINPROC."""

    def colonnes(self, colonnes: Sequence[Colonne]) -> None:
        """The shape of the rows that follow."""
        self.brut(jetons.colonnes(colonnes))

    def lignes(self, types: Sequence[TypeSql], lignes: Sequence[Sequence[Any]]) -> None:
        """Rows. Raises `ErreurSql` 8115 for a value that its column cannot hold."""
        try:
            self.brut(jetons.lignes(types, lignes))
        except (OverflowError, struct.error, StopIteration) as exc:
            raise ErreurSql(8115, "Arithmetic overflow error converting expression.") from exc

    def fini(self, verbe: str, compte: int | None, *, erreur: bool = False) -> None:
        """The end of one statement."""
        etat = (COMPTE if compte is not None else 0) | (ERREUR if erreur else 0)
        self._termine(DONEINPROC if self.dans_appel else DONE, etat, COMMANDES.get(verbe, 0), compte or 0)

    def fin_appel(self, sorties: Sequence[tuple[int, str, TypeSql, Any]] = (), *, erreur: bool = False) -> None:
        """The end of one remote call, with its OUTPUT parameters."""
        self.brut(jetons.etat_de_retour(-6 if erreur else 0))
        for sortie in sorties:
            self.brut(jetons.valeur_de_retour(*sortie))
        self._termine(DONEPROC, ERREUR if erreur else 0, 0xE0, 0)

    def fins_appels(self, fois: int, *, compte: bool) -> None:
        """The endings of as many calls that inserted one row each."""
        bloc = jetons.done(DONEINPROC, MORE | COMPTE, COMMANDES["INSERT"], 1) if compte else b""
        bloc += jetons.etat_de_retour()
        self.brut((bloc + jetons.done(DONEPROC, MORE | APPEL_SUIVANT, 0xE0)) * (fois - 1) + bloc)
        self._termine(DONEPROC, 0, 0xE0, 0)

    def erreur(self, exc: ErreurSql) -> None:
        """One error message."""
        self.brut(
            error(exc.numero, exc.message[:2000], state=exc.etat, severity=exc.classe, server=SERVEUR,
                  tds_version=self._version)
        )  # fmt: skip

    def info(self, numero: int, message: str, etat: int = 1) -> None:
        """One informational message."""
        self.brut(info(numero, message, state=etat, server=SERVEUR, tds_version=self._version))

    def change(self, genre: EnvChangeType, nouveau: str | bytes, ancien: str | bytes) -> None:
        """ENVCHANGE."""
        self.brut(env_change(genre, nouveau, ancien))

    def brut(self, octets: bytes) -> None:
        """Any token."""
        self._libere(suite=True)
        self._tampon += octets
        if len(self._tampon) > SEUIL:
            self._envoie(bytes(self._tampon), fin=False)
            self._tampon.clear()

    def termine(self) -> None:
        """The message is complete."""
        if self._attente is None:
            self._termine(DONEPROC if self.dans_appel else DONE, 0, 0, 0)
        self._libere(suite=False)
        self._envoie(bytes(self._tampon), fin=True)
        self._tampon.clear()

    def acquitte(self) -> None:
        """The client cancelled: what was not sent is forgotten, and the cancellation acknowledged."""
        self._attente = None
        self._tampon.clear()
        self._tampon += jetons.done(DONE, jetons.ATTENTION)
        self._envoie(bytes(self._tampon), fin=True)
        self._tampon.clear()

    def abandonne(self) -> None:
        """The client cancelled: what was not sent is forgotten; the acknowledgement comes as the next message."""
        self._attente = None
        self._tampon.clear()

    def _termine(self, genre: int, etat: int, commande: int, compte: int) -> None:
        self._libere(suite=True)
        self._attente = (genre, etat, commande, compte)

    def _libere(self, *, suite: bool) -> None:
        if self._attente is not None:
            genre, etat, commande, compte = self._attente
            self._attente = None
            if suite:
                etat |= MORE | (APPEL_SUIVANT if genre == DONEPROC else 0)
            self._tampon += jetons.done(genre, etat, commande, compte)


def muette() -> Sortie:
    """Nobody listens."""

    def envoie(octets: bytes, *, fin: bool) -> None:
        del octets, fin

    return Sortie(envoie, TDS_74)
