"""The OpenAPI description of an application, for those who may come in."""

from typing import Any

from fastapi import APIRouter, Request

ADRESSE = "/openapi.json"


def routes_description() -> APIRouter:
    """In place of the framework's own address, which nothing can close."""
    routes = APIRouter()

    @routes.get(ADRESSE, include_in_schema=False)
    def description(request: Request) -> dict[str, Any]:
        racine = request.scope.get("root_path", "").rstrip("/")
        serveurs = {"servers": [{"url": racine}]} if racine else {}
        return {**request.app.openapi(), **serveurs}

    return routes
