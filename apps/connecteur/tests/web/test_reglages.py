"""The settings as a person reads them: every one has a name, a kind of field and a group."""

import pytest

from connecteur.settings import ReglagesDossier
from connecteur.settings.surcharge import cles, list_effectifs, valide
from connecteur.web.reglages import affiche, groupes, lit_saisie, saisie_de, vue_reglage
from connecteur.web.reglages_textes import NOMS

from .bureau import Bureau, TamponDemo

FICHIER = ReglagesDossier()


def test_every_setting_has_a_name_of_its_own_in_french() -> None:
    connues = set(cles(ReglagesDossier))
    assert connues - NOMS.keys() == set()
    assert NOMS.keys() - connues == set()
    assert len(set(NOMS.values())) == len(NOMS)


def test_every_setting_stands_in_one_group() -> None:
    trouves = groupes(Bureau(TamponDemo()).list_reglages())
    ranges = [vue.reglage.cle for groupe in trouves for vue in groupe.reglages]
    assert sorted(ranges) == sorted(cles(ReglagesDossier))
    assert "Autres réglages" not in {groupe.nom for groupe in trouves}


@pytest.mark.parametrize("cle", list(cles(ReglagesDossier)))
def test_what_the_form_shows_is_what_it_would_keep(cle: str) -> None:
    """Sent as it is, a form changes nothing."""
    reglage = next(un for un in Bureau(TamponDemo()).list_reglages() if un.cle == cle)
    avant = next(un.valeur for un in list_effectifs(FICHIER, {}) if un.cle == cle)
    assert valide(FICHIER, {}, cle, lit_saisie(cle, vue_reglage(reglage).valeur)) == avant


@pytest.mark.parametrize(("cle", "valeur", "lu"), [
    ("heures.periode_close", "2025-05-01", "01/05/2025"),
    ("heures.periode_close", None, "aucune"),
    ("chantiers.politiques.nom", None, "comme les autres champs"),
    ("siege_id", None, "aucun"),
    ("alertes.heure_silence", "20:00:00", "20:00"),
    ("fenetre_jours", 1234, "1\N{NARROW NO-BREAK SPACE}234"),
    ("alertes.echec", True, "oui"),
    ("heures.conflits", "plus récent", "le plus récent l’emporte"),
    ("chantiers.etats_devis", [3, 4], "3, 4"),
])  # fmt: skip
def test_values_read_as_french(cle: str, valeur: object, lu: str) -> None:
    assert affiche(cle, valeur) == lu


def test_a_choice_offers_what_the_model_admits() -> None:
    assert {valeur for valeur, _ in saisie_de("heures.conflits").options} == {
        "plus récent",
        "batigest",
        "batisimply",
        "demander",
    }
    assert saisie_de("heures.periode_close").facultatif
    assert saisie_de("alertes.heure_rejets").nature == "heure"
    assert saisie_de("fenetre_jours").nature == "entier"
