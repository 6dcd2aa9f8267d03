"""Every answer that is not a success has one shape: a code for programs, a French sentence for people."""

import secrets

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from licence_manager.errors import BaseIndisponible, TropDeDemandes
from licence_manager.web.mesures import Mesures

journal = structlog.get_logger()
ATTENDRE_BASE_S = 10
PHRASES: dict[int, tuple[str, str]] = {
    400: ("bad_request", "La demande n’est pas lisible."),
    404: ("not_found", "Cette adresse n’existe pas."),
    405: ("method_not_allowed", "Cette adresse ne répond pas à ce genre de demande."),
}


class Probleme(BaseModel):
    """An answer that is not a success."""

    code: str
    message: str


def install_erreurs(app: FastAPI, mesures: Mesures) -> None:
    """Map exceptions to answers. What was sent is never repeated."""

    @app.exception_handler(RequestValidationError)
    def mal_formee(_requete: Request, exc: RequestValidationError) -> JSONResponse:
        champs = {str(erreur["loc"][1]) for erreur in exc.errors() if len(erreur["loc"]) > 1}
        connus = sorted(champ for champ in champs if champ.isidentifier())
        suite = f" : {', '.join(connus)}" if connus else ""
        return _reponse(422, "bad_request", f"La demande est incomplète ou mal écrite{suite}.")

    @app.exception_handler(TropDeDemandes)
    def trop(_requete: Request, exc: TropDeDemandes) -> JSONResponse:
        mesures.refus_debit()
        return _reponse(429, "rate_limited", exc.message, {"Retry-After": str(exc.attendre_s)})

    @app.exception_handler(BaseIndisponible)
    def base(_requete: Request, exc: BaseIndisponible) -> JSONResponse:
        mesures.erreur()
        journal.error("base indisponible", detail=exc.detail)
        phrase = "Le serveur de licences est momentanément indisponible : recommencez dans un instant."
        return _reponse(503, "unavailable", phrase, {"Retry-After": str(ATTENDRE_BASE_S)})

    @app.exception_handler(HTTPException)
    def http(_requete: Request, exc: HTTPException) -> JSONResponse:
        code, phrase = PHRASES.get(exc.status_code, ("refused", "La demande est refusée."))
        return _reponse(exc.status_code, code, phrase, dict(exc.headers or {}))

    @app.exception_handler(Exception)
    def imprevue(requete: Request, exc: Exception) -> JSONResponse:
        mesures.erreur()
        reference = secrets.token_hex(4)
        journal.error("erreur imprévue", reference=reference, chemin=requete.url.path, exc_info=exc)
        return _reponse(500, "error", f"Une erreur est survenue (référence {reference}).")


def _reponse(statut: int, code: str, message: str, entetes: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse(Probleme(code=code, message=message).model_dump(), statut, entetes)
