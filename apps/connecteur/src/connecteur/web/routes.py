"""The addresses: parse, call, render."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.responses import Response

from connecteur.domain.rejet import MotifRejet, Rejet
from connecteur.domain.run import Flux
from connecteur.errors import ErreurConnecteur
from connecteur.web.accueil import etat_general, groupe_rejets, manchette, sans_tampon, vue_systeme
from connecteur.web.dependances import RenduDep, RunDep, ServicesDep
from connecteur.web.erreurs import ErreurPage
from connecteur.web.jetons import JetonVerifie
from connecteur.web.presentation import en_json, vue_run
from connecteur.web.rendu import veut_du_json
from connecteur.web.services import Services

RUNS_A_L_ACCUEIL = 8
EXEMPLES_A_L_ACCUEIL = 3
EXEMPLES_PAR_MOTIF = 10
REJETS_PAR_PAGE = 100
DECLENCHEUR = "page d’accueil"

routes = APIRouter(include_in_schema=False)


# --- pages ----------------------------------------------------------------------------------------------


@routes.get("/")
def accueil(request: Request, services: ServicesDep, rendu: RenduDep) -> Response:
    """Home: the three systems, the two directions, what needs a person, the last runs."""
    connus = services.etat.systemes()
    systemes = [vue_systeme(systeme) for systeme in connus]
    try:
        derniers = {flux: services.runs.dernier(flux) for flux in Flux}
        runs = services.runs.liste(RUNS_A_L_ACCUEIL)
        rejets = services.rejets.list_rejets_ouverts()
    except ErreurConnecteur as exc:
        # Home is where one looks when something is down: it says what it can.
        systemes = [vue_systeme(systeme) for systeme in sans_tampon(connus, exc, services.horloge())]
        return rendu.page(request, "accueil_sans_tampon.html", {"systemes": systemes}, statut=503)
    cartes = {flux: vue_run(run) if run else None for flux, run in derniers.items()}
    valeurs = {
        "systemes": systemes,
        "verification": etat_general(connus) == "vérification",
        "cartes": cartes,
        "runs": [vue_run(run) for run in runs],
        "rejets": rejets,
        "groupes": groupe_rejets(rejets),
        "exemples": EXEMPLES_A_L_ACCUEIL,
        "manchette": manchette(systemes, cartes, rejets),
        "actif": any(carte and carte.etat != "fini" for carte in cartes.values()),
    }
    return rendu.page(request, "accueil.html", valeurs)


@routes.get("/runs/{run_id}")
def lit_run(request: Request, run: RunDep, services: ServicesDep, rendu: RenduDep) -> Response:
    """The report of a run, or how far it is."""
    vue = vue_run(run)
    if veut_du_json(request):
        return JSONResponse(en_json(vue))
    return rendu.page(request, "run.html", {"vue": vue, "rejets": services.rejets.list_rejets_ouverts()})


@routes.get("/rejets")
def lit_rejets(
    request: Request, services: ServicesDep, rendu: RenduDep, motif: MotifRejet | None = None, page: int = 1
) -> Response:
    """What could not be delivered, by reason; one reason at a time when there are many."""
    rejets = services.rejets.list_rejets_ouverts()
    groupes = groupe_rejets(rejets)
    choisis = [groupe for groupe in groupes if motif is None or groupe.motif is motif]
    return rendu.page(
        request,
        "rejets.html",
        {
            "rejets": rejets,
            "groupes": groupes,
            "choisis": choisis,
            "motif": motif,
            "pages": _pages(choisis[0].rejets if motif and choisis else (), page),
            "limite": EXEMPLES_PAR_MOTIF,
        },
    )


def _pages(rejets: tuple[Rejet, ...], page: int) -> dict[str, object]:
    """The slice of a long list that one page shows."""
    nombre = max(1, -(-len(rejets) // REJETS_PAR_PAGE))
    courante = min(max(page, 1), nombre)
    debut = (courante - 1) * REJETS_PAR_PAGE
    return {"courante": courante, "nombre": nombre, "rejets": rejets[debut : debut + REJETS_PAR_PAGE]}


@routes.api_route("/health", methods=["GET", "HEAD"])
def sante(services: ServicesDep) -> Response:
    """For machines: answers as long as the program does, with the last known state of the systems."""
    systemes = services.etat.systemes()
    par_systeme = {systeme.nom.value.lower(): etat_general([systeme]) for systeme in systemes}
    corps = {"etat": etat_general(systemes), "version": services.version, "systemes": par_systeme}
    return JSONResponse(corps)


# --- actions --------------------------------------------------------------------------------------------


@routes.post("/sync-batigest-to-batisimply", dependencies=[JetonVerifie])
def lance_chantiers(request: Request, services: ServicesDep) -> Response:
    """Send the chantiers."""
    return _lance(request, services, Flux.CHANTIERS)


@routes.post("/sync-batisimply-to-batigest", dependencies=[JetonVerifie])
def lance_heures(request: Request, services: ServicesDep) -> Response:
    """Fetch the heures."""
    return _lance(request, services, Flux.HEURES)


def _lance(request: Request, services: Services, flux: Flux) -> Response:
    run_id = services.lanceur.lance(flux, declencheur=DECLENCHEUR)
    adresse = f"/runs/{run_id}"
    if not veut_du_json(request):
        return RedirectResponse(adresse, 303)
    corps = {"id": run_id, "flux": flux.value, "adresse": adresse, "evenements": f"{adresse}/evenements"}
    return JSONResponse(corps, 202, {"Location": adresse})


@routes.post("/runs/{run_id}/annuler", dependencies=[JetonVerifie])
def annule_run(request: Request, run: RunDep, services: ServicesDep) -> Response:
    """Ask a run to stop."""
    adresse = f"/runs/{run.id}"
    fini = run.verdict is not None
    if not fini:
        services.lanceur.annule(run.id)
    if not veut_du_json(request):
        return RedirectResponse(adresse, 303)
    if fini:
        raise ErreurPage(409, "Cette synchronisation est déjà terminée.", "Lisez son compte rendu.")
    return JSONResponse({"id": run.id, "adresse": adresse, "annulation_demandee": True}, 202)
