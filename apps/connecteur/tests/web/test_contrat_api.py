"""The API keeps to its own description, whatever it is sent: no 5xx, no answer that is not described."""

from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from libs.commun.tests.acces.chemins import chemins
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.routing import Mount

from connecteur.web.api import ADRESSE
from connecteur.web.app import create_app

from .demonstration import maison_pleine

CONTROLES = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@pytest.fixture
def description(feuille: None) -> schemathesis.BaseSchema:
    """The API of a firm, as it describes itself."""
    maison = maison_pleine()
    maison.lecture_permise.set()
    return schemathesis.openapi.from_asgi(
        "/api/v1/openapi.json", create_app(maison.services(frozenset({"testserver"})))
    )


def routes_de(app: FastAPI) -> set[tuple[str, str]]:
    """Method and path of each route of the API, but its description of itself."""
    (api,) = (un for un in app.routes if isinstance(un, Mount) and un.path == ADRESSE)
    return {paire for paire in chemins(api.routes) if paire[1] != "/openapi.json"}


def operations(description: schemathesis.BaseSchema) -> set[tuple[str, str]]:
    """Those that the description tells of."""
    toutes = (resultat.ok() for resultat in description.get_all_operations() if isinstance(resultat, Ok))
    return {(operation.method.upper(), operation.path) for operation in toutes}


def test_the_description_tells_of_every_route(description: schemathesis.BaseSchema) -> None:
    app = create_app(maison_pleine().services())
    assert operations(description) == routes_de(app)
    assert len(routes_de(app)) > 40


def test_no_request_breaks_the_api(description: schemathesis.BaseSchema) -> None:
    essayees = 0
    # An event stream ends with its run: `test_a_run_is_followed` reads one.
    for resultat in description.exclude(path_regex="evenements$").get_all_operations():
        assert isinstance(resultat, Ok)
        operation = resultat.ok()
        essayees += 1

        bonnes, mauvaises = (operation.as_strategy(generation_mode=mode) for mode in schemathesis.GenerationMode)

        @given(case=bonnes | mauvaises)
        @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
        def essaie(case: schemathesis.Case[Any]) -> None:
            case.call_and_validate(checks=CONTROLES)

        essaie()
    assert essayees > 10
