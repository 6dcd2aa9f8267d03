"""How the audit trail is written on the screen."""

import pytest

from connecteur.cli.audit import bref


@pytest.mark.parametrize(
    ("contenu", "attendu"),
    [
        ({"valeur": None}, "valeur —"),
        ({"actif": True, "partage": False}, "actif oui, partage non"),
        ({"salarie": "S1", "minutes": 12}, "salarie S1, minutes 12"),
        ({}, "—"),
        (None, "—"),
    ],
)
def test_no_word_of_json_is_shown(contenu: dict[str, object] | None, attendu: str) -> None:
    assert bref(contenu) == attendu
