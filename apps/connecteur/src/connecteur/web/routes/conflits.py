"""What both sides dispute: seen side by side, decided, undone; and what waits to be confirmed."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Path, Request
from starlette.responses import Response

from connecteur.domain.conflit import Cote
from connecteur.domain.heure import normalise_code
from connecteur.domain.run import Flux
from connecteur.web.conflits import TOUJOURS, cle_de, lignes_vues, vue_garde, vue_reglee
from connecteur.web.conflits_chantiers import CHAMPS, autre, chantiers_vus, gardes_chantiers
from connecteur.web.dependances import Auteur, DossierDep, RenduDep
from sages_commun.web.jetons import JetonVerifie

Qui = Annotated[str, Depends(Auteur("page Conflits"))]
REGLEES = 50
CARTES_MAX = 100
"""How many conflicts of each kind one page holds."""

routes = APIRouter()

Code = Annotated[str, Form(min_length=1, max_length=60, pattern=r"^[^\x00]*$")]
Ident = Annotated[int, Path(ge=1, le=2**53)]


@routes.get("/conflits")
def lit_conflits(request: Request, dossier: DossierDep, rendu: RenduDep) -> Response:
    """Everything a person must decide, then what was settled."""
    garde = dossier.lignes.read_garde()
    noms = {normalise_code(un.code): un.nom_complet for un in dossier.salaries.list_salaries(partis=True)}
    valeurs = {
        "garde": vue_garde(garde) if garde else None,
        "gardes_chantiers": gardes_chantiers(dossier.chantiers),
        "chantiers": chantiers_vus(dossier.chantiers.list_conflits_chantiers(resolus=True)),
        "lignes": lignes_vues(dossier.lignes.list_constats(), noms, dossier.lignes.list_decisions(TOUJOURS)),
        "reglees": [vue_reglee(une, noms) for une in dossier.lignes.list_reglees(REGLEES)],
        "autre": autre,
        "limite": CARTES_MAX,
    }
    return rendu.page(request, "conflits.html", valeurs)


@routes.post("/conflits/chantiers", dependencies=[JetonVerifie])
def decide_chantier(
    request: Request,
    dossier: DossierDep,
    qui: Qui,
    rendu: RenduDep,
    *,
    code: Code,
    champ: Annotated[str, Form(min_length=1, max_length=40, pattern=r"^[a-z_]+$")],
    choix: Annotated[Cote, Form()],
) -> Response:
    """Say which side wins a field of a chantier."""
    dossier.chantiers.decide_conflit_chantier(code, champ, choix, qui)
    nom = CHAMPS.get(champ, champ).lower()
    message = f"Chantier {code}, {nom} : la valeur de {choix.value} sera gardée à la prochaine synchronisation."
    return rendu.suite(request, "/conflits", message, {"choix": choix.value}, geste=Flux.CHANTIERS)


@routes.post("/conflits/lignes", dependencies=[JetonVerifie])
def decide_ligne(
    request: Request,
    dossier: DossierDep,
    qui: Qui,
    rendu: RenduDep,
    *,
    chantier: Code,
    salarie: Code,
    debut: Annotated[str, Form(max_length=40)],
    choix: Annotated[Cote, Form()],
) -> Response:
    """Say who is right about a line."""
    dossier.lignes.decide_ligne(cle_de(chantier, salarie, debut), choix, qui)
    message = f"Salarié {salarie}, chantier {chantier} : la valeur de {choix.value} sera gardée."
    return rendu.suite(request, "/conflits", message, {"choix": choix.value}, geste=Flux.HEURES)


@routes.post("/conflits/ecritures/{ident}/annuler", dependencies=[JetonVerifie])
def annule_ecriture(request: Request, ident: Ident, dossier: DossierDep, qui: Qui, rendu: RenduDep) -> Response:
    """Take back a write on a disputed line."""
    dossier.lignes.annule_ecriture(ident, qui)
    message = "Annulé : la prochaine synchronisation remettra ce que tenait Batigest."
    return rendu.suite(request, "/conflits", message, {"id": ident}, geste=Flux.HEURES)


@routes.post("/garde/{ident}/confirmer", dependencies=[JetonVerifie])
def confirme_garde(request: Request, ident: Ident, dossier: DossierDep, qui: Qui, rendu: RenduDep) -> Response:
    """Let the changes that were shown be written."""
    dossier.lignes.confirme_garde(ident, qui)
    message = "Confirmé : la prochaine synchronisation écrira ces changements."
    return rendu.suite(request, "/conflits", message, {"id": ident}, geste=Flux.HEURES)


@routes.post("/garde/chantiers/{ident}/confirmer", dependencies=[JetonVerifie])
def confirme_garde_chantiers(
    request: Request, ident: Ident, dossier: DossierDep, qui: Qui, rendu: RenduDep
) -> Response:
    """Let the projects that were shown be closed."""
    dossier.chantiers.confirme_garde_chantiers(ident, qui)
    message = "Confirmé : la prochaine synchronisation fermera ces projets."
    return rendu.suite(request, "/conflits", message, {"id": ident}, geste=Flux.CHANTIERS)
