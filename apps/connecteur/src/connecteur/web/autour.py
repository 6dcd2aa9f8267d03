"""What a page of lines and rejets needs besides them, to speak of people and of causes instead of codes."""

from collections.abc import Mapping

from connecteur.web.accueil import groupe_rejets
from connecteur.web.services import Dossier


def noms_salaries(dossier: Dossier) -> Mapping[str, str]:
    """Code > name, of everybody who ever was in Batigest."""
    return {un.code: un.nom_complet for un in dossier.salaries.list_salaries(partis=True)}


def autour_du_plan(dossier: Dossier) -> dict[str, object]:
    """For `plan_montre`."""
    return {"noms": noms_salaries(dossier), "groupe_rejets": groupe_rejets}
