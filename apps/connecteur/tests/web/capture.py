"""Picture of the home page for the README: `python -m apps.connecteur.tests.web.capture`, at the root.

The firm, its people and its figures are invented.
"""

from pathlib import Path

from apps.connecteur.tests.conftest import CHROMIUM, OPTIONS
from playwright.sync_api import sync_playwright

from connecteur.web.app import WEB
from sages_commun.web.feuille import compile_feuille

from .conftest import en_service
from .demonstration import maison_pleine

RACINE = Path(__file__).parents[4]
IMAGE = RACINE / "docs" / "images" / "accueil.png"


def main() -> None:
    """Take the picture."""
    compile_feuille(WEB)
    IMAGE.parent.mkdir(parents=True, exist_ok=True)
    with en_service(maison_pleine()) as serveur, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        page = chromium.new_page(
            viewport={"width": 1280, "height": 1146}, device_scale_factor=1.5, color_scheme="light"
        )
        page.goto(serveur.adresse)
        page.screenshot(path=IMAGE)
        chromium.close()


if __name__ == "__main__":
    main()
