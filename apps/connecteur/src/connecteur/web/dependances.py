"""What the routes are given."""

from typing import Annotated, cast

from fastapi import Depends, Request

from connecteur.web.erreurs import ErreurPage
from connecteur.web.rendu import Rendu
from connecteur.web.services import Run, Services


def _services(request: Request) -> Services:
    return cast("Services", request.app.state.services)


def _rendu(request: Request) -> Rendu:
    return cast("Rendu", request.app.state.rendu)


ServicesDep = Annotated[Services, Depends(_services)]
RenduDep = Annotated[Rendu, Depends(_rendu)]


def _run(run_id: str, services: ServicesDep) -> Run:
    run = services.runs.lit(run_id)
    if run is None:
        raise ErreurPage(404, "Aucune synchronisation ne porte ce numéro.", "Revenez à l’accueil et choisissez-en une.")
    return run


RunDep = Annotated[Run, Depends(_run)]
"""The run named in the address; 404 when there is none."""
