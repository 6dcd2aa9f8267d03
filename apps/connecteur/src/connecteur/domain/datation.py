"""When something changed, as precisely as it is known.

A system that dates its records gives an instant. Where none does, what is known is that the change happened between
two looks: after the one that saw the old value, at the latest when the new one was seen. Two changes whose spans
overlap happened in an order nobody knows, and a wrong guess would cost somebody's work.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Datation:
    """A change happened at the earliest `depuis` and at the latest `le` (aware, by this machine's clock)."""

    depuis: datetime
    le: datetime

    @classmethod
    def a(cls, instant: datetime, marge: timedelta = timedelta(0)) -> "Datation":
        """At that instant, give or take `marge`."""
        return cls(instant - marge, instant + marge)

    @property
    def milieu(self) -> datetime:
        """The middle of the span: two spans compare by their middles and the sum of their margins."""
        return self.depuis + (self.le - self.depuis) / 2

    @property
    def montree(self) -> datetime:
        """What a person is shown: the instant where it is known to the minute, else when it was seen."""
        return self.milieu if self.marge <= MARGE_INCONNUE else self.le

    @property
    def marge(self) -> timedelta:
        """Half of the span."""
        return (self.le - self.depuis) / 2


@dataclass(frozen=True, slots=True)
class Horloge:
    """How far another machine's clock is from this one's, and how well that is known."""

    avance: timedelta
    """How much this machine's clock is ahead: what to add to the other's dates."""
    marge: timedelta

    def date(self, instant: datetime, marge: timedelta = timedelta(0)) -> Datation:
        """An instant read on that clock, told by ours."""
        return Datation.a(instant + self.avance, self.marge + marge)


MARGE_MESUREE = timedelta(seconds=1)
"""A measured clock: the header that tells it is cut to the second, and the answer takes a while to come."""
MARGE_INCONNUE = timedelta(minutes=1)
"""A clock nobody told: right to the minute, as those that are not warned about."""
DERIVE = timedelta(minutes=1)
"""Past this, a difference between two clocks is warned about."""


def horloge(ecart_s: float | None) -> Horloge:
    """The clock that ours is so many seconds ahead of; None when it was not told."""
    if ecart_s is None:
        return Horloge(timedelta(0), MARGE_INCONNUE)
    return Horloge(timedelta(seconds=ecart_s), MARGE_MESUREE)
