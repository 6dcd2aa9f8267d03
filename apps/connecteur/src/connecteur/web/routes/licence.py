"""The licence: its section of the configuration, the page of who has none in force, and what scripts ask."""

import ipaddress
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.responses import Response

from connecteur.errors import ErreurConnecteur
from connecteur.licence.etats import Etat
from connecteur.web.dependances import Auteur, RenduDep, ServicesDep
from connecteur.web.licence import CONFIGURATION, EXPIREE, en_json, vue_licence
from connecteur.web.rendu import Rendu
from connecteur.web.services import Services
from sages_commun.acces.web.dependances import exige_administrateur
from sages_commun.licence import CleMalFormee, lit_cle, masque_cle
from sages_commun.web.erreurs import ErreurPage
from sages_commun.web.garde import SITES_ADMIS
from sages_commun.web.jetons import JetonVerifie
from sages_commun.web.rendu import veut_du_json

Qui = Annotated[str, Depends(Auteur("page Configuration"))]
TRACES = 20
SECTIONS: tuple[tuple[str, str], ...] = (
    (CONFIGURATION, "Licence"),
    ("/reglages", "Réglages"),
    ("/horaires", "Horaires"),
)
"""Address and name of each part of the configuration there is."""

routes = APIRouter()


@routes.get(CONFIGURATION)
def configuration(request: Request, services: ServicesDep, rendu: RenduDep) -> Response:
    """The configuration, at its section Licence."""
    return _page(request, services, rendu)


@routes.get(EXPIREE)
def expiree(request: Request, services: ServicesDep, rendu: RenduDep) -> Response:
    """Why no licence is in force and what to do; home again as soon as one is."""
    situation = services.licence.situation()
    if situation.en_vigueur:
        return RedirectResponse(rendu.lien(request, "/"), 303)
    if situation.etat is Etat.ABSENTE:
        return RedirectResponse(rendu.lien(request, CONFIGURATION), 303)
    return rendu.page(request, "licence_expiree.html", {"vue": vue_licence(situation), "cle": _masquee(services)})


@routes.post("/update-license", dependencies=[JetonVerifie])
def update_license(
    request: Request, services: ServicesDep, rendu: RenduDep, qui: Qui, *,
    license_key: Annotated[str, Form(max_length=200)] = "",
) -> Response:  # fmt: skip
    """Use this key; what is wrong with it is said beside what was typed."""
    try:
        situation = services.licence.pose(license_key, qui)
    except ErreurConnecteur as exc:
        if veut_du_json(request):
            champ = {"champ": "license_key", "faute": exc.message}
            raise ErreurPage(422, exc.message, exc.remede, exc.detail, champs=[champ]) from exc
        faute = {"saisie": _a_corriger(license_key), "message": exc.message, "remede": exc.remede}
        return _page(request, services, rendu, faute=faute)
    message = "La clé est enregistrée." if situation.en_vigueur else "La clé est enregistrée ; elle reste à vérifier."
    return rendu.suite(request, CONFIGURATION, message, en_json(situation), mauvaise=not situation.en_vigueur)


@routes.post("/refresh-license", dependencies=[JetonVerifie])
def refresh_license(request: Request, services: ServicesDep, rendu: RenduDep, qui: Qui) -> Response:
    """Ask the licence server now; home, when that mends it for somebody who was kept out."""
    avant = services.licence.situation()
    situation = services.licence.rafraichis(qui=qui)
    if situation.en_vigueur and not avant.en_vigueur:
        return rendu.suite(request, "/", "La licence est de nouveau en règle.", en_json(situation))
    adresse = EXPIREE if situation.etat in {Etat.EXPIREE, Etat.REFUSEE} else CONFIGURATION
    message = "Le serveur de licences a répondu." if situation.echec is None else situation.echec.message
    mauvaise = situation.echec is not None or not situation.en_vigueur
    return rendu.suite(request, adresse, message, en_json(situation), mauvaise=mauvaise)


@routes.get("/check-license-status")
def check_license_status(services: ServicesDep) -> Response:
    """For scripts, and for the page that waits: what is known, without asking the server."""
    return JSONResponse(en_json(services.licence.situation()), headers={"Cache-Control": "no-store"})


@routes.get("/get-license-key")
def get_license_key(request: Request, services: ServicesDep, *, reveal: Annotated[bool, Query()] = False) -> Response:
    """The key, masked; whole when an administrator asks for it by `?reveal=true`."""
    cle = services.licence.cle()
    if reveal:
        _exige_administrateur(request, services)
    montree = cle if reveal or cle is None else masque_cle(cle)
    return JSONResponse({"license_key": montree, "masked": not reveal}, headers={"Cache-Control": "no-store"})


def _a_corriger(saisie: str) -> str:
    """What was typed, to be corrected where it is wrong; a whole key is a secret, and does not come back."""
    try:
        lit_cle(saisie)
    except CleMalFormee:
        return saisie
    return ""


def _exige_administrateur(request: Request, services: Services) -> None:
    """Without accounts the administrator is whoever sits at this machine."""
    if services.acces is not None:
        exige_administrateur(request)
        return
    hote = request.client.host if request.client else ""
    try:
        ici = ipaddress.ip_address(hote).is_loopback
    except ValueError:
        ici = False
    if not ici or request.headers.get("sec-fetch-site", "none") not in SITES_ADMIS:
        raise ErreurPage(
            403, "La clé de licence n’est montrée qu’à un administrateur.", "Demandez-la depuis cette machine."
        )


def _page(request: Request, services: Services, rendu: Rendu, faute: dict[str, str] | None = None) -> Response:
    try:
        traces = services.licence.list_traces(TRACES)
    except ErreurConnecteur:
        traces = []  # the tampon is away: the licence itself is still shown
    valeurs = {
        "vue": vue_licence(services.licence.situation()),
        "cle": _masquee(services),
        "traces": traces,
        "sections": SECTIONS,
        "faute": faute,
    }
    return rendu.page(request, "configuration.html", valeurs, statut=422 if faute else 200)


def _masquee(services: Services) -> str:
    try:
        cle = services.licence.cle()
    except ErreurConnecteur:
        return ""
    return "" if cle is None else masque_cle(cle)
