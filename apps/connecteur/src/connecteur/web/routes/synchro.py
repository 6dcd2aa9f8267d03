"""The buttons: each arrow alone, each direction, and the tables of the tampon.

Every one answers in two forms, by `Accept`: the page of the run for a browser, JSON for a script.
"""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.responses import Response

from connecteur.domain.run import Fleche, Flux, flux_de
from connecteur.web.dependances import DossierDep, RenduDep, ResolutionDep, signe
from connecteur.web.licence import exige_licence
from sages_commun.web.format import pluriel
from sages_commun.web.jetons import JetonVerifie
from sages_commun.web.rendu import veut_du_json

DECLENCHEUR = "page d’accueil"
PAGES = {"/conflits": "page Conflits", "/rejets": "page Rejets", "/salaries": "page Salariés"}
"""Where a run can be asked for after a decision > what it is noted under."""

ADRESSES: dict[str, Flux | Fleche] = {
    "/sync-batigest-to-batisimply": Flux.CHANTIERS,
    "/sync-batisimply-to-batigest": Flux.HEURES,
    "/transfer": Fleche.PULL_CHANTIERS,
    "/transfer-batisimply": Fleche.PUSH_CHANTIERS,
    "/recup-heures": Fleche.PULL_HEURES,
    "/transfer-heure-batigest": Fleche.PUSH_HEURES,
}
"""Address > what it asks for."""

routes = APIRouter()


def _route(quoi: Flux | Fleche) -> Callable[..., Response]:
    flux = flux_de(quoi)

    def lance(
        request: Request,
        dossier: DossierDep,
        rendu: RenduDep,
        page: Annotated[str, Form(max_length=40)] = "",
    ) -> Response:
        exige_licence(dossier, quoi)
        run_id = dossier.lanceur.lance(quoi, declencheur=signe(request, PAGES.get(page, DECLENCHEUR)))
        adresse = rendu.lien(request, f"/runs/{run_id}")
        if not veut_du_json(request):
            return RedirectResponse(adresse, 303)
        corps = {
            "id": run_id,
            "quoi": quoi.value,
            "flux": flux.value,
            "adresse": adresse,
            "evenements": rendu.lien(request, f"/runs/{run_id}/evenements"),
        }
        return JSONResponse(corps, 202, {"Location": adresse})

    return lance


for _adresse, _quoi in ADRESSES.items():
    routes.add_api_route(_adresse, _route(_quoi), methods=["POST"], dependencies=[JetonVerifie])


@routes.post("/update-code-projet", dependencies=[JetonVerifie])
def update_code_projet(request: Request, dossier: DossierDep, rendu: RenduDep, _seul: ResolutionDep) -> Response:
    """Resolve the slots of the tampon again with today's codes, without reading them again in BatiSimply."""
    exige_licence(dossier, Flux.HEURES)
    run_id = dossier.codes.resout_codes()
    adresse = f"/runs/{run_id}"
    run = dossier.runs.lit(run_id)
    comptes = dict(run.bilans[0].comptes) if run and run.bilans else {}
    message = "Les codes des créneaux connus ont été relus."
    corps = {"id": run_id, "adresse": rendu.lien(request, adresse), "comptes": comptes}
    return rendu.suite(request, adresse, message, corps)


@routes.post("/init-table", dependencies=[JetonVerifie])
def init_table(request: Request, dossier: DossierDep, rendu: RenduDep) -> Response:
    """Create the tables of the tampon, or bring them up to date; says which migrations were applied."""
    appliquees = list(dossier.installation.migre())
    if appliquees:
        message = (
            f"Tables du tampon à jour : {pluriel(len(appliquees), 'migration appliquée', 'migrations appliquées')}."
        )
    else:
        message = "Les tables du tampon étaient déjà à jour."
    return rendu.suite(request, "/", message, {"migrations": appliquees})
