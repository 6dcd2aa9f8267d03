"""The simulated tenant: everything the routes need, in one place."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from banc.batisimply.appels import Appels
from banc.batisimply.depot import Depot
from banc.batisimply.guichet import Guichet
from banc.batisimply.pannes import Pannes
from banc.batisimply.reglages import Comportement


@dataclass(slots=True)
class Locataire:
    """What the tenant holds, who may come in, and how it answers. `comportement` may be replaced while it runs."""

    depot: Depot
    guichet: Guichet
    comportement: Comportement
    pannes: Pannes
    appels: Appels
    hote: str
    """The address it listens on."""


def _locataire(request: Request) -> Locataire:
    locataire: Locataire = request.app.state.locataire
    return locataire


LocataireDep = Annotated[Locataire, Depends(_locataire)]
"""For the signature of a route."""
