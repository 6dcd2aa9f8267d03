"""The settings of a dossier: what is in force, from where, and what the office changes."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from connecteur.errors import ConfigurationInvalide, ErreurConnecteur
from connecteur.web.champs import COMPTES, UNITES, EnPlus, ajoute, en_place, trouves
from connecteur.web.dependances import Auteur, DossierDep, RenduDep
from connecteur.web.reglages import CHAMPS, affiche, groupes, lit_saisie, vue_reglage
from connecteur.web.reglages_textes import NOMS_FICHIER, SYSTEMES
from connecteur.web.rendu import Rendu
from connecteur.web.services import Dossier
from sages_commun.web.jetons import JetonVerifie

Qui = Annotated[str, Depends(Auteur("page Réglages"))]

routes = APIRouter()

Cle = Annotated[str, Form(min_length=1, max_length=100)]


@routes.get("/reglages")
def lit_reglages(request: Request, dossier: DossierDep, rendu: RenduDep) -> Response:
    """Every setting by subject."""
    return _page(request, dossier, rendu)


@routes.post("/reglages", dependencies=[JetonVerifie])
def change_reglage(
    request: Request,
    dossier: DossierDep,
    rendu: RenduDep,
    *,
    qui: Qui,
    cle: Cle,
    valeur: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Change one for the next run; a value that may not be is said beside what was typed."""
    try:
        dossier.reglages.change_reglage(cle, lit_saisie(cle, valeur), qui)
    except ConfigurationInvalide as exc:
        return _page(request, dossier, rendu, faute=_faute(cle, valeur, exc))
    nouveau = next(un for un in dossier.reglages.list_reglages() if un.cle == cle)
    message = f"« {vue_reglage(nouveau).nom} » : {affiche(cle, nouveau.valeur)}, dès la prochaine synchronisation."
    return rendu.suite(request, "/reglages", message, {"cle": cle, "valeur": nouveau.valeur})


@routes.get("/reglages/champs")
def cherche_champs(request: Request, dossier: DossierDep, rendu: RenduDep) -> Response:
    """The fields that BatiSimply's slots carry, asked now, beside those that go to Batigest."""
    actuels = en_place(dossier.reglages)
    try:
        vus: dict[str, object] = {"trouves": trouves(dossier.reglages.list_champs_creneaux(), actuels)}
    except ErreurConnecteur as exc:
        return _page(request, dossier, rendu, faute=_faute(CHAMPS, "", exc))
    return _page(request, dossier, rendu, vus=vus)


@routes.post("/reglages/champs", dependencies=[JetonVerifie])
def ajoute_champ(
    request: Request,
    dossier: DossierDep,
    rendu: RenduDep,
    *,
    qui: Qui,
    champ: Annotated[str, Form(max_length=100)],
    rubrique: Annotated[str, Form(max_length=20)],
    unite: Annotated[str, Form(max_length=20)],
    compte: Annotated[str, Form(max_length=20)],
) -> Response:
    """Carry one more field to Batigest."""
    nouveau: EnPlus = {"champ": champ.strip(), "rubrique": rubrique.strip(), "unite": unite, "compte": compte}
    return _range(request, dossier, rendu, ajoute(en_place(dossier.reglages), nouveau), qui)


@routes.post("/reglages/champs/retirer", dependencies=[JetonVerifie])
def retire_champ(
    request: Request,
    dossier: DossierDep,
    rendu: RenduDep,
    *,
    qui: Qui,
    champ: Annotated[str, Form(max_length=100)],
) -> Response:
    """Carry this field no more; what Batigest holds of it goes with the next run."""
    restent = [un for un in en_place(dossier.reglages) if un["champ"] != champ]
    return _range(request, dossier, rendu, restent, qui)


def _range(request: Request, dossier: Dossier, rendu: Rendu, champs: list[EnPlus], qui: str) -> Response:
    try:
        dossier.reglages.change_reglage(CHAMPS, champs, qui)
    except ConfigurationInvalide as exc:
        return _page(request, dossier, rendu, faute=_faute(CHAMPS, "", exc))
    message = f"Champs en plus : {affiche(CHAMPS, champs)}, dès la prochaine synchronisation."
    return rendu.suite(request, "/reglages", message, {"cle": CHAMPS, "valeur": champs})


@routes.post("/reglages/retirer", dependencies=[JetonVerifie])
def retire_reglage(request: Request, dossier: DossierDep, qui: Qui, rendu: RenduDep, cle: Cle) -> Response:
    """Go back to the file's value."""
    retire = dossier.reglages.retire_reglage(cle, qui)
    message = "Le réglage du fichier est rétabli." if retire else "Ce réglage n’avait pas été changé."
    return rendu.suite(request, "/reglages", message, {"cle": cle, "retire": retire})


def _faute(cle: str, valeur: str, exc: ErreurConnecteur) -> dict[str, str]:
    # What to do about a value is told for the command line: here its field stands below.
    remede = "" if isinstance(exc, ConfigurationInvalide) else exc.remede
    return {"cle": cle, "valeur": valeur, "message": exc.message, "remede": remede}


def _page(
    request: Request,
    dossier: Dossier,
    rendu: Rendu,
    *,
    faute: dict[str, str] | None = None,
    vus: dict[str, object] | None = None,
) -> Response:
    valeurs = {
        "en_plus": en_place(dossier.reglages),
        "unites": UNITES,
        "comptes": COMPTES,
        "groupes": groupes(dossier.reglages.list_reglages()),
        "systemes": dossier.reglages.read_systemes(),
        "noms_systemes": SYSTEMES,
        "noms_fichier": NOMS_FICHIER,
        "affiche": affiche,
        "faute": faute,
        **(vus or {}),
    }
    return rendu.page(request, "reglages.html", valeurs, statut=422 if faute else 200)
