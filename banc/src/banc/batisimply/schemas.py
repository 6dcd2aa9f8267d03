"""The JSON of the API: what a project may hold, and how a slot is told."""

import re
import sqlite3
from collections.abc import Mapping
from datetime import date
from http import HTTPStatus
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, FiniteFloat, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from banc.batisimply.depot import Projet
from banc.batisimply.problemes import ErreurChamp, Probleme
from banc.batisimply.reglages import Comportement

ID_MAX = 2**63 - 1
Identifiant = Annotated[int, Field(ge=1, le=ID_MAX)]
NOMS_COURTS = {"projectName": "name", "startEstimated": "startDate", "endEstimated": "endDate"}


class _Objet(BaseModel):
    # Unknown names are ignored, as Spring does: they are not stored and a reader will not see them again.
    model_config = ConfigDict(extra="ignore", strict=False)


class Point(_Objet):
    """A place on the map."""

    xLon: Annotated[FiniteFloat, Field(ge=-180, le=180)]  # noqa: N815 - the name in their JSON
    yLat: Annotated[FiniteFloat, Field(ge=-90, le=90)]  # noqa: N815


class Adresse(_Objet):
    """Where the site is."""

    street: Annotated[str, Field(max_length=255)] | None = None
    postalCode: Annotated[str, Field(max_length=20)] | None = None  # noqa: N815
    city: Annotated[str, Field(max_length=100)] | None = None
    countryCode: Annotated[str, Field(max_length=2)] | None = None  # noqa: N815
    googleFormattedAddress: Annotated[str, Field(max_length=500)] | None = None  # noqa: N815
    geoPoint: Point | None = None  # noqa: N815


class Budget(_Objet):
    """An amount of money."""

    amount: FiniteFloat
    currency: Annotated[str, Field(min_length=3, max_length=3)]


class Siege(_Objet):
    """The head office a project belongs to."""

    id: Identifiant


class Responsable(_Objet):
    """The person in charge."""

    id: Annotated[str, Field(max_length=36)]
    firstName: Annotated[str, Field(max_length=100)] | None = None  # noqa: N815
    lastName: Annotated[str, Field(max_length=100)] | None = None  # noqa: N815


def _faux_si_absent(valeur: object) -> object:
    return False if valeur is None else valeur


def _jour(valeur: object) -> object:
    # pydantic would also take a date with a time at midnight, or a number of seconds.
    if valeur is not None and not (isinstance(valeur, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", valeur)):
        raise PydanticCustomError("TypeMismatch", "a date is YYYY-MM-DD")
    return valeur


Jour = Annotated[date | None, BeforeValidator(_jour)]
Drapeau = Annotated[bool, BeforeValidator(_faux_si_absent)]


class ProjetRecu(_Objet):
    """A project as a POST or a PUT may send it. What is missing becomes null (flags: false)."""

    id: Identifiant | None = None
    projectCode: Annotated[str, Field(max_length=50)] | None = None  # noqa: N815
    projectName: Annotated[str, Field(max_length=100, pattern=r"\S")]  # noqa: N815
    customerName: Annotated[str, Field(max_length=100)] | None = None  # noqa: N815
    comment: Annotated[str, Field(max_length=4000)] | None = None
    startEstimated: Jour = None  # noqa: N815
    endEstimated: Jour = None  # noqa: N815
    hoursSold: Annotated[FiniteFloat, Field(ge=0, le=1_000_000)] | None = None  # noqa: N815
    address: Adresse | None = None
    budget: Budget | None = None
    headQuarter: Siege | None = None  # noqa: N815
    projectManager: Responsable | None = None  # noqa: N815
    projectColor: Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")] | None = None  # noqa: N815
    isArchived: Drapeau = False  # noqa: N815
    isFinished: Drapeau = False  # noqa: N815
    status: Annotated[str, Field(max_length=30)] | None = None

    @model_validator(mode="after")
    def _dates_en_ordre(self) -> Self:
        if self.startEstimated and self.endEstimated and self.endEstimated < self.startEstimated:
            raise PydanticCustomError("EndAfterStart", "the end is before the start")
        return self


MESSAGES = {
    "missing": "NotNull",
    "string_pattern_mismatch": "Pattern",
    "string_too_long": "Size",
    "string_too_short": "Size",
    "greater_than_equal": "Min",
    "less_than_equal": "Max",
    "EndAfterStart": "EndAfterStart",
}
"""Kind of error for pydantic > name of the constraint for Spring; any other kind is a `TypeMismatch`."""


def projet_recu(corps: object, comportement: Comportement) -> tuple[int | None, Projet]:
    """The id and the document to store. Raises a 400 `Probleme` that names every field at fault."""
    if not isinstance(corps, dict):
        raise Probleme(HTTPStatus.BAD_REQUEST, "Failed to read request")
    if comportement.noms == "courts":
        corps = {long: corps.get(court) for long, court in NOMS_COURTS.items()} | {
            nom: valeur for nom, valeur in corps.items() if nom not in NOMS_COURTS
        }
    try:
        recu = ProjetRecu.model_validate(corps)
    except ValidationError as exc:
        champs = [_erreur(erreur["loc"], erreur["type"], erreur.get("input"), comportement) for erreur in exc.errors()]
        raise Probleme(HTTPStatus.BAD_REQUEST, "Validation failed", message="error.validation", champs=champs) from None
    return recu.id, recu.model_dump(mode="json", exclude={"id"})


def _erreur(lieu: tuple[int | str, ...], genre: str, donnee: object, comportement: Comportement) -> ErreurChamp:
    champ = ".".join(str(partie) for partie in lieu) or "endEstimated"
    message = MESSAGES.get(genre, "TypeMismatch")
    if champ == "projectName" and (donnee is None or (isinstance(donnee, str) and not donnee.strip())):
        message = "NotBlank"
    if comportement.noms == "courts":
        champ = NOMS_COURTS.get(champ, champ)
    return ErreurChamp("project", champ, message)


def projet_json(projet: Projet, comportement: Comportement) -> dict[str, Any]:
    """A stored project as it is answered."""
    if comportement.noms == "longs":
        return projet
    return {NOMS_COURTS.get(nom, nom): valeur for nom, valeur in projet.items()}


def creneau_json(
    ligne: sqlite3.Row, *, avec_code: bool, en_plus: Mapping[str, Mapping[str, Any]] | None = None
) -> dict[str, Any]:
    """A slot as it is answered, from a row of `Depot.list_creneaux`. `en_plus`: see `Comportement.champs_creneaux`."""
    (ident, debut, fin, utilisateur, prenom, nom, projet, code, statut, minutes, trajet, panier, modifie_le) = ligne
    projet_lie: dict[str, Any] | None = None
    if projet is not None:
        projet_lie = {"id": projet, "projectCode": code} if avec_code else {"id": projet}
    return {
        "id": ident,
        "startDate": debut,
        "endDate": fin,
        "user": None if utilisateur is None else {"id": utilisateur, "firstName": prenom, "lastName": nom},
        "project": projet_lie,
        "managementStatus": statut,
        "totalTimeMinutes": minutes,
        "hasPackedLunch": bool(panier),
        "hasHomeToWorkJourney": bool(trajet),
        "lastModifiedDate": modifie_le,
        **(en_plus or {}).get("*", {}),
        **(en_plus or {}).get(str(ident), {}),
    }
