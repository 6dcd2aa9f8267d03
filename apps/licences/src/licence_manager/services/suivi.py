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
    """The periodic work of this process until it is closed, in a thread for each: a mail server that does not answer
    must not keep validations from being written. What fails is said and tried again.
    """

    def __init__(self, taches: list[Tache], a_la_fin: Callable[[], object], arret: threading.Event) -> None:
        """`arret` is set when it closes: long work looks at it."""
        self._a_la_fin = a_la_fin
        self._arret = arret
        self._fils = [
            threading.Thread(target=self._tourne, args=(tache,), name=tache.nom, daemon=True) for tache in taches
        ]

    def __enter__(self) -> Self:
        for fil in self._fils:
            fil.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._arret.set()
        for fil in self._fils:
            fil.join()
        self._essaie("fin", self._a_la_fin)

    def _tourne(self, tache: Tache) -> None:
        # Soon the first time: a server that is restarted every day must send its reminders too.
        attente = PERIODE_S
        while not self._arret.wait(attente):
            self._essaie(tache.nom, tache.fait)
            attente = tache.periode_s

    def _essaie(self, nom: str, fait: Callable[[], object]) -> None:
        try:
            fait()
        except BaseIndisponible as exc:
            journal.warning("base indisponible", tache=nom, detail=exc.detail)
        except Exception:  # noqa: BLE001  the next turn must go on
            journal.exception("tâche en échec", tache=nom)
