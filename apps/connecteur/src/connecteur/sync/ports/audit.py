"""The audit trail, as whoever acts sees it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Evenement:
    """One act, for the audit trail: never a secret in it.

    `qui` is the person (or the route) that acted, or "run <id>"; `objet` and `cle` name what was acted upon; `detail`,
    `avant` and `apres` are JSON-able.
    """

    qui: str
    geste: str
    objet: str
    cle: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    avant: Mapping[str, Any] | None = None
    apres: Mapping[str, Any] | None = None
    run: str | None = None


@dataclass(frozen=True, slots=True)
class EvenementNote:
    """An event of the audit trail, with its number (they grow) and its instant."""

    id: int
    le: datetime
    evenement: Evenement


class Audit(Protocol):
    """The audit trail: append-only."""

    def note(self, evenement: Evenement) -> None:
        """Keep this event."""
        ...

    def list_evenements(
        self, objet: str | None = None, cle: str | None = None, limite: int = 200, avant: int | None = None
    ) -> list[EvenementNote]:
        """The events, most recent first; `avant` is the id of the last one of the page before."""
        ...
