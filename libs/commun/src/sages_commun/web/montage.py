"""Put the kit on an application."""

from fastapi import FastAPI

from sages_commun.web.pages_erreur import PagesErreur
from sages_commun.web.statiques import Statiques


def habille(app: FastAPI, *, erreurs: PagesErreur, statiques: Statiques) -> None:
    """Errors are answered, files are at `/static`.

    The routes and the error pages find in `app.state`, set before the first request: `rendu` (`Rendu`) and `jetons`
    (`Jetons`). `Garde` goes around everything: the application is made with it, as its outermost middleware.
    """
    erreurs.installe(app)
    app.mount("/static", statiques)
