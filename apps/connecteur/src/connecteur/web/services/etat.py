"""The three systems, as last checked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from connecteur.domain.controle import Controle


class NomSysteme(StrEnum):
    """The three systems, in the order of the flow."""

    BATIGEST = "Batigest"
    TAMPON = "Tampon"
    BATISIMPLY = "BatiSimply"


@dataclass(frozen=True, slots=True)
class Systeme:
    """What the last check of one system found. `verifie_a` is None (and no controls) before the first answer."""

    nom: NomSysteme
    controles: tuple[Controle, ...] = ()
    verifie_a: datetime | None = None


class Etat(Protocol):
    """The state of the three systems, as last checked: never waits for an answer."""

    def systemes(self) -> Sequence[Systeme]:
        """One per system, in the order of `NomSysteme`."""
        ...
