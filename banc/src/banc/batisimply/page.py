"""The page where a person plays the site: slots by day, projects. Server-rendered, without a script."""

import re
import sqlite3
from datetime import date, datetime, time, timedelta
from http import HTTPStatus
from importlib.resources import files
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from banc.batisimply.depot import Depot, instant
from banc.batisimply.locataire import LocataireDep
from banc.batisimply.meme_site import refuse_autre_site
from banc.batisimply.saisie import (
    FUSEAU,
    STATUTS,
    SaisieRefusee,
    libelle_projet,
    lit_creneau,
    lit_projet,
    local,
    local_saisi,
)
from banc.batisimply.schemas import ID_MAX, Adresse, ProjetRecu

ENTETES = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
JOURS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
FAITS = {
    "ajoute": "Le créneau est ajouté.",
    "change": "Le créneau est enregistré.",
    "statut": "L’état du créneau est changé.",
    "supprime": "Le créneau est supprimé.",
    "projet": "Le projet est enregistré.",
    "projet_supprime": "Le projet est supprimé ; ses créneaux n’en ont plus.",
}
PROJETS_PAR_PAGE = 50
_gabarits = Environment(loader=PackageLoader("banc.batisimply"), autoescape=True, undefined=StrictUndefined)
_feuille = (files("banc.batisimply") / "statique" / "style.css").read_text(encoding="utf-8")

routeur = APIRouter(dependencies=[Depends(refuse_autre_site)], default_response_class=HTMLResponse)


class PageIntrouvable(Exception):
    """There is nothing at this address."""


async def _champs(request: Request) -> dict[str, str]:
    async with request.form(max_files=0) as formulaire:
        return {nom: valeur for nom, valeur in formulaire.items() if isinstance(valeur, str)}


Champs = Annotated[dict[str, str], Depends(_champs)]
Ident = Annotated[int, Path(ge=1, le=ID_MAX)]


def _page(gabarit: str, statut: HTTPStatus = HTTPStatus.OK, **valeurs: object) -> HTMLResponse:
    commun = {"STATUTS": STATUTS, "fait": "", "erreur": ""}
    return HTMLResponse(_gabarits.get_template(gabarit).render(commun | valeurs), statut, ENTETES)


def _vers(adresse: str) -> RedirectResponse:
    return RedirectResponse(adresse, HTTPStatus.SEE_OTHER)


def installe(app: FastAPI) -> None:
    """Serve the page."""

    @app.exception_handler(PageIntrouvable)
    def introuvable(_: Request, __: PageIntrouvable) -> Response:
        return _page("introuvable.html", HTTPStatus.NOT_FOUND)

    app.include_router(routeur)


@routeur.get("/statique/style.css")
def style() -> Response:
    return Response(_feuille, media_type="text/css", headers=ENTETES)


# --- slots


def _lit_jour(texte: str, depot: Depot) -> date:
    """The day asked for; else the last one with a slot that is not in the future; else today."""
    if re.fullmatch(r"[12]\d{3}-\d\d-\d\d", texte):
        try:
            return date.fromisoformat(texte)
        except ValueError:
            pass
    aujourdhui = datetime.now(FUSEAU).date()
    dernier = depot.last_debut()
    return min(aujourdhui, local(dernier).date()) if dernier else aujourdhui


def _creneaux_du_jour(depot: Depot, jour: date, filtres: dict[str, str]) -> list[dict[str, Any]]:
    noms = depot.list_noms_projets()
    debut, fin = (datetime.combine(j, time(), tzinfo=FUSEAU) for j in (jour, jour + timedelta(days=1)))
    creneaux = []
    for ligne in depot.list_creneaux(instant(debut), instant(fin)):
        code, nom = noms.get(ligne["projet"], ("", ""))
        salarie = f"{ligne['prenom'] or ''} {ligne['nom'] or ''}".strip()
        if filtres["statut"] not in {"", ligne["statut"]}:
            continue
        if filtres["salarie"].lower() not in salarie.lower():
            continue
        if filtres["projet"].lower() not in f"{code} {nom}".lower():
            continue
        creneaux.append(
            {
                "id": ligne["id"],
                "debut": local(ligne["debut"]),
                "fin": local(ligne["fin"]) if ligne["fin"] else None,
                "salarie": salarie,
                "projet": ligne["projet"],
                "code": code,
                "nom_projet": nom,
                "minutes": ligne["minutes"],
                "trajet": ligne["trajet"],
                "panier": ligne["panier"],
                "statut": ligne["statut"],
            }
        )
    return creneaux


