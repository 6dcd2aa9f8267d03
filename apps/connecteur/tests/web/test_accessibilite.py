"""Every page, by day and by night, on a desk and on a phone: no violation that axe-core knows of."""

from collections.abc import Callable

import pytest
from libs.commun.tests.axe import Axe
from playwright.sync_api import Page

from .conftest import PAGES, Ouvre, Sert
from .demonstration import Maison, maison_en_cours, maison_en_panne, maison_pleine, maison_vide

CAS = [
    (maison_vide, PAGES),
    (maison_pleine, PAGES),
    (maison_en_cours, ["/"]),
    (maison_en_panne, ["/", "/rejets"]),
]
SOMBRE = {"resultTypes": ["violations"], "runOnly": ["color-contrast"]}
"""By night only the colours change."""


def examine(page: Page, quoi: str, largeur: int = 1280) -> list[str]:
    """What axe-core has against this page as it is now, by day and by night, what is folded included."""
    page.set_viewport_size({"width": largeur, "height": 900})
    page.evaluate("document.querySelectorAll('main details').forEach(element => { element.open = true })")
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    resultats = [Axe().run(page)]
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    resultats.append(Axe().run(page, options=SOMBRE))
    assert page.evaluate("document.documentElement.scrollWidth") <= largeur, quoi
    return [f"{quoi} : {un.generate_report()}" for un in resultats if un.violations_count]


@pytest.mark.parametrize(("fabrique", "pages"), CAS)
def test_no_page_keeps_anybody_out(
    fabrique: Callable[[], Maison], pages: list[str], sert: Sert, navigateur_tolerant: Ouvre
) -> None:
    maison = fabrique()
    maison.lecture_permise.set()
    adresse = sert(maison)
    page = navigateur_tolerant("about:blank", reduced_motion="reduce")
    fautes = []
    for rang, chemin in enumerate([*pages, *(f"/runs/{run.id}" for run in maison.runs[:1])]):
        page.goto(adresse + chemin)
        fautes += examine(page, chemin, 390 if rang % 2 else 1280)
    assert fautes == []
