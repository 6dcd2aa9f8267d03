"""When each direction runs by itself."""

from collections.abc import Sequence
from typing import Protocol

from connecteur.domain.horaire import Horaire
from connecteur.domain.run import Flux
from connecteur.planification.horaires import EtatHoraire


class Horaires(Protocol):
    """The schedules of one dossier."""

    def list_horaires(self) -> Sequence[EtatHoraire]:
        """One per direction."""
        ...

    def change_horaire(self, flux: Flux, horaire: Horaire, qui: str) -> Horaire:
        """Give a direction this schedule, from now on."""
        ...

    def pause(self, flux: Flux, qui: str) -> Horaire:
        """Nothing runs by itself until `reprend`; the schedule is kept."""
        ...

    def reprend(self, flux: Flux, qui: str) -> Horaire:
        """Go on from now. Raises `ConfigurationInvalide` without a schedule."""
        ...
