"""Carries out the queued runs of several dossiers: the DBOS engine of this program.

DBOS is a singleton of the process: one `Moteur` runs at a time in a process, for all its dossiers. Each has a queue
and at most one run under way, each run has a thread: a dossier waits for itself only.
"""

import threading
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, error

from connecteur.domain.run import Verdict
from connecteur.planification.execution import Atelier, execute_run, incident
from connecteur.planification.guichet import APPLICATION, SCHEMA, VERSION, WORKFLOW, Traduit, fait_taire, nom_file
from connecteur.planification.rapport import Demande, quoi_nomme
from connecteur.planification.suivi import Suivi

journal = structlog.get_logger(__name__)

REPRISES_MAX = 10
"""A run that brought the program down so many times is not resumed again."""
ARRET_MAX_S = 30.0
"""How long stopping waits for the runs under way to reach a good place."""

Cede = Callable[[Demande, int], bool]
"""Asked before a run begins, with how many others are under way here: whether another program shall have it.
When it says yes, it has put the run back into its queue."""


class RunCede(BaseException):
    """This program leaves the run to another: it is back in its queue.

    Not an `Exception`: DBOS must not record it as the outcome of the run.
    """


class Moteur:
    """Carries out runs under one name, which no other program bears."""

    def __init__(self, url: str, executant: str, ateliers: Mapping[str, Atelier], cede: Cede) -> None:
        self._url = url
        self._executant = executant
        self._ateliers = ateliers
        self._cede = cede
        self._arret = threading.Event()
        self._repos = threading.Condition()
        self._en_cours = 0

    @property
    def en_cours(self) -> int:
        """How many runs are under way here."""
        return self._en_cours

    def demarre(self) -> None:
        """Begin to carry out runs."""
        global _courant  # noqa: PLW0603 -- DBOS calls a registered function: this is how it finds its way back
        if _courant is not None:
            raise RuntimeError("un moteur fonctionne déjà dans ce processus")
        fait_taire()
        config: DBOSConfig = {
            "name": APPLICATION,
            "system_database_url": self._url,
            "dbos_system_schema": SCHEMA,
            "application_version": VERSION,
            "executor_id": self._executant,
            "serializer": DBOSPortableJSONSerializer(),
            "use_listen_notify": False,
            "notification_listener_polling_interval_sec": 1.0,
            "sys_db_pool_size": 5 + len(self._ateliers),
            "enable_otlp": False,
            "log_level": "WARNING",
        }
        _courant = self
        try:
            DBOS(config=config)
            DBOS.listen_queues([nom_file(dossier) for dossier in self._ateliers])
            DBOS.launch()
        except BaseException:
            self.arrete()
            raise

    def arrete(self) -> None:
        """Stop: the runs under way stop at their next good place and stay pending, to be put back or taken over."""
        global _courant  # noqa: PLW0603 -- see above
        self._arret.set()
        with self._repos:
            if not self._repos.wait_for(lambda: not self._en_cours, ARRET_MAX_S):
                journal.warning("des runs ne s’arrêtent pas", combien=self._en_cours, attente_s=ARRET_MAX_S)
        DBOS.destroy()
        _courant = None

    def reprend(self, executant: str) -> None:
        """Put the runs of a program that died back into their queues; the count of their attempts goes on."""
        with Traduit():
            # DBOS documents recovery, and offers it to its paid service only: this is the function it is made of.
            # A run that somebody took over meanwhile bears another name, and is left alone.
            DBOS._recover_pending_workflows([executant])  # noqa: SLF001

    def execute(self, demande: Demande) -> str:
        """What the workflow does."""
        with self._repos:
            autres, self._en_cours = self._en_cours, self._en_cours + 1
        atelier = self._ateliers[demande.dossier]
        try:
            self._laisse(demande, autres)
            suivi = Suivi(demande.run, atelier.registre, self._arret)
            with structlog.contextvars.bound_contextvars(dossier=demande.dossier):
                return execute_run(atelier, demande, suivi, _pas).value
        except error.DBOSWorkflowCancelledError:
            # It began in the very moment it was taken out of the queue.
            atelier.registre.termine(demande.run, Verdict.ANNULE)
            raise
        except Exception as exc:
            atelier.registre.termine(demande.run, Verdict.ECHEC, erreur=incident(exc))
            raise
        finally:
            with self._repos:
                self._en_cours -= 1
                self._repos.notify_all()

    def _laisse(self, demande: Demande, autres: int) -> None:
        if not self._arret.is_set() and self._cede(demande, autres):
            raise RunCede


_courant: Moteur | None = None


@DBOS.workflow(name=WORKFLOW, max_recovery_attempts=REPRISES_MAX)
def _synchronise(dossier: str, run: str, quoi: str, declencheur: str) -> str:
    if _courant is None:
        raise RuntimeError("aucun moteur ne fonctionne dans ce processus")
    return _courant.execute(Demande(run, quoi_nomme(quoi), declencheur, dossier))


def _pas(nom: str, fait: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    # Never retried by DBOS: what is worth another attempt is decided inside, by the kind of error.
    return DBOS.run_step({"name": nom, "retries_allowed": False}, fait)
