"""The JSON API, `/api/v1`: everything the pages do, for scripts. Its description is at `/api/v1/openapi.json`."""

from typing import Any

from fastapi import APIRouter, Depends, FastAPI

from licence_manager.web.api import cles, gestes, licences, tableau
from licence_manager.web.droits import lecteur
from sages_commun.acces.web.description import routes_description
from sages_commun.acces.web.erreurs import installe_erreurs
from sages_commun.web.modeles import Probleme
from sages_commun.web.pages_erreur import TYPE_PROBLEME, PagesErreur

ADRESSE = "/api/v1"
DESCRIPTION = """\
Tout ce que font les pages du Licence Manager, en JSON. Il faut être connecté, ou présenter un jeton d’API
(`Authorization: Bearer …`). Les instants sont en UTC (ISO 8601) ; une date désigne la fin de ce jour-là à Paris ; -1
signifie « sans limite ». Les clés de licence ne sont données en clair qu’à un administrateur. Une erreur est un objet
« problem » (RFC 9457) avec une phrase en français, un remède et une référence à donner au support.
"""


def create_api(parent: FastAPI, erreurs: PagesErreur) -> FastAPI:
    """The API, with what the pages have."""
    api = FastAPI(
        title="Licence Manager",
        version="1",
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,  # below, for those who may come in
        redirect_slashes=False,
        responses=_erreurs(),
    )
    api.state = parent.state
    erreurs.installe(api)
    installe_erreurs(api, erreurs)
    routes = APIRouter(dependencies=[Depends(lecteur)])
    for sujet in (tableau, licences, gestes, cles):
        routes.include_router(sujet.routes)
    routes.include_router(routes_description())
    api.include_router(routes)
    return api


def _erreurs() -> dict[int | str, dict[str, Any]]:
    contenu = {TYPE_PROBLEME: {"schema": {"$ref": "#/components/schemas/Probleme"}}}
    reponse = {"model": Probleme, "description": "Une erreur, et que faire.", "content": contenu}
    return {"4XX": reponse, "5XX": reponse}
