"""The licence of this machine, and what it allows to one dossier."""

from collections.abc import Sequence
from typing import Protocol

from connecteur.domain.licence import Trace
from connecteur.domain.run import Fleche, Flux, Incident
from connecteur.licence.etats import Situation


class Licence(Protocol):
    """The licence of this machine."""

    def situation(self) -> Situation:
        """What it is worth now, from what is known. Never raises."""
        ...

    def cle(self) -> str | None:
        """The key that is set."""
        ...

    def list_traces(self, limite: int = 50, /) -> Sequence[Trace]:
        """What happened to it, most recent first."""
        ...

    def rafraichis(self, *, qui: str = "") -> Situation:
        """Ask the server now. Takes seconds when it does not answer."""
        ...

    def pose(self, saisie: str, qui: str, /) -> Situation:
        """Use this key. Raises `GesteRefuse` when it may not be."""
        ...


class LicenceDossier(Protocol):
    """What the licence allows to one dossier."""

    def situation(self) -> Situation:
        """That of the machine."""
        ...

    def permet(self, quoi: Flux | Fleche, /) -> Incident | None:
        """Why no run of this kind may be asked for."""
        ...
