"""`/health` for whoever balances or watches, `/metrics` for Prometheus."""

import hmac
import ipaddress
from importlib.metadata import version
from typing import TYPE_CHECKING, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel
from sqlalchemy import text
from starlette.exceptions import HTTPException

from licence_manager.web.erreurs import Probleme
from licence_manager.web.mesures import Mesures
from sages_commun.web.garde import HOTES_LOCAUX, est_mandatee

if TYPE_CHECKING:
    from licence_manager.bootstrap import Maison
    from licence_manager.settings import Reglages

PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


class Sante(BaseModel):
    """This process answers, and its database too."""

    status: Literal["ok"] = "ok"
    version: str


def routes_sante(mesures: Mesures) -> APIRouter:
    """Both routes."""
    routeur = APIRouter(tags=["exploitation"])

    @routeur.get(
        "/health", summary="Le service et sa base répondent",
        responses={503: {"model": Probleme, "description": "La base ne répond pas."}},
    )  # fmt: skip
    def health(requete: Request) -> Sante:
        """503 when the database does not answer."""
        maison: Maison = requete.app.state.maison
        with maison.contexte.transaction() as (connexion, _):
            connexion.execute(text("SELECT 1"))
        return Sante(version=version("licence-manager"))

    @routeur.get(
        "/metrics", summary="Mesures pour Prometheus", response_class=Response,
        responses={
            200: {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "Les mesures."},
            403: {"model": Probleme, "description": "Réservé à l’exploitation."},
        },
    )  # fmt: skip
    def metrics(requete: Request) -> Response:
        """For whoever holds the token; without one, for this machine, unless it is called from elsewhere too."""
        maison: Maison = requete.app.state.maison
        jeton = maison.reglages.jeton_metriques
        if jeton is not None:
            donne = requete.headers.get("authorization", "").encode("latin-1", "replace")
            permis = hmac.compare_digest(donne, f"Bearer {jeton.get_secret_value()}".encode())
        else:
            permis = _est_a_l_ecart(maison.reglages) and _est_d_ici(requete)
        if not permis:
            raise HTTPException(403)
        return Response(mesures.texte(), media_type=PROMETHEUS)

    return routeur


def _est_a_l_ecart(reglages: "Reglages") -> bool:
    """Whether nothing says that this server is called from elsewhere: no proxy, no name but the loopback's.

    Behind a proxy of the same machine that adds no header, whoever asks seems to be on this machine.
    """
    return not reglages.mandataires and reglages.noms_admis <= HOTES_LOCAUX


def _est_d_ici(requete: Request) -> bool:
    """Whether the question comes from this machine, and not through a proxy on it."""
    if requete.client is None or est_mandatee(requete.headers):
        return False
    try:
        return ipaddress.ip_address(requete.client.host).is_loopback
    except ValueError:
        return False
