"""When the connector works by itself: shown, changed, paused, on the page and through the API."""

import httpx2
import pytest

from connecteur.domain.horaire import Cadence
from connecteur.domain.run import Flux

from .conftest import Ouvre, Sert
from .demonstration import maison_pleine, maison_vide
from .test_pages import texte

SCHEDULES = "/api/v1/schedules"


@pytest.fixture
def suivi(http: httpx2.Client) -> httpx2.Client:
    http.follow_redirects = True
    return http


def test_the_page_says_what_runs_by_itself_and_when(sert: Sert, http: httpx2.Client) -> None:
    page = texte(http.get(sert(maison_pleine()) + "/horaires"))
    assert "Toutes les 15 minutes, du lundi au vendredi de 06:00 à 20:00" in page
    assert "Prochaine synchronisation : aujourd’hui à 08:31" in page
    assert "3 échecs de suite" in page
    assert "Rien ne part sans que vous le demandiez." in texte(http.get(sert(maison_vide()) + "/horaires"))


@pytest.mark.parametrize(("saisie", "phrase"), [
    ({"cadence": "temps-reel", "secondes": "30"}, "en temps réel, toutes les 30 secondes"),
    ({"cadence": "minutes", "minutes": "15", "debut": "06:00", "fin": "20:00"},
     "toutes les 15 minutes, du lundi au vendredi de 06:00 à 20:00"),
    ({"cadence": "jours", "heures": "20:00", "jours": ["lundi", "jeudi"]}, "le lundi et le jeudi à 20:00"),
    ({"cadence": "demande"}, "à la demande seulement"),
])  # fmt: skip
def test_a_form_becomes_a_schedule(
    sert: Sert, suivi: httpx2.Client, saisie: dict[str, str | list[str]], phrase: str
) -> None:
    maison = maison_vide()
    page = suivi.post(sert(maison) + "/horaires/heures", data=saisie)
    assert f"Heures : {phrase}." in texte(page)
    tenu = maison.horaires.tenus[Flux.HEURES]
    assert tenu.modifie_par == "page Horaires"


def test_a_schedule_that_makes_no_sense_changes_nothing_and_says_why(sert: Sert, suivi: httpx2.Client) -> None:
    maison = maison_vide()
    base = sert(maison)
    for saisie, raison in (
        ({"cadence": "temps-reel", "secondes": "5"}, "Le temps réel va de 15 à 300 secondes."),
        ({"cadence": "jours", "heures": "25:00"}, "n’est pas une heure"),
        ({"cadence": "minutes", "minutes": "10", "debut": "20:00", "fin": "06:00"}, "doit finir après son début"),
    ):
        page = suivi.post(base + "/horaires/chantiers", data=saisie)
        assert page.status_code == 422
        assert raison in texte(page)
    assert suivi.post(base + "/horaires/chantiers", data={"cadence": "parfois"}).status_code == 422
    assert maison.horaires.tenus == {}


def test_a_schedule_is_paused_and_resumed(sert: Sert, suivi: httpx2.Client) -> None:
    maison = maison_pleine()
    base = sert(maison)
    assert "(en pause)" in texte(suivi.post(base + "/horaires/heures/pause"))
    assert maison.horaires.tenus[Flux.HEURES].horaire.en_pause
    assert "(en pause)" not in texte(suivi.post(base + "/horaires/heures/reprendre"))
    assert suivi.post(sert(maison_vide()) + "/horaires/heures/reprendre").status_code == 409


def test_only_the_fields_of_the_cadence_are_shown(sert: Sert, ouvre: Ouvre) -> None:
    page = ouvre(sert(maison_vide()) + "/horaires")
    page.locator("#changer-heures > summary").click()
    formulaire = page.locator("#changer-heures form")
    assert not formulaire.get_by_label("Toutes les … minutes").is_visible()
    formulaire.get_by_label("Cadence").select_option("minutes")
    assert formulaire.get_by_label("Toutes les … minutes").is_visible()
    assert not formulaire.get_by_label("À quelles heures").is_visible()
    formulaire.get_by_label("Cadence").select_option("jours")
    assert formulaire.get_by_label("À quelles heures").is_visible()


def test_a_script_reads_changes_and_pauses(sert: Sert, http: httpx2.Client) -> None:
    maison = maison_vide()
    base = sert(maison) + SCHEDULES
    assert [etat["prochaine"] for etat in http.get(base).json()] == [None, None]
    plage = {"jours": [0, 1, 2, 3, 4], "debut": "06:00", "fin": "20:00"}
    change = http.put(base + "/heures", json={"cadence": "minutes", "minutes": 5, "plage": plage}).json()
    assert (change["horaire"]["plage"], change["modifie_par"]) == (plage, "API")
    assert change["prochaine"] is not None
    assert maison.horaires.tenus[Flux.HEURES].horaire.cadence is Cadence.MINUTES
    assert http.post(base + "/heures/pause").json()["horaire"]["en_pause"] is True
    assert http.post(base + "/heures/reprendre").json()["horaire"]["en_pause"] is False
    assert http.post(base + "/chantiers/reprendre").status_code == 409
    for faux in (
        {"cadence": "temps réel", "secondes": 1},
        {"cadence": "jours", "heures": ["99:99"]},
        {"cadence": "jours", "heures": ["20:00"], "jours": [7]},
        {"cadence": "jamais"},
    ):
        assert http.put(base + "/heures", json=faux).status_code == 422
