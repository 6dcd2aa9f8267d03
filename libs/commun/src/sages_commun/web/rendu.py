"""From a template and its values to an answer."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import Request
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from sages_commun.contacts import TECHNIQUE
from sages_commun.web import format as fr
from sages_commun.web.jetons import Jetons
from sages_commun.web.messages import Message, Messages
from sages_commun.web.statiques import Statiques

GABARITS = Path(__file__).parent / "templates"
PARIS = ZoneInfo("Europe/Paris")
Navigation = Sequence[tuple[str, str]]
"""Address and name of each part, in the order of the bar."""
AUCUN: Mapping[str, str] = MappingProxyType({})


def maintenant_utc() -> datetime:
    """Now, aware."""
    return datetime.now(UTC)


def cree_environnement(
    gabarits: Sequence[Path],
    statiques: Statiques,
    *,
    produit: str,
    version: str = "",
    navigation: Navigation = (),
    fuseau: ZoneInfo = PARIS,
    horloge: Callable[[], datetime] = maintenant_utc,
    liaison: Mapping[str, str] = AUCUN,
) -> Environment:
    """The templates of a program: those in `gabarits`, the first folder first, then the kit's.

    One that goes by the name of one of the kit's takes its place, and may extend it by `kit/<name>`. `liaison` are
    parameters that every address of ours carries. Dates are shown in `fuseau`.
    """
    kit = FileSystemLoader(GABARITS)
    env = Environment(
        loader=ChoiceLoader([*map(FileSystemLoader, gabarits), kit, PrefixLoader({"kit": kit})]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def quand(instant: datetime) -> str:
        return fr.quand(instant, fuseau, horloge())

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
        relatif=lambda instant: fr.relatif(instant, horloge()),
        date_heure=lambda instant: fr.date_heure(instant, fuseau),
    )
    env.globals.update(
        produit=produit,
        version=version,
        support=TECHNIQUE,
        maintenant=horloge,
        navigation=navigation,
        comptes_nav={},
        liaison=liaison,
        lie=lambda adresse: adresse in dict(navigation),
        lien=lambda adresse, **parametres: lien(adresse, {**parametres, **liaison}),
        statique=statiques.adresse,
    )
    return env


class Rendu:
    """The templates of one program. One that has more to say on every page overrides `environnement` or `commun`."""

    def __init__(self, env: Environment, jetons: Jetons, messages: Messages) -> None:
        self._env = env
        self._jetons = jetons
        self._messages = messages

    def page(self, request: Request, gabarit: str, valeurs: Mapping[str, Any], *, statut: int = 200) -> Response:
        """A whole page, with the session its forms need and the message left for it."""
        session = self._jetons.session(request)
        message = self._messages.lit(request)
        texte = (
            self.environnement(request)
            .get_template(gabarit)
            .render(
                {
                    "jeton": self._jetons.jeton(session),
                    "chemin": request.url.path,
                    "message": message.texte,
                    "message_mauvais": message.mauvaise,
                    "geste": message.geste,
                    **self.commun(request, valeurs, statut),
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

    def suite(
        self,
        request: Request,
        adresse: str,
        message: str,
        corps: Mapping[str, Any],
        *,
        statut: int = 200,
        geste: str = "",
        mauvaise: bool = False,
    ) -> Response:
        """The answer to what was done: JSON for a script, else the page at `adresse` with a sentence on top.

        `geste`, `mauvaise`: see `Message`.
        """
        if veut_du_json(request):
            return JSONResponse({"message": message, **corps}, statut)
        reponse = RedirectResponse(self.lien(request, adresse), 303)
        if message:
            self._messages.pose(request, reponse, Message(message, geste, mauvaise))
        return reponse

    def lien(self, request: Request, adresse: str) -> str:
        """An address of ours, with what every address of this page carries."""
        return lien(adresse, self.liaison(request))

    def liaison(self, request: Request) -> Mapping[str, str]:
        """The parameters that every address of this page carries."""
        return cast("Mapping[str, str]", self.environnement(request).globals["liaison"])

    def environnement(self, request: Request) -> Environment:  # noqa: ARG002 - for those that have several
        """The templates for this request."""
        return self._env

    def commun(self, request: Request, valeurs: Mapping[str, Any], statut: int) -> Mapping[str, Any]:  # noqa: ARG002
        """What every page is given besides its own values: `comptes_nav` (address > how many, of what), who is there.

        On an error page (`statut`) it must not need what may just have failed.
        """
        return {}


def lien(adresse: str, parametres: Mapping[str, object]) -> str:
    """An address with these parameters; those that are empty are left out."""
    valeurs = {nom: valeur for nom, valeur in parametres.items() if valeur not in (None, "")}
    if not valeurs:
        return adresse
    return f"{adresse}{'&' if '?' in adresse else '?'}{urlencode(valeurs)}"


def veut_du_json(request: Request) -> bool:
    """Whether the caller asked for JSON and not for a page; the API speaks nothing else."""
    if request.url.path.startswith("/api/"):
        return True
    accepte = request.headers.get("accept", "")
    return "json" in accepte and "text/html" not in accepte
