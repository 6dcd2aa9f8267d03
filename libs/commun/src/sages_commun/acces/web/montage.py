"""Put the accounts on an application that the web kit has dressed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request

from sages_commun.acces.web.erreurs import installe_erreurs
from sages_commun.acces.web.portier import Portier, identite_connue
from sages_commun.acces.web.routes import routes
from sages_commun.web.pages_erreur import PagesErreur

GABARITS = Path(__file__).parents[1] / "templates"
"""To give to the kit's `cree_environnement`, after the program's own."""


def installe(app: FastAPI, portier: Portier, erreurs: PagesErreur) -> None:
    """The pages of the accounts, and what the dependencies look for in `app.state`."""
    app.state.portier = portier
    installe_erreurs(app, erreurs)
    app.include_router(routes)


def contexte_acces(request: Request) -> Mapping[str, Any]:
    """What every page is given (`Rendu.commun`): `identite`, and whether who looks may change things."""
    identite = identite_connue(request)
    return {"identite": identite, "peut_changer": identite is not None and identite.est_administrateur}
