"""Remembers validations without making anyone wait: noted in memory, written every second, all of them at once.

A process that is killed forgets at most its last second of totals and contacts. What limits rest on (uses,
machines) is never in here: it is written before the answer leaves.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time
from typing import Self

import structlog

from licence_manager.domain.duree import FUSEAU, jour_de
from licence_manager.domain.suivi import Lot, Passage
from licence_manager.errors import BaseIndisponible
from licence_manager.repository.connexion import transaction
from licence_manager.repository.suivi import share_debits, write_lot
from licence_manager.services.contexte import Contexte
from licence_manager.services.debit import Debit

journal = structlog.get_logger()
PERIODE_S = 1.0


class Suivi:
    """Notes validations and writes them. Safe to share between threads."""

    def __init__(self, contexte: Contexte, debit: Debit) -> None:
        self._contexte = contexte
        self._debit = debit
        self._verrou = threading.Lock()
        self._lot = Lot()
        self._ecriture = threading.Lock()
        self._jour: tuple[object, datetime] = (None, contexte.maintenant())

    def note(self, passage: Passage) -> None:
        """Remember it; no I/O."""
        with self._verrou:
            self._lot.ajoute(passage, self._debut_du_jour(passage.le))

    def write(self) -> None:
        """Write what was noted and share the counts. What could not be written is kept. Raises `BaseIndisponible`."""
        with self._ecriture:
            with self._verrou:
                lot, self._lot = self._lot, Lot()
            comptes = self._debit.preleve()
            if not lot and not comptes:
                return
            try:
                with transaction(self._contexte.moteur) as connexion:
                    totaux = share_debits(connexion, comptes)
                    if lot:
                        write_lot(connexion, lot)
            except BaseException:
                self._debit.rends(comptes)
                with self._verrou:
                    self._lot.rends(lot)
                raise
            self._debit.recois(totaux)

    def _debut_du_jour(self, instant: datetime) -> datetime:
        jour = jour_de(instant)
        if self._jour[0] != jour:
            self._jour = (jour, datetime.combine(jour, time(), FUSEAU))
        return self._jour[1]


@dataclass(frozen=True, slots=True)
class Tache:
    """Something to do every so many seconds."""

    nom: str
    periode_s: float
    fait: Callable[[], object]


class Entretien:
    """A thread that does the periodic work of this process until it is closed. What fails is said and tried again."""

    def __init__(self, taches: list[Tache], a_la_fin: Callable[[], object]) -> None:
        self._taches = taches
        self._a_la_fin = a_la_fin
        self._arret = threading.Event()
        self._fil = threading.Thread(target=self._tourne, name="entretien", daemon=True)

    def __enter__(self) -> Self:
        self._fil.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._arret.set()
        self._fil.join()
        self._essaie("fin", self._a_la_fin)

    def _tourne(self) -> None:
        # All of them at the first turn: a server that is restarted every day must send its reminders too.
        attentes = dict.fromkeys((tache.nom for tache in self._taches), 0.0)
        while not self._arret.wait(PERIODE_S):
            for tache in self._taches:
                attentes[tache.nom] -= PERIODE_S
                if attentes[tache.nom] <= 0:
                    attentes[tache.nom] = tache.periode_s
                    self._essaie(tache.nom, tache.fait)

    def _essaie(self, nom: str, fait: Callable[[], object]) -> None:
        try:
            fait()
        except BaseIndisponible as exc:
            journal.warning("base indisponible", tache=nom, detail=exc.detail)
        except Exception:  # noqa: BLE001  the other tasks, and the next turn, must go on
            journal.exception("tâche en échec", tache=nom)
