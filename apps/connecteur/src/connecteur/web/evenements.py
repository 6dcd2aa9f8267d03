"""Progress, pushed: one stream of server-sent events per page that follows a run."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

import structlog
from fastapi import APIRouter, Depends, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from connecteur.errors import ErreurConnecteur
from connecteur.web.dependances import RunDep, ServicesDep
from connecteur.web.erreurs import ErreurPage
from connecteur.web.presentation import evenement, vue_run
from connecteur.web.services import Avis, Run, Runs

AUDITEURS_MAX = 12
"""Each page that follows a run holds a thread and a connection while it waits: the buttons must keep theirs."""
TIC_S = 1.0
"""How long nothing may be said: a page that went away is then noticed, and its thread given back."""

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


@routes.get("/runs/{run_id}/evenements", response_class=EventSourceResponse, dependencies=[Depends(_place)])
def suit_run(request: Request, run: RunDep, services: ServicesDep) -> Iterator[ServerSentEvent]:
    """`progression` at once and each time the run moves, then `fin`."""
    arret = cast("Event", request.app.state.arret)
    try:
        for message in _messages(services.runs, run):
            yield message
            if arret.is_set():
                return
    except ErreurConnecteur as exc:
        # The browser comes back by itself, and is then told why with a status.
        _journal.warning("suivi interrompu", run=run.id, message=exc.message, detail=exc.detail)


def _messages(runs: Runs, run: Run) -> Iterator[ServerSentEvent]:
    dit: dict[str, object] | None = None
    for etat in _etats(runs, run):
        vue = vue_run(etat)
        a_dire = evenement(vue)
        if a_dire == dit:
            yield ServerSentEvent(comment="")
        else:
            dit = a_dire
            yield ServerSentEvent(data=a_dire, event="progression", retry=2000)
        if vue.etat == "fini":
            yield ServerSentEvent(data={"verdict": etat.verdict, "resume": vue.resume}, event="fin")


def _etats(runs: Runs, run: Run) -> Iterator[Run]:
    """The run as it is now, then each time something is said of it and at least every `TIC_S`, until it is over."""
    yield run
    with _ferme(runs.ecoute(TIC_S)) as avis_suivants:
        while run.verdict is None:
            avis = next(avis_suivants)
            if avis is None or avis.run == run.id:
                # Read again even when nothing was said: a notification may have passed before we listened.
                lu = runs.lit(run.id)
                if lu is None:
                    return
                run = lu
            yield run


@contextmanager
def _ferme(suite: Iterator[Avis | None]) -> Iterator[Iterator[Avis | None]]:
    """End the listening when nobody follows any more; it holds a connection."""
    try:
        yield suite
    finally:
        if isinstance(suite, Generator):
            suite.close()
