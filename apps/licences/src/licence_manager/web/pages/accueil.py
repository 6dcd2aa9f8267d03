"""`GET /`: how things stand, what is wrong first."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from licence_manager.domain.duree import jour_de
from licence_manager.domain.licence import Etat
from licence_manager.domain.recherche import Filtre
from licence_manager.web.dependances import MaisonDep, RenduDep
from licence_manager.web.vues.graphiques import graphique_echeances, graphique_validations
from licence_manager.web.vues.licence import VueLicence
from licence_manager.web.vues.problemes import problemes

routes = APIRouter()

FILTRES: dict[Etat, Filtre] = {
    Etat.ACTIVE: Filtre.ACTIVES,
    Etat.EXPIRE_BIENTOT: Filtre.EXPIRENT_BIENTOT,
    Etat.EXPIREE: Filtre.EXPIREES,
    Etat.INACTIVE: Filtre.INACTIVES,
    Etat.ARCHIVEE: Filtre.ARCHIVEES,
}
PROCHAINES = 6


@routes.get("/")
def lit_accueil(request: Request, maison: MaisonDep, rendu: RenduDep) -> Response:
    """The dashboard."""
    maintenant = maison.contexte.maintenant()
    tableau = maison.tableau.read_tableau()
    # Those in force are all of them, the ones that expire soon too: as the list counts them.
    en_vigueur = tableau.etats[Etat.ACTIVE] + tableau.etats[Etat.EXPIRE_BIENTOT]
    valeurs = {
        "problemes": problemes(tableau, maintenant, rappels_regles=maison.rappels is not None),
        "etats": {**tableau.etats, Etat.ACTIVE: en_vigueur},
        "filtres": FILTRES,
        "total": sum(tableau.etats.values()),
        "echeances": graphique_echeances(tableau.echeances),
        "validations": graphique_validations(tableau.validations, jour_de(maintenant)),
        "versions": tableau.versions,
        "prochaines": [
            VueLicence(licence, Etat.EXPIRE_BIENTOT, maintenant) for licence in tableau.bientot[:PROCHAINES]
        ],
    }
    return rendu.page(request, "accueil.html", valeurs)
