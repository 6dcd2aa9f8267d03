"""The first start: a page that is there only while there is no administrator."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from sages_commun.acces import ErreurAcces
from sages_commun.acces.web.dependances import PortierDep
from sages_commun.acces.web.portier import Portier
from sages_commun.acces.web.rendu import SANS_NAVIGATION, rendu_de, repond
from sages_commun.acces.web.saisie import check_deux_fois
from sages_commun.web.erreurs import PHRASES, ErreurPage
from sages_commun.web.jetons import JetonVerifie

routes = APIRouter()
Texte = Annotated[str, Form(max_length=500)]


@routes.get("/premier-demarrage")
def demande_premier(request: Request, portier: PortierDep) -> Response:
    """The form; 404 as soon as there is an administrator."""
    _check_a_faire(portier)
    return _page(request, {"code": "", "courriel": "", "nom": ""})


@routes.post("/premier-demarrage", dependencies=[JetonVerifie])
def cree_premier(
    request: Request,
    portier: PortierDep,
    *,
    code: Texte = "",
    courriel: Texte = "",
    nom: Texte = "",
    mot_de_passe: Texte = "",
    encore: Texte = "",
) -> Response:
    """Make the first administrator."""
    _check_a_faire(portier)

    def agit() -> Response:
        check_deux_fois(mot_de_passe, encore)
        portier.acces.premier_demarrage.cree(code, courriel, nom, mot_de_passe, portier.client(request))
        message = "Le premier administrateur est créé : connectez-vous."
        return rendu_de(request).suite(request, "/connexion", message, {})

    saisie = {"code": code, "courriel": courriel, "nom": nom}
    return repond(request, agit, lambda exc, statut: _page(request, saisie, exc, statut))


def _check_a_faire(portier: Portier) -> None:
    if not portier.acces.premier_demarrage.est_a_faire():
        raise ErreurPage(404, *PHRASES[404])


def _page(request: Request, saisie: dict[str, str], faute: ErreurAcces | None = None, statut: int = 200) -> Response:
    valeurs = {**SANS_NAVIGATION, "saisie": saisie, "faute": faute}
    return rendu_de(request).page(request, "acces/premier.html", valeurs, statut=statut)
