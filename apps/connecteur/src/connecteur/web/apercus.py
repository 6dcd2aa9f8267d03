"""Dry runs, made behind the page's back: they read both systems, which takes seconds or minutes.

One at a time per dossier, a few in all; the page shows how far it is, then the plan with its age. A plan is kept
until the next one: what it lists is bounded, its counts are whole.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

import structlog

from connecteur.domain.run import Fleche, Flux, Incident
from connecteur.errors import Annule, ErreurConnecteur
from connecteur.web.plan import PlanVu, plan_vu
from connecteur.web.services import Dossier
from sages_commun.web.erreurs import ErreurPage

FILS = 2
"""How many dossiers are read at once."""

Etat = Literal["jamais", "en-cours", "fini", "échec"]

_journal = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ApercuVu:
    """Where the dry run of one direction stands."""

    flux: Flux
    etat: Etat = "jamais"
    debut: datetime | None = None
    fin: datetime | None = None
    fait: int = 0
    total: int = 0
    message: str = ""
    plan: PlanVu | None = None
    erreur: Incident | None = None
    depuis: date | None = None
    """The dry run is that of a first import, from this day on."""


class Apercus:
    """The last dry run of each direction of each dossier. `close` it."""

    def __init__(self, horloge: Callable[[], datetime]) -> None:
        self._horloge = horloge
        self._verrou = threading.Lock()
        self._connus: dict[tuple[str, Flux, bool], ApercuVu] = {}
        """By dossier, direction, and whether it is that of a first import."""
        self._arret = threading.Event()
        self._fils = ThreadPoolExecutor(FILS, thread_name_prefix="apercu")

    def close(self) -> None:
        """Stop; a reading under way ends at its next slice."""
        self._arret.set()
        self._fils.shutdown(wait=True, cancel_futures=True)

    def lit(self, dossier: Dossier, flux: Flux, *, importe: bool = False) -> ApercuVu:
        """Where it stands, at once; `importe`: the dry run of a first import."""
        with self._verrou:
            return self._connus.get((dossier.code, flux, importe), ApercuVu(flux))

    def oublie_import(self, dossier: Dossier) -> None:
        """It was asked for: its dry run says nothing any more."""
        with self._verrou:
            self._connus.pop((dossier.code, Flux.HEURES, True), None)

    def demande(self, dossier: Dossier, flux: Flux, depuis: date | None = None) -> ApercuVu:
        """Start it, or join the same one going on. Raises `ErreurPage` 409 while another of this dossier is made."""
        cle = (dossier.code, flux, depuis is not None)
        with self._verrou:
            for autre, vu in self._connus.items():
                if autre[0] == dossier.code and vu.etat == "en-cours":
                    if autre == cle and vu.depuis == depuis:
                        return vu
                    raise ErreurPage(
                        409, "Un autre aperçu est en cours pour ce dossier.", "Attendez qu’il soit terminé."
                    )
            vu = self._connus[cle] = ApercuVu(flux, "en-cours", self._horloge(), depuis=depuis)
            self._fils.submit(self._travaille, dossier, cle, depuis)
            return vu

    def _travaille(self, dossier: Dossier, cle: tuple[str, Flux, bool], depuis: date | None) -> None:
        flux = cle[1]

        def change(vu: Callable[[ApercuVu], ApercuVu]) -> None:
            with self._verrou:
                self._connus[cle] = vu(self._connus[cle])

        class Suivi:
            def avance(moi, fleche: Fleche, fait: int, total: int, message: str = "") -> None:  # noqa: ARG002, N805
                if self._arret.is_set():
                    raise Annule("Le connecteur s’arrête.")
                change(lambda vu: replace(vu, fait=fait, total=total, message=message))

            def annulation_demandee(moi) -> bool:  # noqa: N805
                return self._arret.is_set()

        try:
            plan = plan_vu(dossier.lecture.apercu(flux, Suivi(), depuis), dossier.fuseau)
            change(lambda vu: replace(vu, etat="fini", fin=self._horloge(), plan=plan))
        except ErreurConnecteur as exc:
            incident = Incident(exc.message, exc.remede, exc.detail)
            change(lambda vu: replace(vu, etat="échec", fin=self._horloge(), erreur=incident))
        except Exception as exc:  # noqa: BLE001 - a fault of ours must show on the page, not kill the thread in silence
            _journal.exception("aperçu impossible", dossier=dossier.code, flux=flux.value)
            incident = Incident("L’aperçu a échoué de façon imprévue.", "Appelez le support.", type(exc).__name__)
            change(lambda vu: replace(vu, etat="échec", fin=self._horloge(), erreur=incident))
