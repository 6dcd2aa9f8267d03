"""Progress, pushed: one stream of server-sent events per page that follows a run."""

import time
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Annotated, cast

import structlog
from fastapi import APIRouter, Depends, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from connecteur.errors import ErreurConnecteur
from connecteur.web.dependances import DossierDep, RunDep
from connecteur.web.presentation import RunDit, evenement, vue_run
from connecteur.web.services import Run, Services
from sages_commun.acces.web.dependances import lit_portier
from sages_commun.web.erreurs import ErreurPage

AUDITEURS_MAX = 12
"""Each page that follows a run holds a thread and a connection while it waits: the buttons must keep theirs."""

REGARD_S = 2.0
"""How long a page goes on following a run after its session was closed, at most."""

if TYPE_CHECKING:
    from threading import BoundedSemaphore, Event

_journal = structlog.get_logger(__name__)

routes = APIRouter(include_in_schema=False)


def _place(request: Request) -> Iterator[None]:
    """One of the places; 503 when all are taken: the page then asks now and then."""
    places = cast("BoundedSemaphore", request.app.state.places)
    if not places.acquire(blocking=False):
        raise ErreurPage(503, "Trop de pages suivent déjà une synchronisation.", "Fermez les onglets inutiles.")
    try:
        yield
    finally:
        places.release()


def _suite(run: RunDep, dossier: DossierDep) -> Iterator[Iterator[Run | None]]:
    """The run as it moves. Closed here, once the answer is over: a listening holds a connection of the tampon."""
    suite = dossier.runs.ecoute(run.id)
    try:
        yield suite
    finally:
        if isinstance(suite, Generator):
            suite.close()


PlaceDep = Depends(_place)
SuiteDep = Annotated[Iterator[Run | None], Depends(_suite)]


@routes.get("/runs/{run_id}/evenements", response_class=EventSourceResponse, dependencies=[PlaceDep])
def suit_run(request: Request, run: RunDep, suite: SuiteDep) -> Iterator[ServerSentEvent]:
    """`progression` at once and each time the run moves, then `fin`."""
    yield from messages(request, run, suite)


def messages(request: Request, run: Run, suite: Iterator[Run | None]) -> Iterator[ServerSentEvent]:
    """What is sent, until the run is over, the program stops, or who asked may not see it any more."""
    arret = cast("Event", request.app.state.arret)
    regarde = time.monotonic()
    try:
        for message in _messages(suite):
            yield message
            if arret.is_set():
                return
            if time.monotonic() - regarde >= REGARD_S:
                if not _est_encore_la(request):
                    return
                regarde = time.monotonic()
    except ErreurConnecteur as exc:
        # The browser comes back by itself, and is then told why with a status.
        _journal.warning("suivi interrompu", run=run.id, message=exc.message, detail=exc.detail)


def _est_encore_la(request: Request) -> bool:
    services = cast("Services", request.app.state.services)
    return services.acces is None or lit_portier(request).tient_encore(request)


def _messages(suite: Iterator[Run | None]) -> Iterator[ServerSentEvent]:
    dit: RunDit | None = None
    for etat in suite:
        vue = vue_run(etat) if etat is not None else None
        a_dire = evenement(vue) if vue is not None else None
        if a_dire is None or a_dire == dit:
            # Nothing to say, and it is said: a page that went away is then noticed, and its thread given back.
            yield ServerSentEvent(comment="")
        else:
            dit = a_dire
            yield ServerSentEvent(data=a_dire, event="progression", retry=2000)
        if vue is not None and vue.etat == "fini":
            yield ServerSentEvent(data={"verdict": vue.run.verdict, "resume": vue.resume}, event="fin")
