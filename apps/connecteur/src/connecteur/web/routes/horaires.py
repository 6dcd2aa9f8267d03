"""When each direction runs by itself: shown, changed, paused."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from connecteur.domain.horaire import Cadence
from connecteur.domain.run import Flux
from connecteur.errors import ConfigurationInvalide
from connecteur.planification.saisie import lit_horaire
from connecteur.web.dependances import Auteur, DossierDep, EssaiDep, RenduDep
from connecteur.web.horaires import CADENCES, vue_horaire
from connecteur.web.rendu import Rendu
from connecteur.web.services import Dossier
from sages_commun.web.erreurs import ErreurPage
from sages_commun.web.jetons import JetonVerifie
from sages_commun.web.rendu import veut_du_json

Qui = Annotated[str, Depends(Auteur("page Horaires"))]
ALERTES = 10
SANS_ADRESSE = "Aucune adresse d’alerte : personne n’est averti de rien."

routes = APIRouter()

Heure = Annotated[str, Form(max_length=5)]


@routes.get("/horaires")
def lit_horaires(request: Request, dossier: DossierDep, rendu: RenduDep) -> Response:
    """The schedule of each direction, and when it runs next."""
    return _page(request, dossier, rendu)


@routes.post("/alertes/essai", dependencies=[JetonVerifie])
def essaie_alertes(request: Request, dossier: DossierDep, rendu: RenduDep, _seul: EssaiDep) -> Response:
    """Send a trial to each address now."""
    resultats = dossier.alertes.essaie()
    rates = [f"{nom} : {erreur}" for nom, erreur in resultats if erreur]
    if rates and not veut_du_json(request):
        raise ErreurPage(409, "Le message d’essai n’est pas parti.", "Vérifiez « alertes.urls ».", "\n".join(rates))
    message = f"Message d’essai parti à {', '.join(nom for nom, _ in resultats)}." if resultats else SANS_ADRESSE
    corps = [{"adresse": nom, "parti": not erreur, "erreur": erreur} for nom, erreur in resultats]
    return rendu.suite(request, "/horaires", message, {"envois": corps})


@routes.post("/horaires/{flux}", dependencies=[JetonVerifie])
def change_horaire(
    request: Request,
    flux: Flux,
    dossier: DossierDep,
    qui: Qui,
    rendu: RenduDep,
    *,
    cadence: Annotated[Literal["demande", "temps-reel", "minutes", "jours"], Form()],
    secondes: Annotated[str, Form(max_length=6)] = "",
    minutes: Annotated[str, Form(max_length=6)] = "",
    heures: Annotated[str, Form(max_length=200)] = "",
    jours: Annotated[list[str] | None, Form(max_length=7)] = None,
    debut: Heure = "",
    fin: Heure = "",
) -> Response:
    """Give it another schedule; one that makes no sense is said beside what was typed."""
    choisie = CADENCES[cadence]
    nombre = secondes if choisie is Cadence.TEMPS_REEL else minutes
    fixe = choisie is Cadence.JOURS
    try:
        horaire = lit_horaire(
            choisie,
            nombre=int(nombre) if nombre.strip().isdecimal() else 0,
            heures=heures if fixe else "",
            jours=", ".join(jours or ()),
            plage=f"{debut}-{fin}" if (debut or fin) and not fixe else "",
        )
    except ConfigurationInvalide as exc:
        if veut_du_json(request):
            raise
        return _page(request, dossier, rendu, faute=(flux, exc))
    dossier.horaires.change_horaire(flux, horaire, qui)
    return _fait(request, dossier, rendu, flux)


@routes.post("/horaires/{flux}/pause", dependencies=[JetonVerifie])
def suspend(request: Request, flux: Flux, dossier: DossierDep, qui: Qui, rendu: RenduDep) -> Response:
    """Nothing runs by itself until it is resumed."""
    dossier.horaires.pause(flux, qui)
    return _fait(request, dossier, rendu, flux)


@routes.post("/horaires/{flux}/reprendre", dependencies=[JetonVerifie])
def reprend(request: Request, flux: Flux, dossier: DossierDep, qui: Qui, rendu: RenduDep) -> Response:
    """Go on from now."""
    dossier.horaires.reprend(flux, qui)
    return _fait(request, dossier, rendu, flux)


def _fait(request: Request, dossier: Dossier, rendu: Rendu, flux: Flux) -> Response:
    etat = next(un for un in dossier.horaires.list_horaires() if un.flux is flux)
    message = f"{flux.value.capitalize()} : {etat.phrase}."
    return rendu.suite(request, "/horaires", message, {"flux": flux.value, "horaire": etat.phrase})


def _page(
    request: Request, dossier: Dossier, rendu: Rendu, faute: tuple[Flux, ConfigurationInvalide] | None = None
) -> Response:
    valeurs = {
        "vues": [vue_horaire(etat) for etat in dossier.horaires.list_horaires()],
        "adresses": dossier.alertes.list_adresses(),
        "messages": dossier.alertes.list_messages()[:ALERTES],
        "faute": {"flux": faute[0], "erreur": faute[1]} if faute else None,
    }
    return rendu.page(request, "horaires.html", valeurs, statut=422 if faute else 200)
