"""What several parts of the API share."""

from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import Field, StringConstraints

from sages_commun.web.modeles import Modele

PAGE_MAX = 1_000
PAR_PAGE_MAX = 200


class Remarque(Modele):
    """Something a person should know."""

    message: str
    remede: str
    detail: str


class Fait(Modele):
    """What was done."""

    message: str


Element = TypeVar("Element")
Source = TypeVar("Source")


class Page(Modele, Generic[Element]):
    """A slice of a list."""

    elements: list[Element]
    page: int
    par_page: int
    total: int
    """How many there are in all."""


NumeroPage = Annotated[int, Query(ge=1, le=PAGE_MAX, description="Numéro de la page, à partir de 1.")]
ParPage = Annotated[int, Query(ge=1, le=PAR_PAGE_MAX, description="Éléments par page.")]

# PostgreSQL refuses a text that holds NUL.
SANS_NUL = r"^[^\x00]*$"
Texte = Annotated[str, StringConstraints(max_length=200, pattern=SANS_NUL)]
"""A short text of a request."""
Motivation = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=SANS_NUL)]
"""Why a person decided so."""

DebutLocal = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$")]
"""A local time of Batigest, which knows no zone: `2025-06-24T08:00`."""


def decoupe(
    source: Sequence[Source] | Iterable[Source], page: int, par_page: int, rend: Callable[[Source], Element]
) -> dict[str, Any]:
    """The fields of the `Page` that holds this slice."""
    tous = list(source)
    debut = (page - 1) * par_page
    elements = [rend(un) for un in tous[debut : debut + par_page]]
    return {"elements": elements, "page": page, "par_page": par_page, "total": len(tous)}


class Reference(Modele):
    """Where something that was asked for can be followed."""

    id: str
    adresse: str
    evenements: str = Field(description="Flux d’événements (SSE) qui le suit.")
