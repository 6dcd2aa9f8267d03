"""What a project's code does to the hours: a slip in BatiSimply must not empty a chantier in Batigest."""

from datetime import UTC, datetime
from typing import Any

import pytest

from connecteur.domain.run import Fleche, Verdict

MARDI = datetime(2025, 6, 24, 6, tzinfo=UTC)


@pytest.fixture
def livre(avec_projets: Any) -> Any:
    avec_projets.saisit("1", MARDI, projet_id=101)
    avec_projets.sync_heures()
    assert avec_projets.heures() == {("CH1", "S1", "24/06 08:00"): "7.5"}
    return avec_projets


def test_a_code_changed_by_mistake_in_batisimply_leaves_the_hours_where_they_are_and_says_so(livre: Any) -> None:
    livre.batisimply.objets[101]["code"] = "CH1 bis"
    livre.saisit("2", MARDI.replace(hour=12), projet_id=101)
    bilan = livre.fleche(Fleche.PULL_HEURES)
    livre.fleche(Fleche.PUSH_HEURES)
    assert livre.heures() == {("CH1", "S1", "24/06 08:00"): "7.5", ("CH1", "S1", "24/06 14:00"): "7.5"}
    assert bilan.verdict is Verdict.PARTIEL
    (incident,) = bilan.incidents
    assert "« CH1 bis »" in incident.message
    assert "CH1" in incident.remede


@pytest.mark.parametrize("effacement", ["", None])
def test_a_code_that_was_erased_leaves_the_hours_where_they_are(livre: Any, effacement: str | None) -> None:
    livre.batisimply.objets[101]["code"] = effacement
    livre.sync_heures()
    assert livre.heures() == {("CH1", "S1", "24/06 08:00"): "7.5"}


def test_a_project_that_is_gone_leaves_the_hours_where_they_are(livre: Any) -> None:
    del livre.batisimply.objets[101]
    livre.sync_heures()
    assert livre.heures() == {("CH1", "S1", "24/06 08:00"): "7.5"}


def test_a_code_that_names_another_chantier_takes_the_hours_there(livre: Any) -> None:
    livre.batisimply.objets[101]["code"] = "ch2 "
    livre.sync_heures()
    assert livre.heures() == {("CH2", "S1", "24/06 08:00"): "7.5"}


def test_a_project_nobody_linked_has_no_other_code_than_its_own(livre: Any) -> None:
    livre.batisimply.objets[103] = {"code": "INCONNU", "nom": "Hors dossier"}
    livre.saisit("3", MARDI.replace(hour=14), projet_id=103)
    livre.sync_heures()
    assert livre.heures() == {("CH1", "S1", "24/06 08:00"): "7.5"}
    assert [rejet.cle for rejet in livre.tampon.list_rejets_ouverts()] == ["3"]
