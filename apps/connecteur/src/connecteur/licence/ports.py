"""What the gate needs of the others, in a few methods each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from connecteur.domain.licence import EchecContact, Passage, Repere, Trace
from connecteur.licence.echange import Question
from sages_commun.licence import Bail


@dataclass(frozen=True, slots=True)
class Reponse:
    """What a provider answered, believed; `garde` is what can be kept of it and believed again."""

    bail: Bail
    garde: str


class Fournisseur(Protocol):
    """Who knows what a key is worth."""

    def demande(self, question: Question) -> Reponse:
        """Its verdict. Raises `ErreurConnecteur` when there is none to believe."""
        ...

    def relit(self, garde: str, cle: str, machine: str, maintenant: datetime) -> Bail:
        """A verdict that was kept. Raises `BailRefuse`."""
        ...

    def close(self) -> None:
        """Close the connections."""
        ...


class Coffre(Protocol):
    """The vault. Every method raises `ErreurConnecteur`."""

    def lit(self, nom: str) -> str | None:
        """The secret of this name."""
        ...

    def ecrit(self, valeurs: Mapping[str, str | None]) -> None:
        """Several at once, whole or not at all; None takes one away."""
        ...


class Depot(Protocol):
    """What the tampon keeps, machine by machine. Every method raises `ErreurTransitoire` or `ErreurPermanente`."""

    def read_repere(self, machine: str) -> Repere | None:
        """Where time stood."""
        ...

    def write_repere(self, machine: str, repere: Repere, *, fraiche: bool = False) -> None:
        """Note it, unless a later one is noted; `fraiche`: the server has just answered, note it whatever was noted."""
        ...

    def read_echec(self, machine: str) -> EchecContact | None:
        """The last contact, when it failed."""
        ...

    def write_echec(self, machine: str, echec: EchecContact | None) -> None:
        """Note it, or that the last contact went well."""
        ...

    def read_passage(self, run: str) -> Passage | None:
        """What became of the use this run makes of the licence; None when it was not let in yet."""
        ...

    def write_passage(self, machine: str, run: str, passage: Passage | None) -> None:
        """Note it; None: it was refused, and is not let in."""
        ...

    def read_du(self, machine: str) -> str | None:
        """The oldest run whose use is owed; None when none is."""
        ...

    def note(self, machine: str, trace: Trace, *, si_nouveau: bool = False) -> bool:
        """Add to the history; with `si_nouveau`, unless the last one of this kind said the same."""
        ...

    def list_traces(self, machine: str, limite: int = 50) -> Sequence[Trace]:
        """The history, most recent first."""
        ...
