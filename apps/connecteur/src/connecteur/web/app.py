"""Put the pages together."""

import hashlib
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool
from fastapi.staticfiles import StaticFiles
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.types import Scope

from connecteur.web import api, build, evenements, pages_erreur
from connecteur.web.apercus import Apercus
from connecteur.web.garde import Garde
from connecteur.web.jetons import Jetons
from connecteur.web.rendu import Rendu
from connecteur.web.routes import routes
from connecteur.web.services import Services

OCTETS_CORPS_MAX = 16 * 1024
STATIQUES = build.DOSSIER / "static"


def create_app(services: Services) -> FastAPI:
    """The pages over these services. Raises `ConfigurationInvalide` when the style sheet was not compiled."""
    build.check_feuille()
    app = FastAPI(
        title="Connecteur SAGES",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        max_body_size=OCTETS_CORPS_MAX,
        lifespan=_vie,
        middleware=[Middleware(Garde, hotes=services.hotes, repond=pages_erreur.reponse)],
    )
    app.state.services = services
    app.state.jetons = Jetons()
    app.state.rendu = Rendu(services, app.state.jetons, _empreintes())
    app.state.apercus = Apercus(services.horloge)
    app.state.places = threading.BoundedSemaphore(evenements.AUDITEURS_MAX)
    app.state.arret = threading.Event()
    pages_erreur.installe(app)
    app.include_router(routes)
    app.include_router(evenements.routes)
    app.mount(api.ADRESSE, api.create_api(app, OCTETS_CORPS_MAX))
    app.mount("/static", _Statiques(directory=STATIQUES))
    return app


@asynccontextmanager
async def _vie(app: FastAPI) -> AsyncIterator[None]:
    """Let go of the readings under way when the program stops."""
    yield
    await run_in_threadpool(app.state.apercus.close)


class _Statiques(StaticFiles):
    """Our few files, named by their content (`?v=…`): the browser may keep them for good."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, or 404."""
        reponse = await super().get_response(path, scope)  # a file that is not there is an error page, never kept
        if scope["query_string"].startswith(b"v="):
            reponse.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        else:
            reponse.headers["Cache-Control"] = "no-cache"
        return reponse


def _empreintes() -> dict[str, str]:
    """File name > short digest of its content."""
    fichiers = [chemin for chemin in STATIQUES.iterdir() if chemin.suffix in {".css", ".js", ".svg"}]
    return {chemin.name: hashlib.sha256(chemin.read_bytes()).hexdigest()[:12] for chemin in fichiers}
