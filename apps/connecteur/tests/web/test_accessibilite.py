"""Every page, by day and by night, on a desk and on a phone: no violation that axe-core knows of."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe

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
        largeur = 390 if rang % 2 else 1280
        page.set_viewport_size({"width": largeur, "height": 900})
        page.emulate_media(color_scheme="light")
        page.goto(adresse + chemin)
        # What is folded counts too.
        page.evaluate("document.querySelectorAll('main details').forEach(element => { element.open = true })")
        resultats = [Axe().run(page)]
        page.emulate_media(color_scheme="dark")
        resultats.append(Axe().run(page, options=SOMBRE))
        fautes += [f"{chemin} : {un.generate_report()}" for un in resultats if un.violations_count]
        assert page.evaluate("document.documentElement.scrollWidth") <= largeur, chemin
    assert fautes == []
