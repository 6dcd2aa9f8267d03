"""The addresses a browser opens, one file per subject: parse, call, render."""

from fastapi import APIRouter

from connecteur.web.routes import accueil, apercu, rejets, runs, synchro

routes = APIRouter(include_in_schema=False)
for sujet in (accueil, apercu, runs, rejets, synchro):
    routes.include_router(sujet.routes)

__all__ = ["routes"]
