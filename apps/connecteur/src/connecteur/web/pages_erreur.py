"""Error pages: what happened, what to do, a reference to give to the support; never a traceback.

The reference is in the journal with the technical detail.
"""

import secrets

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from connecteur.errors import DossierOccupe, ErreurConnecteur, ErreurPermanente, Introuvable
from connecteur.web.erreurs import PHRASES, TITRES, ErreurPage
from connecteur.web.format import typographie
from connecteur.web.rendu import Rendu, veut_du_json

_journal = structlog.get_logger(__name__)

TYPE_PROBLEME = "application/problem+json"
TITRE_AUTRE = "Une erreur est survenue"
SUPPORT = "dev2@groupe-sages.fr"

AUTRE = ("La demande n’a pas pu être traitée.", "Recommencez depuis l’accueil.")
IMPREVUE = ErreurPage(
    500,
    "Le connecteur a rencontré une erreur imprévue. Rien n’indique que des données soient perdues.",
    "Recommencez ; si l’erreur revient, donnez la référence ci-dessous au support.",
)


STATUTS: dict[type[ErreurConnecteur], int] = {DossierOccupe: 409, Introuvable: 404, ErreurPermanente: 409}
"""The errors of the connector that say something about the request; any other means « not now »."""


def reponse(request: Request, exc: Exception) -> Response:
    """The page, or the JSON, of an error; notes it in the journal under its reference."""
    erreur, reference = _note(request, exc)
    return _json(erreur, reference) if veut_du_json(request) else _page(request, erreur, reference)


def _note(request: Request, exc: Exception) -> tuple[ErreurPage, str]:
    """What is answered, and the reference under which it stands in the journal."""
    reference = secrets.token_hex(4).upper()
    contexte = {"reference": reference, "methode": request.method, "chemin": request.url.path}
    erreur = _erreur_page(exc)
    if erreur is None:
        _journal.error("erreur imprévue", **contexte, exc_info=exc)
        erreur = IMPREVUE
    else:
        _journal.warning(
            "demande refusée", **contexte, statut=erreur.statut, message=erreur.message, detail=erreur.detail
        )
    return erreur, reference


_FAUTES = {"missing": "manque", "extra_forbidden": "n’existe pas", "json_invalid": "n’est pas du JSON valide"}


def _champs(exc: RequestValidationError) -> list[dict[str, str]]:
    """One entry per field at fault, without its value: it may be a secret."""
    return [
        {
            "champ": ".".join(str(partie) for partie in erreur["loc"][1:]) or str(erreur["loc"][0]),
            "faute": _FAUTES.get(str(erreur["type"]), "n’est pas une valeur admise"),
        }
        for erreur in exc.errors()
    ]


def _erreur_page(exc: Exception) -> ErreurPage | None:
    """What is answered to an expected error; None for a fault of ours."""
    match exc:
        case ErreurPage():
            return exc
        case ErreurConnecteur():
            statut = next((un for genre, un in STATUTS.items() if isinstance(exc, genre)), 503)
            return ErreurPage(statut, exc.message, exc.remede, exc.detail)
        case HTTPException():
            return ErreurPage(exc.status_code, *PHRASES.get(exc.status_code, AUTRE))
        case RequestValidationError():
            return ErreurPage(422, *PHRASES[422], champs=_champs(exc))
        case _:
            return None


def _json(erreur: ErreurPage, reference: str) -> Response:
    """A problem object (RFC 9457), with our remedy and reference."""
    corps = {
        "type": "about:blank",
        "title": TITRES.get(erreur.statut, TITRE_AUTRE),
        "status": erreur.statut,
        "detail": erreur.message,
        "remede": erreur.remede,
        "technique": erreur.detail,
        "reference": reference,
        "champs": erreur.champs,
    }
    return JSONResponse(corps, erreur.statut, media_type=TYPE_PROBLEME)


def _page(request: Request, erreur: ErreurPage, reference: str) -> Response:
    rendu: Rendu = request.app.state.rendu
    valeurs = {
        "titre": TITRES.get(erreur.statut, TITRE_AUTRE),
        "statut": erreur.statut,
        "phrase": typographie(erreur.message),
        "remede_texte": typographie(erreur.remede),
        "detail": erreur.detail,
        "reference": reference,
        "support": SUPPORT,
    }
    return rendu.page(request, "erreur.html", valeurs, statut=erreur.statut)


def installe(app: FastAPI) -> None:
    """Answer every expected error this way; `Garde` answers the others."""
    for attendue in (ErreurPage, ErreurConnecteur, HTTPException, RequestValidationError):
        app.add_exception_handler(attendue, reponse)
