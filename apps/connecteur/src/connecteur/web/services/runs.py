"""Runs: started, stopped, followed."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from connecteur.domain.run import Bilan, Fleche, Flux, Incident, Verdict


class Avancement(Protocol):
    """How far one arrow is. `total` is 0 while it is not known."""

    @property
    def fait(self) -> int:
        """How many are done."""
        ...

    @property
    def total(self) -> int:
        """How many there are; 0: not known yet."""
        ...

    @property
    def message(self) -> str:
        """What is being done, for a person; may be empty."""
        ...


class Run(Protocol):
    """One run as it is now. Instants are aware."""

    @property
    def id(self) -> str:
        """Its identifier."""
        ...

    @property
    def flux(self) -> Flux:
        """Its direction."""
        ...

    @property
    def fleches(self) -> Sequence[Fleche]:
        """Its arrows, in order."""
        ...

    @property
    def declencheur(self) -> str:
        """Who or what asked for it, in French."""
        ...

    @property
    def debut(self) -> datetime | None:
        """When it began; None while it waits for its turn."""
        ...

    @property
    def fin(self) -> datetime | None:
        """When it ended; None until then."""
        ...

    @property
    def verdict(self) -> Verdict | None:
        """How it ended; None until then."""
        ...

    @property
    def bilans(self) -> Sequence[Bilan]:
        """The arrows that are done, in order."""
        ...

    @property
    def erreur(self) -> Incident | None:
        """What stopped it."""
        ...

    @property
    def progression(self) -> Mapping[Fleche, Avancement]:
        """The arrows that have begun."""
        ...

    @property
    def annulation_demandee(self) -> bool:
        """Whether a person asked to stop."""
        ...


class Lanceur(Protocol):
    """Starts and stops runs."""

    def lance(self, quoi: Flux | Fleche, /, *, declencheur: str) -> str:
        """Queue a flow or an arrow, or join the one that is already queued or going on; its identifier, at once."""
        ...

    def annule(self, run_id: str, /) -> None:
        """Ask it to stop at its next good place; harmless when it is over."""
        ...


class Runs(Protocol):
    """What is known of the runs."""

    def dernier(self, flux: Flux, /) -> Run | None:
        """The most recent run of this direction, over or not."""
        ...

    def liste(self, n: int, /) -> Sequence[Run]:
        """The `n` most recent, most recent first; those that wait their turn on top."""
        ...

    def lit(self, run_id: str, /) -> Run | None:
        """One run; None when there is none by that name."""
        ...

    def ecoute(self, run_id: str, /) -> Iterator[Run | None]:
        """The run as it is now, then again each time it moves; ends after it is over.

        Gives None at least every second or so when nothing moved, so that whoever listens can stop.
        """
        ...
