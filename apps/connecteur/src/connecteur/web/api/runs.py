"""Runs: list, one, start, cancel, follow."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from connecteur.domain.run import Fleche, Flux, Verdict
from connecteur.web.api.modeles import NumeroPage, Page, ParPage, Reference, Remarque, decoupe
from connecteur.web.dependances import Auteur, DossierDep, RenduDep, RunDep
from connecteur.web.evenements import PlaceDep, SuiteDep, messages
from connecteur.web.licence import exige_licence
from connecteur.web.presentation import EtatRun, en_json, vue_run
from connecteur.web.services import Run
from sages_commun.web.erreurs import ErreurPage
from sages_commun.web.jetons import JetonEntete
from sages_commun.web.modeles import Demande, Modele

RUNS_MAX = 1_000
"""How far back the list goes."""
Qui = Annotated[str, Depends(Auteur("API"))]

routes = APIRouter(tags=["runs"])


class Avance(Modele):
    """How far one arrow is; `total` is 0 while it is not known."""

    fait: int
    total: int


class BilanRun(Modele):
    """What one arrow did."""

    fleche: Fleche
    comptes: dict[str, int]
    ecritures: int
    rejets: int
    conflits: int
    incidents: list[Remarque]
    remarques: list[Remarque]


class RunLu(Modele):
    """One run."""

    id: str
    flux: Flux
    etat: EtatRun
    verdict: Verdict | None
    declencheur: str
    debut: datetime | None
    fin: datetime | None
    resume: str
    erreur: Remarque | None
    progression: dict[Fleche, Avance]
    bilans: list[BilanRun]


class DemandeRun(Demande):
    """What to run: a direction, or one arrow of it."""

    quoi: Flux | Fleche


class RunDemande(Reference):
    """A run that was asked for, or the one that was already doing it."""

    quoi: Flux | Fleche


def _lu(run: Run) -> dict[str, object]:
    return en_json(vue_run(run))


@routes.get("/runs", response_model=Page[RunLu])
def list_runs(
    dossier: DossierDep,
    flux: Annotated[Flux | None, Query()] = None,
    verdict: Annotated[Verdict | None, Query()] = None,
    page: NumeroPage = 1,
    par_page: ParPage = 50,
) -> object:
    """The runs, most recent first; those that wait their turn on top."""
    runs = [
        run
        for run in dossier.runs.liste(RUNS_MAX)
        if (flux is None or run.flux is flux) and (verdict is None or run.verdict is verdict)
    ]
    return decoupe(runs, page, par_page, _lu)


@routes.post("/runs", status_code=202, response_model=RunDemande, dependencies=[JetonEntete])
def lance_run(
    request: Request, reponse: Response, demande: DemandeRun, dossier: DossierDep, *, qui: Qui, rendu: RenduDep
) -> object:
    """Ask for a run, or join the one that is already queued or going on. 403 when the licence does not allow it."""
    exige_licence(dossier, demande.quoi)
    run_id = dossier.lanceur.lance(demande.quoi, declencheur=qui)
    adresse = rendu.lien(request, f"/api/v1/runs/{run_id}")
    reponse.headers["Location"] = adresse
    evenements = rendu.lien(request, f"/api/v1/runs/{run_id}/evenements")
    return {"id": run_id, "quoi": demande.quoi, "adresse": adresse, "evenements": evenements}


@routes.get("/runs/{run_id}", response_model=RunLu)
def lit_run(run: RunDep) -> object:
    """One run, as it is now."""
    return _lu(run)


@routes.post("/runs/{run_id}/annuler", status_code=202, response_model=RunLu, dependencies=[JetonEntete])
def annule_run(run: RunDep, dossier: DossierDep) -> object:
    """Ask it to stop at its next good place."""
    if run.verdict is not None:
        raise ErreurPage(409, "Cette synchronisation est déjà terminée.", "Lisez son compte rendu.")
    dossier.lanceur.annule(run.id)
    return _lu(dossier.runs.lit(run.id) or run)


@routes.get("/runs/{run_id}/evenements", response_class=EventSourceResponse, dependencies=[PlaceDep])
def suit_run(request: Request, run: RunDep, suite: SuiteDep) -> Iterator[ServerSentEvent]:
    """`progression` at once and each time the run moves, then `fin`."""
    yield from messages(request, run, suite)
