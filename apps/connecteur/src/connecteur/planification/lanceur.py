"""Ask for runs, wait for them, stop them: from the web, the CLI and the schedules alike.

Several programs may share one dossier (the CLI beside the service). Each may ask; one of them carries out:
the *ouvrier*, whoever holds the role. Another takes over when it ends or dies, and resumes its run.
"""

import secrets
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Self

import structlog

from connecteur.domain.run import Flux, Incident, Verdict
from connecteur.errors import DossierOccupe, ErreurPermanente, ErreurTransitoire
from connecteur.planification.execution import Atelier
from connecteur.planification.rapport import Demande, Quoi, Rapport

if TYPE_CHECKING:
    from connecteur.planification.moteur import Guichet

journal = structlog.get_logger(__name__)

REGARD_S = 0.2
"""How often a waiting program looks at its run."""
CANDIDATURE_S = 1.0
"""How often a program that is not the ouvrier asks for the role."""
PANNE_S = 5.0
"""How long it waits before it tries again, when PostgreSQL does not answer."""
ECOUTE_S = 1.0
"""How often whoever listens to a run hears that nothing happened."""

PERDU = Incident(
    "La synchronisation a été interrompue et ne pouvait pas être reprise.",
    "Relancez-la : elle repart de ce qui est déjà fait.",
)


