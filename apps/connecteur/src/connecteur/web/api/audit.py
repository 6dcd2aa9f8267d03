"""The audit trail: read only."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import JsonValue

from connecteur.web.api.modeles import SANS_NUL
from connecteur.web.dependances import DossierDep
from sages_commun.web.modeles import Modele

routes = APIRouter(tags=["audit"])


class EvenementLu(Modele):
    """One act."""

    id: int
    le: datetime
    qui: str
    geste: str
    objet: str
    cle: str
    run: str | None
    detail: dict[str, JsonValue]
    avant: dict[str, JsonValue] | None
    apres: dict[str, JsonValue] | None


class EvenementsLus(Modele):
    """A page of the trail, most recent first."""

    elements: list[EvenementLu]
    suite: int | None
    """What to give as `avant` for the next page; null at the end."""


@routes.get("/audit", response_model=EvenementsLus)
def list_evenements(
    dossier: DossierDep,
    objet: Annotated[str | None, Query(max_length=40, pattern=SANS_NUL)] = None,
    cle: Annotated[str | None, Query(max_length=200, pattern=SANS_NUL)] = None,
    limite: Annotated[int, Query(ge=1, le=500)] = 100,
    avant: Annotated[int | None, Query(ge=1, le=2**62)] = None,
) -> object:
    """Who did what, when, to what, from which value to which."""
    notes = dossier.audit.list_evenements(objet, cle, limite + 1, avant)
    elements = [
        {
            "id": note.id,
            "le": note.le,
            "qui": note.evenement.qui,
            "geste": note.evenement.geste,
            "objet": note.evenement.objet,
            "cle": note.evenement.cle,
            "run": note.evenement.run,
            "detail": dict(note.evenement.detail),
            "avant": note.evenement.avant,
            "apres": note.evenement.apres,
        }
        for note in notes[:limite]
    ]
    return {"elements": elements, "suite": notes[limite - 1].id if len(notes) > limite else None}
