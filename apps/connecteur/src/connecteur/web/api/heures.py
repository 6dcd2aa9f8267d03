"""Heures: explained by line and by slot, checked."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import JsonValue

from connecteur.domain.invariant import Nature
from connecteur.sync.vue_json import json_de_la_ligne, json_du_creneau
from connecteur.web.api.modeles import SANS_NUL
from connecteur.web.dependances import DossierDep, VerificationDep
from sages_commun.web.modeles import Modele

routes = APIRouter(tags=["heures"])

Code = Annotated[str, Query(min_length=1, max_length=60, pattern=SANS_NUL)]


class Explication(Modele):
    """A story in French (`recit`), and the facts it is told from."""

    recit: str
    faits: dict[str, JsonValue]


class CumulLu(Modele):
    """One salarié, one chantier, one day whose hours are not those of the slots."""

    code_salarie: str
    code_chantier: str
    jour: date
    attendu: float
    present: float
    ecart: float


class LigneAPart(Modele):
    """A line that is not what the slots say, and is explained."""

    chantier: str
    salarie: str
    debut: str
    nature: Nature
    raison: str
    attendu: float
    present: float


class VerificationLue(Modele):
    """The invariant over the window. Lists hold 500 records at most; `nombre_a_part` counts them all."""

    tient: bool
    cumuls: int
    faux: list[CumulLu]
    a_part: list[LigneAPart]
    nombre_a_part: int
    inexpliques: list[str]


LIMITE = 500


@routes.get("/heures/ligne", response_model=Explication)
def explique_ligne(
    dossier: DossierDep,
    *,
    salarie: Code,
    chantier: Code,
    jour: Annotated[date, Query(ge=date(2000, 1, 1), le=date(2199, 12, 31))],
) -> object:
    """Which slots make this line, which runs wrote it, what it was before, who changed what."""
    ligne = dossier.lecture.explique_ligne(salarie, chantier, jour)
    return _explication(json_de_la_ligne(ligne, dossier.fuseau))


@routes.get("/heures/creneau", response_model=Explication)
def explique_creneau(
    dossier: DossierDep, *, ident: Annotated[str, Query(alias="id", min_length=1, max_length=64, pattern=SANS_NUL)]
) -> object:
    """Where this slot is now and why."""
    return _explication(json_du_creneau(dossier.lecture.explique_creneau(ident), dossier.fuseau))


@routes.get("/heures/verification", response_model=VerificationLue)
def verifie(dossier: DossierDep, _seul: VerificationDep) -> object:
    """Whether Batigest holds what the slots say, over the whole window. Reads Batigest: may take a while."""
    constat = dossier.lecture.verifie()
    return {
        "tient": constat.tient,
        "cumuls": len(constat.cumuls),
        "faux": constat.faux[:LIMITE],
        "a_part": [
            {
                "chantier": une.cle.code_chantier,
                "salarie": une.cle.code_salarie,
                "debut": une.cle.debut.isoformat(timespec="minutes"),
                "nature": une.nature,
                "raison": une.raison,
                "attendu": une.attendu,
                "present": une.present,
            }
            for une in constat.a_part[:LIMITE]
        ],
        "nombre_a_part": len(constat.a_part),
        "inexpliques": constat.inexpliques[:LIMITE],
    }


def _explication(dite: dict[str, object]) -> dict[str, object]:
    return {"recit": dite["recit"], "faits": _json({nom: valeur for nom, valeur in dite.items() if nom != "recit"})}


def _json(valeur: Any) -> Any:
    """The same in JSON values: instants in ISO 8601, exact numbers as floats."""
    match valeur:
        case dict():
            return {str(nom): _json(une) for nom, une in valeur.items()}
        case list() | tuple():
            return [_json(une) for une in valeur]
        case Decimal():
            return float(valeur)
        case None | bool() | int() | float() | str():
            return valeur
        case date():
            return valeur.isoformat()
        case _:
            return str(valeur)
