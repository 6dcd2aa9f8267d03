"""The state of the three systems, checked behind the page's back.

Checking a system takes seconds when it does not answer. The page never waits: it shows the last answer with its
age, asks for a new one when that is older than `duree_s`, and says that it is being checked while there is none.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Self

import structlog

from connecteur.domain.controle import Controle
from connecteur.errors import ErreurConnecteur
from connecteur.web.services import Horloge, NomSysteme, Systeme

Sonde = Callable[[], Iterable[Controle]]
"""Tests one system, link by link; may take as long as its time-outs."""

DUREE_S = 15.0

_journal = structlog.get_logger(__name__)


class EtatSystemes:
    """The last answer of each probe. Implements `services.Etat`; `close` it, or use it as a context manager."""

    def __init__(self, sondes: Mapping[NomSysteme, Sonde], horloge: Horloge, duree_s: float = DUREE_S) -> None:
        self._sondes = dict(sondes)
        self._horloge = horloge
        self._duree_s = duree_s
        self._verrou = threading.Lock()
        self._connus = {nom: Systeme(nom) for nom in self._sondes}
        self._en_cours: set[NomSysteme] = set()
        self._ferme = False
        # One thread per system: one that does not answer must not hide the others.
        self._fils = ThreadPoolExecutor(max(1, len(self._sondes)), thread_name_prefix="etat")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop checking; waits for the checks under way."""
        with self._verrou:
            self._ferme = True
        self._fils.shutdown(wait=True, cancel_futures=True)

    def systemes(self) -> Sequence[Systeme]:
        """The last answers, at once; starts a check of those that are too old."""
        maintenant = self._horloge()
        with self._verrou:
            for nom, connu in self._connus.items():
                age_s = (maintenant - connu.verifie_a).total_seconds() if connu.verifie_a else None
                perime = age_s is None or age_s >= self._duree_s
                if perime and nom not in self._en_cours and not self._ferme:
                    self._en_cours.add(nom)
                    self._fils.submit(self._verifie, nom)
            return [self._connus[nom] for nom in NomSysteme if nom in self._connus]

    def _verifie(self, nom: NomSysteme) -> None:
        controles = self._sonde(nom)
        with self._verrou:
            self._connus[nom] = Systeme(nom, controles, self._horloge())
            self._en_cours.discard(nom)

    def _sonde(self, nom: NomSysteme) -> tuple[Controle, ...]:
        try:
            return tuple(self._sondes[nom]())
        except ErreurConnecteur as exc:
            return (Controle.echec(nom.value, exc.message, exc.remede, exc.detail),)
        except Exception as exc:  # noqa: BLE001 - a fault of ours must show on the page, not kill the thread in silence
            # Its text may hold anything, a connection string included: only its kind is shown.
            _journal.exception("contrôle impossible", systeme=nom.value)
            message = f"La vérification de {nom.value} a échoué de façon imprévue."
            return (Controle.echec(nom.value, message, "Appelez le support.", type(exc).__name__),)
