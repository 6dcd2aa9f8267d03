"""What the heures flow asks of the tampon about disputed lines, the guard and the first import."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from connecteur.domain.garde import Compte, Garde
from connecteur.domain.heure import CleSuivi, Quantites
from connecteur.domain.periode import Tranche
from connecteur.domain.reglement import Dates, Decision


@dataclass(frozen=True, slots=True)
class Dispute:
    """A line both sides changed: what Batigest holds now, and the slots that make it or made it."""

    cle: CleSuivi
    vue: Quantites | None
    creneaux: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ImportInitial:
    """A request to go further back than the window, once."""

    id: int
    depuis: date
    demande_par: str
    demande_le: datetime


class TamponLitiges(Protocol):
    """The tampon, as far as people decide."""

    def list_decisions(self, depuis: date) -> dict[CleSuivi, Decision]:
        """The decisions that stand on lines of this day and later."""
        ...

    def read_dates(self, tranche: Tranche, disputes: Sequence[Dispute]) -> dict[CleSuivi, Dates]:
        """When both sides of these lines changed, as the tampon first saw it or BatiSimply said (`Dates.ligne` is
        never set)."""
        ...

    def list_payes(self, depuis: date, cloture: date | None) -> Mapping[str, date]:
        """The slots that make lines we own before the later of these days, and that start later now > the day of that
        line: nothing is changed there, their hours are counted there."""
        ...

    def count_changements(self, debut: date, fin: date) -> tuple[int, int]:
        """How many lines we own in these days, and, when there are any, how many slots changed there since their slices
        were settled."""
        ...

    def read_garde(self) -> Garde | None:
        """The open request for confirmation."""
        ...

    def ouvre_garde(self, compte: Compte, run: str) -> Garde:
        """Ask for a confirmation of these changes. The same changes keep their request; others replace it."""
        ...

    def ferme_garde(self, ident: int) -> None:
        """The push went through, or nothing is left to confirm."""
        ...

    def note_rubriques(self, noms: tuple[str, str, str]) -> bool:
        """From now on lines are written in these headings; whether some may stand in others. Raises
        `ConfigurationInvalide` when they change while a write of before is not settled."""
        ...

    def list_anciennes(self, tranche: Tranche, noms: tuple[str, str, str]) -> dict[CleSuivi, tuple[str, str, str]]:
        """The lines we own in the slice that were written in other headings than these, and in which."""
        ...

    def read_import(self) -> ImportInitial | None:
        """The first import that was asked for and has not been done."""
        ...

    def finit_import(self, ident: int, run: str) -> None:
        """This run has read and written all of it."""
        ...
