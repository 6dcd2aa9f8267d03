"""How far a run is, told to the tampon a few times per second at most; and whether it must stop."""

import contextlib
import threading
import time
from collections.abc import Callable

from connecteur.domain.run import Fleche
from connecteur.errors import ErreurTransitoire
from connecteur.planification.registre import Registre

INTERVALLE_S = 0.25
"""A person sees four changes per second as continuous; the tampon need not hear of more."""


class Suivi:
    """The `Progression` of one run.

    The tampon may be away for a moment: progress is then not noted and nobody is heard, and the work goes on.
    """

    def __init__(
        self,
        run: str,
        registre: Registre,
        arret: threading.Event,
        *,
        chrono: Callable[[], float] = time.monotonic,
    ) -> None:
        self._run = run
        self._registre = registre
        self._arret = arret
        self._chrono = chrono
        self._verrou = threading.Lock()
        self._fleche: Fleche | None = None
        self._note_a = float("-inf")
        self._regarde_a = float("-inf")
        self._annule = False

    @property
    def arrete(self) -> bool:
        """Whether the program is stopping: the run is left where it is, and resumed at the next start."""
        return self._arret.is_set()

    def avance(self, fleche: Fleche, fait: int, total: int, message: str = "") -> None:
        """Note it, unless the last note is too recent; the first and the last of an arrow are always noted."""
        with self._verrou:
            borne = fleche is not self._fleche or fait == total
            if not borne and self._chrono() - self._note_a < INTERVALLE_S:
                return
            self._fleche = fleche
            self._note_a = self._chrono()
            with contextlib.suppress(ErreurTransitoire):
                self._registre.progresse(self._run, fleche, fait, total, message)

    def annulation_demandee(self, *, frais: bool = False) -> bool:
        """Whether to stop at the next good place: a person asked, or the program is stopping.

        The tampon is asked a few times per second at most, and always when `frais`.
        """
        if self._arret.is_set():
            return True
        with self._verrou:
            if not self._annule and (frais or self._chrono() - self._regarde_a >= INTERVALLE_S):
                self._regarde_a = self._chrono()
                with contextlib.suppress(ErreurTransitoire):
                    self._annule = self._registre.annulation_demandee(self._run)
            return self._annule

    def attend(self, secondes: float) -> bool:
        """Wait so long, whoever asked the run to stop; False as soon as the program is stopping."""
        return not self._arret.wait(secondes)

    def patiente(self, secondes: float) -> bool:
        """Wait so long; False as soon as the run must stop."""
        fin = self._chrono() + secondes
        while not self.annulation_demandee():
            reste = fin - self._chrono()
            if reste <= 0:
                return True
            self._arret.wait(min(reste, INTERVALLE_S))
        return False
