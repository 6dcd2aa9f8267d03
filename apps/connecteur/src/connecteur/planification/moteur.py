"""The one place that knows DBOS.

DBOS is a singleton of the process: one `Moteur` runs at a time in a process. It takes 2 s to import, so
this module is imported where it is used. What is fixed here must stay so, or runs that wait in the database
would never be carried out: the application's and the workflow's names, the version, the schema.

Its records are JSON, not pickle: what stands in the database is data, never code.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any

import structlog
from dbos import DBOS, DBOSClient, DBOSConfig, DBOSPortableJSONSerializer, WorkflowHandle, WorkflowStatus, error
from sqlalchemy.exc import ProgrammingError, SQLAlchemyError

from connecteur.domain.run import Verdict
from connecteur.errors import ErreurPermanente, ServiceInjoignable
from connecteur.planification.execution import Atelier, execute_run, incident
from connecteur.planification.rapport import Demande, quoi_nomme
from connecteur.planification.suivi import Suivi

journal = structlog.get_logger(__name__)

VERSION = "1"
"""Changes only when a run begun by an older program could not be resumed by this one; never with each update."""
SCHEMA = "dbos"
WORKFLOW = "synchronise"
REPRISES_MAX = 10
"""A run that brought the program down so many times is not resumed again."""
SCRUTATION_S = 0.5
"""How often the queue is looked at: the wait a person may notice, against the rest of the machine."""
ARRET_MAX_S = 30.0
"""How long stopping waits for the run under way to reach a good place."""
GARDE_JOURS = 30
"""How long DBOS's own record of a finished run is kept; the tampon keeps the run itself."""

EN_VIE = ["ENQUEUED", "DELAYED", "PENDING"]


def nom_file(dossier: str) -> str:
    """The queue of a dossier: one run at a time, whatever asked for it."""
    return f"dossier-{dossier}"


def nom_application(dossier: str) -> str:
    """What DBOS knows a dossier's runs by; it takes small letters only."""
    return f"connecteur-{dossier.lower()}"


class Guichet:
    """Where runs are asked for, from any process. Raises `ServiceInjoignable` when PostgreSQL does not answer."""

    def __init__(self, url: str, dossier: str) -> None:
        self._file = nom_file(dossier)
        self._application = nom_application(dossier)
        _fait_taire()
        with _Traduit():
            DBOS.migrate(url, schema=SCHEMA)
            self._client = DBOSClient(
                system_database_url=url,
                dbos_system_schema=SCHEMA,
                application_name=self._application,
                serializer=DBOSPortableJSONSerializer(),
                system_database_pool_size=3,
                retry_connection_errors=False,
            )
            try:
                self._client.register_queue(self._file, global_concurrency=1, polling_interval_sec=SCRUTATION_S)
            except BaseException:
                self._client.destroy()
                raise

    def enfile(self, demande: Demande) -> str:
        """Queue this run, or join the one for the same thing that is queued or under way. The id of the run."""
        with _Traduit():
            poignee: WorkflowHandle[str] = self._client.enqueue(
                {
                    "workflow_name": WORKFLOW,
                    "queue_name": self._file,
                    "workflow_id": demande.run,
                    "app_version": VERSION,
                    "deduplication_id": demande.quoi.value,
                    "duplication_policy": "return-existing",
                },
                demande.run,
                demande.quoi.value,
                demande.declencheur,
            )
        return poignee.get_workflow_id()

    def en_vie(self, run: str) -> bool:
        """Whether this run is queued or under way."""
        statut = self._statut(run)
        return statut is not None and statut.status in EN_VIE

    def list_en_vie(self) -> Sequence[Demande]:
        """The runs that are queued or under way, in the order in which they were asked for."""
        with _Traduit():
            statuts = self._client.list_workflows(queue_name=self._file, status=EN_VIE, load_output=False)
        return [_demande(statut) for statut in statuts]

    def retire(self, run: str) -> Demande | None:
        """Take a run that has not begun out of the queue; None when it has begun (or is over, or unknown)."""
        statut = self._statut(run)
        if statut is None or statut.status != "ENQUEUED":
            return None
        with _Traduit():
            self._client.cancel_workflow(run)
        return _demande(statut)

    def oublie_anciens(self, maintenant: datetime) -> None:
        """Delete DBOS's records of the runs of this dossier that ended long ago."""
        with _Traduit():
            vieux = self._client.list_workflows(
                application_name=self._application,
                completed_before=(maintenant - timedelta(days=GARDE_JOURS)).isoformat(),
                limit=1000,
                load_input=False,
                load_output=False,
            )
            if vieux:
                self._client.delete_workflows([statut.workflow_id for statut in vieux])

    def ferme(self) -> None:
        """Close the connections."""
        self._client.destroy()

    def _statut(self, run: str) -> WorkflowStatus | None:
        with _Traduit():
            trouves = self._client.list_workflows(workflow_ids=[run], load_output=False)
        return trouves[0] if trouves else None


