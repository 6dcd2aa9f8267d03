"""Where runs are asked for, from any program, whichever carries them out: one queue per dossier.

This and `moteur` are the two places that know DBOS. It takes 2 s to import, so both are imported where they are
used. What is fixed here must stay so, or runs that wait in the database would never be carried out: the names of the
application, the workflow and the queues, the version, the schema.

Its records are JSON, not pickle: what stands in the database is data, never code.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from types import TracebackType

from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer, WorkflowHandle, WorkflowStatus
from sqlalchemy.exc import ProgrammingError, SQLAlchemyError

from connecteur.errors import ErreurPermanente, ServiceInjoignable
from connecteur.planification.rapport import Demande, quoi_nomme

APPLICATION = "connecteur"
VERSION = "1"
"""Changes only when a run begun by an older program could not be resumed by this one; never with each update."""
SCHEMA = "dbos"
WORKFLOW = "synchronise_dossier"
SCRUTATION_S = 0.5
"""How often the queue is looked at: the wait a person may notice, against the rest of the machine."""
GARDE_JOURS = 7
"""How long DBOS's own record of a finished run is kept; the tampon keeps the run itself."""
LOT = 1000

EN_VIE = ["ENQUEUED", "DELAYED", "PENDING"]


def nom_file(dossier: str) -> str:
    """The queue of a dossier: one run at a time, whatever asked for it, wherever it is carried out."""
    return f"runs-{dossier}"


def ancienne_file(dossier: str) -> tuple[str, str]:
    """The application and the queue of a dossier before several of them could share one program (0.1)."""
    return f"connecteur-{dossier.lower()}", f"dossier-{dossier}"


class Guichet:
    """The queues of these dossiers. Raises `ServiceInjoignable` when PostgreSQL does not answer."""

    def __init__(self, url: str, dossiers: Iterable[str]) -> None:
        fait_taire()
        with Traduit():
            DBOS.migrate(url, schema=SCHEMA)
            self._client = DBOSClient(
                system_database_url=url,
                dbos_system_schema=SCHEMA,
                application_name=APPLICATION,
                serializer=DBOSPortableJSONSerializer(),
                system_database_pool_size=3,
                retry_connection_errors=False,
            )
            try:
                for dossier in dossiers:
                    self._client.register_queue(
                        nom_file(dossier), global_concurrency=1, polling_interval_sec=SCRUTATION_S
                    )
                    self._adopte_anciens(dossier)
            except BaseException:
                self._client.destroy()
                raise

    def enfile(self, demande: Demande) -> str:
        """Queue this run, or join the one for the same thing that is queued or under way. The id of the run."""
        # A run that changed hands is no longer known by what it does, only by what it was asked to do.
        deja = next((un for un in self.list_en_vie(demande.dossier) if un.quoi == demande.quoi), None)
        if deja is not None:
            return deja.run
        with Traduit():
            poignee: WorkflowHandle[str] = self._client.enqueue(
                {
                    "workflow_name": WORKFLOW,
                    "queue_name": nom_file(demande.dossier),
                    "workflow_id": demande.run,
                    "app_version": VERSION,
                    "deduplication_id": demande.quoi.value,
                    "duplication_policy": "return-existing",
                },
                demande.dossier,
                demande.run,
                demande.quoi.value,
                demande.declencheur,
            )
        return poignee.get_workflow_id()

    def en_vie(self, run: str) -> bool:
        """Whether this run is queued or under way."""
        statut = self._statut(run)
        return statut is not None and statut.status in EN_VIE

    def list_en_vie(self, dossier: str) -> Sequence[Demande]:
        """The runs that are queued or under way, in the order in which they were asked for."""
        with Traduit():
            statuts = self._client.list_workflows(queue_name=nom_file(dossier), status=EN_VIE, load_output=False)
        return [demande for statut in statuts if (demande := _demande(statut)) is not None]

    def retire(self, run: str) -> Demande | None:
        """Take a run that has not begun out of the queue; None when it has begun (or is over, or unknown)."""
        statut = self._statut(run)
        if statut is None or statut.status != "ENQUEUED":
            return None
        with Traduit():
            self._client.cancel_workflow(run)
        return _demande(statut)

    def list_executants(self) -> set[str]:
        """Who holds a run under way, alive or dead."""
        with Traduit():
            statuts = self._client.list_workflows(
                application_name=APPLICATION, status="PENDING", load_input=False, load_output=False
            )
        return {statut.executor_id for statut in statuts if statut.executor_id}

    def remet(self, run: str, dossier: str) -> None:
        """Put a run that its program will not carry out, or not to its end, back into its queue."""
        with Traduit():
            self._client.resume_workflow(run, queue_name=nom_file(dossier))

    def remet_tout(self, executant: str) -> None:
        """Put back whatever this program, which no longer carries out anything, still holds."""
        with Traduit():
            statuts = self._client.list_workflows(executor_id=executant, status="PENDING", load_output=False)
        for statut in statuts:
            demande = _demande(statut)
            if demande is not None:
                self.remet(demande.run, demande.dossier)

    def oublie_anciens(self, maintenant: datetime) -> None:
        """Delete DBOS's records of the runs that ended long ago."""
        avant = (maintenant - timedelta(days=GARDE_JOURS)).isoformat()
        while vieux := self._list_anciens(avant):
            with Traduit():
                self._client.delete_workflows([statut.workflow_id for statut in vieux])

    def ferme(self) -> None:
        """Close the connections."""
        self._client.destroy()

    def _list_anciens(self, avant: str) -> Sequence[WorkflowStatus]:
        with Traduit():
            return self._client.list_workflows(
                application_name=APPLICATION, completed_before=avant, limit=LOT, load_input=False, load_output=False
            )

    def _statut(self, run: str) -> WorkflowStatus | None:
        with Traduit():
            trouves = self._client.list_workflows(workflow_ids=[run], load_output=False)
        return trouves[0] if trouves else None

    def _adopte_anciens(self, dossier: str) -> None:
        """Ask again for what an older version of the program had queued or begun: an arrow may run again."""
        application, file = ancienne_file(dossier)
        anciens = self._client.list_workflows(application_name=application, queue_name=file, status=EN_VIE)
        for statut in anciens:
            run, quoi, declencheur = statut.input["args"] if statut.input else (statut.workflow_id, "chantiers", "")
            self._client.delete_workflows([statut.workflow_id])
            self.enfile(Demande(run, quoi_nomme(quoi), declencheur, dossier))


def _demande(statut: WorkflowStatus) -> Demande | None:
    if not statut.input or len(statut.input["args"]) != len(Demande.__slots__):
        return None
    dossier, run, quoi, declencheur = statut.input["args"]
    return Demande(run, quoi_nomme(quoi), declencheur, dossier)


class Traduit:
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


def fait_taire() -> None:
    """Send DBOS's log to the journal: it would print on the console when nobody has given it a handler."""
    logger = logging.getLogger("dbos")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
