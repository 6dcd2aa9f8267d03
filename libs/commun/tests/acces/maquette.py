"""A small application on the web kit with the accounts: what a program of the house does, and nothing more."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from starlette.middleware import Middleware
from starlette.responses import JSONResponse, Response

from sages_commun.acces import Acces, Durees
from sages_commun.acces.web.cookies import Cookies
from sages_commun.acces.web.dependances import Administrateur, Connecte, SelonLaMethode
from sages_commun.acces.web.erreurs import installe_erreurs
from sages_commun.acces.web.jetons import JetonsDeSession
from sages_commun.acces.web.montage import GABARITS, contexte_acces, installe
from sages_commun.acces.web.portier import Portier
from sages_commun.web.garde import Garde
from sages_commun.web.jetons import JetonEntete, JetonVerifie
from sages_commun.web.messages import Messages
from sages_commun.web.montage import habille
from sages_commun.web.pages_erreur import PagesErreur
from sages_commun.web.rendu import Rendu, cree_environnement
from sages_commun.web.statiques import Statiques

NAVIGATION = (("/", "Accueil"), ("/licences", "Licences"))


class RenduMaquette(Rendu):
    """Knows who looks."""

    def commun(self, request: Request, valeurs: Mapping[str, Any], statut: int) -> Mapping[str, Any]:  # noqa: ARG002
        """What every page is given."""
        return {"comptes_nav": {}, **contexte_acces(request)}


def cree_maquette(acces: Acces, horloge: Any, dossier: Path) -> FastAPI:
    """The application; `dossier` holds `static/` and `templates/`."""
    erreurs = PagesErreur(attendues=[], traduit=lambda _: None)
    app = FastAPI(
        docs_url=None, redoc_url=None, openapi_url=None,
        middleware=[Middleware(Garde, hotes=lambda: {"testserver"}, repond=erreurs.reponse)],
    )  # fmt: skip
    cookies = Cookies("maquette", Durees().appareil)
    jetons = JetonsDeSession(cookies, "maquette_session")
    statiques = Statiques(dossier / "static")
    env = cree_environnement(
        [dossier / "templates", GABARITS], statiques, produit="Maquette", navigation=NAVIGATION, horloge=horloge
    )
    app.state.jetons = jetons
    app.state.rendu = RenduMaquette(env, jetons, Messages("maquette_message"))
    habille(app, erreurs=erreurs, statiques=statiques)
    installe(app, Portier(lambda: acces, cookies), erreurs)
    app.include_router(_pages(), dependencies=[SelonLaMethode])
    api = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    api.state = app.state
    erreurs.installe(api)
    installe_erreurs(api, erreurs)
    api.include_router(_api(), dependencies=[SelonLaMethode])
    app.mount("/api/v1", api)
    return app


def _pages() -> APIRouter:
    routes = APIRouter()

    @routes.get("/")
    def accueil(request: Request, qui: Connecte) -> Response:
        return request.app.state.rendu.page(request, "accueil.html", {"qui": qui})  # type: ignore[no-any-return]

    @routes.post("/licences", dependencies=[JetonVerifie])
    def oubliee() -> Response:
        """Says nothing of who may come in: its router does."""
        return JSONResponse({"fait": True})

    return routes


def _api() -> APIRouter:
    routes = APIRouter()

    @routes.get("/licences")
    def lit(qui: Connecte) -> dict[str, str]:
        return {"qui": qui.nom}

    @routes.post("/licences", dependencies=[JetonEntete])
    def change(qui: Administrateur) -> dict[str, str]:
        return {"qui": qui.nom}

    return routes
