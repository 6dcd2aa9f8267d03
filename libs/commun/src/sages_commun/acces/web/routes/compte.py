"""One's own account."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Request
from starlette.responses import RedirectResponse, Response

from sages_commun.acces import ErreurAcces, Identite
from sages_commun.acces.web.dependances import Personne, PortierDep
from sages_commun.acces.web.machine import nomme_machine
from sages_commun.acces.web.portier import Portier
from sages_commun.acces.web.rendu import rendu_de, repond
from sages_commun.acces.web.saisie import check_deux_fois
from sages_commun.web.jetons import JetonVerifie
from sages_commun.web.rendu import AUCUN

routes = APIRouter(prefix="/compte")
Texte = Annotated[str, Form(max_length=500)]
Numero = Annotated[int, Path(ge=1, le=2**63 - 1)]


@routes.get("")
def lit_compte(request: Request, portier: PortierDep, qui: Personne) -> Response:
    """Password, second factor, sessions."""
    return _page(request, portier, qui)


@routes.post("/mot-de-passe", dependencies=[JetonVerifie])
def change_mot_de_passe(
    request: Request, portier: PortierDep, qui: Personne, *, actuel: Texte = "", nouveau: Texte = "", encore: Texte = ""
) -> Response:
    """Take a new password."""

    def agit() -> Response:
        check_deux_fois(nouveau, encore)
        secret = portier.acces.compte.change_mot_de_passe(qui, actuel, nouveau, portier.client(request))
        message = "Mot de passe changé. Vos autres sessions sont fermées."
        return _suite(request, portier, "/compte", message, secret)

    return repond(request, agit, lambda exc, statut: _page(request, portier, qui, {"faute_mot_de_passe": exc}, statut))


@routes.post("/second-facteur", dependencies=[JetonVerifie])
def prepare_second_facteur(request: Request, portier: PortierDep, qui: Personne, *, actuel: Texte = "") -> Response:
    """Draw a secret to put in the application."""

    def agit() -> Response:
        portier.acces.compte.prepare_totp(qui, actuel, portier.client(request))
        return RedirectResponse("/compte/second-facteur", 303)

    return repond(request, agit, lambda exc, statut: _page(request, portier, qui, {"faute_facteur": exc}, statut))


@routes.get("/second-facteur")
def montre_second_facteur(request: Request, portier: PortierDep, qui: Personne) -> Response:
    """The picture for the phone, and the field for its first code."""
    return _page_enrolement(request, portier, qui)


@routes.post("/second-facteur/confirmer", dependencies=[JetonVerifie])
def confirme_second_facteur(request: Request, portier: PortierDep, qui: Personne, *, code: Texte = "") -> Response:
    """Turn it on, and show the recovery codes, this once."""

    def agit() -> Response:
        codes, secret = portier.acces.compte.confirme_totp(qui, code, portier.client(request))
        # The session has just changed: so has the token that the forms of this page carry.
        page = _page_codes(request, codes, {"jeton": request.app.state.jetons.jeton(secret)})
        portier.cookies.pose(request, page, secret)
        return page

    return repond(request, agit, lambda exc, statut: _page_enrolement(request, portier, qui, exc, statut))


@routes.post("/second-facteur/retirer", dependencies=[JetonVerifie])
def retire_second_facteur(request: Request, portier: PortierDep, qui: Personne, *, actuel: Texte = "") -> Response:
    """Turn it off."""

    def agit() -> Response:
        secret = portier.acces.compte.retire_totp(qui, actuel, portier.client(request))
        message = "Second facteur retiré. Vos autres sessions sont fermées."
        return _suite(request, portier, "/compte", message, secret)

    return repond(request, agit, lambda exc, statut: _page(request, portier, qui, {"faute_facteur": exc}, statut))


@routes.post("/codes", dependencies=[JetonVerifie])
def renouvelle_codes(request: Request, portier: PortierDep, qui: Personne, *, actuel: Texte = "") -> Response:
    """New recovery codes, shown this once."""

    def agit() -> Response:
        return _page_codes(request, portier.acces.compte.renouvelle_codes(qui, actuel, portier.client(request)))

    return repond(request, agit, lambda exc, statut: _page(request, portier, qui, {"faute_facteur": exc}, statut))


@routes.post("/sessions/fermer", dependencies=[JetonVerifie])
def ferme_autres(request: Request, portier: PortierDep, qui: Personne) -> Response:
    """End every session but this one."""
    portier.acces.compte.ferme_autres(qui, portier.client(request))
    return rendu_de(request).suite(request, "/compte", "Vos autres sessions sont fermées.", {})


@routes.post("/sessions/{numero}/fermer", dependencies=[JetonVerifie])
def ferme_session(request: Request, portier: PortierDep, qui: Personne, numero: Numero) -> Response:
    """End one session."""
    portier.acces.compte.ferme_session(qui, numero, portier.client(request))
    return rendu_de(request).suite(request, "/compte", "Session fermée.", {"session": numero})


def _suite(request: Request, portier: Portier, adresse: str, message: str, secret: str) -> Response:
    reponse = rendu_de(request).suite(request, adresse, message, {})
    portier.cookies.pose(request, reponse, secret)
    return reponse


def _page(
    request: Request, portier: Portier, qui: Identite, fautes: Mapping[str, ErreurAcces] | None = None,
    statut: int = 200,
) -> Response:  # fmt: skip
    sessions = portier.acces.compte.list_sessions(qui)
    valeurs: dict[str, Any] = {
        "qui": qui.utilisateur,
        "ici": qui.session.id if qui.session else None,
        "sessions": [(session, nomme_machine(session.machine)) for session in sessions],
        "codes_restants": portier.acces.compte.compte_codes(qui),
        "peut_changer": True,  # whoever may only look has an account of their own all the same
        "faute_mot_de_passe": None,
        "faute_facteur": None,
        **(fautes or {}),
    }
    return rendu_de(request).page(request, "acces/compte.html", valeurs, statut=statut)


def _page_enrolement(
    request: Request, portier: Portier, qui: Identite, faute: ErreurAcces | None = None, statut: int = 200
) -> Response:
    enrolement = portier.acces.compte.lit_enrolement(qui)
    if enrolement is None:
        return RedirectResponse("/compte", 303)
    valeurs = {"enrolement": enrolement, "faute": faute}
    return rendu_de(request).page(request, "acces/second_facteur.html", valeurs, statut=statut)


def _page_codes(request: Request, codes: list[str], autres: Mapping[str, str] = AUCUN) -> Response:
    return rendu_de(request).page(request, "acces/codes.html", {"codes": codes, **autres})
