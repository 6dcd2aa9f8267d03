"""From what the accounts say to a page."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from fastapi import Request
from starlette.responses import Response

from sages_commun.acces import ErreurAcces
from sages_commun.acces.web.erreurs import erreur_page
from sages_commun.web.rendu import Rendu, veut_du_json

SANS_NAVIGATION: Mapping[str, Any] = {"navigation": ()}
"""For those who are not in yet."""


def rendu_de(request: Request) -> Rendu:
    """That of the application."""
    return cast("Rendu", request.app.state.rendu)


def repond(request: Request, agit: Callable[[], Response], montre: Callable[[ErreurAcces, int], Response]) -> Response:
    """Do it, or show the form again with what is wrong. A program gets the error itself."""
    try:
        return agit()
    except ErreurAcces as exc:
        if veut_du_json(request):
            raise
        erreur = erreur_page(exc)
        reponse = montre(exc, erreur.statut)
        reponse.headers.update(erreur.entetes)
        return reponse
