"""Ask for runs, wait for them, stop them: from the web, the CLI and the schedules alike.

Several programs may share one dossier (the CLI beside the service, two machines on one PostgreSQL). Each may ask,
and any of them may carry out: see `ouvrier`.
"""

import secrets
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import structlog

from connecteur.domain.run import Flux, Incident, Verdict
from connecteur.errors import ErreurPermanente
from connecteur.planification.rapport import Demande, Quoi, Rapport
from connecteur.planification.registre import Registre

if TYPE_CHECKING:
    from connecteur.planification.guichet import Guichet

journal = structlog.get_logger(__name__)

REGARD_S = 0.2
"""How often a waiting program looks at its run."""
ECOUTE_S = 1.0
"""How often whoever listens to a run hears that nothing happened."""

PERDU = Incident(
    "La synchronisation a été interrompue et ne pouvait pas être reprise.",
    "Relancez-la : elle repart de ce qui est déjà fait.",
)


class Lanceur:
    """The runs of one dossier."""

    def __init__(
        self,
        guichet: "Guichet",
        dossier: str,
        registre: Registre,
        horloge: Callable[[], datetime],
        *,
        panne: Callable[[], Exception | None],
        arret: threading.Event,
    ) -> None:
        """`panne` tells what keeps this program from carrying out runs; `arret` is set when the program stops."""
        self._guichet = guichet
        self._dossier = dossier
        self._registre = registre
        self._horloge = horloge
        self._panne = panne
        self._arret = arret

    # --- ask ------------------------------------------------------------------------------------------

    def lance(self, quoi: Quoi, *, declencheur: str, run: str = "") -> str:
        """Ask for a flow or an arrow; the id of the run that will do it.

        Asking for what is already queued or under way joins that run. `run` names it: a name that was used already
        is not carried out again.
        """
        return self._guichet.enfile(Demande(run or self._nouvel_id(), quoi, declencheur, self._dossier))

    def lance_tout(self, *, declencheur: str) -> list[str]:
        """Ask for both flows, one after the other; their runs."""
        return [self.lance(flux, declencheur=declencheur) for flux in Flux]

    def annule(self, run_id: str) -> None:
        """Ask a run to stop: at once when it has not begun, else at its next good place. Harmless when it is over."""
        retiree = self._guichet.retire(run_id)
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
            en_vie = self._guichet.en_vie(run_id)
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
            panne = self._panne()
            if panne is not None:
                raise panne
            self._arret.wait(REGARD_S)

    # --- look -----------------------------------------------------------------------------------------

    def lit(self, run_id: str) -> Rapport | None:
        """One run; None when there is none by that name."""
        note = self._registre.lit(run_id)
        if note is not None:
            return Rapport.du_registre(note)
        return next((Rapport.en_attente(d) for d in self._guichet.list_en_vie(self._dossier) if d.run == run_id), None)

    def dernier(self, flux: Flux) -> Rapport | None:
        """The most recent run of this flow, over or not."""
        for demande in self._guichet.list_en_vie(self._dossier):
            if demande.flux is flux and self._registre.lit(demande.run) is None:
                return Rapport.en_attente(demande)
        note = self._registre.dernier(flux)
        return None if note is None else Rapport.du_registre(note)

    def liste(self, n: int) -> Sequence[Rapport]:
        """The `n` most recent, most recent first; those that wait stand on top."""
        connus = [Rapport.du_registre(note) for note in self._registre.liste(n)]
        ids = {rapport.id for rapport in connus}
        attendent = [Rapport.en_attente(d) for d in self._guichet.list_en_vie(self._dossier) if d.run not in ids]
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

    # --- inside ---------------------------------------------------------------------------------------

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
