"""What routes declare to say who may come in.

`SelonLaMethode` is for whole routers: looking is for anybody known, changing for administrators. So a route that was
forgotten is closed. `Connecte` and `Administrateur` give the route who it is.
"""

from typing import Annotated, cast

from fastapi import Depends, Request

from sages_commun.acces import Identite
from sages_commun.acces.web.portier import Portier
from sages_commun.web.erreurs import ErreurPage
from sages_commun.web.garde import METHODES_SURES


class Anonyme(ErreurPage):
    """Nobody is known: a browser goes to the door, a program gets 401."""

    def __init__(self) -> None:
        super().__init__(
            401,
            "Il faut être connecté.",
            "Connectez-vous, ou donnez un jeton en vigueur (« Authorization: Bearer … »).",
            entetes={"WWW-Authenticate": "Bearer"},
        )


def lit_portier(request: Request) -> Portier:
    """The one of this application."""
    return cast("Portier", request.app.state.portier)


def _connecte(request: Request) -> Identite:
    identite = lit_portier(request).identite(request)
    if identite is None:
        raise Anonyme
    return identite


def exige_administrateur(request: Request) -> Identite:
    """Who asks. Raises `Anonyme`, or `ErreurPage` 403 for who may only look, which is noted in the audit trail."""
    identite = _connecte(request)
    if not identite.est_administrateur:
        _note(request, identite)
        raise ErreurPage(
            403,
            "Votre compte est en lecture seule : il ne change rien."
            if identite.jeton is None
            else "Ce jeton est en lecture seule : il ne change rien.",
            "Demandez à un administrateur de le faire, ou de changer vos droits.",
        )
    return identite


def _personne(request: Request) -> Identite:
    return _pas_un_jeton(request, _connecte(request))


def _administrateur_en_personne(request: Request) -> Identite:
    return _pas_un_jeton(request, exige_administrateur(request))


def _selon_la_methode(request: Request) -> Identite:
    return (_connecte if request.method in METHODES_SURES else exige_administrateur)(request)


def _pas_un_jeton(request: Request, identite: Identite) -> Identite:
    if identite.utilisateur is None:
        _note(request, identite)
        raise ErreurPage(403, "Un jeton ne donne pas accès aux comptes.", "Connectez-vous par l’interface.")
    return identite


def _note(request: Request, identite: Identite) -> None:
    portier = lit_portier(request)
    portier.acces.note_refus(identite, f"{request.method} {request.url.path}", portier.client(request))


Connecte = Annotated[Identite, Depends(_connecte)]
"""Anybody known: a person, or a program with a token of any scope."""
Administrateur = Annotated[Identite, Depends(exige_administrateur)]
"""An administrator, or a program whose token may change things."""
Personne = Annotated[Identite, Depends(_personne)]
"""Anybody signed in; never a token."""
AdministrateurEnPersonne = Annotated[Identite, Depends(_administrateur_en_personne)]
"""An administrator signed in; never a token."""
SelonLaMethode = Depends(_selon_la_methode)
"""For whole routers: GET, HEAD and OPTIONS for anybody known, anything else for administrators."""
PortierDep = Annotated[Portier, Depends(lit_portier)]
