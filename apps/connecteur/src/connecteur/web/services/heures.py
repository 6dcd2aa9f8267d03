"""Hours explained, and checked."""

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from connecteur.domain.invariant import Constat
from connecteur.domain.periode import Tranche
from connecteur.domain.run import Flux
from connecteur.sync.explication import ExplicationCreneau, ExplicationLigne
from connecteur.sync.ports import CreneauStocke, Progression
from connecteur.sync.ports.litiges import ImportInitial
from connecteur.sync.run import Apercu


class Creneaux(Protocol):
    """The slots as they were last read."""

    def list_creneaux(self, tranche: Tranche) -> Sequence[CreneauStocke]:
        """Every present slot whose local start falls in these days."""
        ...


class Imports(Protocol):
    """The first import: hours older than the window, once."""

    def read_import(self) -> ImportInitial | None:
        """The one that was asked for and has not been done."""
        ...

    def demande_import(self, depuis: date, qui: str) -> None:
        """Ask that the next run of the heures go back to this day, once."""
        ...


class Lecture(Protocol):
    """Looks at Batigest and BatiSimply and writes nothing. On sessions of its own: no run waits for it."""

    def apercu(self, flux: Flux, progression: Progression, /, depuis: date | None = None) -> Apercu:
        """What a run of this direction would do now; `depuis`: as if a first import went back to that day."""
        ...

    def verifie(self) -> Constat:
        """Whether the lines in Batigest are those that the slots of the tampon ask for."""
        ...

    def explique_ligne(self, salarie: str, chantier: str, jour: date, /) -> ExplicationLigne:
        """Everything about the hours of this salarié on this chantier that day."""
        ...

    def explique_creneau(self, ident: str, /) -> ExplicationCreneau:
        """Where this slot is now and why, and everything it ever was."""
        ...
