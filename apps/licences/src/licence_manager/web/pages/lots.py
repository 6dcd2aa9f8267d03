"""Extend several licences at once: chosen, shown with the days it leads to, then confirmed."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from licence_manager.domain.duree import Depart, Duree, lit_duree
from licence_manager.domain.licence import Licence
from licence_manager.domain.recherche import LONGUEUR_TEXTE, Critere, Filtre
from licence_manager.errors import DemandeInvalide
from licence_manager.services.licences import LOT_MAX, empreinte_echeances
from licence_manager.web.dependances import SANS_NUL, MaisonDep, RenduDep
from licence_manager.web.droits import AdministrateurDep, administrateur
from licence_manager.web.vues.licence import DEPARTS, VueLicence, jour_prolonge
from sages_commun.web.format import pluriel
from sages_commun.web.jetons import JetonVerifie

routes = APIRouter(prefix="/licenses/extend", dependencies=[JetonVerifie])

MONTREES = 200
DUREE, DEPART = "1 an", Depart.EXPIRATION
"""What is proposed first."""
Numeros = Annotated[str, Form(max_length=80_000, pattern=r"^[0-9,]*$")]
TexteDuree = Annotated[str, Form(max_length=20)]


@routes.post("", dependencies=[Depends(administrateur)])
def prepare_lot(
    request: Request,
    maison: MaisonDep,
    rendu: RenduDep,
    *,
    numero: Annotated[list[int] | None, Form()] = None,
    numeros: Numeros = "",
    toutes: Annotated[bool, Form()] = False,
    filtre: Annotated[Filtre, Form()] = Filtre.TOUTES,
    texte: Annotated[str, Form(max_length=LONGUEUR_TEXTE, pattern=SANS_NUL)] = "",
    mois: Annotated[str, Form(pattern=r"^(\d{4}-(0[1-9]|1[0-2]))?$")] = "",
    duree: TexteDuree = DUREE,
    depart: Annotated[Depart, Form()] = DEPART,
) -> Response:
    """Those that were ticked, or all that the list holds: what would become of each."""
    if toutes:
        choisies = maison.licences.list_numeros(Critere(filtre, texte, mois=mois))
    else:
        choisies = [*(numero or ()), *_lit(numeros)]
    if not choisies:
        raise DemandeInvalide("Aucune licence n’est choisie.", remede="Cochez-en au moins une dans la liste.")
    valeurs = _apercu(maison, maison.licences.read_licences(choisies), duree, depart)
    return rendu.page(request, "lot.html", valeurs)


@routes.post("/confirmer")
def prolonge_lot(
    request: Request,
    maison: MaisonDep,
    rendu: RenduDep,
    qui: AdministrateurDep,
    *,
    numeros: Numeros,
    duree: TexteDuree,
    depart: Annotated[Depart, Form()],
    vues: Annotated[str, Form(min_length=64, max_length=64)],
) -> Response:
    """Do what was shown, to all of them or to none."""
    prolongees = maison.licences.extend_licences(_lit(numeros), _duree(duree), depart, qui.nom, vues)
    combien = pluriel(len(prolongees), "licence")
    message = f"{combien} {'prolongées' if len(prolongees) > 1 else 'prolongée'}."
    return rendu.suite(request, "/licenses?tri=echeance", message, {"nombre": len(prolongees)})


def _apercu(maison: MaisonDep, licences: list[Licence], duree: str, depart: Depart) -> dict[str, Any]:
    maintenant, lue = maison.contexte.maintenant(), _duree(duree)
    lignes = [
        (VueLicence(une, maison.licences.etat_de(une), maintenant), jour_prolonge(une, maintenant, lue, depart))
        for une in licences
    ]
    avant = [vue.fin for vue, _ in lignes]
    return {
        "lignes": lignes[:MONTREES],
        "total": len(lignes),
        "trop_loin": [vue for vue, jour in lignes if jour is None],
        "raccourcies": sum(jour is not None and jour < fin for (_, jour), fin in zip(lignes, avant, strict=True)),
        "numeros": ",".join(str(une.id) for une in licences),
        "duree": duree,
        "depart": depart,
        "departs": [(un.value, nom) for un, nom in DEPARTS.items()],
        "vues": empreinte_echeances(licences),
    }


def _lit(numeros: str) -> list[int]:
    lus = [int(morceau) for morceau in numeros.split(",") if morceau]
    if len(lus) > LOT_MAX or any(not 1 <= un <= 2**53 for un in lus):
        raise DemandeInvalide(f"Au plus {LOT_MAX} licences à la fois.")
    return lus


def _duree(texte: str) -> Duree:
    try:
        return lit_duree(texte)
    except ValueError as exc:
        raise DemandeInvalide(str(exc)) from exc
