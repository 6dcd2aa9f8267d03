"""Licences: list, find, sell, change what is written."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query

from licence_manager.domain.duree import echeance, fin_de_journee, lit_duree
from licence_manager.domain.historique import GESTES_FR
from licence_manager.domain.licence import Licence
from licence_manager.domain.recherche import TAILLE_PAGE, TAILLE_PAGE_MAX
from licence_manager.errors import DemandeInvalide
from licence_manager.services.licences import Details
from licence_manager.web.api.modeles import (
    DemandeCle,
    DemandeCreation,
    DetailsLus,
    FicheEcrite,
    LicenceLue,
    PageEvenements,
    PageLicences,
    licence_lue,
    machines_lues,
)
from licence_manager.web.dependances import CritereDep, MaisonDep, Numero, TexteCurseur, lit_curseur
from licence_manager.web.droits import AdministrateurDep, LecteurDep, Personne
from sages_commun.licence.cle import masque_cle
from sages_commun.web.jetons import JetonEntete

routes = APIRouter(tags=["licences"])

Taille = Annotated[int, Query(ge=1, le=TAILLE_PAGE_MAX, description="Lignes par page.")]


@routes.get("/licences", response_model=PageLicences, summary="Chercher des licences")
def list_licences(
    maison: MaisonDep, critere: CritereDep, qui: LecteurDep, *, apres: TexteCurseur = "", taille: Taille = TAILLE_PAGE
) -> object:
    """A page of the list; `suite` leads to the next one."""
    page = maison.licences.list_licences(critere, lit_curseur(apres), taille)
    return {"licences": lues(maison, page.lignes, qui), "suite": page.suite.texte() if page.suite else None}


@routes.post("/licences/recherche", response_model=DetailsLus, summary="Trouver une licence par sa clé",
             dependencies=[JetonEntete])  # fmt: skip
def find_licence(demande: DemandeCle, maison: MaisonDep, qui: LecteurDep) -> object:
    """The key is in the body: it never stands in an address."""
    return details_lus(maison, maison.licences.find_licence(demande.cle), qui)


@routes.post("/licences", response_model=LicenceLue, status_code=201, summary="Créer une licence",
             dependencies=[JetonEntete])  # fmt: skip
def create_licence(demande: DemandeCreation, maison: MaisonDep, qui: AdministrateurDep) -> object:
    """The answer holds the new key."""
    licence, cle = maison.licences.create_licence(demande.fiche(), _echeance(demande, maison), qui.nom)
    return licence_lue(licence, maison.licences.etat_de(licence), cle)


@routes.get("/licences/{numero}", response_model=DetailsLus, summary="Une licence et ses machines")
def read_licence(numero: Numero, maison: MaisonDep, qui: LecteurDep) -> object:
    """One."""
    return details_lus(maison, maison.licences.read_licence(numero), qui)


@routes.put("/licences/{numero}", response_model=LicenceLue, summary="Changer ce qui est écrit d’une licence",
            dependencies=[JetonEntete])  # fmt: skip
def change_licence(numero: Numero, demande: FicheEcrite, maison: MaisonDep, qui: AdministrateurDep) -> object:
    """All of it is replaced; the end and the state change by their own addresses."""
    return lue(maison, maison.licences.change_fiche(numero, demande.fiche(), qui.nom), qui)


@routes.get("/licences/{numero}/historique", response_model=PageEvenements, summary="Ce qui lui est arrivé")
def list_historique(numero: Numero, maison: MaisonDep, *, apres: TexteCurseur = "") -> object:
    """The latest first."""
    maison.licences.read_licence(numero)
    page = maison.licences.list_historique(numero, lit_curseur(apres))
    evenements = [
        {"geste": e.geste, "phrase": GESTES_FR[e.geste], "qui": e.qui, "le": e.le, "detail": e.detail}
        for e in page.lignes
    ]
    return {"evenements": evenements, "suite": page.suite.texte() if page.suite else None}


def lues(maison: MaisonDep, licences: Iterable[Licence], qui: Personne) -> list[dict[str, Any]]:
    """Licences, for this person."""
    toutes = list(licences)
    cles = maison.licences.show_cles([une.id for une in toutes])
    return [
        licence_lue(une, maison.licences.etat_de(une), cles[une.id] if qui.administre else masque_cle(cles[une.id]))
        for une in toutes
    ]


def lue(maison: MaisonDep, licence: Licence, qui: Personne) -> dict[str, Any]:
    """One licence, for this person."""
    return lues(maison, [licence], qui)[0]


def details_lus(maison: MaisonDep, details: Details, qui: Personne) -> dict[str, Any]:
    """The fields of a `DetailsLus`."""
    return lue(maison, details.licence, qui) | {"machines": machines_lues(details.machines)}


def _echeance(demande: DemandeCreation, maison: MaisonDep) -> datetime:
    if (demande.duree is None) is (demande.expire is None):
        raise DemandeInvalide("Donnez « duree » ou « expire », l’un des deux.")
    try:
        if demande.expire is not None:
            return fin_de_journee(demande.expire)
        return echeance(maison.contexte.maintenant(), lit_duree(demande.duree or ""))
    except (ValueError, OverflowError) as exc:
        raise DemandeInvalide(str(exc)) from exc
