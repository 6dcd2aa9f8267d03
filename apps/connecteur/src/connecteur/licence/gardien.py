"""Asks the licence server when it is time, for as long as a program lives."""

import threading
from typing import Self

import structlog

from connecteur.licence.portail import Portail

journal = structlog.get_logger(__name__)

TIC_S = 30.0


class Gardien:
    """Use it as a context manager. The first question is asked at once, and keeps nobody waiting."""

    def __init__(self, portail: Portail) -> None:
        self._portail = portail
        self._arret = threading.Event()
        self._fil = threading.Thread(target=self._veille, name="licence", daemon=True)

    def __enter__(self) -> Self:
        self._fil.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._arret.set()
        self._fil.join()

    def _veille(self) -> None:
        geste = self._portail.ouvre
        while not self._arret.is_set():
            try:
                geste()
            except Exception as exc:  # noqa: BLE001 -- it must not stop watching for that
                journal.error("licence non surveillée", exc_info=exc)
            geste = self._portail.rafraichis
            self._arret.wait(TIC_S)
