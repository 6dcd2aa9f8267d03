"""One run: its report, and the button that stops it."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from connecteur.web.dependances import DossierDep, RenduDep, RunDep
from connecteur.web.presentation import en_json, vue_run
from sages_commun.web.erreurs import ErreurPage
from sages_commun.web.jetons import JetonVerifie
from sages_commun.web.rendu import veut_du_json

routes = APIRouter()


@routes.get("/runs/{run_id}")
def lit_run(request: Request, run: RunDep, rendu: RenduDep) -> Response:
    """The report of a run, or how far it is."""
    vue = vue_run(run)
    if veut_du_json(request):
        return JSONResponse(en_json(vue))
    return rendu.page(request, "run.html", {"vue": vue})


@routes.post("/runs/{run_id}/annuler", dependencies=[JetonVerifie])
def annule_run(request: Request, run: RunDep, dossier: DossierDep, rendu: RenduDep) -> Response:
    """Ask a run to stop."""
    adresse = f"/runs/{run.id}"
    fini = run.verdict is not None
    if not fini:
        dossier.lanceur.annule(run.id)
    elif veut_du_json(request):
        raise ErreurPage(409, "Cette synchronisation est déjà terminée.", "Lisez son compte rendu.")
    message = "" if fini else "Annulation demandée : arrêt au prochain enregistrement."
    corps = {"id": run.id, "adresse": adresse, "annulation_demandee": True}
    return rendu.suite(request, adresse, message, corps, statut=202)
