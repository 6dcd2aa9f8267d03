"""The application. Nothing is opened before it starts."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from licence_manager.bootstrap import Maison, entretien
from licence_manager.web.erreurs import install_erreurs
from licence_manager.web.garde import Garde
from licence_manager.web.mesures import Mesures
from licence_manager.web.sante import routes_sante
from licence_manager.web.validation import routes_validation


def create_app(ouvre: Callable[[], AbstractContextManager[Maison]]) -> FastAPI:
    """The application of what `ouvre` opens when it starts and closes when it ends."""

    @asynccontextmanager
    async def vie(app: FastAPI) -> AsyncIterator[None]:
        contexte = ouvre()
        maison = await run_in_threadpool(contexte.__enter__)
        try:
            travail = entretien(maison)
            app.state.maison = maison
            with travail:
                yield
        finally:
            await run_in_threadpool(contexte.__exit__, None, None, None)

    mesures = Mesures()
    app = FastAPI(
        title="Licence Manager",
        description="Les licences du Connecteur SAGES.",
        version=version("licence-manager"),
        lifespan=vie,
        # Their pages load scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
    )
    install_erreurs(app, mesures)
    app.include_router(routes_validation(mesures))
    app.include_router(routes_sante(mesures))
    app.add_middleware(Garde)
    return app
