"""The dashboard."""

from fastapi import APIRouter

from licence_manager.web.api.modeles import PointLu, TableauLu, VersionLue
from licence_manager.web.dependances import MaisonDep
from licence_manager.web.vues.problemes import problemes

routes = APIRouter(tags=["tableau de bord"])


@routes.get("/tableau", response_model=TableauLu, summary="Où en sont les licences")
def read_tableau(maison: MaisonDep) -> object:
    """Counts, expiries by month, validations by day, versions in the field, and what is wrong."""
    tableau = maison.tableau.read_tableau()
    trouves = problemes(tableau, maison.contexte.maintenant(), rappels_regles=maison.rappels is not None)
    return {
        "etats": tableau.etats,
        "echeances": tableau.echeances,
        "validations": [PointLu.model_validate(point) for point in tableau.validations],
        "versions": [VersionLue.model_validate(version) for version in tableau.versions],
        "problemes": [
            {
                "code": un.code,
                "gravite": un.ton,
                "titre": un.titre,
                "remede": un.remede,
                "licences": [ligne.adresse.rsplit("/", 1)[1] for ligne in un.lignes],
            }
            for un in trouves
        ],
    }
