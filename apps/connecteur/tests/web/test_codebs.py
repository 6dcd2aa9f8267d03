"""Who is who, written back into Batigest: offered, shown, confirmed; never by itself."""

import httpx2
from apps.connecteur.tests.pieces.licence import un_bail
from playwright.sync_api import expect

from sages_commun.licence import Verdict

from .bureau import CLE_DEMO, MIDI_LICENCE, LicenceDemo
from .conftest import Ouvre, Sert
from .demonstration import maison_pleine
from .test_licence import JSON, dite, maison_avec
from .test_pages import texte

V1 = "/api/v1"
AWA = "3c1e0000-0000-4000-8000-000000000003"


def test_it_is_offered_to_nobody_unless_the_settings_permit_it(sert: Sert, http: httpx2.Client) -> None:
    maison = maison_pleine()
    base = sert(maison)
    page = texte(http.get(base + "/salaries"))
    assert "1 identifiant pourrait être écrit dans les fiches de Batigest (codebs). C’est désactivé" in page
    assert "Écrire dans Batigest…" not in page
    refus = http.post(base + "/salaries/codebs", data={"code": "NDIAYE"})
    assert refus.status_code == 409
    assert "n’est pas permise par les réglages" in texte(refus)
    assert http.put(f"{base}{V1}/salaries/codebs/NDIAYE").status_code == 409
    assert maison.codebs_ecrits == []


def test_a_person_sees_what_would_be_written_then_confirms(sert: Sert, ouvre: Ouvre) -> None:
    maison = maison_pleine()
    maison.codebs_permis = True
    page = ouvre(sert(maison) + "/salaries")
    page.get_by_role("link", name="Écrire dans Batigest… Awa N’Diaye").click()
    expect(page.get_by_text(f"Case « codebs » : vide, deviendra {AWA}")).to_be_visible()
    page.get_by_role("link", name="Ne rien changer").click()
    assert maison.codebs_ecrits == []
    page.get_by_role("link", name="Écrire dans Batigest…").click()
    page.get_by_role("button", name="Écrire dans Batigest").click()
    expect(page.get_by_role("status").first).to_have_text("L’identifiant du salarié NDIAYE est écrit dans Batigest.")
    assert maison.codebs_ecrits == [("NDIAYE", AWA)]
    gestes = [un.evenement.geste for un in maison.tampon.list_evenements(objet="salarie")]
    assert "écrire codebs" in gestes


def test_what_is_filled_shared_or_unknown_is_not_offered(sert: Sert, http: httpx2.Client) -> None:
    maison = maison_pleine()
    maison.codebs_permis = True
    base = sert(maison)
    for code in ("MARTIN", "LEGALL", "PERSONNE"):
        assert http.get(base + "/salaries/codebs", params={"code": code}).status_code == 404
    maison.tampon.associe_salarie("2c1e0000-0000-4000-8000-000000000002", "NDIAYE", "Sophie", partage=True)
    assert http.get(base + "/salaries/codebs", params={"code": "NDIAYE"}).status_code == 404
    assert http.get(base + V1 + "/salaries/codebs").json() == {"permis": True, "propositions": []}


def heures_non_vendues() -> LicenceDemo:
    licence = LicenceDemo()
    licence.bail = un_bail(CLE_DEMO, "demo", emis=MIDI_LICENCE, fonctions=("chantier",))
    return licence


def test_without_a_licence_for_the_hours_nothing_is_written(sert: Sert, http: httpx2.Client) -> None:
    for licence in (dite(Verdict.EXPIREE), heures_non_vendues()):
        maison = maison_avec(licence)
        maison.codebs_permis = True
        base = sert(maison)
        for methode, adresse in (
            ("GET", "/salaries/codebs?code=NDIAYE"),
            ("POST", "/salaries/codebs"),
            ("PUT", f"{V1}/salaries/codebs/NDIAYE"),
        ):
            refus = http.request(methode, base + adresse, data={"code": "NDIAYE"}, headers=JSON)
            assert (refus.status_code, refus.json()["code"] in {"expired", "feature"}) == (403, True), adresse
        assert maison.codebs_ecrits == []
        assert http.get(base + V1 + "/salaries/codebs").json()["permis"]  # what could be written is still read


def test_a_script_lists_and_writes(sert: Sert, http: httpx2.Client) -> None:
    maison = maison_pleine()
    maison.codebs_permis = True
    base = sert(maison) + V1
    lus = http.get(base + "/salaries/codebs").json()
    assert lus["permis"]
    assert [un["salaries"][0]["code"] for un in lus["propositions"]] == ["NDIAYE"]
    assert http.put(base + "/salaries/codebs/NDIAYE").json() == {"code": "NDIAYE", "ecrit": True}
    assert http.put(base + "/salaries/codebs/NDIAYE").json() == {"code": "NDIAYE", "ecrit": False}
    assert http.put(base + "/salaries/codebs/LEGALL").status_code == 404
