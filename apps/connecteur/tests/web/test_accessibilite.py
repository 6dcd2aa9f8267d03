"""Every page, by day and by night, on a desk and on a phone: no violation that axe-core knows of."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe

from .conftest import Ouvre, Sert
from .demonstration import Maison, maison_en_cours, maison_en_panne, maison_pleine, maison_vide

PAGES = [
    "/",
    "/conflits",
    "/rejets",
    "/rejets?etat=ouvert&recherche=a",
    "/rejets/1",
    "/salaries",
    "/heures?jour=2025-06-23",
    "/heures?salarie=MARTIN&chantier=CH000112&jour=2025-06-23",
    "/heures/creneau?id=s0",
    "/heures/verification",
    "/horaires",
    "/historique",
    "/historique/decisions",
    "/reglages",
    "/apercu/heures",
    "/nulle-part",
]


@pytest.mark.parametrize("fabrique", [maison_vide, maison_pleine, maison_en_cours, maison_en_panne])
def test_no_page_keeps_anybody_out(fabrique: Callable[[], Maison], sert: Sert, navigateur_tolerant: Ouvre) -> None:
    maison = fabrique()
    maison.lecture_permise.set()
    adresse = sert(maison)
    page = navigateur_tolerant("about:blank", reduced_motion="reduce")
    fautes = []
    for rang, chemin in enumerate([*PAGES, *(f"/runs/{run.id}" for run in maison.runs[:1])]):
        largeur = 390 if rang % 2 else 1280
        page.set_viewport_size({"width": largeur, "height": 900})
        page.goto(adresse + chemin)
        # What is folded counts too.
        page.evaluate("document.querySelectorAll('main details').forEach(element => { element.open = true })")
        for teinte in ("light", "dark"):
            page.emulate_media(color_scheme=teinte)
            resultat = Axe().run(page)
            if resultat.violations_count:
                fautes.append(f"{chemin}, {teinte} : {resultat.generate_report()}")
        assert page.evaluate("document.documentElement.scrollWidth") <= largeur, chemin
    assert fautes == []
