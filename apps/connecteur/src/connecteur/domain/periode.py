"""The window and its slices.

A slice (*tranche*) is a run of whole local days. Slices are aligned on a fixed Monday, not on today: a
slice read yesterday is the same slice today, which is what lets an unchanged one be skipped.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ORIGINE = date(2001, 1, 1)
"""A Monday."""


@dataclass(frozen=True, slots=True, order=True)
class Tranche:
    """The local days from `debut` to `fin`, the latter excluded."""

    debut: date
    fin: date

    def bornes_utc(self, fuseau: ZoneInfo) -> tuple[datetime, datetime]:
        """The instants of both local midnights, in UTC."""
        return _minuit(self.debut, fuseau), _minuit(self.fin, fuseau)

    def __str__(self) -> str:
        veille = self.fin - timedelta(days=1)
        return f"du {self.debut:%d/%m/%Y} au {veille:%d/%m/%Y}"


def tranches(aujourdhui: date, fenetre_jours: int, tranche_jours: int) -> Iterator[Tranche]:
    """The slices of the window, oldest first: from `fenetre_jours` ago (rounded down to a slice) to today included.

    Never the future: the last slice ends tonight.
    """
    fin = aujourdhui + timedelta(days=1)
    premier = aujourdhui - timedelta(days=fenetre_jours)
    debut = premier - timedelta(days=(premier - ORIGINE).days % tranche_jours)
    while debut < fin:
        suivant = debut + timedelta(days=tranche_jours)
        yield Tranche(debut, min(suivant, fin))
        debut = suivant


def _minuit(jour: date, fuseau: ZoneInfo) -> datetime:
    return datetime.combine(jour, time(), tzinfo=fuseau).astimezone(UTC)
