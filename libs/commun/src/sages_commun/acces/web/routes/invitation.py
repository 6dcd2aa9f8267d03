"""Where an invitation leads: one chooses one's own password.

The code is a parameter, never a part of the path: paths are written in the journal.
"""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from sages_commun.acces import ErreurAcces, Utilisateur
from sages_commun.acces.web.dependances import PortierDep
from sages_commun.acces.web.portier import Portier
from sages_commun.acces.web.rendu import SANS_NAVIGATION, rendu_de, repond
from sages_commun.acces.web.saisie import check_deux_fois
from sages_commun.web.erreurs import ErreurPage
from sages_commun.web.jetons import JetonVerifie

routes = APIRouter()
Texte = Annotated[str, Form(max_length=500)]


@routes.get("/invitation")
def demande_mot_de_passe(
    request: Request, portier: PortierDep, code: Annotated[str, Query(max_length=100)] = ""
) -> Response:
    """The form; looking does not use the invitation up."""
    return _page(request, _invite(portier, code), code)


@routes.post("/invitation", dependencies=[JetonVerifie])
def suit_invitation(
    request: Request, portier: PortierDep, *, code: Texte = "", mot_de_passe: Texte = "", encore: Texte = ""
) -> Response:
    """Take the password."""
    invite = _invite(portier, code)

    def agit() -> Response:
        check_deux_fois(mot_de_passe, encore)
        portier.acces.gestion.suit_invitation(code, mot_de_passe, portier.client(request))
        return rendu_de(request).suite(request, "/connexion", "Votre mot de passe est choisi : connectez-vous.", {})

    return repond(request, agit, lambda exc, statut: _page(request, invite, code, exc, statut))


def _invite(portier: Portier, code: str) -> Utilisateur:
    invite = portier.acces.gestion.lit_invitation(code)
    if invite is None:
        raise ErreurPage(
            404, "Cette invitation n’est pas, ou n’est plus, valable.", "Demandez-en une autre à un administrateur."
        )
    return invite


def _page(
    request: Request, invite: Utilisateur, code: str, faute: ErreurAcces | None = None, statut: int = 200
) -> Response:
    valeurs = {**SANS_NAVIGATION, "invite": invite, "code": code, "faute": faute}
    return rendu_de(request).page(request, "acces/invitation.html", valeurs, statut=statut)
