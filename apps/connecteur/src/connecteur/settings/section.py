"""What every table of settings has in common."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Positif = Annotated[int, Field(gt=0)]


class Section(BaseModel):
    """One table of the file: unknown names are refused, nothing changes once read."""

    model_config = ConfigDict(extra="forbid", frozen=True)
