"""The door: password, second factor, way out."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from sages_commun.acces import ErreurAcces
from sages_commun.acces.connexion import Ouverture
from sages_commun.acces.web.dependances import PortierDep
from sages_commun.acces.web.portier import Portier
from sages_commun.acces.web.rendu import SANS_NAVIGATION, rendu_de, repond
from sages_commun.acces.web.suite import ACCUEIL, lit_suite, vers_connexion
from sages_commun.web.jetons import JetonVerifie

routes = APIRouter()

Suite = Annotated[str, Form(max_length=2000)]
Texte = Annotated[str, Form(max_length=500)]


@routes.get("/connexion")
def demande_connexion(
    request: Request, portier: PortierDep, suite: Annotated[str, Query(max_length=2000)] = ACCUEIL
) -> Response:
    """The form; whoever is in already goes on, and while there is nobody to sign in, the first start comes first."""
    if portier.identite(request) is not None:
        return RedirectResponse(lit_suite(suite), 303)
    if portier.acces.premier_demarrage.est_a_faire():
        return RedirectResponse("/premier-demarrage", 303)
    return _page(request, suite)


@routes.post("/connexion", dependencies=[JetonVerifie])
def connecte(
    request: Request, portier: PortierDep, *, courriel: Texte = "", mot_de_passe: Texte = "", suite: Suite = ACCUEIL
) -> Response:
    """Sign in with a password."""

    def agit() -> Response:
        ouverture = portier.acces.connexion.connecte(
            courriel, mot_de_passe, portier.client(request), portier.cookies.session(request)
        )
        return _entre(request, portier, ouverture, suite)

    return repond(request, agit, lambda exc, statut: _page(request, suite, exc, statut, courriel))


@routes.get("/connexion/code")
def demande_code(
    request: Request, portier: PortierDep, suite: Annotated[str, Query(max_length=2000)] = ACCUEIL
) -> Response:
    """The form of the second factor."""
    if portier.acces.connexion.attend_un_code(portier.cookies.session(request)) is None:
        return RedirectResponse(vers_connexion(suite), 303)
    return _page_code(request, suite)


@routes.post("/connexion/code", dependencies=[JetonVerifie])
def confirme(request: Request, portier: PortierDep, *, code: Texte = "", suite: Suite = ACCUEIL) -> Response:
    """Sign in for good."""

    def agit() -> Response:
        ouverture = portier.acces.connexion.confirme(portier.cookies.session(request), code, portier.client(request))
        return _entre(request, portier, ouverture, suite)

    def montre(exc: ErreurAcces, statut: int) -> Response:
        if portier.acces.connexion.attend_un_code(portier.cookies.session(request)) is None:
            return _page(request, suite, exc, statut)
        return _page_code(request, suite, exc, statut)

    return repond(request, agit, montre)


@routes.post("/deconnexion", dependencies=[JetonVerifie])
def deconnecte(request: Request, portier: PortierDep) -> Response:
    """Sign out."""
    portier.acces.connexion.deconnecte(portier.cookies.session(request), portier.client(request))
    reponse = rendu_de(request).suite(request, "/connexion", "Vous êtes déconnecté.", {})
    portier.cookies.retire(request, reponse)
    return reponse


def _entre(request: Request, portier: Portier, ouverture: Ouverture, suite: str) -> Response:
    adresse = lit_suite(suite) if ouverture.complete else vers_connexion(suite, "/connexion/code")
    reponse = RedirectResponse(adresse, 303)
    portier.cookies.pose(request, reponse, ouverture.secret, ouverture.appareil)
    return reponse


def _page(
    request: Request, suite: str, faute: ErreurAcces | None = None, statut: int = 200, courriel: str = ""
) -> Response:
    valeurs = {**SANS_NAVIGATION, "suite": lit_suite(suite), "faute": faute, "courriel": courriel}
    return rendu_de(request).page(request, "acces/connexion.html", valeurs, statut=statut)


def _page_code(request: Request, suite: str, faute: ErreurAcces | None = None, statut: int = 200) -> Response:
    valeurs = {**SANS_NAVIGATION, "suite": lit_suite(suite), "faute": faute}
    return rendu_de(request).page(request, "acces/code.html", valeurs, statut=statut)
