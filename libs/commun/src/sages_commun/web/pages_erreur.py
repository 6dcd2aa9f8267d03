"""Error pages: what happened, what to do, a reference to give to the support; never a traceback.

The reference is in the journal with the technical detail, and the traceback of what nobody foresaw.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError, ResponseValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, Response

from sages_commun.contacts import TECHNIQUE
from sages_commun.web.erreurs import PHRASES, TITRES, ErreurPage
from sages_commun.web.format import typographie
from sages_commun.web.rendu import Rendu, veut_du_json

_journal = structlog.get_logger(__name__)

TYPE_PROBLEME = "application/problem+json"
TITRE_AUTRE = "Une erreur est survenue"
FAUTE_A_NOUS = 500

ADRESSE_MAX = 200
"""Characters of an address that are written down."""
AUTRE = ("La demande n’a pas pu être traitée.", "Recommencez depuis l’accueil.")
IMPREVUE = ErreurPage(
    500,
    "Le programme a rencontré une erreur imprévue. Rien n’indique que des données soient perdues.",
    "Recommencez ; si l’erreur revient, donnez la référence ci-dessous au support.",
)
_FAUTES = {"missing": "manque", "extra_forbidden": "n’existe pas", "json_invalid": "n’est pas du JSON valide"}

Traduction = Callable[[Exception], ErreurPage | None]
"""What is answered to an error of the program's own; None for any other."""


class PagesErreur:
    """The answers to everything that is not a success: a page for a browser, a problem object for a program."""

    def __init__(
        self, *, attendues: Sequence[type[Exception]], traduit: Traduction, imprevue: ErreurPage = IMPREVUE
    ) -> None:
        """`attendues` are the program's own errors, which `traduit` puts in words; `imprevue` answers the others."""
        self._attendues = attendues
        self._traduit = traduit
        self._imprevue = imprevue

    def installe(self, app: FastAPI) -> None:
        """Answer every expected error this way; `Garde` answers the others, `Filet` in one that is mounted."""
        for attendue in (ErreurPage, HTTPException, RequestValidationError, *self._attendues):
            app.add_exception_handler(attendue, self.reponse)

    def reponse(self, request: Request, exc: Exception) -> Response:
        """The page, or the JSON, of an error; notes it in the journal under its reference."""
        reference = secrets.token_hex(4).upper()
        erreur = self._erreur_page(exc) or self._imprevue
        self.note(request, exc, erreur, reference)
        return self.forme(request, exc, erreur, reference)

    def note(self, request: Request, exc: Exception, erreur: ErreurPage, reference: str) -> None:
        """In the journal, with its reference."""
        contexte = {"reference": reference, "methode": request.method, "chemin": self.adresse(request)}
        if erreur is self._imprevue:
            _journal.error("erreur imprévue", **contexte, exc_info=sans_valeurs(exc))
            return
        dit = {"statut": erreur.statut, "message": erreur.message, "detail": erreur.detail}
        if erreur.statut >= FAUTE_A_NOUS:
            _journal.error("demande sans réponse", **contexte, **dit, cause=type(exc).__name__)
        else:
            _journal.warning("demande refusée", **contexte, **dit)

    def adresse(self, request: Request) -> str:
        """The address, for the journal; its beginning: long ones would soon have the journal rotated away."""
        return request.url.path[:ADRESSE_MAX]

    def forme(self, request: Request, exc: Exception, erreur: ErreurPage, reference: str) -> Response:  # noqa: ARG002
        """What the caller reads."""
        if veut_du_json(request):
            return probleme(erreur, reference)
        try:
            return _page(request, erreur, reference)
        except Exception as autre:  # noqa: BLE001 - what failed may be what every page needs
            _journal.error("page d’erreur impossible", reference=reference, exc_info=autre)
            return _page_nue(erreur, reference)

    def _erreur_page(self, exc: Exception) -> ErreurPage | None:
        match exc:
            case ErreurPage():
                return exc
            case HTTPException():
                phrases = PHRASES.get(exc.status_code, AUTRE)
                return ErreurPage(exc.status_code, *phrases, entetes=exc.headers)
            case RequestValidationError():
                return ErreurPage(422, *PHRASES[422], champs=champs_en_faute(exc))
            case _:
                return self._traduit(exc)


class HorsModele(Exception):
    """Data of ours is not what its model says: which fields, and never what stood in them."""


def sans_valeurs(exc: Exception) -> Exception:
    """The error, with its traceback; one that would quote the data it found wrong names its fields instead."""
    if not isinstance(exc, (ResponseValidationError, ValidationError)):
        return exc
    # The key of a mapping is data too: codes and people's names are not written as fields are.
    places = {".".join(p for p in map(str, un["loc"]) if p.isidentifier() and p.islower()) for un in exc.errors()}
    return HorsModele(", ".join(sorted(places))).with_traceback(exc.__traceback__)


def champs_en_faute(exc: RequestValidationError) -> list[dict[str, str]]:
    """One entry per field at fault, without its value: it may be a secret."""
    return [
        {
            "champ": ".".join(str(partie) for partie in erreur["loc"][1:]) or str(erreur["loc"][0]),
            "faute": _FAUTES.get(str(erreur["type"]), "n’est pas une valeur admise"),
        }
        for erreur in exc.errors()
    ]


def probleme(erreur: ErreurPage, reference: str) -> Response:
    """A problem object (RFC 9457), with our remedy and reference."""
    corps: Mapping[str, Any] = {
        "type": "about:blank",
        "title": TITRES.get(erreur.statut, TITRE_AUTRE),
        "status": erreur.statut,
        "detail": erreur.message,
        "remede": erreur.remede,
        "technique": erreur.detail,
        "reference": reference,
        "champs": erreur.champs,
        "code": erreur.code,
    }
    return JSONResponse(corps, erreur.statut, erreur.entetes, media_type=TYPE_PROBLEME)


def _page(request: Request, erreur: ErreurPage, reference: str) -> Response:
    rendu: Rendu = request.app.state.rendu
    valeurs = {
        "titre": TITRES.get(erreur.statut, TITRE_AUTRE),
        "statut": erreur.statut,
        "phrase": typographie(erreur.message),
        "remede_texte": typographie(erreur.remede),
        "detail": erreur.detail,
        "reference": reference,
    }
    reponse = rendu.page(request, "erreur.html", valeurs, statut=erreur.statut)
    reponse.headers.update(erreur.entetes)
    return reponse


def _page_nue(erreur: ErreurPage, reference: str) -> Response:
    """What can be said without templates."""
    titre, phrase, remede = (
        escape(texte) for texte in (TITRES.get(erreur.statut, TITRE_AUTRE), erreur.message, erreur.remede)
    )
    texte = (
        f'<!doctype html><html lang="fr"><meta charset="utf-8"><title>{titre}</title><h1>{titre}</h1><p>{phrase}</p>'
        f"<p>{remede}</p><p>Référence {reference}, à donner au support : {TECHNIQUE}</p></html>"
    )
    return HTMLResponse(texte, erreur.statut, erreur.entetes)
