"""The signing keys: which one signs, which one is next, turning them."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from licence_manager.errors import DemandeInvalide
from licence_manager.repository.cles import EtatCle
from licence_manager.services.cles import suivante_a_livrer
from licence_manager.web.dependances import MaisonDep, RenduDep
from licence_manager.web.droits import AdministrateurDep
from sages_commun.web.jetons import JetonVerifie

routes = APIRouter(prefix="/cles-de-signature")

Kid = Annotated[str, Form(min_length=1, max_length=64, pattern=r"^[0-9A-Za-z_-]+$")]


@routes.get("")
def lit_cles(request: Request, maison: MaisonDep, rendu: RenduDep) -> Response:
    """Their public halves; the private ones never leave the database in clear."""
    cles = maison.cles.list_cles()
    valeurs = {
        "en_usage": [cle for cle in cles if cle.etat is not EtatCle.RETIREE],
        "retirees": [cle for cle in cles if cle.etat is EtatCle.RETIREE],
        "a_livrer": suivante_a_livrer(cles),
    }
    return rendu.page(request, "cles.html", valeurs)


@routes.post("/changer", dependencies=[JetonVerifie])
def change_cles(
    request: Request,
    maison: MaisonDep,
    rendu: RenduDep,
    qui: AdministrateurDep,
    *,
    actuelle: Kid,
    compris: Annotated[bool, Form()] = False,
) -> Response:
    """Sign with the next one from now on."""
    if not compris:
        raise DemandeInvalide(
            "La clé n’a pas été changée : il faut confirmer que les connecteurs portent la suivante.",
            remede="Cochez la case, puis recommencez.",
        )
    cles = maison.cles.rotate(qui.nom, actuelle, urgence=compris)
    maison.validation.reload_signataire()
    message = "Les baux sont signés par la nouvelle clé ; les autres serveurs la prennent en 30 secondes au plus."
    return rendu.suite(request, "/cles-de-signature", message, {"kid": cles[0].kid})


@routes.post("/livree", dependencies=[JetonVerifie])
def note_livree(request: Request, maison: MaisonDep, rendu: RenduDep, qui: AdministrateurDep, kid: Kid) -> Response:
    """A delivered version of the connector carries it."""
    maison.cles.mark_livree(kid, qui.nom)
    return rendu.suite(request, "/cles-de-signature", "Clé notée comme livrée.", {"kid": kid})
