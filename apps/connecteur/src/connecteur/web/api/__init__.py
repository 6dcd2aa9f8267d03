"""The JSON API, `/api/v1`: everything the pages do, for scripts. Its description is at `/api/v1/openapi.json`."""

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI
from starlette.middleware import Middleware

from connecteur.web.api import (
    alertes,
    audit,
    conflits,
    heures,
    horaires,
    import_initial,
    plan,
    reglages,
    rejets,
    runs,
    salaries,
)
from connecteur.web.licence import SansLicence, sans_licence
from connecteur.web.pages_erreur import PAGES_ERREUR
from sages_commun.acces.web.description import routes_description
from sages_commun.acces.web.erreurs import installe_erreurs
from sages_commun.web.filet import Filet
from sages_commun.web.modeles import Probleme
from sages_commun.web.pages_erreur import TYPE_PROBLEME

ADRESSE = "/api/v1"

DESCRIPTION = """\
Tout ce que font les pages du connecteur, en JSON. Les instants sont en UTC (ISO 8601), les heures en heures décimales.
Avec plusieurs dossiers, `?dossier=CODE` choisit ; sans lui, c’est le premier. Une erreur est un objet « problem »
(RFC 9457) avec une phrase en français, un remède et une référence à donner au support.
"""


def create_api(parent: FastAPI, gardes: Sequence[Any] = ()) -> FastAPI:
    """The API, with the services of this application; `gardes` are the dependencies that say who may come in."""
    api = FastAPI(
        title="Connecteur SAGES",
        version="1",
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url=None if gardes else "/openapi.json",
        redirect_slashes=False,
        middleware=[Middleware(Filet, repond=PAGES_ERREUR.reponse)],
        responses=_erreurs(),
    )
    api.state = parent.state
    PAGES_ERREUR.installe(api)
    api.add_exception_handler(SansLicence, sans_licence)
    installe_erreurs(api, PAGES_ERREUR)
    for sujet in (runs, plan, conflits, rejets, salaries, heures, import_initial, horaires, alertes, reglages, audit):
        api.include_router(sujet.routes, dependencies=gardes)
    if gardes:
        api.include_router(routes_description(), dependencies=gardes)
    return api


def _erreurs() -> dict[int | str, dict[str, Any]]:
    contenu = {TYPE_PROBLEME: {"schema": {"$ref": "#/components/schemas/Probleme"}}}
    reponse = {"model": Probleme, "description": "Une erreur, et que faire.", "content": contenu}
    return {"4XX": reponse, "5XX": reponse}
