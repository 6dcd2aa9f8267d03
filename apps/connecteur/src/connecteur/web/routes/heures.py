"""Any hour explained: choose a salarié and a day, then a chantier; or search a slot."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from connecteur.domain.periode import Tranche
from connecteur.sync.recit import raconte_creneau, raconte_ligne
from connecteur.web.absence import absence
from connecteur.web.autour import noms_salaries
from connecteur.web.dependances import DossierDep, RenduDep, ServicesDep, VerificationDep
from connecteur.web.heures import TONS, frise, journee, tete_du_recit
from connecteur.web.services import Dossier
from sages_commun.web.format import lit_jour

JOUR = timedelta(days=1)
LIGNES_MAX = 300
RECENTS = (timedelta(days=7), timedelta(days=35))
"""How far back the last day with hours is looked for: a week is quick, five of them cover a holiday."""
PREMIER, DERNIER = date(2000, 1, 1), date(2199, 12, 31)

routes = APIRouter()

Code = Annotated[str, Query(max_length=60, pattern=r"^[^\x00]*$")]


@routes.get("/heures")
def lit_heures(
    request: Request,
    dossier: DossierDep,
    services: ServicesDep,
    rendu: RenduDep,
    *,
    salarie: Code = "",
    chantier: Code = "",
    jour: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """A day's hours; with a salarié and a chantier, the whole story of that line."""
    aujourdhui = services.horloge().astimezone(dossier.fuseau).date()
    voulu = min(max(lit_jour(jour) or _dernier_jour(dossier, aujourdhui), PREMIER), DERNIER)
    salaries = dossier.salaries.list_salaries(partis=True)
    valeurs: dict[str, object] = {"salaries": salaries, "salarie": salarie, "chantier": chantier, "jour": voulu}
    if salarie.strip() and chantier.strip():
        return rendu.page(request, "heures_ligne.html", valeurs | _ligne(dossier, salarie, chantier, voulu))
    creneaux = dossier.creneaux.list_creneaux(Tranche(voulu, voulu + JOUR))
    lignes = journee(creneaux, salaries, salarie)
    manque = bool(salarie.strip()) and not lignes
    # The hours one looks for may be there under a name that nobody knows.
    a_personne = [une for une in journee(creneaux, salaries, "") if not une.code_salarie] if manque else []
    valeurs |= {
        "lignes": lignes[:LIGNES_MAX],
        "total": len(lignes),
        "a_personne": a_personne[:LIGNES_MAX],
        "absence": absence(dossier, salaries, salarie, voulu) if manque else None,
        "veille": voulu - JOUR,
        "lendemain": voulu + JOUR,
    }
    return rendu.page(request, "heures.html", valeurs)


def _dernier_jour(dossier: Dossier, aujourdhui: date) -> date:
    """The last day of which hours are known: today's are rarely there before the evening."""
    for recul in RECENTS:
        if creneaux := dossier.creneaux.list_creneaux(Tranche(aujourdhui - recul, aujourdhui + JOUR)):
            return max(stocke.creneau.debut.astimezone(dossier.fuseau).date() for stocke in creneaux)
    return aujourdhui


def _ligne(dossier: Dossier, salarie: str, chantier: str, jour: date) -> dict[str, object]:
    explication = dossier.lecture.explique_ligne(salarie.strip(), chantier.strip(), jour)
    suivis = [explique.suivi for explique in explication.creneaux]
    return {
        "e": explication,
        "recit": tete_du_recit(raconte_ligne(explication, dossier.fuseau)),
        "faits": frise(explication.memoire, suivis, dossier.fuseau),
        "tons": TONS,
    }


@routes.get("/heures/creneau")
def lit_creneau(
    request: Request,
    dossier: DossierDep,
    rendu: RenduDep,
    *,
    ident: Annotated[str, Query(alias="id", min_length=1, max_length=64, pattern=r"^[^\x00]*$")],
) -> Response:
    """Where a slot is now, why, and everything it ever was."""
    explication = dossier.lecture.explique_creneau(ident.strip())
    suivis = [explication.suivi] if explication.suivi else []
    valeurs = {
        "e": explication,
        "recit": tete_du_recit(raconte_creneau(explication, dossier.fuseau)),
        "faits": frise(explication.memoire, suivis, dossier.fuseau),
        "tons": TONS,
    }
    return rendu.page(request, "heures_creneau.html", valeurs)


@routes.get("/heures/verification")
def verifie(request: Request, dossier: DossierDep, rendu: RenduDep, _seul: VerificationDep) -> Response:
    """Whether Batigest holds what the slots say, over the whole window. Reads Batigest: may take a while."""
    valeurs = {"constat": dossier.lecture.verifie(), "limite": LIGNES_MAX, "noms": noms_salaries(dossier)}
    return rendu.page(request, "verification.html", valeurs)
