"""What can be done to licences; each is noted with who did it."""

from fastapi import APIRouter

from licence_manager.domain.duree import Duree, lit_duree
from licence_manager.errors import DemandeInvalide
from licence_manager.web.api.licences import details_lus, lue, lues
from licence_manager.web.api.modeles import (
    DemandeLot,
    DemandeMachine,
    DemandeMotivee,
    DemandeProlongation,
    DetailsLus,
    LicenceLue,
    PageLicences,
)
from licence_manager.web.dependances import MaisonDep, Numero
from licence_manager.web.droits import AdministrateurDep
from sages_commun.web.jetons import JetonEntete

routes = APIRouter(tags=["gestes"], dependencies=[JetonEntete])


@routes.post("/licences/prolonger", response_model=PageLicences, summary="Prolonger plusieurs licences")
def extend_licences(demande: DemandeLot, maison: MaisonDep, qui: AdministrateurDep) -> object:
    """All of them or none."""
    prolongees = maison.licences.extend_licences(demande.numeros, _duree(demande.duree), demande.depuis, qui.nom)
    return {"licences": lues(maison, prolongees, qui), "suite": None}


@routes.post("/licences/{numero}/prolonger", response_model=LicenceLue, summary="Prolonger une licence")
def extend_licence(numero: Numero, demande: DemandeProlongation, maison: MaisonDep, qui: AdministrateurDep) -> object:
    """By a duration, or until a day."""
    if (demande.duree is None) is (demande.expire is None):
        raise DemandeInvalide("Donnez « duree » ou « expire », l’un des deux.")
    if demande.expire is not None:
        return lue(maison, maison.licences.change_echeance(numero, demande.expire, qui.nom), qui)
    (licence,) = maison.licences.extend_licences([numero], _duree(demande.duree or ""), demande.depuis, qui.nom)
    return lue(maison, licence, qui)


@routes.post("/licences/{numero}/desactiver", response_model=LicenceLue, summary="Désactiver une licence")
def deactivate_licence(numero: Numero, demande: DemandeMotivee, maison: MaisonDep, qui: AdministrateurDep) -> object:
    """Refused from its next contact on."""
    return lue(maison, maison.licences.deactivate_licence(numero, qui.nom, demande.raison), qui)


@routes.post("/licences/{numero}/reactiver", response_model=LicenceLue, summary="Réactiver une licence")
def reactivate_licence(numero: Numero, demande: DemandeMotivee, maison: MaisonDep, qui: AdministrateurDep) -> object:
    """In use again, out of the archive too."""
    return lue(maison, maison.licences.reactivate_licence(numero, qui.nom, demande.raison), qui)


@routes.post("/licences/{numero}/archiver", response_model=LicenceLue, summary="Archiver une licence")
def archive_licence(numero: Numero, demande: DemandeMotivee, maison: MaisonDep, qui: AdministrateurDep) -> object:
    """Out of the list and refused; nothing of it is lost."""
    return lue(maison, maison.licences.archive_licence(numero, qui.nom, demande.raison), qui)


@routes.post("/licences/{numero}/nouvelle-cle", response_model=LicenceLue, summary="Délivrer une nouvelle clé")
def reissue_cle(numero: Numero, demande: DemandeMotivee, maison: MaisonDep, qui: AdministrateurDep) -> object:
    """The former key is unknown at once; the answer holds the new one."""
    maison.licences.reissue_cle(numero, qui.nom, demande.raison)
    return lue(maison, maison.licences.read_licence(numero).licence, qui)


@routes.post("/licences/{numero}/machines/retirer", response_model=DetailsLus, summary="Retirer une machine")
def remove_machine(numero: Numero, demande: DemandeMachine, maison: MaisonDep, qui: AdministrateurDep) -> object:
    """Free the place of a machine that is gone."""
    maison.licences.remove_machine(numero, demande.machine, qui.nom)
    return details_lus(maison, maison.licences.read_licence(numero), qui)


def _duree(texte: str) -> Duree:
    try:
        return lit_duree(texte)
    except ValueError as exc:
        raise DemandeInvalide(str(exc)) from exc
