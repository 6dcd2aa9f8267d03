"""What is uncertain about the real BatiSimply (DOMAIN.md), as switches: the connector must cope with every position."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Enveloppe = Literal["elements", "content", "data", "items", "liste"]


class Comportement(BaseModel):
    """The shape of the answers and the rate granted. The defaults are what was seen in use."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enveloppe_projets: Enveloppe = "elements"
    """The name around the list of projects; "liste" is a bare list."""
    enveloppe_creneaux: Enveloppe = "liste"
    pages_projets: bool = True
    """Whether `page` and `size` are honoured; otherwise everything comes at once."""
    pages_creneaux: bool = False
    taille_page: Annotated[int, Field(ge=1, le=2000)] = 20
    """Page size when the caller names none (JHipster's default)."""
    taille_page_max: Annotated[int, Field(ge=1, le=2000)] = 2000
    """A larger `size` is cut to this (Spring's default)."""
    total: bool = True
    """Whether `X-Total-Count` is sent with a page."""
    noms: Literal["longs", "courts"] = "longs"
    """"longs": projectName, startEstimated, endEstimated; "courts": name, startDate, endDate."""
    code_projet_dans_creneau: bool = True
    """Whether the project of a slot carries its `projectCode` or only its `id`."""
    champs_creneaux: dict[str, dict[str, bool | int | float | str | None]] = {}
    """Further fields: the id of a slot, or "*" for every one, and what it carries beside the known ones."""
    appels_par_seconde: Annotated[int, Field(ge=1)] | None = None
    """Beyond this rate, the API answers 429 with `Retry-After`; None: no limit."""
    appels_simultanes: Annotated[int, Field(ge=1)] | None = None
    """Beyond this many calls at once, the API answers 429 with `Retry-After`; None: no limit."""
    avance_horloge_s: Annotated[float, Field(ge=-86_400, le=86_400)] = 0.0
    """How much this system's clock is ahead of the machine's: in `Date` headers and in modification dates."""
