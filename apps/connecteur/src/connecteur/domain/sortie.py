"""What becomes of the projects whose chantier left the selection, and the guard against a selection gone wrong.

A selection that comes back empty or much smaller (a wrong database, a restored backup, a filter changed in an update
of Batigest) must not close every project of the firm.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Seuils:
    """A run that would close more than `nombre` projects, and more than `part` of those that are open, must wait."""

    part: float
    nombre: int

    def depasse(self, a_fermer: int, restent: int) -> bool:
        """Whether a person must confirm. A selection that is empty altogether must, as soon as two would close."""
        if a_fermer > 1 and restent == 0:
            return True
        return a_fermer > self.nombre and a_fermer > self.part * (a_fermer + restent)


@dataclass(frozen=True, slots=True)
class GardeChantiers:
    """A closing that waits to be confirmed, or was: these chantiers and no other."""

    id: int
    codes: frozenset[str]
    """In their compared form."""
    restent: int
    """How many projects would stay open."""
    demandee_le: datetime
    confirmee_par: str | None = None
