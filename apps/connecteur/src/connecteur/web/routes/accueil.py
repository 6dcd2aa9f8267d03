"""Home."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from connecteur.domain.run import Flux
from connecteur.errors import ErreurConnecteur
from connecteur.licence.etats import Etat
from connecteur.web.accueil import etat_general, groupe_rejets, manchette, sans_tampon, vue_systeme
from connecteur.web.attente import compte_attente
from connecteur.web.dependances import DossierDep, RenduDep, ServicesDep
from connecteur.web.licence import exige_licence, vue_licence
from connecteur.web.presentation import vue_run

RUNS_A_L_ACCUEIL = 8
EXEMPLES_A_L_ACCUEIL = 3

routes = APIRouter()


@routes.get("/")
def accueil(request: Request, services: ServicesDep, dossier: DossierDep, rendu: RenduDep) -> Response:
    """Home: the three systems, the two directions, what needs a person, the last runs."""
    situation = services.licence.situation()
    exige_licence(dossier)
    connus = dossier.etat.systemes()
    systemes = [vue_systeme(systeme) for systeme in connus]
    try:
        derniers = {flux: dossier.runs.dernier(flux) for flux in Flux}
        runs = dossier.runs.liste(RUNS_A_L_ACCUEIL)
        rejets = dossier.rejets.list_rejets_ouverts()
    except ErreurConnecteur as exc:
        # Home is where one looks when something is down: it says what it can.
        systemes = [vue_systeme(systeme) for systeme in sans_tampon(connus, exc, services.horloge())]
        return rendu.page(request, "accueil_sans_tampon.html", {"systemes": systemes}, statut=503)
    cartes = {flux: vue_run(run) if run else None for flux, run in derniers.items()}
    attente = compte_attente(dossier)
    valeurs = {
        "attente": attente,
        "systemes": systemes,
        "verification": etat_general(connus) == "vérification",
        "cartes": cartes,
        "runs": [vue_run(run) for run in runs],
        "rejets": rejets,
        "groupes": groupe_rejets(rejets),
        "exemples": EXEMPLES_A_L_ACCUEIL,
        "manchette": manchette(systemes, cartes, rejets, attente),
        "licence": vue_licence(situation) if situation.etat is Etat.GRACE else None,
        "actif": any(carte and carte.etat != "fini" for carte in cartes.values()),
    }
    return rendu.page(request, "accueil.html", valeurs)
