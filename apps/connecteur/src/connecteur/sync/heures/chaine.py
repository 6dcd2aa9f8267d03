"""Slices one behind the other: while Batigest writes one, the next is planned and announced, the one before confirmed.

For one slice the steps follow one another; a slice is written once the one before it is: after an uncertain commit
nothing more is written. What goes wrong with a slice is told when its turn comes, in the order of the slices.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Generic, Protocol, Self, TypeVar

from connecteur.domain.periode import Tranche
from connecteur.errors import ErreurConnecteur
from connecteur.sync.heures.tolerance import Tolerance
from connecteur.sync.ports import Ecrites

Lu_contra = TypeVar("Lu_contra", contravariant=True)
Lot = TypeVar("Lot")


class Etapes(Protocol[Lu_contra, Lot]):
    """What is done with one slice. `ecrit` and `confirme` are called from other threads, one call of each at a time."""

    def prepare(self, tranche: Tranche, etat: Lu_contra) -> Lot | None:
        """Plan, and announce what is to be written; None: there is nothing to write, the slice is settled."""
        ...

    def ecrit(self, lot: Lot) -> Ecrites:
        """Write what was announced."""
        ...

    def compte(self, lot: Lot, ecrites: Ecrites) -> None:
        """Count what was written."""
        ...

    def confirme(self, lot: Lot) -> None:
        """All of it was written: take note, and settle the slice."""
        ...

    def insiste(self, lot: Lot, ecrites: Ecrites) -> None:
        """Part of it was not: go on until the slice is settled."""
        ...


@dataclass(slots=True)
class _Passage(Generic[Lot]):
    """One slice on its way."""

    tranche: Tranche
    lot: Lot | None = None
    erreur: ErreurConnecteur | None = None
    ecriture: Future[Ecrites] | None = None
    confirmation: Future[None] | None = None


class Chaine(Generic[Lu_contra, Lot]):
    """A context manager: at its end every slice is confirmed, also when the run stops there."""

    def __init__(self, etapes: Etapes[Lu_contra, Lot], tolerance: Tolerance) -> None:
        self._etapes = etapes
        self._tolerance = tolerance
        self._pile = ExitStack()
        self._ecrit: _Passage[Lot] | None = None
        self._confirme: _Passage[Lot] | None = None

    def __enter__(self) -> Self:
        self._ecrivain = self._pile.enter_context(ThreadPoolExecutor(1, thread_name_prefix="ecriture"))
        self._greffier = self._pile.enter_context(ThreadPoolExecutor(1, thread_name_prefix="confirmation"))
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        with self._pile:
            if exc is None:
                self._suit(None)
                self._confirmee()
                return
            with suppress(ErreurConnecteur):  # the run stops for another reason, already known
                self._suit(None)
            with suppress(ErreurConnecteur):
                self._confirmee()

    def engage(self, tranche: Tranche, lecture: "Future[Lu_contra]") -> None:
        """Begin with this slice, once it is read; may raise what went wrong with one of those before."""
        passage: _Passage[Lot] = _Passage(tranche)
        try:
            passage.lot = self._etapes.prepare(tranche, lecture.result())
        except ErreurConnecteur as exc:
            passage.erreur = exc
        self._suit(passage)

    def _suit(self, suivant: _Passage[Lot] | None) -> None:
        """The slice being written is, and this one may be."""
        passage, self._ecrit = self._ecrit, None
        if passage is not None:
            self._confirmee()
            if self._juge(passage, lambda: self._ecrite(passage)) and passage.confirmation is None:
                self._tolerance.reussite()
        if suivant is not None and suivant.lot is not None:
            suivant.ecriture = self._ecrivain.submit(self._etapes.ecrit, suivant.lot)
        self._ecrit = suivant

    def _ecrite(self, passage: _Passage[Lot]) -> None:
        if passage.erreur is not None:
            raise passage.erreur
        if passage.lot is None or passage.ecriture is None:
            return
        ecrites = passage.ecriture.result()
        self._etapes.compte(passage.lot, ecrites)
        if not ecrites.entieres:
            self._etapes.insiste(passage.lot, ecrites)
            return
        passage.confirmation = self._greffier.submit(self._etapes.confirme, passage.lot)
        self._confirme = passage

    def _confirmee(self) -> None:
        """The slice being confirmed is."""
        passage, self._confirme = self._confirme, None
        if (
            passage is not None
            and passage.confirmation is not None
            and self._juge(passage, passage.confirmation.result)
        ):
            self._tolerance.reussite()

    def _juge(self, passage: _Passage[Lot], etape: Callable[[], None]) -> bool:
        """Whether this step of the slice went well; raises when the run must stop."""
        try:
            etape()
        except ErreurConnecteur as exc:
            self._tolerance.echec(passage.tranche, exc)
            return False
        return True
