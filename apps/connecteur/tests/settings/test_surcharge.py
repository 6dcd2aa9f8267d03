"""What the office changes at run time, over the settings of the file."""

from typing import Any

import pytest

from connecteur.errors import ConfigurationInvalide
from connecteur.settings import ReglagesDossier
from connecteur.settings.surcharge import FIXES, cles, effectifs, list_effectifs, valide

FICHIER = ReglagesDossier(code="nord", fenetre_jours=90)


def test_what_was_changed_wins_and_the_rest_is_the_file_s() -> None:
    effectif = effectifs(FICHIER, {"tranche_jours": 14, "rubriques.panier": "NbH9"})
    assert (effectif.code, effectif.fenetre_jours, effectif.tranche_jours) == ("nord", 90, 14)
    assert (effectif.rubriques.heures, effectif.rubriques.panier) == ("NbH0", "NbH9")
    assert effectifs(FICHIER, {}) == FICHIER


@pytest.mark.parametrize(
    ("cle", "saisie", "valeur"),
    [
        ("fenetre_jours", "365", 365),
        ("fenetre_jours", 365, 365),
        ("rubriques.heures", "NbH1", "NbH1"),
        ("siege_id", "12", 12),
        ("siege_id", "aucun", None),
        ("siege_id", "null", None),
    ],
)
def test_a_value_is_read_as_a_person_types_it(cle: str, saisie: object, valeur: object) -> None:
    assert valide(FICHIER, {}, cle, saisie) == valeur


@pytest.mark.parametrize(
    ("cle", "saisie", "phrase"),
    [
        ("fenetre_jours", "0", "« dossier.fenetre_jours » doit être au moins 1"),
        ("fenetre_jours", "801", "« dossier.fenetre_jours » doit être au plus 800"),
        ("fenetre_jours", "beaucoup", "« dossier.fenetre_jours » doit être un nombre entier"),
        ("rubriques.heures", 12, "« dossier.rubriques.heures » doit être un texte"),
        ("fenetre", "12", "« fenetre » n’existe pas"),
        ("rubriques", "NbH0", "« rubriques » n’existe pas"),
        ("code", "sud", "« code » ne se change pas"),
        ("fuseau", "UTC", "« fuseau » ne se change pas"),
    ],
)
def test_what_does_not_suit_is_named_in_french(cle: str, saisie: object, phrase: str) -> None:
    with pytest.raises(ConfigurationInvalide) as refus:
        valide(FICHIER, {}, cle, saisie)
    assert phrase in refus.value.message
    assert refus.value.remede


def test_one_change_that_no_longer_suits_is_named_and_can_still_be_mended() -> None:
    perimees: dict[str, Any] = {"n_existe_plus": 3, "fenetre_jours": 12}
    with pytest.raises(ConfigurationInvalide, match="n_existe_plus") as refus:
        effectifs(FICHIER, perimees)
    assert "retire" in refus.value.remede


def test_every_setting_that_can_be_changed_is_listed_with_both_its_values() -> None:
    liste = {un.cle: un for un in list_effectifs(FICHIER, {"fenetre_jours": 30})}
    assert set(liste) == set(cles(ReglagesDossier))
    assert not set(liste) & FIXES
    un = liste["fenetre_jours"]
    assert (un.valeur, un.fichier, un.surcharge) == (30, 90, True)
    assert not liste["rubriques.heures"].surcharge
