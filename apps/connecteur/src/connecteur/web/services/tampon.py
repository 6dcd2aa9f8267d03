"""What the tampon knows and keeps for the pages."""

from collections.abc import Sequence
from typing import Protocol

from connecteur.domain.rejet import Rejet


class Rejets(Protocol):
    """What could not be delivered."""

    def list_rejets_ouverts(self) -> Sequence[Rejet]:
        """Every open rejet of the dossier, most recent first."""
        ...


class Installation(Protocol):
    """The tables of the tampon."""

    def migre(self) -> Sequence[int]:
        """Create them or bring them up to date; the numbers of the migrations applied now."""
        ...
