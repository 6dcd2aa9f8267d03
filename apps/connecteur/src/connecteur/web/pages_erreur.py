"""Error pages: what happened, what to do, a reference to give to the support; never a traceback.

The reference is in the journal with the technical detail.
"""

import secrets

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from connecteur.errors import DossierOccupe, ErreurConnecteur
from connecteur.web.entetes import ajoute_entetes
from connecteur.web.erreurs import PHRASES, TITRES, ErreurPage
from connecteur.web.format import typographie
from connecteur.web.rendu import Rendu, veut_du_json

_journal = structlog.get_logger(__name__)

SUPPORT = "dev2@groupe-sages.fr"


def reponse_erreur(request: Request, erreur: ErreurPage) -> Response:
    """The page, or the JSON, of an error; notes it in the journal under its reference."""
    reference = secrets.token_hex(4).upper()
    _journal.warning(
        "demande refusée",
        reference=reference,
        statut=erreur.statut,
        methode=request.method,
        chemin=request.url.path,
        message=erreur.message,
        detail=erreur.detail,
    )
    return _reponse(request, erreur, reference)


def _reponse(request: Request, erreur: ErreurPage, reference: str) -> Response:
    reponse = _json(erreur, reference) if veut_du_json(request) else _page(request, erreur, reference)
    # The page of an unexpected error is answered outside the middleware that adds them.
    ajoute_entetes(MutableHeaders(raw=reponse.raw_headers))
    return reponse


def _json(erreur: ErreurPage, reference: str) -> Response:
    corps = {"message": erreur.message, "remede": erreur.remede, "detail": erreur.detail, "reference": reference}
    return JSONResponse({"erreur": corps}, erreur.statut)


def _page(request: Request, erreur: ErreurPage, reference: str) -> Response:
    rendu: Rendu = request.app.state.rendu
    valeurs = {
        "titre": TITRES.get(erreur.statut, "Une erreur est survenue"),
        "statut": erreur.statut,
        "message": typographie(erreur.message),
        "remede_texte": typographie(erreur.remede),
        "detail": erreur.detail,
        "reference": reference,
        "support": SUPPORT,
    }
    return rendu.page(request, "erreur.html", valeurs, statut=erreur.statut)


def _erreur_page(request: Request, exc: Exception) -> Response:
    if not isinstance(exc, ErreurPage):
        raise exc
    return reponse_erreur(request, exc)


def _erreur_http(request: Request, exc: Exception) -> Response:
    statut = exc.status_code if isinstance(exc, HTTPException) else 422
    message, remede = PHRASES.get(statut, ("La demande n’a pas pu être traitée.", "Revenez à l’accueil."))
    return reponse_erreur(request, ErreurPage(statut, message, remede))


def _erreur_connecteur(request: Request, exc: Exception) -> Response:
    if not isinstance(exc, ErreurConnecteur):
        raise exc
    statut = 409 if isinstance(exc, DossierOccupe) else 503
    return reponse_erreur(request, ErreurPage(statut, exc.message, exc.remede, exc.detail))


def _erreur_imprevue(request: Request, exc: Exception) -> Response:
    reference = secrets.token_hex(4).upper()
    _journal.error(
        "erreur imprévue", reference=reference, methode=request.method, chemin=request.url.path, exc_info=exc
    )
    message = "Le connecteur a rencontré une erreur imprévue. Rien n’indique que des données soient perdues."
    remede = f"Recommencez ; si l’erreur revient, donnez cette référence au support ({SUPPORT})."
    return _reponse(request, ErreurPage(500, message, remede), reference)


def installe(app: FastAPI) -> None:
    """Answer every error this way."""
    app.add_exception_handler(ErreurPage, _erreur_page)
    app.add_exception_handler(ErreurConnecteur, _erreur_connecteur)
    app.add_exception_handler(HTTPException, _erreur_http)
    app.add_exception_handler(RequestValidationError, _erreur_http)
    app.add_exception_handler(Exception, _erreur_imprevue)
