"""What the tampon remembers of one slot and of one line. Instants are aware."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from connecteur.domain.heure import Creneau
from connecteur.domain.plan import Action
from connecteur.domain.rejet import MotifRejet
from connecteur.domain.run import Verdict


@dataclass(frozen=True, slots=True)
class VersionCreneau:
    """What a slot was until `jusqu_au`, when `run` saw it otherwise: `evenement` is « modifié », « disparu » or
    « revenu »."""

    creneau: Creneau
    code_chantier: str | None
    code_salarie: str | None
    motif: MotifRejet | None
    depuis: datetime
    depuis_run: str
    jusqu_au: datetime
    evenement: str
    run: str


@dataclass(frozen=True, slots=True)
class CreneauSuivi:
    """A slot as last read, where it goes, and what it was before (oldest first)."""

    creneau: Creneau
    code_chantier: str | None
    code_salarie: str | None
    motif: MotifRejet | None
    jour: date
    """Local."""
    vu_le: datetime
    """When it was first read."""
    change_le: datetime
    disparu_le: datetime | None
    run: str
    """The run that read it as it is."""
    versions: Sequence[VersionCreneau] = ()

    @property
    def present(self) -> bool:
        """Whether BatiSimply still has it."""
        return self.disparu_le is None


@dataclass(frozen=True, slots=True)
class EcritureSuivie:
    """One entry of the history of writes: `etat` is « faite » or « abandonnée »."""

    id: int
    action: Action
    etat: str
    run: str
    le: datetime
    regle_run: str | None
    """The run that found out what had become of it."""
    regle_le: datetime | None


@dataclass(frozen=True, slots=True)
class ConstatSuivi:
    """A line of Batigest that is otherwise than the slots say, since when, and the run that saw it last."""

    action: Action
    ouvert_le: datetime
    run: str


@dataclass(frozen=True, slots=True)
class RunBref:
    """What is said of a run in passing."""

    id: str
    declencheur: str
    debut: datetime
    verdict: Verdict | None