class Moteur:
    """Carries out the queued runs of one dossier. One at a time in a process."""

    def __init__(self, url: str, dossier: str, atelier: Atelier) -> None:
        self._url = url
        self._dossier = dossier
        self._atelier = atelier
        self._arret = threading.Event()
        self._repos = threading.Condition()
        self._en_cours = 0

    def demarre(self) -> None:
        """Begin to carry out runs, interrupted ones first."""
        global _courant  # noqa: PLW0603 -- DBOS calls a registered function: this is how it finds its way back
        if _courant is not None:
            raise RuntimeError("un moteur fonctionne déjà dans ce processus")
        _fait_taire()
        config: DBOSConfig = {
            "name": nom_application(self._dossier),
            "system_database_url": self._url,
            "dbos_system_schema": SCHEMA,
            "application_version": VERSION,
            "executor_id": nom_application(self._dossier),
            "serializer": DBOSPortableJSONSerializer(),
            "use_listen_notify": False,
            "notification_listener_polling_interval_sec": 1.0,
            "sys_db_pool_size": 5,
            "enable_otlp": False,
            "log_level": "WARNING",
        }
        _courant = self
        try:
            DBOS(config=config)
            DBOS.listen_queues([nom_file(self._dossier)])
            DBOS.launch()
        except BaseException:
            self.arrete()
            raise

    def arrete(self) -> None:
        """Stop: the run under way stops at its next good place, stays pending and is resumed at the next start."""
        global _courant  # noqa: PLW0603 -- see above
        self._arret.set()
        with self._repos:
            if not self._repos.wait_for(lambda: not self._en_cours, ARRET_MAX_S):
                journal.warning("le run en cours ne s’arrête pas", attente_s=ARRET_MAX_S)
        DBOS.destroy()
        _courant = None

    def execute(self, demande: Demande) -> str:
        """What the workflow does."""
        with self._repos:
            self._en_cours += 1
        registre = self._atelier.registre
        try:
            return execute_run(self._atelier, demande, Suivi(demande.run, registre, self._arret), _pas).value
        except error.DBOSWorkflowCancelledError:
            # It began in the very moment it was taken out of the queue.
            registre.termine(demande.run, Verdict.ANNULE)
            raise
        except Exception as exc:
            registre.termine(demande.run, Verdict.ECHEC, erreur=incident(exc))
            raise
        finally:
            with self._repos:
                self._en_cours -= 1
                self._repos.notify_all()


_courant: Moteur | None = None


@DBOS.workflow(name=WORKFLOW, max_recovery_attempts=REPRISES_MAX)
def _synchronise(run: str, quoi: str, declencheur: str) -> str:
    if _courant is None:
        raise RuntimeError("aucun moteur ne fonctionne dans ce processus")
    return _courant.execute(Demande(run, quoi_nomme(quoi), declencheur))


def _pas(nom: str, fait: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    # Never retried by DBOS: what is worth another attempt is decided inside, by the kind of error.
    return DBOS.run_step({"name": nom, "retries_allowed": False}, fait)


def _demande(statut: WorkflowStatus) -> Demande:
    run, quoi, declencheur = statut.input["args"] if statut.input else (statut.workflow_id, "chantiers", "")
    return Demande(run, quoi_nomme(quoi), declencheur)


class _Traduit:
    """Maps the database errors of DBOS to ours."""

    def __enter__(self) -> None: ...

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(exc, ProgrammingError):
            raise ErreurPermanente(
                "La base PostgreSQL du connecteur refuse d’y ranger la file des synchronisations.",
                remede=f"Donnez au compte du tampon le droit de créer le schéma « {SCHEMA} » (CREATE sur la base).",
                detail=type(exc.orig).__name__,
            ) from exc
        if isinstance(exc, SQLAlchemyError):
            raise ServiceInjoignable(
                "La base PostgreSQL du connecteur ne répond pas.",
                remede="Vérifiez que le serveur PostgreSQL du tampon est démarré.",
                detail=type(exc).__name__,
            ) from exc


def _fait_taire() -> None:
    """Send DBOS's log to the journal: it would print on the console when nobody has given it a handler."""
    logger = logging.getLogger("dbos")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
