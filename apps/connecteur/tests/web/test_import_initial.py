"""The first import: a day, what it would write, a confirmation; nothing that was not shown."""

import time
from datetime import date

import httpx2
from playwright.sync_api import expect

from connecteur.domain.run import Flux

from .conftest import Ouvre, Sert
from .demonstration import Maison, maison_pleine
from .test_pages import texte

V1 = "/api/v1/import-initial"
JOUR = date(2024, 1, 8)


def attend_apercu(http: httpx2.Client, base: str) -> str:
    """Where the dry run stands, once it is over."""
    for _ in range(200):
        etat = str(http.get(base + V1).json()["apercu"]["etat"])
        if etat != "en-cours":
            return etat
        time.sleep(0.05)
    return "en-cours"


def maison_prete() -> Maison:
    maison = maison_pleine()
    maison.lecture_permise.set()
    return maison


def test_a_person_chooses_a_day_sees_what_would_be_written_and_confirms(sert: Sert, ouvre: Ouvre) -> None:
    maison = maison_pleine()
    page = ouvre(sert(maison) + "/heures")
    page.get_by_role("link", name="Reprendre des heures plus anciennes").click()
    expect(page.get_by_text("Au plus tôt le 01/06/2023.")).to_be_visible()
    page.get_by_role("textbox", name="Premier jour à reprendre").fill("08/01/2024")
    page.get_by_role("button", name="Voir ce qui serait repris").click()
    expect(page.get_by_text("Lecture des deux systèmes…")).to_be_visible()
    expect(page.get_by_role("button", name="Reprendre ces heures")).to_have_count(0)
    maison.lecture_permise.set()
    expect(page.get_by_text("Depuis le 08/01/2024")).to_be_visible()
    assert maison.tampon.read_import() is None
    page.get_by_role("button", name="Reprendre ces heures").click()
    page.wait_for_url("**/runs/*")
    demande = maison.tampon.read_import()
    assert demande is not None
    assert (demande.depuis, demande.demande_par) == (JOUR, "page Import initial")
    assert maison.lus_depuis == [JOUR]
    assert maison.lances == [(Flux.HEURES, "page Import initial")]


def test_a_day_that_may_not_be_is_said_beside_what_was_typed(sert: Sert, http: httpx2.Client) -> None:
    base = sert(maison_prete())
    for saisi, phrase in (
        ("01/01/2020", "Un import initial remonte à 24 mois au plus."),
        ("25/06/2025", "Le 25/06/2025 est dans l’avenir."),
        ("hier", "Donnez un jour, comme 24/06/2025."),
        ("", "Donnez un jour, comme 24/06/2025."),
    ):
        page = http.post(base + "/import-initial", data={"depuis": saisi})
        assert page.status_code == 422
        assert phrase in texte(page)
        assert f'value="{saisi}"' in page.text or not saisi


def test_what_was_not_shown_is_not_asked_for(sert: Sert, http: httpx2.Client) -> None:
    maison = maison_prete()
    base = sert(maison)
    assert http.post(base + "/import-initial/confirmer", data={"depuis": "2024-01-08"}).status_code == 409
    assert http.post(f"{base}{V1}/2024-01-08").status_code == 409
    assert http.post(f"{base}{V1}/2024-01-08/apercu").status_code == 202
    assert attend_apercu(http, base) == "fini"
    assert http.post(f"{base}{V1}/2024-01-09").status_code == 409, "another day than the one that was shown"
    assert maison.tampon.read_import() is None
    assert maison.lances == []


def test_a_script_does_the_same_and_what_waits_is_told(sert: Sert, http: httpx2.Client) -> None:
    maison = maison_prete()
    base = sert(maison)
    assert http.post(f"{base}{V1}/2020-01-01/apercu").json()["champs"][0]["champ"] == "depuis"
    vu = http.post(f"{base}{V1}/2024-01-08/apercu").json()
    assert (vu["depuis"], vu["flux"]) == ("2024-01-08", "heures")
    assert attend_apercu(http, base) == "fini"
    assert http.get(base + "/api/v1/plan/heures").json()["etat"] == "jamais", "not the plan of an ordinary run"
    demande = http.post(f"{base}{V1}/2024-01-08")
    assert (demande.status_code, demande.json()["quoi"]) == (202, "heures")
    lu = http.get(base + V1).json()
    assert (lu["limite"], lu["attendu"]["depuis"], lu["attendu"]["demande_par"]) == ("2023-06-01", "2024-01-08", "API")
    assert lu["apercu"]["etat"] == "jamais"
    assert http.post(f"{base}{V1}/2024-01-08").status_code == 409, "shown once, asked for once"
    assert "Un import depuis le 08/01/2024 est demandé" in texte(http.get(base + "/import-initial"))


def test_without_a_licence_it_is_shown_and_not_done(sert: Sert, http: httpx2.Client) -> None:
    maison = maison_prete()
    maison.licence.cle_posee = maison.licence.bail = None
    base = sert(maison)
    assert http.post(f"{base}{V1}/2024-01-08/apercu").status_code == 202
    assert attend_apercu(http, base) == "fini"
    assert http.post(f"{base}{V1}/2024-01-08").status_code == 403
    page = http.post(base + "/import-initial/confirmer", data={"depuis": "2024-01-08"})
    assert (page.status_code, page.headers["location"]) == (303, "/configuration")
    assert maison.tampon.read_import() is None
    assert maison.lances == []
