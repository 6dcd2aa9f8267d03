"""The addresses of the accounts, one file per subject: parse, call, render."""

from fastapi import APIRouter

from sages_commun.acces.web.routes import compte, connexion, invitation, jetons, journal, premier, utilisateurs

routes = APIRouter(include_in_schema=False)
for sujet in (connexion, premier, invitation, compte, utilisateurs, jetons, journal):
    routes.include_router(sujet.routes)

LIBRES = ("/connexion", "/connexion/code", "/deconnexion", "/premier-demarrage", "/invitation")
"""Those that answer somebody who is not signed in."""

__all__ = ["LIBRES", "routes"]
