"""What both sides dispute, and what waits to be confirmed: the findings, and what a person decides."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from connecteur.domain.conflit import Cote
from connecteur.domain.garde import Garde
from connecteur.domain.heure import CleSuivi
from connecteur.domain.plan import Action, Geste
from connecteur.domain.reglement import Dates, Decision


class Constat(Protocol):
    """One line of SuiviMO that waits for a person, that a person took over, or that a closed period keeps."""

    @property
    def action(self) -> Action:
        """`base` is what we last wrote, `avant` what Batigest holds, `apres` what the slots give."""
        ...

    @property
    def ouvert_le(self) -> datetime:
        """Since when."""
        ...

    @property
    def dates(self) -> Dates:
        """When each side changed, as far as it is known."""
        ...


class EcritureReglee(Protocol):
    """One write on a disputed line, which can be undone."""

    @property
    def id(self) -> int:
        """Its number."""
        ...

    @property
    def action(self) -> Action:
        """What was done, and why (`jugement`)."""
        ...

    @property
    def run(self) -> str:
        """The run that wrote it."""
        ...

    @property
    def le(self) -> datetime:
        """When."""
        ...


class Lignes(Protocol):
    """The disputed lines, and the guard of the heures. Gestures raise `ErreurPermanente` when they come too late."""

    def count_constats(self) -> Mapping[Geste, int]:
        """How many findings of each kind."""
        ...

    def list_constats(self, limite: int = 1000) -> Sequence[Constat]:
        """The lines that are not what the slots say, latest day first."""
        ...

    def list_decisions(self, depuis: date) -> Mapping[CleSuivi, Decision]:
        """The decisions that stand on lines of this day and later."""
        ...

    def decide_ligne(self, cle: CleSuivi, choix: Cote, qui: str) -> None:
        """Say who is right; the next push carries it out."""
        ...

    def list_reglees(self, limite: int = 200) -> Sequence[EcritureReglee]:
        """The writes on disputed lines, latest first."""
        ...

    def annule_ecriture(self, ident: int, qui: str) -> None:
        """Take one back: the next push puts back what Batigest held."""
        ...

    def read_garde(self) -> Garde | None:
        """The request for confirmation that is open."""
        ...

    def confirme_garde(self, ident: int, qui: str) -> None:
        """Let these changes be written by the next push."""
        ...
