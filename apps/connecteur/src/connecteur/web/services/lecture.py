"""What reads both systems as they are now: it takes as long as they take to answer."""

from typing import Protocol

from connecteur.domain.invariant import Constat
from connecteur.domain.run import Flux
from connecteur.sync.ports import Progression
from connecteur.sync.run import Apercu


class Lecture(Protocol):
    """Looks at Batigest and BatiSimply and writes nothing. On sessions of its own: no run waits for it."""

    def apercu(self, flux: Flux, progression: Progression, /) -> Apercu:
        """What a run of this direction would do now."""
        ...

    def verifie(self) -> Constat:
        """Whether the lines in Batigest are those that the slots of the tampon ask for."""
        ...
