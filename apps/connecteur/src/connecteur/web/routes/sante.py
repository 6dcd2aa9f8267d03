"""The answer to machines that watch."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from connecteur.web.accueil import etat_general
from connecteur.web.dependances import ServicesDep
from sages_commun.acces.web.dependances import lit_portier

routes = APIRouter(include_in_schema=False)


@routes.api_route("/health", methods=["GET", "HEAD"])
def sante(request: Request, services: ServicesDep) -> Response:
    """Answers as long as the program does, with the last known state of the systems.

    To who is not signed in where one has to be: the state of the whole, and nothing else.
    """
    par_dossier = {dossier.code: dossier.etat.systemes() for dossier in services.dossiers}
    corps: dict[str, object] = {
        "etat": etat_general([systeme for systemes in par_dossier.values() for systeme in systemes])
    }
    if services.acces is not None and lit_portier(request).identite(request) is None:
        return JSONResponse(corps)
    premier = par_dossier[services.dossiers[0].code]
    corps |= {
        "version": services.version,
        "systemes": {systeme.nom.value.lower(): etat_general([systeme]) for systeme in premier},
    }
    if len(par_dossier) > 1:
        corps["dossiers"] = {
            code: {systeme.nom.value.lower(): etat_general([systeme]) for systeme in systemes}
            for code, systemes in par_dossier.items()
        }
    return JSONResponse(corps)
