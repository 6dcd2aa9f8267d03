"""The application. Nothing is opened before it starts."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware

from licence_manager.bootstrap import Maison, entretien
from licence_manager.web.erreurs import AUTRE_HOTE, CORPS_MAX, Reponses
from licence_manager.web.mesures import Mesures
from licence_manager.web.rendu import PRODUIT, WEB, cree_rendu, verifie_feuille
from licence_manager.web.sante import routes_sante
from licence_manager.web.validation import routes_validation
from sages_commun.web.garde import Garde
from sages_commun.web.jetons import Jetons
from sages_commun.web.montage import habille
from sages_commun.web.statiques import Statiques


def create_app(ouvre: Callable[[], AbstractContextManager[Maison]]) -> FastAPI:
    """The application of what `ouvre` opens when it starts and closes when it ends."""
    mesures = Mesures()
    reponses = Reponses(mesures)
    statiques = Statiques(WEB / "static")

    @asynccontextmanager
    async def vie(app: FastAPI) -> AsyncIterator[None]:
        verifie_feuille()
        contexte = ouvre()
        maison = await run_in_threadpool(contexte.__enter__)
        try:
            travail = entretien(maison)
            app.state.maison = maison
            # Derived from the secret that every process of one database has: any of them answers any form.
            cle = maison.contexte.coffre.pages
            app.state.jetons = Jetons("licences_session", cle)
            app.state.rendu = cree_rendu(statiques, app.state.jetons, cle)
            with travail:
                yield
        finally:
            await run_in_threadpool(contexte.__exit__, None, None, None)

    garde = Middleware(
        Garde,
        hotes=lambda: app.state.maison.reglages.noms_admis,
        repond=reponses.reponse,
        autre_hote=AUTRE_HOTE,
        corps_max=CORPS_MAX,
        programmes=("/api/validate",),
        sondes=("/health",),
    )
    app: FastAPI = FastAPI(
        title=PRODUIT,
        description="Les licences du Connecteur SAGES.",
        version=version("licence-manager"),
        lifespan=vie,
        middleware=[garde],
        # Their pages load scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
    )
    habille(app, erreurs=reponses, statiques=statiques)
    app.include_router(routes_validation(mesures))
    app.include_router(routes_sante(mesures))
    return app
