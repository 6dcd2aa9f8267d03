"""Every answer that is not a success.

Programs have one shape to read, at the addresses that are theirs: a code, and a French sentence for people. Everywhere
else the kit answers: a page, or a problem object.
"""

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import Response

from licence_manager.errors import (
    BaseIndisponible,
    DemandeInvalide,
    DemandePerimee,
    ErreurLicences,
    ImportRefuse,
    LicenceIntrouvable,
    TropDeDemandes,
)
from licence_manager.web.mesures import Mesures
from sages_commun.web.erreurs import ErreurPage
from sages_commun.web.pages_erreur import FAUTE_A_NOUS, PagesErreur

CORPS_MAX = 4096
"""Bytes, where nothing says that more is admitted."""
ATTENDRE_BASE_S = 10
PROGRAMMES = frozenset({"/api/validate", "/health", "/metrics"})
"""The addresses that programs read: connectors, load balancers, Prometheus."""
CODES: dict[int, str] = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    408: "timeout",
    413: "too_large",
    422: "bad_request",
    429: "rate_limited",
    500: "error",
    503: "unavailable",
}
PHRASES: dict[int, str] = {
    400: "La demande n’est pas lisible.",
    404: "Cette adresse n’existe pas.",
    405: "Cette adresse ne répond pas à ce genre de demande.",
}
"""What a program is told of the framework's own refusals."""
AUTRE_HOTE = ErreurPage(
    400,
    "Ce serveur ne répond pas sous ce nom : appelez-le par le sien, ou ajoutez celui-ci à « LICENCE_MANAGER_HOTES ».",
)


class Probleme(BaseModel):
    """An answer that is not a success."""

    code: str
    message: str
    reference: str | None = None
    """Of an answer that is our fault: what to give to the support."""


class Reponses(PagesErreur):
    """The answers of the Licence Manager. What was sent is never repeated."""

    def __init__(self, mesures: Mesures) -> None:
        super().__init__(attendues=(ErreurLicences,), traduit=_traduit)
        self._mesures = mesures

    def reponse(self, request: Request, exc: Exception) -> Response:
        """The answer to this error, in the shape that its address has."""
        if isinstance(exc, TropDeDemandes):
            self._mesures.refus_debit()
        return super().reponse(request, exc)

    def note(self, request: Request, exc: Exception, erreur: ErreurPage, reference: str) -> None:
        """In the journal; what a program asked wrongly is only counted: anybody may ask, as often as they like."""
        if erreur.statut >= FAUTE_A_NOUS:
            self._mesures.erreur()
        elif request.url.path in PROGRAMMES:
            return
        super().note(request, exc, erreur, reference)

    def adresse(self, request: Request) -> str:
        """As the route names it: an address may hold a licence key."""
        return getattr(request.scope.get("route"), "path", "adresse inconnue")

    def forme(self, request: Request, exc: Exception, erreur: ErreurPage, reference: str) -> Response:
        """For a program, always the same two fields; the reference of what is our fault besides."""
        if request.url.path not in PROGRAMMES:
            return super().forme(request, exc, erreur, reference)
        a_nous = erreur.statut >= FAUTE_A_NOUS
        probleme = Probleme(
            code="unknown_host" if erreur is AUTRE_HOTE else CODES.get(erreur.statut, "refused"),
            message=_phrase(exc, erreur),
            reference=reference if a_nous else None,
        )
        return JSONResponse(probleme.model_dump(exclude_none=True), erreur.statut, erreur.entetes)


def _traduit(exc: Exception) -> ErreurPage | None:
    match exc:
        case TropDeDemandes():
            return ErreurPage(429, exc.message, entetes={"Retry-After": str(exc.attendre_s)})
        case BaseIndisponible():
            phrase = "Le serveur de licences est momentanément indisponible : recommencez dans un instant."
            return ErreurPage(503, phrase, exc.remede, exc.detail, entetes={"Retry-After": str(ATTENDRE_BASE_S)})
        case LicenceIntrouvable():
            return ErreurPage(404, exc.message, exc.remede, exc.detail)
        case DemandePerimee():
            return ErreurPage(409, exc.message, exc.remede, exc.detail)
        case DemandeInvalide() | ImportRefuse():
            return ErreurPage(422, exc.message, exc.remede, exc.detail)
        case _:
            return None


def _phrase(exc: Exception, erreur: ErreurPage) -> str:
    match exc:
        case RequestValidationError():
            champs = {str(une["loc"][1]) for une in exc.errors() if len(une["loc"]) > 1}
            connus = sorted(champ for champ in champs if champ.isidentifier())
            suite = f" : {', '.join(connus)}" if connus else ""
            return f"La demande est incomplète ou mal écrite{suite}."
        case HTTPException():
            return PHRASES.get(exc.status_code, "La demande est refusée.")
        case _:
            return erreur.message
