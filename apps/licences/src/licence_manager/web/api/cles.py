"""The signing keys."""

from fastapi import APIRouter

from licence_manager.web.api.modeles import ClesLues, DemandeKid, DemandeRotation
from licence_manager.web.dependances import MaisonDep
from licence_manager.web.droits import AdministrateurDep
from sages_commun.web.jetons import JetonEntete

routes = APIRouter(tags=["clés de signature"])


@routes.get("/cles-de-signature", response_model=ClesLues, summary="Les clés de signature")
def list_cles(maison: MaisonDep) -> object:
    """Their public halves."""
    return {"cles": maison.cles.list_cles()}


@routes.post("/cles-de-signature/changer", response_model=ClesLues, summary="Signer avec la clé suivante",
             dependencies=[JetonEntete])  # fmt: skip
def rotate(demande: DemandeRotation, maison: MaisonDep, qui: AdministrateurDep) -> object:
    """`kid` is the present key: 409 when it is not any more."""
    cles = maison.cles.rotate(qui.nom, demande.kid, urgence=demande.urgence)
    maison.validation.reload_signataire()
    return {"cles": cles}


@routes.post("/cles-de-signature/livree", response_model=ClesLues, summary="Noter une clé comme livrée",
             dependencies=[JetonEntete])  # fmt: skip
def mark_livree(demande: DemandeKid, maison: MaisonDep, qui: AdministrateurDep) -> object:
    """A delivered version of the connector carries it."""
    maison.cles.mark_livree(demande.kid, qui.nom)
    return {"cles": maison.cles.list_cles()}
