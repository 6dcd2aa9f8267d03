"""Progress bars, moved by the real progress of runs."""

from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from connecteur.domain.run import TITRES, Fleche

if TYPE_CHECKING:
    from connecteur.planification.rapport import Rapport


class Barres:
    """One bar per arrow. Nothing is drawn where there is no terminal.

    It is also the `Progression` of a dry run, which never is cancelled halfway: it writes nothing.
    """

    def __init__(self, console: Console) -> None:
        self._progres = Progress(
            SpinnerColumn(finished_text="[green]✓"),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("[dim]{task.fields[message]}"),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self._taches: dict[tuple[str, Fleche], TaskID] = {}

    def __enter__(self) -> Self:
        self._progres.start()
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progres.stop()

    def montre(self, rapport: "Rapport") -> None:
        """The run as it stands."""
        faites = {bilan.fleche for bilan in rapport.bilans}
        for fleche, avancement in rapport.progression.items():
            self._pose(rapport.id, fleche, avancement.fait, avancement.total, avancement.message)
        for fleche in faites:
            tache = self._taches.get((rapport.id, fleche))
            if tache is not None:
                total = self._progres.tasks[tache].total or 1
                self._progres.update(tache, completed=total, total=total, message="")

    def avance(self, fleche: Fleche, fait: int, total: int, message: str = "") -> None:
        """See `Progression`."""
        self._pose("", fleche, fait, total, message)

    def annulation_demandee(self) -> bool:
        """See `Progression`."""
        return False

    def _pose(self, run: str, fleche: Fleche, fait: int, total: int, message: str) -> None:
        cle = (run, fleche)
        if cle not in self._taches:
            self._taches[cle] = self._progres.add_task(TITRES[fleche], total=None, message="")
        self._progres.update(self._taches[cle], completed=fait, total=total or None, message=message)
