"""`GET /licenses/details/{key}`: everything about one licence.

The page's own address holds its number. A key is taken too, and led to that address without being shown to the next
page nor kept by the browser: no link, no log and no `Referer` of ours ever holds one.
"""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from licence_manager.domain.duree import jour_de
from licence_manager.domain.licence import Etat
from licence_manager.errors import LicenceIntrouvable
from licence_manager.services.licences import Details, empreinte_echeances
from licence_manager.web.dependances import MaisonDep, Numero, RenduDep, TexteCurseur, lit_curseur
from licence_manager.web.droits import LecteurDep, Personne
from licence_manager.web.vues.graphiques import graphique_validations
from licence_manager.web.vues.histoire import fait, vue_passage
from licence_manager.web.vues.licence import DEPARTS, prolongations, raison_etat, vue_licence
from sages_commun.licence.cle import CleMalFormee, lit_cle

routes = APIRouter()

SANS_REFERENT = {"Referrer-Policy": "no-referrer"}
FAITS_MONTRES = 20
MACHINES_MONTREES = 50


@routes.get("/licenses/details/{numero:numero}")
def lit_details(
    request: Request,
    numero: Numero,
    maison: MaisonDep,
    rendu: RenduDep,
    personne: LecteurDep,
    *,
    apres: TexteCurseur = "",
    neuve: str = "",
) -> Response:
    """One licence."""
    return rendu.page(request, "details.html", valeurs_details(maison, numero, personne, apres=apres, neuve=neuve))


@routes.get("/licenses/details/{cle}")
def trouve_details(cle: str, maison: MaisonDep) -> Response:
    """The same, by its key."""
    try:
        numero = maison.licences.find_licence(lit_cle(cle)).licence.id
    except CleMalFormee as exc:
        raise LicenceIntrouvable("Ce n’est ni un numéro ni une clé de licence.", remede=str(exc)) from None
    return RedirectResponse(f"/licenses/details/{numero}", 303, SANS_REFERENT)


@routes.get("/licenses/details/{numero:numero}/validations")
def lit_validations(
    request: Request, numero: Numero, maison: MaisonDep, rendu: RenduDep, *, apres: TexteCurseur = ""
) -> Response:
    """Each of its validations that is still known."""
    details = maison.licences.read_licence(numero)
    page = maison.licences.list_passages(numero, lit_curseur(apres))
    valeurs = {
        "vue": _vue(maison, details, en_clair=False),
        "passages": [vue_passage(passage) for passage in page.lignes],
        "suite": page.suite,
        "apres": apres,
    }
    return rendu.page(request, "validations.html", valeurs)


def valeurs_details(
    maison: MaisonDep, numero: int, personne: Personne, *, apres: str = "", neuve: str = "", **autres: Any
) -> dict[str, Any]:
    """What the page of a licence shows to this person."""
    details = maison.licences.read_licence(numero)
    histoire = maison.licences.list_historique(numero, lit_curseur(apres), FAITS_MONTRES)
    maintenant = maison.contexte.maintenant()
    vue = _vue(maison, details, en_clair=personne.administre)
    ecartee = details.etat in {Etat.ARCHIVEE, Etat.INACTIVE}
    return {
        "vue": vue,
        "raison": raison_etat(vue, maison.licences.read_mise_a_l_ecart(numero) if ecartee else None),
        "machines": details.machines[:MACHINES_MONTREES],
        "nombre_machines": len(details.machines),
        "faits": [fait(evenement) for evenement in histoire.lignes],
        "suite": histoire.suite,
        "apres": apres,
        "validations": graphique_validations(maison.tableau.read_validations(numero), jour_de(maintenant)),
        "prolongations": prolongations(details.licence, maintenant),
        "departs": DEPARTS,
        "vues": empreinte_echeances([details.licence]),
        "neuve": neuve if personne.administre else "",
        "aujourd_hui": jour_de(maintenant),
        "faute_expire": "",
        "saisie_expire": "",
        **autres,
    }


def _vue(maison: MaisonDep, details: Details, *, en_clair: bool) -> Any:
    cles = maison.licences.show_cles([details.licence.id])
    return vue_licence(details.licence, details.etat, maison.contexte.maintenant(), cles, en_clair=en_clair)
