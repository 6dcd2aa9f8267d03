"""Sell a licence, and change what is written of one: one form, its errors beside its fields."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from licence_manager.domain.licence import Fonction
from licence_manager.web.dependances import MaisonDep, Numero, RenduDep
from licence_manager.web.droits import AdministrateurDep, administrateur
from licence_manager.web.vues.formulaire import LIBELLES, Saisie, lit_saisie
from licence_manager.web.vues.licence import vue_licence
from sages_commun.web.jetons import JetonVerifie

routes = APIRouter()

LONG = 20_000
Texte = Annotated[str, Form(max_length=LONG)]
FONCTIONS: tuple[tuple[str, str, str], ...] = (
    (Fonction.CHANTIER.value, "Chantiers", "Les chantiers de Batigest deviennent des projets de BatiSimply."),
    (Fonction.DEVIS.value, "Devis", "Les devis acceptés deviennent des projets."),
    (Fonction.HEURES.value, "Heures", "Les heures validées deviennent des lignes de suivi."),
)


def _saisie(
    *,
    client: Texte = "",
    entreprise: Texte = "",
    email: Texte = "",
    fonctions: Annotated[list[str] | None, Form()] = None,
    utilisations_max: Texte = "",
    machines_max: Texte = "",
    notes: Texte = "",
    duree: Texte = "",
    expire: Texte = "",
) -> Saisie:
    return Saisie(
        client, entreprise, email, tuple(fonctions or ()), utilisations_max, machines_max, notes, duree, expire
    )


SaisieDep = Annotated[Saisie, Depends(_saisie)]


@routes.get("/licenses/create", dependencies=[Depends(administrateur)])
def montre_formulaire(request: Request, rendu: RenduDep) -> Response:
    """An empty form."""
    return rendu.page(request, "creation.html", _valeurs(Saisie(), {}))


@routes.post("/licenses/create", dependencies=[JetonVerifie])
def cree_licence(
    request: Request, maison: MaisonDep, rendu: RenduDep, qui: AdministrateurDep, saisie: SaisieDep
) -> Response:
    """Sell it; its page shows the key."""
    lue = lit_saisie(saisie, maison.contexte.maintenant(), avec_echeance=True)
    if lue.erreurs or lue.expire_le is None:
        return rendu.page(request, "creation.html", _valeurs(saisie, lue.erreurs), statut=422)
    licence, _ = maison.licences.create_licence(lue.fiche, lue.expire_le, qui.nom)
    return rendu.suite(request, f"/licenses/details/{licence.id}?neuve=creee", "", {"numero": licence.id}, statut=201)


@routes.get("/licenses/details/{numero:numero}/modifier", dependencies=[Depends(administrateur)])
def montre_fiche(request: Request, numero: Numero, maison: MaisonDep, rendu: RenduDep) -> Response:
    """What is written now."""
    fiche = maison.licences.read_licence(numero).licence.fiche
    return rendu.page(request, "fiche.html", _valeurs(Saisie.de_fiche(fiche), {}) | _licence(maison, numero))


@routes.post("/licenses/details/{numero:numero}/modifier", dependencies=[JetonVerifie])
def change_fiche(
    request: Request, numero: Numero, maison: MaisonDep, rendu: RenduDep, *, qui: AdministrateurDep, saisie: SaisieDep
) -> Response:
    """Write down something else."""
    lue = lit_saisie(saisie, maison.contexte.maintenant(), avec_echeance=False)
    if lue.erreurs:
        valeurs = _valeurs(saisie, lue.erreurs) | _licence(maison, numero)
        return rendu.page(request, "fiche.html", valeurs, statut=422)
    maison.licences.change_fiche(numero, lue.fiche, qui.nom)
    return rendu.suite(request, f"/licenses/details/{numero}", "Modifications enregistrées.", {"numero": numero})


def _valeurs(saisie: Saisie, erreurs: dict[str, str]) -> dict[str, Any]:
    return {
        "saisie": saisie,
        "erreurs": {**dict.fromkeys(LIBELLES, ""), **erreurs},
        "fautes": [(f"champ-{champ}", LIBELLES[champ], faute) for champ, faute in erreurs.items()],
        "FONCTIONS": FONCTIONS,
    }


def _licence(maison: MaisonDep, numero: int) -> dict[str, Any]:
    details = maison.licences.read_licence(numero)
    cles = maison.licences.show_cles([numero])
    return {"vue": vue_licence(details.licence, details.etat, maison.contexte.maintenant(), cles)}