@routeur.get("/")
def list_creneaux(
    locataire: LocataireDep, *, jour: str = "", salarie: str = "", projet: str = "", statut: str = "", fait: str = ""
) -> HTMLResponse:
    du = _lit_jour(jour, locataire.depot)
    filtres = {"salarie": salarie.strip(), "projet": projet.strip(), "statut": statut if statut in STATUTS else ""}
    creneaux = _creneaux_du_jour(locataire.depot, du, filtres)
    return _page(
        "creneaux.html",
        jour=du,
        nom_jour=JOURS[du.weekday()],
        veille=du - timedelta(days=1),
        lendemain=du + timedelta(days=1),
        filtres=filtres,
        creneaux=creneaux,
        minutes=sum(creneau["minutes"] or 0 for creneau in creneaux if creneau["statut"] == "VALIDATED"),
        fait=FAITS.get(fait, ""),
    )


def _formulaire(depot: Depot, ident: int | None, champs: dict[str, str], erreur: str = "") -> HTMLResponse:
    return _page(
        "creneau.html",
        HTTPStatus.BAD_REQUEST if erreur else HTTPStatus.OK,
        ident=ident,
        champs=champs,
        utilisateurs=depot.list_utilisateurs(),
        projets=[libelle_projet(i, code, nom) for i, (code, nom) in depot.list_noms_projets().items()],
        erreur=erreur,
    )


@routeur.get("/creneaux/nouveau")
def nouveau_creneau(locataire: LocataireDep, jour: str = "") -> HTMLResponse:
    du = _lit_jour(jour, locataire.depot)
    champs = {"debut": f"{du}T08:00", "fin": f"{du}T12:00", "minutes": "", "utilisateur": "", "projet": ""}
    return _formulaire(locataire.depot, None, champs | {"statut": "PENDING"})


@routeur.get("/creneaux/{ident}")
def edit_creneau(locataire: LocataireDep, ident: Ident) -> HTMLResponse:
    ligne = locataire.depot.read_creneau(ident)
    if ligne is None:
        raise PageIntrouvable
    projet = ligne["projet"]
    code, nom = locataire.depot.list_noms_projets().get(projet, ("", ""))
    champs = {
        "debut": local_saisi(ligne["debut"]),
        "fin": local_saisi(ligne["fin"]),
        "minutes": "" if ligne["minutes"] is None else str(ligne["minutes"]),
        "utilisateur": ligne["utilisateur"] or "",
        "projet": "" if projet is None else libelle_projet(projet, code, nom),
        "statut": ligne["statut"],
    }
    champs |= {nom: "1" for nom in ("trajet", "panier") if ligne[nom]}
    return _formulaire(locataire.depot, ident, champs)


def _enregistre(depot: Depot, champs: dict[str, str], avant: sqlite3.Row | None, fait: str) -> Response:
    try:
        creneau = lit_creneau(depot, champs, avant)
    except SaisieRefusee as exc:
        vides = dict.fromkeys(("debut", "fin", "minutes", "utilisateur", "projet", "statut"), "")
        return _formulaire(depot, None if avant is None else avant["id"], vides | champs, str(exc))
    depot.save_creneau(creneau)
    return _vers(f"/?jour={local(creneau.debut).date()}&fait={fait}")


@routeur.post("/creneaux")
def add_creneau(locataire: LocataireDep, champs: Champs) -> Response:
    return _enregistre(locataire.depot, champs, None, "ajoute")


