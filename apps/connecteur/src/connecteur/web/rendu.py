"""From a template and its values to an answer."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from connecteur.web import format as fr
from connecteur.web import presentation
from connecteur.web.jetons import Jetons
from connecteur.web.services import Services

GABARITS = Path(__file__).parent / "templates"


class Rendu:
    """The templates of one application."""

    def __init__(self, services: Services, jetons: Jetons, empreintes: Mapping[str, str]) -> None:
        self._services = services
        self._jetons = jetons
        self._env = Environment(
            loader=FileSystemLoader(GABARITS),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        fuseau = services.fuseau

        def quand(instant: datetime) -> str:
            return fr.quand(instant, fuseau, services.horloge())

        self._env.filters.update(
            nombre=fr.nombre,
            heures=fr.heures,
            pluriel=fr.pluriel,
            duree=fr.duree,
            typographie=fr.typographie,
            majuscule=fr.majuscule,
            quand=quand,
            date_heure=lambda instant: fr.date_heure(instant, fuseau),
            comptes=presentation.comptes_affiches,
        )
        self._env.globals.update(
            dossier=services.dossier,
            version=services.version,
            maintenant=services.horloge,
            statique=lambda nom: f"/static/{nom}?v={empreintes[nom]}",
            libelles=presentation.LIBELLES,
        )

    def page(self, request: Request, gabarit: str, valeurs: Mapping[str, Any], *, statut: int = 200) -> Response:
        """A whole page, with the session its forms need."""
        session = self._jetons.session(request)
        texte = self._env.get_template(gabarit).render(
            {"jeton": self._jetons.jeton(session), "chemin": request.url.path, **valeurs}
        )
        reponse = HTMLResponse(texte, statut)
        self._jetons.pose(request, reponse, session)
        return reponse


def veut_du_json(request: Request) -> bool:
    """Whether the caller asked for JSON and not for a page."""
    accepte = request.headers.get("accept", "")
    return "application/json" in accepte and "text/html" not in accepte
