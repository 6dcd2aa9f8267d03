"""A further field of the slots goes to a heading of its own, and is followed there like hours."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from connecteur.domain.heure import CleSuivi, Quantites
from connecteur.domain.run import Fleche, Flux
from connecteur.settings import ReglagesHeures
from connecteur.sync.memoire import LigneMemoire
from connecteur.sync.run import apercu

MARDI = datetime(2025, 6, 24, 6, tzinfo=UTC)
NUIT = {"champ": "isNightWork", "rubrique": "NbH5", "unite": "oui/non"}
SUP = {"champ": "overtimeMinutes", "rubrique": "nbh7", "unite": "minutes"}


def regle(firme: Any, *en_plus: dict[str, str], **autres: Any) -> None:
    firme.bouts = replace(firme.bouts, heures=ReglagesHeures.model_validate({"en_plus": en_plus, **autres}))


def plus(firme: Any) -> dict[str, dict[int, str]]:
    return {
        f"{ligne.cle.debut:%d %H:%M}": {numero: str(combien) for numero, combien in ligne.quantites.plus}
        for ligne in firme.batigest.suivi
    }


def nombre(valeur: float) -> Decimal:
    return Decimal(str(valeur))


@pytest.fixture
def firme(avec_projets: Any) -> Any:
    regle(avec_projets, NUIT, SUP)
    avec_projets.saisit("1", MARDI, plus=(("isNightWork", nombre(1)), ("overtimeMinutes", nombre(45))))
    avec_projets.sync_heures()
    return avec_projets


def test_each_field_stands_in_its_heading_in_its_unit(firme: Any) -> None:
    assert plus(firme) == {"24 08:00": {5: "1", 7: "0.75"}}
    assert firme.verifie().tient
    assert firme.sync_heures().ecritures == 0


def test_a_change_of_that_field_alone_corrects_the_line(firme: Any) -> None:
    firme.saisit("1", MARDI, plus=(("overtimeMinutes", nombre(30)),))
    firme.fleche(Fleche.PULL_HEURES)
    plan = apercu(Flux.HEURES, firme.bouts, firme.progression)
    assert [action.geste for action in plan.actions] == ["corriger"]
    assert firme.fleche(Fleche.PUSH_HEURES).ecritures == 1
    assert plus(firme) == {"24 08:00": {7: "0.5"}}
    assert firme.verifie().tient


def test_what_a_person_types_in_that_heading_is_kept(firme: Any) -> None:
    (ligne,) = firme.batigest.suivi
    ligne.quantites = ligne.quantites._replace(plus=((5, nombre(1)), (7, nombre(2))))
    assert firme.sync_heures().ecritures == 0
    (a_part,) = firme.verifie().a_part
    assert a_part.nature == "reprise"


def test_a_field_given_later_is_written_on_the_lines_that_are_there(avec_projets: Any) -> None:
    avec_projets.saisit("1", MARDI, plus=(("isNightWork", nombre(1)),))
    avec_projets.sync_heures()
    assert plus(avec_projets) == {"24 08:00": {}}
    regle(avec_projets, NUIT)
    assert avec_projets.sync_heures().ecritures == 1
    assert plus(avec_projets) == {"24 08:00": {5: "1"}}


def test_a_field_taken_out_of_the_settings_leaves_its_heading(firme: Any) -> None:
    regle(firme, NUIT)
    assert firme.sync_heures().ecritures == 1
    assert plus(firme) == {"24 08:00": {5: "1"}}
    regle(firme)
    firme.sync_heures()
    assert plus(firme) == {"24 08:00": {}}
    assert firme.verifie().tient


def test_counted_by_the_day_it_stands_once_on_the_first_line_that_has_it(avec_projets: Any) -> None:
    regle(avec_projets, {**NUIT, "compte": "jour"}, {**SUP, "compte": "jour"})
    avec_projets.saisit("1", MARDI)
    for ident, heure, minutes in (("2", 8, 30), ("3", 10, 90)):
        dits = (("isNightWork", nombre(1)), ("overtimeMinutes", nombre(minutes)))
        avec_projets.saisit(ident, MARDI.replace(hour=heure), 60, plus=dits)
    avec_projets.sync_heures()
    assert plus(avec_projets) == {"24 08:00": {}, "24 10:00": {5: "1", 7: "1.5"}, "24 12:00": {}}


def test_slots_of_one_line_add_up_and_a_yes_counts_once(avec_projets: Any) -> None:
    regle(avec_projets, NUIT, SUP)
    for ident in ("1", "2"):
        avec_projets.saisit(ident, MARDI, 60, plus=(("isNightWork", nombre(1)), ("overtimeMinutes", nombre(20))))
    avec_projets.sync_heures()
    assert plus(avec_projets) == {"24 08:00": {5: "1", 7: "0.666667"}}
    regle(avec_projets, NUIT, SUP, date_ligne="jour")
    avec_projets.saisit("3", MARDI.replace(hour=12), 60, plus=(("isNightWork", nombre(1)),))
    avec_projets.sync_heures()
    assert plus(avec_projets) == {"24 00:00": {5: "2", 7: "0.666667"}}


def test_a_withdrawn_slot_takes_its_heading_along(firme: Any) -> None:
    del firme.batisimply.creneaux["1"]
    firme.sync_heures()
    assert firme.batigest.suivi == []


def test_a_foreign_line_that_differs_there_only_is_a_conflict(avec_projets: Any) -> None:
    regle(avec_projets, NUIT)
    creneau = avec_projets.saisit("1", MARDI, 60, plus=(("isNightWork", nombre(1)),))
    cle = CleSuivi.de("CH1", "S1", creneau.debut, avec_projets.bouts.fuseau)
    regle(avec_projets, NUIT, conflits="demander")
    avec_projets.batigest.suivi.append(LigneMemoire(cle, Quantites(nombre(1), nombre(0), nombre(0))))
    assert avec_projets.sync_heures().conflits == 1


@pytest.mark.parametrize(
    "en_plus",
    [
        [NUIT, {**SUP, "rubrique": "NBH5"}],
        [NUIT, {**NUIT, "rubrique": "NbH6"}],
        [{**NUIT, "rubrique": "Date"}],
        [{**NUIT, "champ": "a b"}],
        [{**NUIT, "unite": "jours"}],
    ],
)
def test_settings_that_make_no_sense_are_refused(en_plus: list[dict[str, str]]) -> None:
    with pytest.raises(ValueError, match=r"en.plus"):
        ReglagesHeures.model_validate({"en_plus": en_plus})


def test_a_field_no_slot_carries_is_said_once_and_harms_nothing(firme: Any) -> None:
    firme.batisimply.champs_absents = frozenset({"isNightWork"})
    firme.saisit("2", MARDI.replace(hour=12), 60)
    bilan = firme.fleche(Fleche.PULL_HEURES)
    (remarque,) = bilan.remarques
    assert "« isNightWork »" in remarque.message
    assert "doctor" in remarque.remede