@routeur.post("/creneaux/{ident}")
def change_creneau(locataire: LocataireDep, ident: Ident, champs: Champs) -> Response:
    avant = locataire.depot.read_creneau(ident)
    if avant is None:
        raise PageIntrouvable
    return _enregistre(locataire.depot, champs, avant, "change")


@routeur.post("/creneaux/{ident}/statut")
def set_statut(locataire: LocataireDep, ident: Ident, champs: Champs) -> Response:
    ligne = locataire.depot.read_creneau(ident)
    if ligne is None or champs.get("statut") not in STATUTS:
        raise PageIntrouvable
    locataire.depot.set_statut(ident, champs["statut"])
    return _vers(f"/?jour={local(ligne['debut']).date()}&fait=statut")


@routeur.post("/creneaux/{ident}/supprimer")
def delete_creneau(locataire: LocataireDep, ident: Ident) -> Response:
    ligne = locataire.depot.read_creneau(ident)
    if ligne is None:
        raise PageIntrouvable
    locataire.depot.delete_creneau(ident)
    return _vers(f"/?jour={local(ligne['debut']).date()}&fait=supprime")


# --- projects


@routeur.get("/projets")
def list_projets(locataire: LocataireDep, recherche: str = "", page: str = "", fait: str = "") -> HTMLResponse:
    cherche = recherche.strip().lower()
    trouves = [
        {"id": ident, "code": code, "nom": nom}
        for ident, (code, nom) in locataire.depot.list_noms_projets().items()
        if cherche in f"{code} {nom}".lower()
    ]
    pages = max(1, -(-len(trouves) // PROJETS_PAR_PAGE))
    numero = min(int(page), pages) if re.fullmatch(r"[1-9]\d{0,8}", page) else 1
    debut = (numero - 1) * PROJETS_PAR_PAGE
    return _page(
        "projets.html",
        projets=trouves[debut : debut + PROJETS_PAR_PAGE],
        total=len(trouves),
        recherche=recherche.strip(),
        page=numero,
        pages=pages,
        fait=FAITS.get(fait, ""),
    )


def _formulaire_projet(depot: Depot, ident: int, erreur: str = "", fait: str = "") -> HTMLResponse:
    projet = depot.read_projet(ident)
    if projet is None:
        raise PageIntrouvable
    return _page(
        "projet.html",
        HTTPStatus.BAD_REQUEST if erreur else HTTPStatus.OK,
        projet=dict.fromkeys(ProjetRecu.model_fields) | projet,
        adresse=dict.fromkeys(Adresse.model_fields) | (projet.get("address") or {}),
        responsable=(projet.get("projectManager") or {}).get("id", ""),
        utilisateurs=depot.list_utilisateurs(),
        modifie_le=local(projet["lastModifiedDate"]),
        erreur=erreur,
        fait=FAITS.get(fait, ""),
    )


@routeur.get("/projets/{ident}")
def edit_projet(locataire: LocataireDep, ident: Ident, fait: str = "") -> HTMLResponse:
    return _formulaire_projet(locataire.depot, ident, fait=fait)


@routeur.post("/projets/{ident}")
def change_projet(locataire: LocataireDep, ident: Ident, champs: Champs) -> Response:
    avant = locataire.depot.read_projet(ident)
    if avant is None:
        raise PageIntrouvable
    try:
        corps = lit_projet(locataire.depot, champs, avant)
    except SaisieRefusee as exc:
        return _formulaire_projet(locataire.depot, ident, str(exc))
    locataire.depot.replace_projet(ident, corps)
    return _vers(f"/projets/{ident}?fait=projet")


@routeur.post("/projets/{ident}/supprimer")
def delete_projet(locataire: LocataireDep, ident: Ident) -> Response:
    if not locataire.depot.delete_projet(ident):
        raise PageIntrouvable
    return _vers("/projets?fait=projet_supprime")
