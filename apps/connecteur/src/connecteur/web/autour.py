"""What a page of lines and rejets needs besides them, to speak of people and of causes instead of codes."""

from collections.abc import Mapping

from connecteur.domain.plan import Geste, MotifConflit
from connecteur.web.accueil import groupe_rejets
from connecteur.web.services import Dossier

CONSTATS_DITS: Mapping[str, str] = {
    MotifConflit.LIGNE_ETRANGERE: "une autre ligne est à cette place",
    MotifConflit.LIGNES_MULTIPLES: "plusieurs lignes sont à cette place",
    Geste.REPRISE: "modifiée à la main",
}
"""What the engine calls a finding > how an office reads it; the others read well as they are."""


def noms_salaries(dossier: Dossier) -> Mapping[str, str]:
    """Code > name, of everybody who ever was in Batigest."""
    return {un.code: un.nom_complet for un in dossier.salaries.list_salaries(partis=True)}


def autour_du_plan(dossier: Dossier) -> dict[str, object]:
    """For `plan_montre`."""
    return {"constats_dits": CONSTATS_DITS, "noms": noms_salaries(dossier), "groupe_rejets": groupe_rejets}
