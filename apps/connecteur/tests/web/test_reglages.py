"""The settings as a person reads them: every one has a name, a kind of field and a group."""

import re
from typing import Any

import httpx2
import pytest

from connecteur.bootstrap.reglages import SECTIONS
from connecteur.settings import Reglages, ReglagesDossier
from connecteur.settings.surcharge import cles, list_effectifs, valide
from connecteur.web.reglages import affiche, groupes, lit_saisie, saisie_de, vue_reglage
from connecteur.web.reglages_textes import NOMS, NOMS_FICHIER, SYSTEMES

from .bureau import Bureau, TamponDemo
from .conftest import Sert
from .demonstration import maison_pleine

FICHIER = ReglagesDossier()


def test_every_setting_has_a_name_of_its_own_in_french() -> None:
    connues = set(cles(ReglagesDossier))
    assert connues - NOMS.keys() == set()
    assert NOMS.keys() - connues == set()
    assert len(set(NOMS.values())) == len(NOMS)


def test_what_only_the_file_says_has_a_french_name_too() -> None:
    assert set(SECTIONS) == SYSTEMES.keys()
    du_fichier = {nom for section in SECTIONS for nom in Reglages.model_fields[section].annotation.model_fields}  # type: ignore[union-attr]
    assert du_fichier == NOMS_FICHIER.keys()


def test_every_setting_stands_in_one_group() -> None:
    trouves = groupes(Bureau(TamponDemo()).list_reglages())
    ranges = [vue.reglage.cle for groupe in trouves for vue in (*groupe.reglages, *groupe.politiques)]
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
    ("heures.en_plus", [{"champ": c, "rubrique": r} for c, r in ("a5", "b6")], "a dans 5, b dans 6"),
    ("heures.en_plus", [], "aucun"),
])  # fmt: skip
def test_values_read_as_french(cle: str, valeur: object, lu: str) -> None:
    assert affiche(cle, valeur) == lu


@pytest.mark.parametrize(("texte", "lu"), [("20:00", "20:00"), ("8h", "08:00"), ("7 h 30", "07:30"), ("midi", "midi")])
def test_an_hour_is_read_as_people_write_it(texte: str, lu: str) -> None:
    assert lit_saisie("alertes.heure_silence", texte) == lu


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


NUIT = {"champ": "isNightWork", "rubrique": "NbH5", "unite": "oui/non", "compte": "jour"}


def test_a_field_that_batisimply_sends_is_carried_from_the_page_and_no_more_when_it_is_removed(
    sert: Sert, http: httpx2.Client
) -> None:
    maison = maison_pleine()
    base = sert(maison)
    assert "isNightWork" not in http.get(base + "/reglages").text
    cherches = http.get(base + "/reglages/champs").text
    assert re.findall(r'<input type="hidden" name="champ" value="(\w+)">', cherches) == [
        "isNightWork",
        "kilometers",
        "overtimeMinutes",
    ]
    assert re.findall(r'<option value="([^"]+)" selected>', cherches[cherches.index("champs-trouves") :])[:8:2] == [
        "oui/non",
        "nombre",
        "minutes",
        "nombre",  # the form for a field of another name
    ]
    page = http.post(base + "/reglages/champs", data=NUIT, follow_redirects=True).text.replace("\u00a0", " ")
    assert "isNightWork dans NbH5, dès la prochaine synchronisation." in page
    assert valeur(maison) == [NUIT]
    heures_de_nuit = {**NUIT, "rubrique": "NbH6", "unite": "minutes", "compte": "créneau"}
    http.post(base + "/reglages/champs", data=heures_de_nuit)
    assert valeur(maison) == [heures_de_nuit]
    assert len(re.findall(r"Repris\b", http.get(base + "/reglages/champs").text)) == 1
    http.post(base + "/reglages/champs/retirer", data={"champ": "isNightWork"})
    assert valeur(maison) == []


def test_a_field_that_cannot_be_carried_and_a_service_that_is_away_are_said(sert: Sert, http: httpx2.Client) -> None:
    maison = maison_pleine()
    base = sert(maison)
    refus = http.post(base + "/reglages/champs", data={**NUIT, "rubrique": "Heures"})
    assert (refus.status_code, valeur(maison)) == (422, [])
    assert "rubrique" in refus.text
    maison.office.injoignable = True
    absent = http.get(base + "/reglages/champs")
    assert absent.status_code == 422
    assert "BatiSimply ne répond pas." in absent.text
    assert "Vérifiez la connexion à Internet." in absent.text


def valeur(maison: Any) -> object:
    (une,) = [un.valeur for un in maison.office.list_reglages() if un.cle == "heures.en_plus"]
    return une


def test_the_policies_of_one_field_each_are_folded_and_only_exceptions_are_named(
    sert: Sert, http: httpx2.Client
) -> None:
    maison = maison_pleine()
    base = sert(maison)
    pli = re.compile(r'<details class="reglage" id="politiques">(.*?)</summary>', re.DOTALL)
    (avant,) = pli.findall(http.get(base + "/reglages").text)
    assert re.findall(r'<span class="block">(.*?)</span>', avant) == ["Code\u00a0: demander"]
    http.post(base + "/reglages", data={"cle": "chantiers.politiques.heures_vendues", "valeur": "batigest"})
    (apres,) = pli.findall(http.get(base + "/reglages").text)
    assert "Heures vendues : Batigest l’emporte" in apres.replace("\u00a0", " ")
    for cle in ("code", "heures_vendues"):
        http.post(base + "/reglages", data={"cle": f"chantiers.politiques.{cle}", "valeur": ""})
    (sans,) = pli.findall(http.get(base + "/reglages").text)
    assert "tous comme « Conflits de chantiers »" in sans.replace("\u00a0", " ")
    refus = http.post(base + "/reglages", data={"cle": "chantiers.politiques.nom", "valeur": "personne"})
    assert refus.status_code == 422
    assert '<details class="reglage" id="politiques" open>' in refus.text


def test_a_day_is_typed_and_shown_in_french(sert: Sert, http: httpx2.Client) -> None:
    maison = maison_pleine()
    base = sert(maison)
    http.post(base + "/reglages", data={"cle": "heures.periode_close", "valeur": "01/05/2025"})
    assert next(un for un in maison.office.list_reglages() if un.cle == "heures.periode_close").valeur == "2025-05-01"
    page = http.get(base + "/reglages").text
    assert 'name="valeur" value="01/05/2025"' in page
    assert http.post(base + "/reglages", data={"cle": "heures.periode_close", "valeur": "05/2025"}).status_code == 422
