"""What runs need of the tampon: a place where they are noted, for every program to see."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from connecteur.domain.executant import Executant
from connecteur.domain.run import Bilan, Fleche, Flux, Incident, Verdict


class Avancement(Protocol):
    """How far one arrow is. `total` is 0 while it is not known."""

    @property
    def fleche(self) -> Fleche:
        """Which arrow."""
        ...

    @property
    def fait(self) -> int:
        """How many are done."""
        ...

    @property
    def total(self) -> int:
        """How many there are."""
        ...

    @property
    def message(self) -> str:
        """What is being done; may be empty."""
        ...


class RunNote(Protocol):
    """A run as it is noted. `fin` and `verdict` are None while it goes on."""

    @property
    def id(self) -> str: ...
    @property
    def flux(self) -> Flux: ...
    @property
    def fleches(self) -> Sequence[Fleche]: ...
    @property
    def declencheur(self) -> str: ...
    @property
    def debut(self) -> datetime: ...
    @property
    def fin(self) -> datetime | None: ...
    @property
    def verdict(self) -> Verdict | None: ...
    @property
    def bilans(self) -> Sequence[Bilan]: ...
    @property
    def erreur(self) -> Incident | None: ...
    @property
    def avancements(self) -> Sequence[Avancement]: ...
    @property
    def annulation_demandee(self) -> bool: ...


class Avis(Protocol):
    """Something changed in this run."""

    @property
    def run(self) -> str:
        """Its identifier."""
        ...


class Registre(Protocol):
    """The runs of one dossier. Every method raises `ErreurTransitoire` or `ErreurPermanente`."""

    def ouvre(self, run_id: str, flux: Flux, fleches: Sequence[Fleche], apercu: bool, declencheur: str) -> None:  # noqa: FBT001
        """Note that a run begins, or begins again after a crash."""
        ...

    def refuse(self, run_id: str, flux: Flux, fleches: Sequence[Fleche], declencheur: str, erreur: Incident) -> None:
        """Note a run that may not begin, and its end, at once: a crash must not leave it as one that has begun."""
        ...

    def progresse(self, run_id: str, fleche: Fleche, fait: int, total: int, message: str = "") -> None:
        """Note how far it is."""
        ...

    def termine(
        self, run_id: str, verdict: Verdict, bilans: Sequence[Bilan] = (), erreur: Incident | None = None
    ) -> None:
        """Note how it ended."""
        ...

    def lit(self, run_id: str) -> RunNote | None:
        """One run; None when there is none of that name."""
        ...

    def liste(self, limite: int = 50) -> Sequence[RunNote]:
        """The latest, most recent first."""
        ...

    def dernier(self, flux: Flux) -> RunNote | None:
        """The latest of this flow."""
        ...

    def abandonne_orphelins(self, vivants: Sequence[str] = ()) -> int:
        """Close those that a dead program left open, when nobody holds the dossier; `vivants` will be resumed."""
        ...

    def oublie_sans_effet(self, declencheur: str, avant: datetime) -> int:
        """Forget the runs that this asked for, that ended well before then and changed nothing; how many."""
        ...

    def demande_annulation(self, run_id: str) -> bool:
        """Ask it to stop; False when it is over, or not noted yet."""
        ...

    def annulation_demandee(self, run_id: str) -> bool:
        """Whether a person asked it to stop."""
        ...

    def ecoute(self, delai_s: float) -> Iterator[Avis | None]:
        """What happens to the runs, as it happens; None whenever nothing did for `delai_s`. A generator: close it."""
        ...


class Licence(Protocol):
    """Whether runs of one dossier may begin."""

    def admet(self, run: str, quoi: Flux | Fleche, /) -> Incident | None:
        """Why this run may not begin; None when it may, now and whenever it is resumed. Raises `ErreurTransitoire`."""
        ...


class Presence(Protocol):
    """A program that said it is there."""

    def tient(self, en_cours: int) -> None:
        """Say so again, with how many runs it carries out; take the name back when PostgreSQL has restarted."""
        ...


class Executants(Protocol):
    """Who carries out runs on this tampon. Every method raises `ErreurTransitoire` or `ErreurPermanente`."""

    def presence(self, executant: Executant, /) -> AbstractContextManager[Presence]:
        """Be there until the end, or until the program dies."""
        ...

    def list_vivants(self) -> Sequence[Executant]:
        """Those that are there now, oldest first."""
        ...
