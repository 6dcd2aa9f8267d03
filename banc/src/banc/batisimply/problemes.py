"""Errors in JHipster's problem+json form (RFC 7807)."""

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

TYPE_GENERAL = "https://www.jhipster.tech/problem/problem-with-message"
TYPE_CHAMPS = "https://www.jhipster.tech/problem/constraint-violation"


@dataclass(frozen=True, slots=True)
class ErreurChamp:
    """One field at fault, as Spring's validation names it."""

    objet: str
    champ: str
    message: str


class Probleme(Exception):
    """An answer other than the one hoped for."""

    def __init__(
        self, statut: int, detail: str, *, message: str | None = None, champs: Iterable[ErreurChamp] = ()
    ) -> None:
        super().__init__(detail)
        self.statut = statut
        self.detail = detail
        self.message = message or f"error.http.{statut}"
        self.champs = tuple(champs)


def reponse_probleme(chemin: str, probleme: Probleme) -> JSONResponse:
    """The problem as an answer. `chemin` is the path that was called."""
    corps: dict[str, object] = {
        "type": TYPE_CHAMPS if probleme.champs else TYPE_GENERAL,
        "title": "Method argument not valid" if probleme.champs else HTTPStatus(probleme.statut).phrase,
        "status": probleme.statut,
        "detail": probleme.detail,
        "path": chemin,
        "message": probleme.message,
    }
    if probleme.champs:
        corps["fieldErrors"] = [
            {"objectName": e.objet, "field": e.champ, "message": e.message} for e in probleme.champs
        ]
    entetes = {"WWW-Authenticate": "Bearer"} if probleme.statut == HTTPStatus.UNAUTHORIZED else None
    return JSONResponse(corps, probleme.statut, entetes, media_type="application/problem+json")


def installe(app: FastAPI) -> None:
    """Make every error of the application a problem+json."""

    @app.exception_handler(Probleme)
    def du_metier(request: Request, exc: Probleme) -> Response:
        return reponse_probleme(request.url.path, exc)

    @app.exception_handler(HTTPException)
    def de_starlette(request: Request, exc: HTTPException) -> Response:
        return reponse_probleme(request.url.path, Probleme(exc.status_code, str(exc.detail)))

    @app.exception_handler(RequestValidationError)
    def de_pydantic(request: Request, exc: RequestValidationError) -> Response:
        premier = exc.errors()[0]
        nom = ".".join(str(partie) for partie in premier["loc"][1:])
        detail = f"Failed to convert '{nom}': {premier['msg']}"
        return reponse_probleme(request.url.path, Probleme(HTTPStatus.BAD_REQUEST, detail))
