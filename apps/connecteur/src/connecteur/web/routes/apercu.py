"""The preview: what a run would do, before it does it."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from connecteur.domain.run import Flux
from connecteur.web.autour import autour_du_plan
from connecteur.web.dependances import ApercusDep, DossierDep, RenduDep
from sages_commun.web.jetons import JetonVerifie

routes = APIRouter()


@routes.get("/apercu/{flux}")
def lit_apercu(request: Request, flux: Flux, dossier: DossierDep, apercus: ApercusDep, rendu: RenduDep) -> Response:
    """The last dry run of this direction."""
    valeurs = {"vu": apercus.lit(dossier, flux), "flux": flux, **autour_du_plan(dossier)}
    return rendu.page(request, "apercu.html", valeurs)


@routes.post("/apercu/{flux}", dependencies=[JetonVerifie])
def demande_apercu(request: Request, flux: Flux, dossier: DossierDep, apercus: ApercusDep, rendu: RenduDep) -> Response:
    """Ask for one."""
    vu = apercus.demande(dossier, flux)
    return rendu.suite(request, f"/apercu/{flux.value}", "", {"flux": flux.value, "etat": vu.etat}, statut=202)
