"""Faults on demand: which calls they strike, how often, and what happens to them."""

import random
import threading
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from http import HTTPStatus
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


class Genre(StrEnum):
    """What a fault does to a call."""

    LATENCE = "latence"
    """The call waits `duree_ms`, then goes on: other faults may strike it too."""
    STATUT = "statut"
    """An error in problem+json: `statut` (500 unless told), with `Retry-After` when `retry_after` is given."""
    HTML = "html"
    """A web page in the place of JSON, with `statut` (200 unless told)."""
    COUPE = "coupe"
    """The call is carried out, the line is cut in the middle of the answer's body."""
    RESET = "reset"
    """The connection is reset (RST) without a byte of answer."""
    GOUTTE = "goutte"
    """The call is carried out, its answer drips over `duree_ms`."""


def _reponse_entiere(statut: HTTPStatus) -> HTTPStatus:
    if statut != HTTPStatus.OK and statut < HTTPStatus.BAD_REQUEST:
        raise ValueError("200 or an error: other answers have no body")
    return statut


class Panne(BaseModel):
    """One fault. It strikes the calls of /api and /auth whose method and path match (`*` and `?` as in a shell)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    genre: Genre
    methode: str = "*"
    chemin: str = "*"
    apres: Annotated[int, Field(ge=0)] = 0
    """How many matching calls are let through first."""
    fois: Annotated[int, Field(ge=1)] | None = None
    """How many calls are struck before it is over; None: never over."""
    probabilite: Annotated[float, Field(ge=0, le=1)] = 1.0
    """The chance of a matching call to be struck; drawn from the seed, so a run can be had again."""
    statut: Annotated[HTTPStatus, AfterValidator(_reponse_entiere)] | None = None
    retry_after: Annotated[str, Field(pattern=r"^[ -~]{1,60}$")] | None = None
    """The text of the header: a number of seconds or an HTTP date."""
    duree_ms: Annotated[int, Field(ge=0, le=600_000)] = 0
    executee: bool = False
    """Whether the call is carried out before a `statut`, `html` or `reset`: done, but nobody is told."""

    def vise(self, methode: str, chemin: str) -> bool:
        """Whether it may strike this call."""
        return fnmatchcase(methode, self.methode.upper()) and fnmatchcase(chemin, self.chemin)


@dataclass(slots=True)
class EtatPanne:
    """A fault and what became of it: matching calls seen, calls struck."""

    id: int
    panne: Panne
    hasard: random.Random = field(repr=False)
    vues: int = 0
    frappees: int = 0

    def tire(self) -> bool:
        """Whether the matching call at hand is struck."""
        self.vues += 1
        if self.vues <= self.panne.apres or (self.panne.fois is not None and self.frappees >= self.panne.fois):
            return False
        # Drawn even when the chance is 1: the seed then gives the same sequence whatever the chance.
        if self.hasard.random() >= self.panne.probabilite:
            return False
        self.frappees += 1
        return True


class Pannes:
    """The faults in force. Any thread may call. The same seed and the same calls give the same faults."""

    def __init__(self, graine: int = 0) -> None:
        self._verrou = threading.Lock()
        self._graine = graine
        self._etats: dict[int, EtatPanne] = {}
        self._suivant = 1

    def ajoute(self, panne: Panne) -> int:
        """Put a fault in force; its number takes it away again."""
        with self._verrou:
            ident, self._suivant = self._suivant, self._suivant + 1
            hasard = random.Random(f"{self._graine}/{ident}")  # noqa: S311 - a test bench, not a secret
            self._etats[ident] = EtatPanne(ident, panne, hasard)
            return ident

    def retire(self, ident: int) -> bool:
        """Take one away; False when there is none of that number."""
        with self._verrou:
            return self._etats.pop(ident, None) is not None

    def vide(self, graine: int | None = None) -> None:
        """Take all away and start again from the seed (another one when given)."""
        with self._verrou:
            self._etats.clear()
            self._suivant = 1
            self._graine = self._graine if graine is None else graine

    def liste(self) -> list[EtatPanne]:
        """The faults in force, oldest first."""
        with self._verrou:
            return list(self._etats.values())

    def frappe(self, methode: str, chemin: str) -> tuple[float, Panne | None]:
        """For one call: the seconds it must wait, and the fault that then strikes it (the oldest that does)."""
        attente_ms = 0
        with self._verrou:
            for etat in self._etats.values():
                if not (etat.panne.vise(methode, chemin) and etat.tire()):
                    continue
                if etat.panne.genre is not Genre.LATENCE:
                    return attente_ms / 1000, etat.panne
                attente_ms += etat.panne.duree_ms
        return attente_ms / 1000, None
