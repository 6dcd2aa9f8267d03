"""A program of one test: every component of the kit on a page, and every way to fail."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from pydantic import BaseModel
from starlette.middleware import Middleware
from starlette.responses import JSONResponse, PlainTextResponse, Response

from sages_commun.web.erreurs import ErreurPage
from sages_commun.web.garde import Garde
from sages_commun.web.graphique import Colonne, Graphique, Serie
from sages_commun.web.jetons import Jetons, JetonVerifie
from sages_commun.web.messages import Messages
from sages_commun.web.montage import habille
from sages_commun.web.pages import decoupe
from sages_commun.web.pages_erreur import PagesErreur
from sages_commun.web.rendu import Rendu, cree_environnement
from sages_commun.web.statiques import Statiques

VITRINE = Path(__file__).parent / "vitrine"
NAVIGATION = (("/", "Accueil"), ("/vitrine", "Vitrine"), ("/sections", "Configuration"))
MAINTENANT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
MOIS = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")
BARRES = Graphique(
    "Validations par mois",
    "Mois",
    (Serie("acceptées", "actif"), Serie("refusées", "mal")),
    [Colonne(mois, (40 * rang, 7 * rang % 30), f"{mois} 2026") for rang, mois in enumerate(MOIS)],
)
PLAT = Graphique("Échéances", "Mois", (Serie("licences"),), [Colonne("mars", (0,))])
OCTETS_IMPORT = 100_000


class ErreurBoutique(Exception):
    """An error of the program's own."""


class Article(BaseModel):
    """What an answer promises."""

    prix: dict[str, int]


class RenduBoutique(Rendu):
    """With a count in the navigation; it can be made to fail."""

    en_panne = False

    def commun(self, request: Request, valeurs: Mapping[str, Any], statut: int) -> Mapping[str, Any]:  # noqa: ARG002
        if self.en_panne:
            raise RuntimeError("la base des comptes ne répond pas")
        return {"comptes_nav": {"/vitrine": (1234, "à voir")}}


def _traduit(exc: Exception) -> ErreurPage | None:
    return (
        ErreurPage(503, "La boutique est fermée.", "Revenez.", "bail rompu")
        if isinstance(exc, ErreurBoutique)
        else None
    )


def cree_boutique(hotes: frozenset[str] = frozenset()) -> FastAPI:
    """The program; the style sheet must have been compiled."""
    erreurs = PagesErreur(attendues=(ErreurBoutique,), traduit=_traduit)
    statiques = Statiques(VITRINE / "static")
    garde = Middleware(
        Garde,
        hotes=lambda: hotes,
        repond=erreurs.reponse,
        corps_max=1000,
        corps_max_de={"/import": OCTETS_IMPORT},
        programmes=("/api/pour-tous",),
        sondes=("/sonde",),
    )
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, middleware=[garde])
    env = cree_environnement(
        [VITRINE / "templates"], statiques, produit="Boutique", version="1.2", navigation=NAVIGATION,
        horloge=lambda: MAINTENANT,
    )  # fmt: skip
    app.state.jetons = Jetons("boutique_session", b"c" * 32)
    app.state.rendu = RenduBoutique(env, app.state.jetons, Messages("boutique_message", b"c" * 32))
    habille(app, erreurs=erreurs, statiques=statiques)
    _pages(app, app.state.rendu)
    return app


def _pages(app: FastAPI, rendu: Rendu) -> None:
    @app.get("/vitrine")
    def vitrine(request: Request) -> Response:
        valeurs = {
            "le": MAINTENANT - timedelta(days=3),
            "pages": decoupe(range(45), 2, 20),
            "barres": BARRES,
            "plat": PLAT,
        }
        return rendu.page(request, "vitrine.html", valeurs)

    @app.get("/sections")
    def sections(request: Request) -> Response:
        noms = ("Licence", "Batigest", "BatiSimply", "Base de données", "Alertes", "Comptes", "Mises à jour")
        liens = [("/sections" if not rang else f"/sections/{rang}", nom) for rang, nom in enumerate(noms)]
        return rendu.page(request, "sections.html", {"sections": liens})

    @app.get("/confirmation")
    def confirmation(request: Request) -> Response:
        valeurs = {
            "titre": "Revérifier la licence ?", "texte": "Le serveur sera interrogé.", "points": ["Rien n’est perdu."],
            "adresse": "/gestes", "envoie": "Revérifier", "retour": "/vitrine", "champs": {"cle": "x"}, "danger": True,
        }  # fmt: skip
        return rendu.page(request, "confirmation.html", valeurs)

    @app.post("/gestes", dependencies=[JetonVerifie])
    def gestes(request: Request) -> Response:
        return rendu.suite(request, "/vitrine", "C’est fait.", {"fait": True})

    @app.post("/import")
    @app.post("/api/pour-tous")
    async def recu(request: Request) -> Response:
        return JSONResponse({"octets": len(await request.body())})

    @app.get("/sonde")
    def sonde() -> Response:
        return PlainTextResponse("ok")

    @app.get("/fermee")
    @app.get("/api/fermee")
    def fermee() -> Response:
        raise ErreurBoutique

    @app.get("/cassee")
    @app.get("/api/cassee")
    def cassee() -> Response:
        raise ZeroDivisionError("secret du jour")

    @app.get("/hors-modele")
    def hors_modele() -> Article:
        return {"prix": {"secret du jour": "secret du jour"}}  # type: ignore[return-value]
