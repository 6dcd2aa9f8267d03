"""Pictures of the pages for the documentation: `python -m apps.licences.tests.interface.capture`, at the root.

The firms, their people and their figures are invented.
"""

import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

from apps.licences.tests.conftest import Montre, reglages_de
from playwright.sync_api import sync_playwright

from licence_manager.bootstrap import ouvre
from licence_manager.web.rendu import WEB
from sages_commun.postgres_embarque import PostgresEmbarque
from sages_commun.web.feuille import compile_feuille

from .conftest import ADMINISTRATEUR, CHROMIUM, OPTIONS, sers
from .donnees import QUI, remplis

IMAGES = Path(__file__).parents[4] / "docs" / "images"


def main() -> None:
    """Take them."""
    compile_feuille(WEB)
    dossier = Path(tempfile.mkdtemp(prefix="capture-", dir="/tmp"))
    dossier.chmod(0o755)
    with ExitStack() as pile:
        pile.callback(shutil.rmtree, dossier)
        base = pile.enter_context(PostgresEmbarque(dossier, durable=False)).create_base("licences")
        montre = Montre()
        maison = pile.enter_context(ouvre(reglages_de(base), montre, a_migrer=True))
        numeros = remplis(maison, montre)
        maison.licences.archive_licence(numeros["hostile"], QUI)
        pages = pile.enter_context(sers(maison, montre, numeros))
        chromium = pile.enter_context(sync_playwright()).chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        contexte = chromium.new_context(
            base_url=pages.adresse, viewport={"width": 1280, "height": 1460}, color_scheme="light", locale="fr-FR"
        )
        contexte.add_cookies(
            [{"name": n, "value": v, "url": pages.adresse} for n, v in pages.cookies(ADMINISTRATEUR).items()]
        )
        page = contexte.new_page()
        for nom, chemin in (
            ("licences-tableau", "/"),
            ("licences-details", f"/licenses/details/{numeros['Menuiserie Lefèvre']}"),
        ):
            page.goto(chemin)
            page.screenshot(path=IMAGES / f"{nom}.png")
        chromium.close()


if __name__ == "__main__":
    main()
