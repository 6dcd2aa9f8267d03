"""Asks for what is due, every second, for every dossier of a program.

Several programs do so at once. An instant gives its name to its run: whoever asks second joins the first, even when
that one died before it could note that the instant is served.
"""

import hashlib
import threading
from collections.abc import Mapping

import structlog

from connecteur.domain.horaire import DECLENCHEUR
from connecteur.errors import ErreurConnecteur
from connecteur.planification.horaires import Echeance, Horaires
from connecteur.planification.lanceur import Lanceur

journal = structlog.get_logger(__name__)

TIC_S = 1.0


class Horloger:
    """Use it as a context manager, or call `tic`."""

    def __init__(self, horaires: Mapping[str, Horaires], lanceurs: Mapping[str, Lanceur]) -> None:
        """Both by the code of their dossier."""
        self._horaires = horaires
        self._lanceurs = lanceurs
        self._arret = threading.Event()
        self._fil = threading.Thread(target=self._marche, name="horloger", daemon=True)
        self._muets: set[str] = set()

    def __enter__(self) -> None:
        self._fil.start()

    def __exit__(self, *exc: object) -> None:
        self._arret.set()
        self._fil.join()

    def tic(self) -> list[str]:
        """Ask for what is due; the runs that do it. What goes wrong in one dossier does not touch the others."""
        runs: list[str] = []
        for code, horaires in self._horaires.items():
            try:
                runs += [run for due in horaires.list_dues() if (run := self._sert(code, horaires, due))]
            except Exception as exc:  # noqa: BLE001 -- a schedule that cannot be read must not stop the others
                self._dit(code, exc)
            else:
                self._muets.discard(code)
        return runs

    def _sert(self, code: str, horaires: Horaires, due: Echeance) -> str | None:
        nom = f"{code}/{due.flux.value}/{due.instant.isoformat()}"
        marque = hashlib.blake2s(nom.encode(), digest_size=3).hexdigest()
        run = self._lanceurs[code].lance(due.flux, declencheur=DECLENCHEUR, run=f"{due.instant:%Y%m%d-%H%M%S}-{marque}")
        if not horaires.sert(due):
            return None  # another program was quicker, and asked for the same run
        journal.info("échéance", dossier=code, flux=due.flux.value, echeance=due.instant.isoformat(), run=run)
        return run

    def _dit(self, code: str, exc: Exception) -> None:
        """Once per trouble, not every second."""
        if code in self._muets:
            return
        self._muets.add(code)
        if isinstance(exc, ErreurConnecteur):
            journal.warning("horaires illisibles", dossier=code, erreur=exc.message, detail=exc.detail)
        else:
            journal.error("horaires illisibles", dossier=code, exc_info=exc)

    def _marche(self) -> None:
        while not self._arret.wait(TIC_S):
            self.tic()
