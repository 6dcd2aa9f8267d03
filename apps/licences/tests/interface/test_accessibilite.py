"""Every page and every state, by day and by night, on a desk and on a phone: no violation that axe-core knows of."""

from itertools import cycle

import pytest
from libs.commun.tests.acces.pages_des_comptes import parcourt
from libs.commun.tests.axe import Axe
from playwright.sync_api import Page, expect

from .conftest import ADMINISTRATEUR, LECTEUR, Pages, Visite

SOMBRE = {"resultTypes": ["violations"], "runOnly": ["color-contrast"]}
"""By night only the colours change."""
LARGEURS = (1280, 390)
ETATS = ("expiree", "bientot", "pleine", "eteinte", "rangee", "hostile")
CSV_BON = "client;duree\nMartin;1 an\n"
CSV_FAUTIF = "client;duree\nMartin;un peu\n;1 an\n"


_tours = cycle(LARGEURS)


def examine(page: Page, quoi: str) -> list[str]:
    """What axe-core has against this page as it is now, everything unfolded; on a desk and on a phone by turns."""
    page.evaluate("document.querySelectorAll('main details').forEach(element => { element.open = true })")
    fautes = []
    for largeur in LARGEURS:
        page.set_viewport_size({"width": largeur, "height": 900})
        if page.evaluate("document.documentElement.scrollWidth") > largeur:
            fautes.append(f"{quoi} : plus large que {largeur}")
    page.set_viewport_size({"width": next(_tours), "height": 900})
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    resultats = [Axe().run(page)]
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    resultats.append(Axe().run(page, options=SOMBRE))
    return [*fautes, *(f"{quoi} : {un.generate_report()}" for un in resultats if un.violations_count)]


def chemins(pages: Pages) -> list[str]:
    """Every page of a house that holds everything."""
    adresses = {nom: f"/licenses/details/{numero}" for nom, numero in pages.numeros.items()}
    return [
        "/",
        "/licenses",
        "/licenses?filtre=expirees&texte=perrin",
        "/licenses?filtre=silencieuses",
        "/licenses?mois=2026-10&tri=echeance",
        "/licenses/create",
        "/licenses/import",
        adresses["Menuiserie Lefèvre"] + "?neuve=creee",
        *(
            adresses[nom]
            for nom in ("Charpentes Durand", "expiree", "bientot", "pleine", "eteinte", "rangee", "hostile")
        ),
        adresses["Menuiserie Lefèvre"] + "/modifier",
        adresses["Menuiserie Lefèvre"] + "/validations",
        "/rappels",
        "/cles-de-signature",
        "/nulle-part",
    ]


@pytest.mark.parametrize("role", [ADMINISTRATEUR, LECTEUR])
def test_no_page_keeps_anybody_out(pages: Pages, visite: Visite, role: str) -> None:
    page = visite(pages, "/", role=role)
    fautes = []
    for chemin in chemins(pages) if role == ADMINISTRATEUR else ("/", "/licenses", "/licenses/details/1", "/rappels"):
        page.goto(chemin)
        fautes += examine(page, chemin)
    assert fautes == []


def test_nor_does_an_empty_house(pages_vides: Pages, visite: Visite) -> None:
    page = visite(pages_vides, "/")
    fautes = []
    for chemin in ("/", "/licenses", "/licenses?texte=rien", "/rappels", "/cles-de-signature"):
        page.goto(chemin)
        fautes += examine(page, chemin)
    assert fautes == []


def test_nor_do_the_pages_of_the_accounts(pages: Pages, pages_vides: Pages, visite: Visite) -> None:
    page = visite(pages_vides, "/premier-demarrage", role=None)
    expect(page.get_by_label("Code de la console")).to_be_visible()
    fautes = examine(page, "premier démarrage")
    page = visite(pages, "/connexion", role=None)
    fautes += parcourt(page, pages.adresse, pages.maison.acces, pages.montre, examine)
    assert fautes == []


def test_nor_do_the_pages_that_follow_a_form(pages: Pages, visite: Visite) -> None:
    page = visite(pages, "/licenses/create")
    page.get_by_label("Adresse e-mail").fill("rien")
    page.get_by_label("Durée").select_option("date")
    page.get_by_role("button", name="Créer la licence").click()
    fautes = examine(page, "formulaire refusé")

    page.goto(f"/licenses/details/{pages.numeros['Peinture Rossi']}")
    page.get_by_role("radio", name="Jusqu’à un jour choisi").check()
    page.get_by_role("button", name="Prolonger").click()
    fautes += examine(page, "prolongation refusée")

    page.goto("/licenses?texte=peinture")
    page.get_by_role("checkbox", name="Choisir toute la page").check()
    fautes += examine(page, "sélection")
    page.get_by_role("button", name="Prolonger la sélection…").click()
    page.get_by_label("À partir de").select_option("maintenant")
    page.get_by_label("Durée").select_option("1 mois")
    page.get_by_role("button", name="Actualiser l’aperçu").click()
    fautes += examine(page, "aperçu d’un lot")

    for nom, contenu in (("bon.csv", CSV_BON), ("fautif.csv", CSV_FAUTIF), ("vide.csv", "client;duree\n")):
        page.goto("/licenses/import")
        page.get_by_label("Fichier CSV").set_input_files(
            {"name": nom, "mimeType": "text/csv", "buffer": contenu.encode()}
        )
        page.get_by_role("button", name="Examiner le fichier").click()
        fautes += examine(page, nom)
    assert fautes == []
