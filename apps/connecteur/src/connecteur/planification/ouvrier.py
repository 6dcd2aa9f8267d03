"""Carry out runs beside other programs that do the same, for one or several dossiers.

Each program says under its own name that it is there. A run belongs to whoever took it from its queue; when that
program dies, another notices, and the run goes back into its queue. A program that already carries out a run leaves
the next one to a program that carries out none, and the command line leaves everything to a service that is there.
"""

import os
import platform
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from connecteur.domain.executant import Executant
from connecteur.domain.horaire import DECLENCHEUR
from connecteur.errors import ErreurConnecteur, ErreurTransitoire
from connecteur.planification.execution import Atelier
from connecteur.planification.rapport import Demande
from connecteur.planification.registre import Executants, Presence

if TYPE_CHECKING:
    from connecteur.planification.guichet import Guichet
    from connecteur.planification.moteur import Moteur

journal = structlog.get_logger(__name__)

RONDE_S = 1.0
"""How often a program looks whether the others are still there."""
ABSENCE_S = 3.0
"""How long a program must be gone before its runs are taken over: a PostgreSQL that restarts hides everybody."""
PANNE_S = 5.0
"""How long it waits before it tries again, when PostgreSQL does not answer."""
PANNE_DURABLE_S = 30.0
"""The same, when trying again changes nothing until a person acts."""
CESSIONS_MAX = 3
"""How many times a program leaves one run to others before it carries it out itself."""
MENAGE = timedelta(hours=12)
SANS_EFFET = timedelta(days=7)
"""How long a run that began by itself and changed nothing is kept: in real time there are thousands a day."""


class Ouvrier:
    """The part of a program that carries out runs. Nothing is done before `demarre`."""

    def __init__(
        self,
        url: str,
        guichet: "Guichet",
        ateliers: Mapping[str, Atelier],
        executants: Executants,
        horloge: Callable[[], datetime],
        *,
        passager: bool = False,
    ) -> None:
        """`passager`: a program that will soon end, and leaves runs to those that stay."""
        self._url = url
        self._guichet = guichet
        self._ateliers = ateliers
        self._executants = executants
        self._horloge = horloge
        self._moi = Executant(
            f"{platform.node()[:40]}-{os.getpid()}-{secrets.token_hex(4)}", tuple(ateliers), passager=passager
        )
        self._arret = threading.Event()
        self._fil: threading.Thread | None = None
        self._absents: dict[str, float] = {}
        self._cessions: dict[str, int] = {}
        self._menage_a: datetime | None = None
        self.panne: Exception | None = None
        """What keeps this program from carrying out runs."""

    def demarre(self) -> None:
        """Begin, in a thread of its own."""
        self._fil = threading.Thread(target=self._travaille, name="ouvrier", daemon=True)
        self._fil.start()

    def arrete(self) -> None:
        """Stop. A run under way here goes back into its queue: another program takes it, or the next start."""
        self._arret.set()
        if self._fil is not None:
            self._fil.join()
            self._fil = None

    def _travaille(self) -> None:
        while not self._arret.is_set():
            try:
                with self._executants.presence(self._moi) as presence:
                    self._sert(presence)
            except Exception as exc:  # noqa: BLE001 -- told to whoever waits for a run
                journal.error("le moteur des runs ne démarre pas", exc_info=exc)
                self.panne = exc
                # A service goes on trying whatever it is: somebody may be mending it.
                self._arret.wait(PANNE_S if isinstance(exc, ErreurTransitoire) else PANNE_DURABLE_S)

    def _sert(self, presence: Presence) -> None:
        from connecteur.planification.moteur import Moteur

        moteur = Moteur(self._url, self._moi.id, self._ateliers, self._cede)
        moteur.demarre()
        self.panne = None
        try:
            while not self._arret.is_set():
                try:
                    presence.tient(moteur.en_cours)
                    self._ronde(moteur)
                except Exception as exc:  # noqa: BLE001 -- the runs under way go on, and the next round may do better
                    trace = None if isinstance(exc, ErreurConnecteur) else exc
                    journal.warning("ronde remise", erreur=str(exc), exc_info=trace)
                self._arret.wait(RONDE_S)
        finally:
            moteur.arrete()
            self._guichet.remet_tout(self._moi.id)

    def _ronde(self, moteur: "Moteur") -> None:
        vivants = {executant.id for executant in self._executants.list_vivants()} | {self._moi.id}
        maintenant = time.monotonic()
        partis = self._guichet.list_executants() - vivants
        self._absents = {nom: self._absents.get(nom, maintenant) for nom in partis}
        for nom, depuis in self._absents.items():
            if maintenant - depuis >= ABSENCE_S:
                journal.warning("les runs d’un programme disparu sont repris", executant=nom)
                moteur.reprend(nom)
        self._fait_menage()

    def _fait_menage(self) -> None:
        maintenant = self._horloge()
        if self._menage_a is not None and maintenant - self._menage_a < MENAGE:
            return
        for dossier, atelier in self._ateliers.items():
            atelier.registre.abandonne_orphelins([demande.run for demande in self._guichet.list_en_vie(dossier)])
            atelier.registre.oublie_sans_effet(DECLENCHEUR, maintenant - SANS_EFFET)
        self._guichet.oublie_anciens(maintenant)
        self._menage_a = maintenant

    def _cede(self, demande: Demande, autres: int) -> bool:
        """Whether a program with less to do shall have this run; then it is back in its queue."""
        moi = (self._moi.passager, autres)
        deja = self._cessions.get(demande.run, 0)
        if moi == (False, 0) or deja >= CESSIONS_MAX:
            return False
        plus_libre = any(
            (executant.passager, executant.en_cours) < moi
            for executant in self._executants.list_vivants()
            if executant.id != self._moi.id and demande.dossier in executant.dossiers
        )
        if not plus_libre:
            return False
        self._cessions = {demande.run: deja + 1}
        # At once: this program has just looked at the queue, the others look at it before it does again.
        self._guichet.remet(demande.run, demande.dossier)
        journal.info("run cédé", run=demande.run, autres=autres)
        return True
