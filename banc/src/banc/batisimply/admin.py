"""The bench's own routes, for tests that run in another process: faults, counts, the shape of the answers, tokens."""

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from banc.batisimply.locataire import LocataireDep
from banc.batisimply.meme_site import refuse_autre_site
from banc.batisimply.pannes import Panne
from banc.batisimply.problemes import Probleme
from banc.batisimply.reglages import Comportement

routeur = APIRouter(prefix="/banc", dependencies=[Depends(refuse_autre_site)])


@routeur.get("/pannes")
def list_pannes(locataire: LocataireDep) -> list[dict[str, Any]]:
    return [
        {"id": etat.id, "panne": etat.panne.model_dump(mode="json"), "vues": etat.vues, "frappees": etat.frappees}
        for etat in locataire.pannes.liste()
    ]


@routeur.post("/pannes", status_code=HTTPStatus.CREATED)
def ajoute_panne(locataire: LocataireDep, panne: Panne) -> dict[str, int]:
    return {"id": locataire.pannes.ajoute(panne)}


@routeur.delete("/pannes", status_code=HTTPStatus.NO_CONTENT)
def vide_pannes(locataire: LocataireDep, graine: int | None = None) -> None:
    locataire.pannes.vide(graine)


@routeur.delete("/pannes/{ident}", status_code=HTTPStatus.NO_CONTENT)
def retire_panne(locataire: LocataireDep, ident: int) -> None:
    if not locataire.pannes.retire(ident):
        raise Probleme(HTTPStatus.NOT_FOUND, "Aucune panne de ce numéro")


@routeur.get("/appels")
def read_appels(locataire: LocataireDep) -> JSONResponse:
    appels = locataire.appels
    return JSONResponse({"appels": appels.comptes(), "total": appels.total(), "simultanes_max": appels.simultanes_max})


@routeur.delete("/appels", status_code=HTTPStatus.NO_CONTENT)
def vide_appels(locataire: LocataireDep) -> None:
    locataire.appels.vide()


@routeur.get("/comportement")
def read_comportement(locataire: LocataireDep) -> Comportement:
    return locataire.comportement


@routeur.put("/comportement")
def replace_comportement(locataire: LocataireDep, comportement: Comportement) -> Comportement:
    locataire.comportement = comportement
    return comportement


@routeur.delete("/jetons", status_code=HTTPStatus.NO_CONTENT)
def revoque_jetons(locataire: LocataireDep) -> None:
    locataire.guichet.revoque()
