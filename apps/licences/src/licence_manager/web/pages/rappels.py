"""The reminders: those that could not leave, those to come, those that left."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from licence_manager.services.rappels import SEUILS
from licence_manager.web.dependances import MaisonDep, RenduDep
from licence_manager.web.droits import AdministrateurDep
from sages_commun.web.erreurs import ErreurPage
from sages_commun.web.format import pluriel
from sages_commun.web.jetons import JetonVerifie

routes = APIRouter(prefix="/rappels")


@routes.get("")
def lit_rappels(request: Request, maison: MaisonDep, rendu: RenduDep) -> Response:
    """Where they stand."""
    valeurs = {"regles": maison.rappels is not None, "seuils": SEUILS, "etat": maison.etat_rappels.read_rappels()}
    return rendu.page(request, "rappels.html", valeurs)


@routes.post("/envoyer", dependencies=[JetonVerifie])
def envoie_rappels(request: Request, maison: MaisonDep, rendu: RenduDep, qui: AdministrateurDep) -> Response:  # noqa: ARG001
    """Send what is due now, without waiting for the hour."""
    if maison.rappels is None:
        raise ErreurPage(409, "Les rappels n’ont pas d’adresse.", "Faites renseigner LICENCE_MANAGER_RAPPELS.")
    envoyes = maison.rappels.send_rappels()
    message = (
        f"{pluriel(envoyes, 'rappel')} {'envoyés' if envoyes > 1 else 'envoyé'}." if envoyes else "Rien à envoyer."
    )
    return rendu.suite(request, "/rappels", message, {"envoyes": envoyes})
