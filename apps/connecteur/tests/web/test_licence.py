"""What the licence keeps away from, its pages, and what scripts read of it."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape

import httpx2
import pytest
from apps.connecteur.tests.pieces.licence import un_bail
from playwright.sync_api import expect

from connecteur.domain.licence import EchecContact, Trace
from connecteur.licence.etats import Etat
from connecteur.web.routes.synchro import ADRESSES
from sages_commun.licence import Verdict, make_cle

from .bureau import CLE_DEMO, MIDI_LICENCE, LicenceDemo
from .conftest import Ouvre, Sert
from .demonstration import Maison, maison_pleine
from .test_accessibilite import examine

JSON = {"Accept": "application/json"}
HTML = {"Accept": "text/html"}
JOUR = timedelta(days=1)
PROTEGEES = [*ADRESSES, "/update-code-projet"]
LISIBLES = [
    "/conflits",
    "/rejets",
    "/salaries",
    "/historique",
    "/reglages",
    "/horaires",
    "/api/v1/runs",
    "/configuration",
]


def absente() -> LicenceDemo:
    licence = LicenceDemo()
    licence.cle_posee = licence.bail = None
    return licence


def valide() -> LicenceDemo:
    licence = LicenceDemo()
    licence.traces = [
        Trace(MIDI_LICENCE - JOUR, "état", "connecteur", "Licence en règle"),
        Trace(MIDI_LICENCE - JOUR, "clé", "page Configuration", "••••-••••-••••-V3VD enregistrée"),
    ]
    return licence


def a_rafraichir() -> LicenceDemo:
    licence = valide()
    licence.maintenant = MIDI_LICENCE + 2 * JOUR
    licence.echec = EchecContact(
        licence.maintenant, "Le serveur de licences (exemple.fr) est injoignable.", "Attendez."
    )
    return licence


def en_grace() -> LicenceDemo:
    licence = valide()
    licence.maintenant = MIDI_LICENCE + 12 * JOUR
    licence.echec = EchecContact(
        licence.maintenant, "Le serveur de licences (exemple.fr) est injoignable : pas de réponse complète dans "
        "le délai.", "Vérifiez la connexion Internet de cette machine.", "ConnectTimeout",
    )  # fmt: skip
    licence.traces.insert(0, Trace(licence.maintenant - 5 * JOUR, "état", "connecteur", "Période de grâce"))
    return licence


def dite(verdict: Verdict) -> LicenceDemo:
    licence = valide()
    licence.bail = un_bail(CLE_DEMO, "demo", emis=MIDI_LICENCE, verdict=verdict, licence_jours=-2)
    licence.mend = un_bail(CLE_DEMO, "demo", emis=MIDI_LICENCE)
    return licence


ETATS: dict[str, Callable[[], LicenceDemo]] = {
    "absente": absente,
    "valide": valide,
    "rafraichir": a_rafraichir,
    "grace": en_grace,
    "expiree": lambda: dite(Verdict.EXPIREE),
    "refusee": lambda: dite(Verdict.INACTIVE),
}
"""The six faces of the licence, for these tests and for the pictures of them."""


def maison_avec(licence: LicenceDemo) -> Maison:
    maison = maison_pleine()
    maison.licence = licence
    return maison


@pytest.mark.parametrize(
    ("etat", "mene_a", "code"),
    [("absente", "/configuration", "sans_cle"), ("expiree", "/license-expired", "expired"),
     ("refusee", "/license-expired", "inactive")],
)  # fmt: skip
def test_without_a_licence_nothing_starts_and_each_is_told_where_to_go(
    etat: str, mene_a: str, code: str, sert: Sert, http: httpx2.Client
) -> None:
    maison = maison_avec(ETATS[etat]())
    adresse = sert(maison)
    page = http.get(adresse + "/", headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["location"]) == (303, mene_a)
    for protegee in PROTEGEES:
        page = http.post(adresse + protegee, headers={"Accept": "text/html"})
        assert (page.status_code, page.headers["location"]) == (303, mene_a), protegee
        refus = http.post(adresse + protegee, headers=JSON)
        assert (refus.status_code, refus.json()["code"]) == (403, code), protegee
        assert refus.headers["content-type"] == "application/problem+json"
    refus = http.post(adresse + "/api/v1/runs", json={"quoi": "heures"})
    assert (refus.status_code, refus.json()["code"]) == (403, code)
    assert maison.lances == []
    for lisible in LISIBLES:
        assert http.get(adresse + lisible).status_code == 200, lisible


@pytest.mark.parametrize("etat", ["valide", "rafraichir", "grace"])
def test_with_a_licence_in_force_everything_starts(etat: str, sert: Sert, http: httpx2.Client) -> None:
    maison = maison_avec(ETATS[etat]())
    adresse = sert(maison)
    assert http.get(adresse + "/").status_code == 200
    for protegee in ADRESSES:
        assert http.post(adresse + protegee, headers=JSON).status_code == 202, protegee
    page = http.get(adresse + "/license-expired", headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["location"]) == (303, "/")
    assert ("continuent encore 9 jours" in http.get(adresse + "/").text.replace("\u00a0", " ")) is (etat == "grace")


def test_a_function_that_was_not_sold_blocks_its_flow_only(sert: Sert, http: httpx2.Client) -> None:
    licence = LicenceDemo()
    licence.bail = un_bail(CLE_DEMO, "demo", emis=MIDI_LICENCE, fonctions=("heures",))
    adresse = sert(maison_avec(licence))
    assert http.post(adresse + "/recup-heures", headers=JSON).status_code == 202
    refus = http.post(adresse + "/transfer", headers=JSON)
    assert (refus.status_code, refus.json()["code"]) == (403, "feature")
    assert "ne comprend pas" in refus.json()["detail"]
    assert http.post(adresse + "/transfer", headers={"Accept": "text/html"}).status_code == 403


def test_scripts_read_the_state_and_a_masked_key(sert: Sert, http: httpx2.Client) -> None:
    adresse = sert(maison_avec(en_grace()))
    etat = http.get(adresse + "/check-license-status").json()
    assert (etat["valid"], etat["status"], etat["code"], etat["days_left"]) == (True, "période de grâce", "valid", 9)
    masquee = http.get(adresse + "/get-license-key")
    assert masquee.json() == {"license_key": f"••••-••••-••••-{CLE_DEMO[-4:]}", "masked": True}
    assert masquee.headers["cache-control"] == "no-store"
    entiere = http.get(adresse + "/get-license-key?reveal=true")
    assert entiere.json() == {"license_key": CLE_DEMO, "masked": False}
    ailleurs = http.get(adresse + "/get-license-key?reveal=true", headers={"Sec-Fetch-Site": "cross-site"})
    assert ailleurs.status_code == 403
    assert CLE_DEMO not in http.get(adresse + "/configuration").text


def test_the_configuration_tells_what_happened_to_the_licence(sert: Sert, http: httpx2.Client) -> None:
    """When, what and by whom; the latest first; nothing of it that is written by others is taken for HTML."""
    licence = en_grace()
    licence.traces.insert(0, Trace(licence.maintenant, "vérification", "Léa <b>Martin</b>", "Période de grâce"))
    page = http.get(sert(maison_avec(licence)) + "/configuration").text
    table = page[page.index('aria-label="Historique"') :].partition("</table>")[0]
    rangees = [
        [
            unescape(re.sub(r"<[^>]+>", "", case)).replace("\u00a0", " ").strip()
            for case in re.findall("<td.*?</td>", rang)
        ]
        for rang in re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)
    ]
    assert [rang[1:] for rang in rangees if rang] == [
        ["Vérification : Période de grâce", "Léa <b>Martin</b>"],
        ["État : Période de grâce", "connecteur"],
        ["État : Licence en règle", "connecteur"],
        ["Clé : ••••-••••-••••-V3VD enregistrée", "page Configuration"],
    ]
    instants = re.findall(r'<time datetime="([^"]+)"', table)
    assert [datetime.fromisoformat(un) for un in instants] == [trace.le for trace in licence.traces]
    assert "<b>" not in table


def test_a_key_is_set_and_a_wrong_one_is_said_beside_what_was_typed(sert: Sert, http: httpx2.Client) -> None:
    maison = maison_avec(absente())
    adresse = sert(maison)
    faux = http.post(adresse + "/update-license", data={"license_key": "AAAA-AAAA-AAAA-AAAA"})
    assert faux.status_code == 422
    assert "erreur de frappe" in faux.text
    assert 'value="AAAA-AAAA-AAAA-AAAA"' in faux.text  # to be corrected
    maison.licence.refus = "Cette licence a expiré."
    entiere = make_cle()
    for format_ in (HTML, JSON):
        refusee = http.post(adresse + "/update-license", data={"license_key": entiere}, headers=format_)
        assert (refusee.status_code, "a expiré" in refusee.text) == (422, True)
        assert entiere not in refusee.text  # a whole key is a secret, and does not come back
    maison.licence.refus = ""
    refus = http.post(adresse + "/update-license", data={"license_key": "AAAA"}, headers=JSON)
    assert (refus.status_code, refus.json()["champs"][0]["champ"]) == (422, "license_key")
    nouvelle = make_cle()
    pose = http.post(adresse + "/update-license", data={"license_key": nouvelle.lower()}, headers=JSON)
    assert (pose.status_code, pose.json()["valid"]) == (200, True)
    assert maison.licence.cle_posee == nouvelle


def test_a_person_rechecks_in_a_dialog_and_is_let_in(sert: Sert, ouvre: Ouvre) -> None:
    maison = maison_avec(dite(Verdict.EXPIREE))
    page = ouvre(sert(maison) + "/")
    expect(page).to_have_url(page.url.partition("/license")[0] + "/license-expired")
    expect(page.get_by_role("link", name="support@groupe-sages.fr")).to_be_visible()
    page.get_by_role("link", name="Revérifier…").click()
    page.get_by_role("dialog").get_by_role("button", name="Revérifier").click()
    expect(page.get_by_text("La licence est de nouveau en règle.")).to_be_visible()
    assert maison.licence.demandes == 1


def test_the_page_lets_in_by_itself_when_it_is_mended(sert: Sert, ouvre: Ouvre) -> None:
    maison = maison_avec(dite(Verdict.INACTIVE))
    page = ouvre("about:blank")
    page.clock.install()
    page.goto(sert(maison) + "/license-expired")
    expect(page.get_by_role("heading", name="Licence refusée")).to_be_visible()
    page.clock.run_for(299_000)
    maison.licence.bail = maison.licence.mend
    page.clock.run_for(2_000)
    expect(page.get_by_role("heading", name="Licence refusée")).to_have_count(0)
    expect(page.locator("#region-manchette")).to_be_visible()


def test_the_key_is_checked_as_it_is_typed(sert: Sert, ouvre: Ouvre) -> None:
    page = ouvre(sert(maison_avec(absente())) + "/configuration")
    champ, dit = page.get_by_label("Clé de licence"), page.locator("#cle-dit")
    champ.fill(CLE_DEMO[:9])
    expect(dit).to_have_text("8 caractères sur 16")
    champ.fill(CLE_DEMO.lower().replace("-", " "))
    expect(dit).to_have_text("Le caractère de contrôle est juste.")
    fautive = ("8" if CLE_DEMO[0] != "8" else "9") + CLE_DEMO[1:]
    champ.fill(fautive)
    expect(dit).to_contain_text("Faute de frappe")
    expect(champ).to_have_attribute("aria-invalid", "true")
    champ.fill("ÉÉÉÉ")
    expect(dit).to_contain_text("sans accent")
    for _ in range(20):  # what the server reads, the page reads the same way
        champ.fill(make_cle())
        expect(dit).to_have_attribute("data-etat", "juste")


@pytest.mark.parametrize("etat", ETATS)
def test_no_face_of_the_licence_keeps_anybody_out(etat: str, sert: Sert, navigateur_tolerant: Ouvre) -> None:
    adresse = sert(maison_avec(ETATS[etat]()))
    page = navigateur_tolerant("about:blank", reduced_motion="reduce")
    fautes = []
    for largeur, chemin in ((1280, "/configuration"), (390, "/configuration"), (390, "/license-expired")):
        page.goto(adresse + chemin)
        if chemin == "/configuration":
            expect(page.locator("#titre-licence")).to_be_visible()
        fautes += examine(page, chemin, largeur)
        if page.get_by_role("link", name="Revérifier…").count():
            page.get_by_role("link", name="Revérifier…").click()
            fautes += examine(page, f"{chemin}, dialogue", largeur)
    assert fautes == []


def test_every_state_has_its_face() -> None:
    vus = {nom: fait().situation().etat for nom, fait in ETATS.items()}
    assert set(vus.values()) == set(Etat)
    assert len(vus) == len(Etat)
