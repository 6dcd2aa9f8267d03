"""Everybody's accounts, for administrators. Nobody types somebody else's password: an invitation is shown once."""

from typing import Annotated

from fastapi import APIRouter, Form, Path, Request
from starlette.responses import JSONResponse, Response

from sages_commun.acces import ErreurAcces, Role, Utilisateur
from sages_commun.acces.web.dependances import AdministrateurEnPersonne, PortierDep
from sages_commun.acces.web.portier import Portier
from sages_commun.acces.web.rendu import rendu_de, repond
from sages_commun.web.jetons import JetonVerifie
from sages_commun.web.rendu import veut_du_json

routes = APIRouter(prefix="/utilisateurs")
Texte = Annotated[str, Form(max_length=500)]
Numero = Annotated[int, Path(ge=1, le=2**63 - 1)]


@routes.get("")
def lit_utilisateurs(request: Request, portier: PortierDep, _: AdministrateurEnPersonne) -> Response:
    """Who may enter, as what."""
    return _page(request, portier)


@routes.post("", dependencies=[JetonVerifie])
def invite(
    request: Request, portier: PortierDep, qui: AdministrateurEnPersonne, *,
    courriel: Texte = "", nom: Texte = "", role: Annotated[Role, Form()] = Role.LECTURE_SEULE,
) -> Response:  # fmt: skip
    """A new account; the link with which they choose their password is shown once."""

    def agit() -> Response:
        utilisateur, code = portier.acces.gestion.invite(qui, courriel, nom, role, portier.client(request))
        return _montre_lien(request, utilisateur, code)

    saisie = {"courriel": courriel, "nom": nom, "role": role.value}
    return repond(request, agit, lambda exc, statut: _page(request, portier, saisie, exc, statut))


@routes.post("/{numero}/invitation", dependencies=[JetonVerifie])
def renouvelle_invitation(
    request: Request, portier: PortierDep, qui: AdministrateurEnPersonne, numero: Numero
) -> Response:
    """Another link, for who has lost the first one, or their password."""
    utilisateur, code = portier.acces.gestion.renouvelle_invitation(qui, numero, portier.client(request))
    return _montre_lien(request, utilisateur, code)


@routes.post("/{numero}/role", dependencies=[JetonVerifie])
def change_role(
    request: Request, portier: PortierDep, qui: AdministrateurEnPersonne, numero: Numero, *,
    role: Annotated[Role, Form()],
) -> Response:  # fmt: skip
    """Make them an administrator, or a reader."""
    lui = portier.acces.gestion.change_role(qui, numero, role, portier.client(request))
    return _suite(request, lui, f"{lui.nom} : {role.libelle}. Ses sessions sont fermées.")


@routes.post("/{numero}/desactiver", dependencies=[JetonVerifie])
def desactive(request: Request, portier: PortierDep, qui: AdministrateurEnPersonne, numero: Numero) -> Response:
    """Close the account."""
    lui = portier.acces.gestion.desactive(qui, numero, portier.client(request))
    return _suite(request, lui, f"Le compte de {lui.nom} est désactivé, ses sessions et ses jetons aussi.")


@routes.post("/{numero}/reactiver", dependencies=[JetonVerifie])
def reactive(request: Request, portier: PortierDep, qui: AdministrateurEnPersonne, numero: Numero) -> Response:
    """Open it again."""
    lui = portier.acces.gestion.reactive(qui, numero, portier.client(request))
    return _suite(request, lui, f"Le compte de {lui.nom} est réactivé.")


@routes.post("/{numero}/second-facteur/retirer", dependencies=[JetonVerifie])
def retire_second_facteur(
    request: Request, portier: PortierDep, qui: AdministrateurEnPersonne, numero: Numero
) -> Response:
    """For who has lost their phone and their codes."""
    lui = portier.acces.gestion.retire_second_facteur(qui, numero, portier.client(request))
    return _suite(request, lui, f"Le second facteur de {lui.nom} est retiré.")


@routes.post("/{numero}/sessions/fermer", dependencies=[JetonVerifie])
def ferme_sessions(request: Request, portier: PortierDep, qui: AdministrateurEnPersonne, numero: Numero) -> Response:
    """End all their sessions."""
    lui, _ = portier.acces.gestion.ferme_sessions(qui, numero, portier.client(request))
    return _suite(request, lui, f"Les sessions de {lui.nom} sont fermées.")


def _suite(request: Request, lui: Utilisateur, message: str) -> Response:
    return rendu_de(request).suite(request, "/utilisateurs", message, {"utilisateur": lui.id})


def _montre_lien(request: Request, lui: Utilisateur, code: str) -> Response:
    lien = f"{request.base_url}invitation?code={code}"
    if veut_du_json(request):
        return JSONResponse({"utilisateur": lui.id, "invitation": lien}, 201)
    valeurs = {"lui": lui, "lien_invitation": lien}
    return rendu_de(request).page(request, "acces/invite.html", valeurs, statut=201)


def _page(
    request: Request, portier: Portier, saisie: dict[str, str] | None = None, faute: ErreurAcces | None = None,
    statut: int = 200,
) -> Response:  # fmt: skip
    valeurs = {
        "utilisateurs": portier.acces.gestion.list_utilisateurs(),
        "roles": [(role.value, role.libelle.capitalize()) for role in reversed(Role)],
        "saisie": saisie or {"courriel": "", "nom": "", "role": Role.LECTURE_SEULE.value},
        "faute": faute,
    }
    return rendu_de(request).page(request, "acces/utilisateurs.html", valeurs, statut=statut)
