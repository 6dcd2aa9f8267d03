"""The settings of a dossier: what is in force, from where, and what the office changes."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from connecteur.errors import ConfigurationInvalide
from connecteur.web.dependances import Auteur, DossierDep, RenduDep
from connecteur.web.reglages import affiche, groupes, lit_saisie, vue_reglage
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
        return _page(request, dossier, rendu, faute={"cle": cle, "valeur": valeur, "message": exc.message})
    nouveau = next(un for un in dossier.reglages.list_reglages() if un.cle == cle)
    message = f"« {vue_reglage(nouveau).nom} » : {affiche(cle, nouveau.valeur)}, dès la prochaine synchronisation."
    return rendu.suite(request, "/reglages", message, {"cle": cle, "valeur": nouveau.valeur})


@routes.post("/reglages/retirer", dependencies=[JetonVerifie])
def retire_reglage(request: Request, dossier: DossierDep, qui: Qui, rendu: RenduDep, cle: Cle) -> Response:
    """Go back to the file's value."""
    retire = dossier.reglages.retire_reglage(cle, qui)
    message = "Le réglage du fichier est rétabli." if retire else "Ce réglage n’avait pas été changé."
    return rendu.suite(request, "/reglages", message, {"cle": cle, "retire": retire})


def _page(request: Request, dossier: Dossier, rendu: Rendu, faute: dict[str, str] | None = None) -> Response:
    valeurs = {
        "groupes": groupes(dossier.reglages.list_reglages()),
        "systemes": dossier.reglages.read_systemes(),
        "noms_systemes": SYSTEMES,
        "noms_fichier": NOMS_FICHIER,
        "affiche": affiche,
        "faute": faute,
    }
    return rendu.page(request, "reglages.html", valeurs, statut=422 if faute else 200)
