"""The errors of the accounts, as answers."""

from fastapi import FastAPI, Request
from starlette.responses import RedirectResponse, Response

from sages_commun.acces import (
    DernierAdministrateur,
    Encombrement,
    ErreurAcces,
    Inconnu,
    Refuse,
    SaisieRefusee,
    TropDeTentatives,
)
from sages_commun.acces.web.dependances import Anonyme
from sages_commun.acces.web.suite import vers_connexion
from sages_commun.web.erreurs import ErreurPage
from sages_commun.web.pages_erreur import PagesErreur
from sages_commun.web.rendu import veut_du_json

STATUTS: dict[type[ErreurAcces], int] = {
    TropDeTentatives: 429,
    Encombrement: 429,
    SaisieRefusee: 422,
    DernierAdministrateur: 409,
    Inconnu: 404,
    Refuse: 403,
}


def erreur_page(exc: ErreurAcces) -> ErreurPage:
    """What is answered."""
    champs = [{"champ": exc.champ, "faute": exc.message}] if isinstance(exc, SaisieRefusee) else []
    attendre = exc.attendre_s if isinstance(exc, TropDeTentatives) else 1 if isinstance(exc, Encombrement) else None
    entetes = {} if attendre is None else {"Retry-After": str(attendre)}
    return ErreurPage(STATUTS.get(type(exc), 403), exc.message, exc.remede, champs=champs, entetes=entetes)


def installe_erreurs(app: FastAPI, erreurs: PagesErreur) -> None:
    """Answer the errors of the accounts; for each application, those mounted in another one too."""

    def anonyme(request: Request, exc: Exception) -> Response:
        if veut_du_json(request) or not isinstance(exc, Anonyme):
            return erreurs.reponse(request, exc)
        if request.method != "GET":
            return RedirectResponse(vers_connexion(), 303)
        suite = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(vers_connexion(suite), 303)

    def acces(request: Request, exc: Exception) -> Response:
        return erreurs.reponse(request, erreur_page(exc) if isinstance(exc, ErreurAcces) else exc)

    app.add_exception_handler(Anonyme, anonyme)
    app.add_exception_handler(ErreurAcces, acces)
