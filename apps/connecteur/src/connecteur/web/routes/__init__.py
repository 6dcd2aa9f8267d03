"""The addresses a browser opens, one file per subject: parse, call, render."""

from fastapi import APIRouter

from connecteur.web.routes import (
    accueil,
    apercu,
    conflits,
    heures,
    historique,
    horaires,
    import_initial,
    licence,
    reglages,
    rejets,
    runs,
    salaries,
    synchro,
)

routes = APIRouter(include_in_schema=False)
for sujet in (
    accueil,
    apercu,
    runs,
    conflits,
    rejets,
    salaries,
    heures,
    import_initial,
    horaires,
    historique,
    reglages,
    licence,
    synchro,
):
    routes.include_router(sujet.routes)

__all__ = ["routes"]
