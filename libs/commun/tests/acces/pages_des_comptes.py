"""The pages of the accounts inside a program of the house: its own style sheet, its own frame, its own navigation."""

from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

import pyotp
from playwright.sync_api import Page, expect

from sages_commun.acces import Acces, Client, Identite, Role

COURRIEL, MOT_DE_PASSE = "zoe.bernard@exemple.fr", "six truelles neuves au soleil"
ICI = Client("127.0.0.1", "essai")
Examine = Callable[[Page, str], list[str]]
"""What is wrong with this page as it is now."""


def parcourt(page: Page, adresse: str, acces: Acces, horloge: Callable[[], datetime], examine: Examine) -> list[str]:
    """What is wrong with each of them, seen by an administrator of her own who turns her second factor on."""
    zoe, _ = acces.premier_demarrage.cree_de_la_console(COURRIEL, "Zoé Bernard", MOT_DE_PASSE, par="essai")
    _, invitation = acces.gestion.invite(
        Identite("essai", Role.ADMINISTRATEUR, zoe), "invitee@exemple.fr", "Inès", Role.LECTURE_SEULE, ICI
    )
    fautes = []

    def ici(chemin: str) -> None:
        expect(page).to_have_url(adresse + chemin)
        fautes.extend(examine(page, urlsplit(chemin).path))

    for chemin in ("/connexion", f"/invitation?code={invitation}"):
        page.goto(adresse + chemin)
        ici(chemin)
    _entre(page, adresse, MOT_DE_PASSE)
    expect(page.locator("#menu-compte")).to_be_visible()
    for chemin in ("/compte", "/utilisateurs", "/jetons", "/journal"):
        page.goto(adresse + chemin)
        ici(chemin)
    page.goto(f"{adresse}/compte")
    page.locator("#actuel-activer").fill(MOT_DE_PASSE)
    page.get_by_role("button", name="Activer le second facteur", exact=True).click()
    ici("/compte/second-facteur")
    application = pyotp.TOTP(page.locator("#cle-totp").inner_text())
    page.get_by_label("Le code que montre l’application").fill(application.at(horloge()))
    page.get_by_role("button", name="Confirmer", exact=True).click()
    expect(page.locator("#codes li")).to_have_count(8)
    fautes.extend(examine(page, "codes de secours"))
    page.context.clear_cookies()
    _entre(page, adresse, MOT_DE_PASSE)
    ici("/connexion/code")
    return fautes


def _entre(page: Page, adresse: str, mot_de_passe: str) -> None:
    page.goto(f"{adresse}/connexion")
    page.get_by_label("Adresse e-mail").fill(COURRIEL)
    page.get_by_label("Mot de passe", exact=True).fill(mot_de_passe)
    page.get_by_role("button", name="Se connecter", exact=True).click()
