"""Sign-in at Keycloak's path."""

import base64
import binascii
from http import HTTPStatus
from typing import Annotated
from urllib.parse import unquote_plus

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import JSONResponse, Response

from banc.batisimply.guichet import RefusSso
from banc.batisimply.locataire import LocataireDep

FORMULAIRE = "application/x-www-form-urlencoded"


routeur = APIRouter()


async def _champs(request: Request) -> dict[str, str]:
    """The fields of the form. Raises `RefusSso` (415) on any other kind of body: Keycloak takes no JSON here."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORMULAIRE:
        raise RefusSso(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "invalid_request", "HTTP 415 Unsupported Media Type")
    async with request.form() as formulaire:
        if len(formulaire.multi_items()) != len(formulaire):
            raise RefusSso(HTTPStatus.BAD_REQUEST, "invalid_request", "duplicated parameter")
        return {nom: valeur for nom, valeur in formulaire.items() if isinstance(valeur, str)}


def _basic(request: Request) -> tuple[str, str] | None:
    genre, _, code = request.headers.get("authorization", "").partition(" ")
    if genre.lower() != "basic":
        return None
    try:
        identifiant, _, secret = base64.b64decode(code, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise RefusSso(HTTPStatus.UNAUTHORIZED, "invalid_client", "Invalid client credentials") from None
    return unquote_plus(identifiant), unquote_plus(secret)


@routeur.post("/auth/realms/{realm}/protocol/openid-connect/token")
def delivre_jeton(
    request: Request, realm: str, locataire: LocataireDep, champs: Annotated[dict[str, str], Depends(_champs)]
) -> JSONResponse:
    if realm != locataire.guichet.realm:
        return JSONResponse({"error": "Realm does not exist"}, HTTPStatus.NOT_FOUND)
    reponse = locataire.guichet.delivre(champs, _basic(request))
    return JSONResponse(reponse, headers={"Cache-Control": "no-store", "Pragma": "no-cache"})


def installe(app: FastAPI) -> None:
    """Serve the token endpoint at Keycloak's path."""

    @app.exception_handler(RefusSso)
    def refuse(_: Request, exc: RefusSso) -> Response:
        corps = {"error": exc.erreur, "error_description": exc.description}
        return JSONResponse(corps, exc.statut, {"Cache-Control": "no-store"})

    app.include_router(routeur)
