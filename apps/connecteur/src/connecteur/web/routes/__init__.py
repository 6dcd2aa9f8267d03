"""The addresses a browser opens, one file per subject: parse, call, render."""

from fastapi import APIRouter

from connecteur.web.routes import accueil, apercu, historique, reglages, rejets, runs, synchro

routes = APIRouter(include_in_schema=False)
for sujet in (accueil, apercu, runs, rejets, historique, reglages, synchro):
    routes.include_router(sujet.routes)

__all__ = ["routes"]
