"""What can be done to one licence; each is noted with who did it."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from licence_manager.domain.duree import Depart, jour_de, lit_duree
from licence_manager.domain.licence import Licence
from licence_manager.errors import DemandeInvalide
from licence_manager.web.dependances import SANS_NUL, MaisonDep, Numero, RenduDep
from licence_manager.web.droits import AdministrateurDep
from licence_manager.web.pages.details import valeurs_details
from licence_manager.web.vues.formulaire import A_UNE_DATE, lit_jour
from sages_commun.web.jetons import JetonVerifie

routes = APIRouter(prefix="/licenses/details/{numero:numero}", dependencies=[JetonVerifie])

Raison = Annotated[str, Form(max_length=500, pattern=SANS_NUL)]
Vues = Annotated[str, Form(max_length=64)]


@routes.post("/prolonger")
def prolonge_licence(
    request: Request,
    numero: Numero,
    maison: MaisonDep,
    rendu: RenduDep,
    qui: AdministrateurDep,
    *,
    choix: Annotated[str, Form(max_length=40)] = "",
    expire: Annotated[str, Form(max_length=40)] = "",
    vues: Vues = "",
) -> Response:
    """By a duration from the end or from today, or until a day."""
    if choix == A_UNE_DATE or expire.strip():
        erreurs = (
            {} if choix == A_UNE_DATE else {"expire": "Choisissez « jusqu’à un jour choisi », ou effacez ce jour."}
        )
        jour = None if erreurs else lit_jour(expire, maison.contexte.maintenant(), erreurs)
        if jour is None:
            valeurs = valeurs_details(maison, numero, qui, faute_expire=erreurs["expire"], saisie_expire=expire)
            return rendu.page(request, "details.html", valeurs, statut=422)
        licence = maison.licences.change_echeance(numero, jour, qui.nom, vues)
    else:
        duree, _, depart = choix.partition("|")
        try:
            lues = lit_duree(duree), Depart(depart)
        except ValueError as exc:
            raise DemandeInvalide("Choisissez une durée, et depuis quand elle compte.") from exc
        (licence,) = maison.licences.extend_licences([numero], *lues, qui.nom, vues)
    return _suite(request, rendu, licence, f"En vigueur jusqu’au {jour_de(licence.expire_le):%d/%m/%Y}.")


@routes.post("/desactiver")
def desactive_licence(
    request: Request,
    numero: Numero,
    maison: MaisonDep,
    rendu: RenduDep,
    qui: AdministrateurDep,
    *,
    raison: Raison = "",
) -> Response:
    """Refuse it from its next contact on."""
    licence = maison.licences.deactivate_licence(numero, qui.nom, raison.strip())
    return _suite(request, rendu, licence, "Licence désactivée : elle est refusée dès le prochain contact.")


@routes.post("/reactiver")
def reactive_licence(
    request: Request,
    numero: Numero,
    maison: MaisonDep,
    rendu: RenduDep,
    qui: AdministrateurDep,
    *,
    raison: Raison = "",
) -> Response:
    """In use again."""
    licence = maison.licences.reactivate_licence(numero, qui.nom, raison.strip())
    return _suite(request, rendu, licence, "Licence réactivée.")


@routes.post("/archiver")
def archive_licence(
    request: Request,
    numero: Numero,
    maison: MaisonDep,
    rendu: RenduDep,
    qui: AdministrateurDep,
    *,
    raison: Raison = "",
) -> Response:
    """Out of the list, and refused."""
    licence = maison.licences.archive_licence(numero, qui.nom, raison.strip())
    return _suite(request, rendu, licence, "Licence archivée : elle sort de la liste, et rien n’en est perdu.")


@routes.post("/nouvelle-cle")
def change_cle(
    request: Request,
    numero: Numero,
    maison: MaisonDep,
    rendu: RenduDep,
    qui: AdministrateurDep,
    *,
    raison: Raison = "",
    compris: Annotated[bool, Form()] = False,
) -> Response:
    """Another key for the same licence; the former one is unknown at once."""
    if not compris:
        raise DemandeInvalide(
            "La clé n’a pas été changée : il faut confirmer que l’ancienne cessera de fonctionner.",
            remede="Cochez la case, puis recommencez.",
        )
    maison.licences.reissue_cle(numero, qui.nom, raison.strip())
    return rendu.suite(request, f"/licenses/details/{numero}?neuve=remplacee", "", {"numero": numero})


@routes.post("/machines/retirer")
def retire_machine(
    request: Request,
    numero: Numero,
    maison: MaisonDep,
    rendu: RenduDep,
    qui: AdministrateurDep,
    *,
    machine: Annotated[str, Form(min_length=1, max_length=128, pattern=SANS_NUL)],
) -> Response:
    """Free the place of a machine that is gone."""
    maison.licences.remove_machine(numero, machine, qui.nom)
    message = f"« {machine} » est retirée : sa place est libre."
    return rendu.suite(request, f"/licenses/details/{numero}", message, {"numero": numero})


def _suite(request: Request, rendu: RenduDep, licence: Licence, message: str) -> Response:
    corps = {"numero": licence.id, "expire": licence.expire_le.isoformat(), "active": licence.active}
    return rendu.suite(request, f"/licenses/details/{licence.id}", message, corps)
