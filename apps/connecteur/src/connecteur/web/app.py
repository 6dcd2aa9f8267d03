"""Put the pages together."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool
from starlette.middleware import Middleware

from connecteur.errors import ConfigurationInvalide
from connecteur.web import api, evenements
from connecteur.web.apercus import Apercus
from connecteur.web.licence import SansLicence, sans_licence
from connecteur.web.pages_erreur import AUTRE_HOTE, AUTRE_SITE, PAGES_ERREUR
from connecteur.web.rendu import PRODUIT, Rendu
from connecteur.web.routes import routes, sante
from connecteur.web.services import Services
from sages_commun.acces import Durees
from sages_commun.acces.web.cookies import Cookies
from sages_commun.acces.web.dependances import SelonLaMethode
from sages_commun.acces.web.jetons import JetonsDeSession
from sages_commun.acces.web.montage import installe
from sages_commun.acces.web.portier import Portier
from sages_commun.web.feuille import FeuilleImpossible, check_feuille
from sages_commun.web.garde import Garde
from sages_commun.web.jetons import Jetons
from sages_commun.web.montage import habille
from sages_commun.web.statiques import Statiques

WEB = Path(__file__).parent
SESSION = "connecteur_session"
COOKIES = Cookies("connecteur", Durees().appareil)


def create_app(services: Services) -> FastAPI:
    """The pages over these services. Raises `ConfigurationInvalide` when the style sheet was not compiled."""
    try:
        check_feuille(WEB)
    except FeuilleImpossible as exc:
        raise ConfigurationInvalide(exc.message, remede=exc.remede) from exc
    garde = Middleware(
        Garde,
        hotes=lambda: services.hotes,
        seul_ici=services.acces is None,
        repond=PAGES_ERREUR.reponse,
        autre_hote=AUTRE_HOTE,
        autre_site=AUTRE_SITE,
    )
    app = FastAPI(title=PRODUIT, docs_url=None, redoc_url=None, openapi_url=None, lifespan=_vie, middleware=[garde])
    statiques = Statiques(WEB / "static")
    app.state.services = services
    app.state.jetons = Jetons(SESSION) if services.acces is None else JetonsDeSession(COOKIES, SESSION)
    app.state.rendu = Rendu(services, app.state.jetons, statiques)
    app.state.apercus = Apercus(services.horloge)
    app.state.places = threading.BoundedSemaphore(evenements.AUDITEURS_MAX)
    app.state.arret = threading.Event()
    app.add_exception_handler(SansLicence, sans_licence)
    habille(app, erreurs=PAGES_ERREUR, statiques=statiques)
    app.include_router(sante.routes)
    acces = services.acces
    gardes = []
    if acces is not None:
        installe(app, Portier(lambda: acces, COOKIES), PAGES_ERREUR)
        # Looking is for anybody signed in, changing for administrators: a route that says nothing is not open.
        gardes = [SelonLaMethode]
    app.include_router(routes, dependencies=gardes)
    app.include_router(evenements.routes, dependencies=gardes)
    app.mount(api.ADRESSE, api.create_api(app, gardes))
    return app


@asynccontextmanager
async def _vie(app: FastAPI) -> AsyncIterator[None]:
    """Let go of the readings under way when the program stops."""
    yield
    await run_in_threadpool(app.state.apercus.close)
