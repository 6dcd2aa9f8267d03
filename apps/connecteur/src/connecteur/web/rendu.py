"""From a template and its values to an answer."""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from connecteur.domain.rejet import PHRASES
from connecteur.web import format as fr
from connecteur.web import presentation
from connecteur.web.attente import Attente, compte_attente
from connecteur.web.jetons import Jetons
from connecteur.web.messages import Messages
from connecteur.web.services import Dossier, Services

GABARITS = Path(__file__).parent / "templates"

NAVIGATION: tuple[tuple[str, str], ...] = (
    ("/", "Accueil"),
    ("/conflits", "Conflits"),
    ("/rejets", "Rejets"),
    ("/salaries", "Salariés"),
    ("/heures", "Heures"),
    ("/horaires", "Horaires"),
    ("/historique", "Historique"),
    ("/reglages", "Réglages"),
)
"""Address and name of each part, in the order of the bar."""


class Rendu:
    """The templates of one application."""

    def __init__(self, services: Services, jetons: Jetons, empreintes: Mapping[str, str]) -> None:
        self._services = services
        self._jetons = jetons
        self._messages = Messages()
        self._empreintes = empreintes
        # Dates and links differ from dossier to dossier: one environment each, made once.
        self._environnements = {dossier.code: self._environnement(dossier) for dossier in services.dossiers}

    def page(self, request: Request, gabarit: str, valeurs: Mapping[str, Any], *, statut: int = 200) -> Response:
        """A whole page, with the session its forms need, what waits for a person and the message left for it."""
        dossier = self._dossier(request)
        session = self._jetons.session(request)
        message = self._messages.lit(request)
        texte = (
            self._environnements[dossier.code]
            .get_template(gabarit)
            .render(
                {
                    "jeton": self._jetons.jeton(session),
                    "chemin": request.url.path,
                    "message": message,
                    "attente": valeurs.get("attente") or self._attente(dossier, statut),
                    **valeurs,
                }
            )
        )
        reponse = HTMLResponse(texte, statut)
        self._jetons.pose(request, reponse, session)
        # A refresh by script must not swallow the sentence meant for the person.
        if message:
            self._messages.efface(reponse)
        return reponse

    @staticmethod
    def _attente(dossier: Dossier, statut: int) -> Attente:
        return compte_attente(dossier) if statut < 400 else Attente()  # noqa: PLR2004

    def suite(
        self, request: Request, adresse: str, message: str, corps: Mapping[str, Any], *, statut: int = 200
    ) -> Response:
        """The answer to what was done: JSON for a script, else the page at `adresse` with a sentence on top."""
        if veut_du_json(request):
            return JSONResponse({"message": message, **corps}, statut)
        dossier = self._dossier(request)
        reponse = RedirectResponse(lien(adresse, dossier, self._services), 303)
        if message:
            self._messages.pose(request, reponse, message)
        return reponse

    def lien(self, request: Request, adresse: str) -> str:
        """An address of ours that stays in the dossier of this request."""
        return lien(adresse, self._dossier(request), self._services)

    def _dossier(self, request: Request) -> Dossier:
        # An error page about a dossier that does not exist is shown in the first one.
        return self._services.dossier(request.query_params.get("dossier")) or self._services.dossiers[0]

    def _environnement(self, dossier: Dossier) -> Environment:
        services, fuseau = self._services, dossier.fuseau
        env = Environment(
            loader=FileSystemLoader(GABARITS),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

        def quand(instant: datetime) -> str:
            return fr.quand(instant, fuseau, services.horloge())

        def jour(quel: date) -> str:
            return fr.date_jour(quel, fuseau) if isinstance(quel, datetime) else f"{quel:%d/%m/%Y}"

        env.filters.update(
            nombre=fr.nombre,
            heures=fr.heures,
            pluriel=fr.pluriel,
            duree=fr.duree,
            typographie=fr.typographie,
            majuscule=fr.majuscule,
            quand=quand,
            jour=jour,
            date_heure=lambda instant: fr.date_heure(instant, fuseau),
            comptes=presentation.comptes_affiches,
        )
        env.globals.update(
            dossier=dossier,
            dossiers=services.dossiers,
            version=services.version,
            maintenant=services.horloge,
            navigation=NAVIGATION,
            lie=lambda adresse: adresse in dict(NAVIGATION),
            motif_remede=lambda motif: PHRASES[motif][1],
            lien=lambda adresse, **parametres: lien(adresse, dossier, services, **parametres),
            statique=lambda nom: f"/static/{nom}?v={self._empreintes[nom]}",
            libelles=presentation.LIBELLES,
        )
        return env


def lien(adresse: str, dossier: Dossier, services: Services, **parametres: object) -> str:
    """An address of ours, with the dossier when there are several; parameters that are empty are left out."""
    valeurs = {nom: valeur for nom, valeur in parametres.items() if valeur not in (None, "")}
    if len(services.dossiers) > 1:
        valeurs["dossier"] = dossier.code
    if not valeurs:
        return adresse
    return f"{adresse}{'&' if '?' in adresse else '?'}{urlencode(valeurs)}"


def veut_du_json(request: Request) -> bool:
    """Whether the caller asked for JSON and not for a page; the API speaks nothing else."""
    if request.url.path.startswith("/api/"):
        return True
    accepte = request.headers.get("accept", "")
    return "json" in accepte and "text/html" not in accepte
