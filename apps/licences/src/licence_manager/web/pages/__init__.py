"""The pages: parse, call, render."""

from fastapi import APIRouter, Depends

from licence_manager.web.droits import lecteur
from licence_manager.web.pages import accueil, cles, creation, details, gestes, liste, lots, rappels, tableur

routes = APIRouter(include_in_schema=False, dependencies=[Depends(lecteur)])
"""Every one of them asks who is there."""
PARTIES = (accueil, liste, creation, lots, tableur, details, gestes, cles, rappels)
for partie in PARTIES:
    routes.include_router(partie.routes)
