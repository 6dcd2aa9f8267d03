"""Whatever follows the OpenAPI description, or breaks it, gets an answer that the description knows."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.core.result import Ok

from licence_manager.bootstrap import Maison
from licence_manager.web.erreurs import CORPS_MAX
from sages_commun.acces import Portee

from .comptes import jeton_api
from .conftest import Montre
from .test_api import EnService

ROUTES = {("POST", "/api/validate"), ("GET", "/health"), ("GET", "/metrics")}


@pytest.fixture(scope="module")
def operations(maison_du_fichier: tuple[Maison, Montre]) -> Iterator[list[Any]]:
    """Every operation of the description that the served application gives of itself."""
    with EnService(maison_du_fichier[0]) as client:
        adresse = str(client.base_url.join("/openapi.json"))
        description = schemathesis.openapi.from_url(adresse, headers=jeton_api(maison_du_fichier[0], Portee.LECTURE))
        yield [resultat.ok() for resultat in description.get_all_operations() if isinstance(resultat, Ok)]


def test_the_description_holds_every_route(operations: list[Any]) -> None:
    assert {(operation.method.upper(), operation.path) for operation in operations} == ROUTES


@pytest.mark.parametrize(
    ("methode", "chemin", "mode"),
    [
        *((methode, chemin, GenerationMode.POSITIVE) for methode, chemin in sorted(ROUTES)),
        # Nothing in the others can be wrong: they take nothing.
        ("POST", "/api/validate", GenerationMode.NEGATIVE),
    ],
)
def test_every_answer_follows_the_description_and_none_is_a_5xx(
    operations: list[Any], methode: str, chemin: str, mode: GenerationMode
) -> None:
    (operation,) = [o for o in operations if (o.method.upper(), o.path) == (methode, chemin)]
    examines = []

    @settings(
        max_examples=60 if methode == "POST" else 5,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def examine(case: "Case[Any]") -> None:
        reponse = case.call(timeout=20)
        if reponse.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            # Not foreseen by the tool for a body that is also wrong.
            assert int(reponse.request.headers["Content-Length"]) > CORPS_MAX
        else:
            case.validate_response(reponse)
        examines.append(reponse.status_code)

    examine()
    assert examines
    assert all(statut < 500 for statut in examines)
