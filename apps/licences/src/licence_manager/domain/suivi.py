"""What is remembered of validations: totals for charts, the last contact of licences and machines, some detail."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sages_commun.licence.verdict import Verdict

AUCUNE_LICENCE = 0
PASSAGES_MAX = 20_000
"""Details kept between two writings; beyond, they are only counted."""


@dataclass(frozen=True, slots=True)
class Passage:
    """One validation."""

    licence: int
    """`AUCUNE_LICENCE` when the key is unknown or malformed."""
    le: datetime
    verdict: Verdict
    machine: str | None
    version: str | None
    consomme: bool


@dataclass(slots=True)
class Lot:
    """Validations not written yet. Not safe between threads: its owner locks."""

    totaux: Counter[tuple[datetime, int, Verdict]] = field(default_factory=Counter)
    """(hour or day it belongs to, licence or 0 for all, verdict) > how many."""
    contacts: dict[int, datetime] = field(default_factory=dict)
    machines: dict[tuple[int, str], tuple[datetime, str | None]] = field(default_factory=dict)
    passages: list[Passage] = field(default_factory=list)

    def ajoute(self, passage: Passage, debut_du_jour: datetime) -> None:
        """Remember it. `debut_du_jour` is the beginning of its day."""
        heure = passage.le.replace(minute=0, second=0, microsecond=0)
        self.totaux[heure, AUCUNE_LICENCE, passage.verdict] += 1
        if len(self.passages) < PASSAGES_MAX:
            self.passages.append(passage)
        if passage.licence == AUCUNE_LICENCE:
            return
        self.totaux[debut_du_jour, passage.licence, passage.verdict] += 1
        if passage.verdict is Verdict.VALIDE:
            self.contacts[passage.licence] = passage.le
            if passage.machine is not None:
                self.machines[passage.licence, passage.machine] = (passage.le, passage.version)

    def __bool__(self) -> bool:
        return bool(self.totaux)

    def rends(self, autre: "Lot") -> None:
        """Take back what could not be written; what came since then is newer."""
        self.totaux.update(autre.totaux)
        self.contacts = autre.contacts | self.contacts
        self.machines = autre.machines | self.machines
        self.passages = (autre.passages + self.passages)[:PASSAGES_MAX]


@dataclass(frozen=True, slots=True)
class Compte:
    """How many questions one address, or about one key, in one minute."""

    cle: bytes
    minute: int
    nombre: int


Comptes = Sequence[Compte]
