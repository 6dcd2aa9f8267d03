"""Every component in a real browser: by day, by night, on a phone, with and without script."""

import itertools
import re
from collections.abc import Iterator

import httpx2
import pytest
from libs.commun.tests.axe import Axe
from playwright.sync_api import Browser, Page, expect

PAGES = ["/vitrine", "/sections", "/confirmation", "/nulle-part", "/fermee"]


@pytest.fixture
def page(navigateur: Browser) -> Iterator[Page]:
    """A page of its own, which fails the test when the browser refused it something."""
    plaintes: list[str] = []
    contexte = navigateur.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    contexte.grant_permissions(["clipboard-read", "clipboard-write"])
    page = contexte.new_page()
    page.on("console", lambda message: plaintes.append(message.text))
    page.on("pageerror", lambda erreur: plaintes.append(str(erreur)))
    yield page
    contexte.close()
    assert [plainte for plainte in plaintes if "status of" not in plainte] == []


@pytest.mark.parametrize("largeur", [1280, 390])
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_nothing_keeps_anybody_out(page: Page, adresse: str, largeur: int, mode: str) -> None:
    page.set_viewport_size({"width": largeur, "height": 900})
    page.emulate_media(color_scheme="dark" if mode == "dark" else "light")
    fautes = []
    for chemin in PAGES:
        page.goto(adresse + chemin)
        page.evaluate("document.querySelectorAll('main details').forEach(element => { element.open = true })")
        resultats = [Axe().run(page)]
        if chemin == "/vitrine":
            page.get_by_role("link", name="Revérifier…").click()
            resultats.append(Axe().run(page))
        fautes += [f"{chemin} : {un.generate_report()}" for un in resultats if un.violations_count]
        assert page.evaluate("document.documentElement.scrollWidth") <= largeur, chemin
    assert fautes == []


def test_a_dialog_opens_holds_the_focus_and_closes(page: Page, adresse: str) -> None:
    page.goto(adresse + "/vitrine")
    ouvre = page.get_by_role("link", name="Revérifier…")
    for ferme in ("Fermer", "Escape", "dehors"):
        ouvre.click()
        dialogue = page.get_by_role("dialog", name="Revérifier la licence")
        expect(dialogue).to_be_visible()
        assert page.evaluate("document.activeElement.closest('dialog') !== null")
        if ferme == "Fermer":
            page.get_by_role("button", name="Fermer").click()
        elif ferme == "Escape":
            page.keyboard.press("Escape")
        else:
            page.mouse.click(5, 5)
        expect(dialogue).to_be_hidden()
    assert page.url == adresse + "/vitrine"
    ouvre.click()
    page.get_by_role("dialog").get_by_role("button", name="Revérifier").click()
    expect(page.get_by_role("status").first).to_have_text("C’est fait.")


def test_without_script_the_dialog_is_a_page_and_nothing_useless_is_shown(navigateur: Browser, adresse: str) -> None:
    page = navigateur.new_page(java_script_enabled=False)
    page.goto(adresse + "/vitrine")
    expect(page.get_by_role("button", name="Copier la clé")).to_be_hidden()
    page.get_by_role("link", name="Revérifier…").click()
    expect(page).to_have_url(adresse + "/confirmation")
    page.get_by_role("button", name="Revérifier").click()
    expect(page.get_by_text("C’est fait.")).to_be_visible()
    page.close()


def test_a_text_is_copied_and_the_button_says_so(page: Page, adresse: str) -> None:
    page.goto(adresse + "/vitrine")
    bouton = page.get_by_role("button", name="Copier la clé")
    bouton.click()
    expect(page.get_by_role("button", name="Copié")).to_be_visible()
    expect(page.locator("#annonce")).to_have_text("Copié.")
    assert page.evaluate("navigator.clipboard.readText()") == "ABCD-EFGH"
    expect(bouton).to_be_visible()


def test_a_text_is_copied_where_the_browser_gives_no_clipboard(page: Page, adresse: str) -> None:
    page.goto(adresse + "/vitrine")
    page.get_by_role("link", name="Revérifier…").click()
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error()) }")
    page.get_by_role("button", name="Copier d’ici").click()
    expect(page.get_by_role("dialog").get_by_role("button", name="Copié")).to_be_focused()
    expect(page.get_by_role("dialog").get_by_role("status")).to_have_text("Copié.")
    assert page.evaluate("navigator.clipboard.readText()") == "dans le dialogue"


def test_a_field_says_its_help_and_its_fault(page: Page, adresse: str) -> None:
    page.goto(adresse + "/vitrine")
    expect(page.locator("#c-nom")).to_have_accessible_description("Donnez un nom. Celui de l’entreprise.")
    expect(page.locator("#c-nom")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#c-adresse")).to_have_accessible_description("Pour les rappels.")
    assert page.locator("#c-adresse").get_attribute("aria-invalid") is None
    expect(page.get_by_role("group", name="Fonctions")).to_have_accessible_description(
        "Choisissez-en une. Une au moins."
    )
    page.get_by_role("link", name="Limite").click()
    assert page.evaluate("document.activeElement.id || location.hash") in {"c-limite", "#c-limite"}


def test_a_file_is_named_in_french_once_chosen(page: Page, adresse: str) -> None:
    page.goto(adresse + "/vitrine")
    champ = page.get_by_label("Fichier", exact=True)
    expect(page.get_by_text("Aucun fichier choisi")).to_be_visible()
    champ.set_input_files({"name": "clients.csv", "mimeType": "text/csv", "buffer": b"client"})
    expect(page.get_by_text("clients.csv")).to_be_visible()
    assert champ.input_value().endswith("clients.csv")
    with page.expect_file_chooser():
        page.get_by_text("Choisir un fichier…").click(force=True)


def test_a_chart_and_its_table_say_the_same(page: Page, adresse: str) -> None:
    page.goto(adresse + "/vitrine")
    barre = page.locator("svg[role=img] rect.barre").nth(2)
    assert (barre.locator("title").text_content() or "").replace("\u00a0", " ") == "mars 2026, acceptées : 80"
    page.get_by_text("Les chiffres en tableau").click()
    assert page.get_by_role("row", name="mars 2026").inner_text().split("\t")[1:] == ["80", "14"]
    page.set_viewport_size({"width": 390, "height": 900})
    largeurs = page.locator("svg[role=img] text:visible").evaluate_all("t => t.map(e => e.getBoundingClientRect())")
    assert all(avant["right"] < apres["left"] for avant, apres in itertools.pairwise(largeurs))


def test_no_style_and_no_script_stands_in_a_page(http: httpx2.Client) -> None:
    for chemin in PAGES:
        page = http.get(chemin, headers={"Accept": "text/html"}).text
        assert re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page) is None


def test_a_day_is_shown_in_french_whatever_the_browser_speaks_and_its_calendar_fills_it(
    navigateur: Browser, adresse: str
) -> None:
    contexte = navigateur.new_context(locale="en-US")
    page = contexte.new_page()
    page.goto(adresse + "/vitrine")
    champ = page.get_by_role("textbox", name="Jour", exact=True)
    expect(champ).to_have_value("24/06/2025")
    page.get_by_role("button", name="Calendrier : jour").click()
    cache = page.locator("#c-jour ~ input[type=date]")
    assert cache.evaluate("e => e.value") == "2025-06-24"
    cache.evaluate("e => { e.value = '2025-07-01'; e.dispatchEvent(new Event('change')) }")
    expect(champ).to_have_value("01/07/2025")
    expect(champ).to_be_focused()
    contexte.close()
