"""The first import of the heures: a day, what it would write, a confirmation."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from connecteur.domain.run import Flux
from connecteur.sync.run import MOIS_IMPORT, limite_import
from connecteur.web.apercus import Apercus
from connecteur.web.autour import autour_du_plan
from connecteur.web.dependances import ApercusDep, DossierDep, RenduDep, ServicesDep, signe
from connecteur.web.import_initial import aujourdhui, demande, montre
from connecteur.web.rendu import Rendu
from connecteur.web.services import Dossier, Services
from sages_commun.web.erreurs import ErreurPage
from sages_commun.web.format import lit_jour
from sages_commun.web.jetons import JetonVerifie
from sages_commun.web.rendu import veut_du_json

QUI = "page Import initial"

routes = APIRouter()


@routes.get("/import-initial")
def lit_import(
    request: Request, dossier: DossierDep, services: ServicesDep, apercus: ApercusDep, rendu: RenduDep
) -> Response:
    """The day, and the last dry run."""
    return _page(request, dossier, services, apercus, rendu)


@routes.post("/import-initial", dependencies=[JetonVerifie])
def montre_import(
    request: Request,
    dossier: DossierDep,
    services: ServicesDep,
    apercus: ApercusDep,
    rendu: RenduDep,
    *,
    depuis: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Ask for a dry run from this day; a day that may not be is said beside what was typed."""
    try:
        vu = montre(services, dossier, apercus, lit_jour(depuis))
    except ErreurPage as exc:
        if exc.statut != 422 or veut_du_json(request):  # noqa: PLR2004
            raise
        return _page(request, dossier, services, apercus, rendu, saisi=depuis, faute=exc.message)
    return rendu.suite(request, "/import-initial", "", {"depuis": str(vu.depuis), "etat": vu.etat}, statut=202)


@routes.post("/import-initial/confirmer", dependencies=[JetonVerifie])
def confirme_import(
    request: Request, dossier: DossierDep, apercus: ApercusDep, rendu: RenduDep, *, depuis: Annotated[date, Form()]
) -> Response:
    """Ask for what was shown; the page of the run that does it."""
    run_id = demande(dossier, apercus, depuis, signe(request, QUI))
    adresse = rendu.lien(request, f"/runs/{run_id}")
    if veut_du_json(request):
        return rendu.suite(request, adresse, "Import demandé.", {"id": run_id, "adresse": adresse}, statut=202)
    return RedirectResponse(adresse, 303)


def _page(
    request: Request,
    dossier: Dossier,
    services: Services,
    apercus: Apercus,
    rendu: Rendu,
    *,
    saisi: str = "",
    faute: str = "",
) -> Response:
    vu = apercus.lit(dossier, Flux.HEURES, importe=True)
    limite = limite_import(aujourdhui(services, dossier))
    valeurs = {
        "vu": vu,
        "mois": MOIS_IMPORT,
        "limite": limite,
        "attend": dossier.imports.read_import(),
        "saisi": saisi or f"{vu.depuis or limite:%d/%m/%Y}",
        "faute": faute,
        **autour_du_plan(dossier),
    }
    return rendu.page(request, "import_initial.html", valeurs, statut=422 if faute else 200)
