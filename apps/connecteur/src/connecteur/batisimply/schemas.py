"""Their JSON, as far as it is known (DOMAIN.md): nothing that comes from outside is trusted to have this shape."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, TypeAdapter
from pydantic_core import ValidationError, from_json

from connecteur.domain.chantier import texte_nombre
from connecteur.errors import ReponseIllisible

ENVELOPPES = ("elements", "content", "data", "items")
"""The names under which a list was seen; a bare list is one, too."""
ID_MAX = 2**63 - 1
PARIS = ZoneInfo("Europe/Paris")


def lit_json(corps: bytes, quoi: str) -> Any:
    """Parse an answer. Raises `ReponseIllisible` naming what was expected."""
    try:
        return from_json(corps, allow_inf_nan=False)
    except ValueError as exc:
        raise ReponseIllisible(
            f"BatiSimply a répondu quelque chose d’illisible à la place de : {quoi}.",
            remede="Recommencez dans quelques minutes ; si cela dure, appelez le support.",
            detail=f"{exc} ({len(corps)} octets)",
        ) from None


def lit_liste(donnee: object, quoi: str) -> list[Any]:
    """The list in an answer, bare or wrapped. Raises `ReponseIllisible` naming what was expected."""
    if isinstance(donnee, list):
        return donnee
    if isinstance(donnee, dict):
        for nom in ENVELOPPES:
            liste = donnee.get(nom)
            if isinstance(liste, list):
                return liste
    vu = f"un objet ({', '.join(map(str, donnee))[:200]})" if isinstance(donnee, dict) else type(donnee).__name__
    raise ReponseIllisible(
        f"BatiSimply n’a pas répondu par une liste : {quoi} attendus.",
        remede="Vérifiez l’adresse url_api ; si elle est bonne, BatiSimply a changé : appelez le support.",
        detail=f"attendu : une liste, seule ou sous {', '.join(ENVELOPPES)} ; reçu : {vu}",
    )


class _Recu(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


# --- sign-in ----------------------------------------------------------------------------------------------


class JetonRecu(_Recu):
    """What Keycloak grants."""

    access_token: Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]+$", max_length=16_384)] = Field(repr=False)
    expires_in: Annotated[float, Field(allow_inf_nan=False)] = 60.0
    """Seconds; when it is not said, not long."""


class RefusConnexion(_Recu):
    """What Keycloak says when it grants nothing."""

    error: str = ""
    error_description: str = ""


# --- refusals ---------------------------------------------------------------------------------------------


def _texte_ou_rien(valeur: object) -> object:
    return valeur if isinstance(valeur, str) else ""


def _liste_ou_rien(valeur: object) -> object:
    return [element for element in valeur if isinstance(element, dict)] if isinstance(valeur, list) else []


Souple = Annotated[str, BeforeValidator(_texte_ou_rien)]


class ChampRefuse(_Recu):
    """One field at fault, in JHipster's form (`field`) or in Zalando's (`propertyPath`)."""

    champ: Souple = Field("", validation_alias=AliasChoices("field", "propertyPath"))
    message: Souple = ""


class ProblemeRecu(_Recu):
    """problem+json (RFC 7807) as JHipster fills it; every part may be missing."""

    title: Souple = ""
    detail: Souple = ""
    message: Souple = ""
    field_errors: Annotated[list[ChampRefuse], BeforeValidator(_liste_ou_rien)] = Field([], alias="fieldErrors")
    violations: Annotated[list[ChampRefuse], BeforeValidator(_liste_ou_rien)] = []

    @classmethod
    def de(cls, corps: bytes) -> "ProblemeRecu":
        """What can be understood of an error's body; empty when nothing can."""
        try:
            return cls.model_validate_json(corps)
        except ValidationError:
            return cls()


# --- projects ---------------------------------------------------------------------------------------------


def _ident(valeur: object) -> object:
    return int(valeur) if isinstance(valeur, str) and valeur.isascii() and valeur.isdigit() else valeur


Ident = Annotated[int, BeforeValidator(_ident), Field(strict=True, ge=-ID_MAX, le=ID_MAX)]
IDENT: TypeAdapter[int] = TypeAdapter(Ident)


def texte(valeur: object) -> str | None:
    """Whatever stands in a text field, as text: trimmed, without what a database cannot hold.

    A value of another type is told as JSON rather than refused: one odd project must not stop all the others,
    and a text that differs from ours is shown to a person.
    """
    if valeur is None:
        return None
    brut = valeur if isinstance(valeur, str) else json.dumps(valeur, ensure_ascii=False)
    return brut.replace("\x00", "").strip()


def texte_jour(valeur: object) -> str | None:
    """A day as `YYYY-MM-DD`. An instant is told as the day it is in France; anything else stays as it came."""
    brut = texte(valeur)
    if not brut:
        return brut
    try:
        if len(brut) == len("2025-06-24"):
            return date.fromisoformat(brut).isoformat()
        instant = datetime.fromisoformat(brut)
        return (instant.astimezone(PARIS) if instant.tzinfo else instant).date().isoformat()
    except (ValueError, OverflowError):
        return brut


def texte_heures(valeur: object) -> str | None:
    """A number in its one canonical text; anything else stays as it came."""
    brut = texte(valeur)
    if not brut or isinstance(valeur, bool):
        return brut
    try:
        nombre = Decimal(brut)
    except InvalidOperation:
        return brut
    return texte_nombre(nombre) if nombre.is_finite() and abs(nombre.adjusted()) < 30 else brut  # noqa: PLR2004 - digits


def texte_instant(valeur: object) -> datetime | None:
    """An instant with its zone, in UTC; None when it is not one."""
    try:
        instant = datetime.fromisoformat(valeur) if isinstance(valeur, str) else None
        return instant.astimezone(UTC) if instant is not None and instant.tzinfo else None
    except (ValueError, OverflowError):
        return None