class Lanceur:
    """The runs of one dossier. Use it as a context manager, or call `demarre` and `arrete`."""

    def __init__(
        self,
        url: str,
        dossier: str,
        atelier: Atelier,
        role: Callable[[], AbstractContextManager[None]],
        horloge: Callable[[], datetime],
    ) -> None:
        """`role()` holds the role of ouvrier; it raises `DossierOccupe` while another program has it."""
        self._url = url
        self._dossier = dossier
        self._atelier = atelier
        self._registre = atelier.registre
        self._role = role
        self._horloge = horloge
        self._arret = threading.Event()
        self._ouvrier: threading.Thread | None = None
        self._panne: Exception | None = None
        self._guichet: Guichet | None = None

    def __enter__(self) -> Self:
        self.demarre()
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.arrete()

    def demarre(self) -> None:
        """Be ready to take requests, and stand for the role of ouvrier."""
        from connecteur.planification.moteur import Guichet

        self._guichet = Guichet(self._url, self._dossier)
        self._ouvrier = threading.Thread(target=self._travaille, name="ouvrier", daemon=True)
        self._ouvrier.start()

    def arrete(self) -> None:
        """Stop. A run under way here stays pending: another program takes it over, or the next start."""
        self._arret.set()
        if self._ouvrier is not None:
            self._ouvrier.join()
            self._ouvrier = None
        if self._guichet is not None:
            self._guichet.ferme()
            self._guichet = None

    # --- ask ------------------------------------------------------------------------------------------

    def lance(self, quoi: Quoi, *, declencheur: str) -> str:
        """Ask for a flow or an arrow; the id of the run that will do it.

        Asking for what is already queued or under way joins that run.
        """
        return self._ouvert.enfile(Demande(self._nouvel_id(), quoi, declencheur))

    def lance_tout(self, *, declencheur: str) -> list[str]:
        """Ask for both flows, one after the other; their runs."""
        return [self.lance(flux, declencheur=declencheur) for flux in Flux]

    def annule(self, run_id: str) -> None:
        """Ask a run to stop: at once when it has not begun, else at its next good place. Harmless when it is over."""
        retiree = self._ouvert.retire(run_id)
        if retiree is not None:
            self._registre.ouvre(run_id, retiree.flux, retiree.fleches, False, retiree.declencheur)  # noqa: FBT003
            self._registre.termine(run_id, Verdict.ANNULE)
            return
        self._registre.demande_annulation(run_id)

    def attend(
        self, run_id: str, timeout: float | None = None, sur_avance: Callable[[Rapport], None] | None = None
    ) -> Rapport:
        """Wait until the run is over, at most `timeout` seconds; the run as it stands then.

        `sur_avance` is called whenever something is new. Raises `ErreurConnecteur` for an unknown run, and what
        keeps this program from carrying out runs, if anything does.
        """
        limite = None if timeout is None else time.monotonic() + timeout
        dernier: Rapport | None = None
        while True:
            en_vie = self._ouvert.en_vie(run_id)
            rapport = self.lit(run_id)
            if not en_vie:
                rapport = self._acheve(run_id, rapport)
            elif rapport is not None and rapport.fini:
                rapport = None  # about to be resumed, or about to be noted as over: look again
            if rapport is not None and sur_avance is not None and rapport != dernier:
                sur_avance(rapport)
            dernier = rapport or dernier
            if rapport is not None and (rapport.fini or (limite is not None and time.monotonic() >= limite)):
                return rapport
            if self._panne is not None:
                raise self._panne
            self._arret.wait(REGARD_S)

    # --- look -----------------------------------------------------------------------------------------

    def lit(self, run_id: str) -> Rapport | None:
        """One run; None when there is none by that name."""
        note = self._registre.lit(run_id)
        if note is not None:
            return Rapport.du_registre(note)
        return next((Rapport.en_attente(d) for d in self._ouvert.list_en_vie() if d.run == run_id), None)

    def dernier(self, flux: Flux) -> Rapport | None:
        """The most recent run of this flow, over or not."""
        for demande in self._ouvert.list_en_vie():
            if demande.flux is flux and self._registre.lit(demande.run) is None:
                return Rapport.en_attente(demande)
        note = self._registre.dernier(flux)
        return None if note is None else Rapport.du_registre(note)

    def liste(self, n: int) -> Sequence[Rapport]:
        """The `n` most recent, most recent first; those that wait stand on top."""
        connus = [Rapport.du_registre(note) for note in self._registre.liste(n)]
        ids = {rapport.id for rapport in connus}
        attendent = [Rapport.en_attente(d) for d in self._ouvert.list_en_vie() if d.run not in ids]
        return [*reversed(attendent), *connus][:n]

    def ecoute(self, run_id: str) -> Iterator[Rapport | None]:
        """The run as it is now, then again each time it moves; ends after it is over.

        Gives None at least every second or so when nothing moved, so that whoever listens can stop.
        """
        dernier: Rapport | None = None
        avis = self._registre.ecoute(ECOUTE_S)
        try:
            while not self._arret.is_set():
                rapport = self.lit(run_id)
                yield rapport if rapport != dernier else None
                dernier = rapport
                if rapport is None or rapport.fini:
                    return
                # Woken by this run, or by nothing at all for a while: what others do is not looked at.
                next((un for un in avis if un is None or un.run == run_id), None)
        finally:
            if isinstance(avis, Generator):
                avis.close()

    # --- carry out ------------------------------------------------------------------------------------

    @property
    def _ouvert(self) -> "Guichet":
        if self._guichet is None:
            raise RuntimeError("le lanceur n’est pas démarré")
        return self._guichet

    def _nouvel_id(self) -> str:
        # Readable on the telephone, in the order of time.
        return f"{self._horloge():%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"

    def _acheve(self, run_id: str, rapport: Rapport | None) -> Rapport:
        """A run that nobody will carry out any more is over, whatever the tampon has had the time to note."""
        if rapport is None:
            raise ErreurPermanente("Cette synchronisation est inconnue.", detail=run_id)
        if rapport.fini:
            return rapport
        journal.warning("run perdu refermé", run=run_id)
        self._registre.termine(run_id, Verdict.ECHEC, rapport.bilans, PERDU)
        return self._acheve(run_id, self.lit(run_id))

    def _travaille(self) -> None:
        """Stand for the role until it is ours, then carry out runs until the end."""
        from connecteur.planification.moteur import Moteur

        while not self._arret.is_set():
            try:
                with self._role():
                    self._registre.abandonne_orphelins()
                    self._ouvert.oublie_anciens(self._horloge())
                    moteur = Moteur(self._url, self._dossier, self._atelier)
                    moteur.demarre()
                    self._panne = None
                    try:
                        self._arret.wait()
                    finally:
                        moteur.arrete()
            except DossierOccupe:
                self._arret.wait(CANDIDATURE_S)
            except Exception as exc:  # noqa: BLE001 -- told to whoever waits for a run
                journal.error("le moteur des runs ne démarre pas", exc_info=exc)
                self._panne = exc
                if not isinstance(exc, ErreurTransitoire):
                    return
                self._arret.wait(PANNE_S)
