"""API tokens, for administrators: a token is shown once."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Path, Request
from starlette.responses import JSONResponse, Response

from sages_commun.acces import ErreurAcces, Portee
from sages_commun.acces.web.dependances import AdministrateurEnPersonne, PortierDep
from sages_commun.acces.web.portier import Portier
from sages_commun.acces.web.rendu import rendu_de, repond
from sages_commun.web.jetons import JetonVerifie
from sages_commun.web.rendu import veut_du_json

routes = APIRouter(prefix="/jetons")
Texte = Annotated[str, Form(max_length=500)]
DUREES = (("30", "30 jours"), ("90", "90 jours"), ("365", "un an"))


@routes.get("")
def lit_jetons(request: Request, portier: PortierDep, _: AdministrateurEnPersonne) -> Response:
    """Those there are."""
    return _page(request, portier)


@routes.post("", dependencies=[JetonVerifie])
def cree_jeton(
    request: Request, portier: PortierDep, qui: AdministrateurEnPersonne, *,
    nom: Texte = "", portee: Annotated[Portee, Form()] = Portee.LECTURE, jours: Annotated[int, Form(ge=1, le=366)] = 90,
) -> Response:  # fmt: skip
    """A new one, shown once."""

    def agit() -> Response:
        jeton, clair = portier.acces.jetons.cree(qui, nom, portee, timedelta(days=jours), portier.client(request))
        if veut_du_json(request):
            return JSONResponse({"numero": jeton.id, "jeton_api": clair}, 201)
        return rendu_de(request).page(request, "acces/jeton.html", {"cree": jeton, "clair": clair}, statut=201)

    saisie = {"nom": nom, "portee": portee.value, "jours": str(jours)}
    return repond(request, agit, lambda exc, statut: _page(request, portier, saisie, exc, statut))


@routes.post("/{numero}/revoquer", dependencies=[JetonVerifie])
def revoque(
    request: Request, portier: PortierDep, qui: AdministrateurEnPersonne,
    numero: Annotated[int, Path(ge=1, le=2**63 - 1)],
) -> Response:  # fmt: skip
    """It is refused from now on."""
    jeton = portier.acces.jetons.revoque(qui, numero, portier.client(request))
    return rendu_de(request).suite(request, "/jetons", f"Le jeton « {jeton.nom} » est révoqué.", {"numero": numero})


def _page(
    request: Request, portier: Portier, saisie: dict[str, str] | None = None, faute: ErreurAcces | None = None,
    statut: int = 200,
) -> Response:  # fmt: skip
    valeurs = {
        "jetons": portier.acces.jetons.list_jetons(),
        "portees": [(portee.value, portee.libelle.capitalize()) for portee in Portee],
        "durees": DUREES,
        "saisie": saisie or {"nom": "", "portee": Portee.LECTURE.value, "jours": "90"},
        "faute": faute,
    }
    return rendu_de(request).page(request, "acces/jetons.html", valeurs, statut=statut)
