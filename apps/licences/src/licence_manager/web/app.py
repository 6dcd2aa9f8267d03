"""The application. Nothing is opened before it starts."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware

from licence_manager.bootstrap import Maison, entretien
from licence_manager.web import api
from licence_manager.web.comptes import COOKIES, annonce_premier_code
from licence_manager.web.erreurs import AUTRE_HOTE, CORPS_MAX, PROGRAMMES, Reponses
from licence_manager.web.mandataires import Mandataires
from licence_manager.web.mesures import Mesures
from licence_manager.web.pages import routes
from licence_manager.web.pages.tableur import OCTETS_FICHIER
from licence_manager.web.rendu import PRODUIT, WEB, cree_rendu, verifie_feuille
from licence_manager.web.sante import routes_sante
from licence_manager.web.validation import routes_validation
from sages_commun.acces.web.dependances import SelonLaMethode
from sages_commun.acces.web.description import routes_description
from sages_commun.acces.web.jetons import JetonsDeSession
from sages_commun.acces.web.montage import installe
from sages_commun.acces.web.portier import Portier
from sages_commun.web.garde import Garde
from sages_commun.web.montage import habille
from sages_commun.web.statiques import Statiques

OCTETS_CORPS_MAX = 64 * 1024
"""Bytes of a form, notes and all."""


CORPS_MAX_DE = {
    **dict.fromkeys(PROGRAMMES, CORPS_MAX),
    "/licenses/import": OCTETS_FICHIER,
    "/licenses/import/confirmer": OCTETS_FICHIER,
}
"""Address > bytes of a body, where it is less or more than a form."""


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
            app.state.jetons = JetonsDeSession(COOKIES, "licences_session", maison.contexte.coffre.pages)
            app.state.rendu = cree_rendu(maison, statiques, app.state.jetons)
            await run_in_threadpool(annonce_premier_code, maison)
            with travail:
                yield
        finally:
            await run_in_threadpool(contexte.__exit__, None, None, None)

    portier = Portier(lambda: app.state.maison.acces, COOKIES)
    mandataires = Middleware(Mandataires)
    garde = Middleware(
        Garde,
        hotes=lambda: app.state.maison.reglages.noms_admis,
        repond=reponses.reponse,
        autre_hote=AUTRE_HOTE,
        corps_max=OCTETS_CORPS_MAX,
        corps_max_de=CORPS_MAX_DE,
        admet=lambda request: portier.identite(request) is not None,
        programmes=("/api/validate",),
        sondes=("/health",),
    )
    app: FastAPI = FastAPI(
        title=PRODUIT,
        description="Les licences du Connecteur SAGES.",
        version=version("licence-manager"),
        lifespan=vie,
        middleware=[mandataires, garde],
        # Their pages load scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
        openapi_url=None,  # below, for those who may come in
        redirect_slashes=False,
    )
    habille(app, erreurs=reponses, statiques=statiques)
    app.include_router(routes_validation(mesures))
    app.include_router(routes_sante(mesures))
    installe(app, portier, reponses)
    app.include_router(routes_description(), dependencies=[SelonLaMethode])
    app.include_router(routes)
    app.mount(api.ADRESSE, api.create_api(app, reponses))
    return app
