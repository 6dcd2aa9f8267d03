"""The accounts in a real browser, from the first start to the last session closed; every page is looked at by axe.

`ACCES_IMAGES=folder` keeps a picture of each, on a desk and on a phone, by day and by night.
"""

import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
import uvicorn
from libs.commun.tests.axe import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from sages_commun.systeme import port_libre
from sages_commun.web.feuille import compile_feuille

from .conftest import AUTRE_MOT_DE_PASSE, MOT_DE_PASSE, Maison
from .maquette import cree_maquette

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
SOMBRE = {"resultTypes": ["violations"], "runOnly": ["color-contrast"]}
"""By night only the colours change."""
ACCUEIL = '{% extends "socle.html" %}{% block contenu %}<h1>Bonjour {{ qui.nom }}</h1>{% endblock %}'
PHONE, BUREAU = 390, 1280


@pytest.fixture(scope="module")
def navigateur() -> Iterator[Browser]:
    """One Chromium for this file."""
    expect.set_options(timeout=20_000)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def dossier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The web folder of a program, its style sheet compiled."""
    web = tmp_path_factory.mktemp("maquette")
    (web / "templates").mkdir()
    (web / "static").mkdir()
    (web / "templates" / "accueil.html").write_text(ACCUEIL)
    (web / "static" / "source.css").write_text("")
    compile_feuille(web)
    return web


@pytest.fixture
def adresse(maison: Maison, dossier: Path) -> Iterator[str]:
    """The application, served."""
    port = port_libre()
    app = cree_maquette(maison.acces, maison.montre, dossier)
    serveur = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, access_log=False))
    fil = threading.Thread(target=serveur.run)
    fil.start()
    while not serveur.started:
        assert fil.is_alive()
    yield f"http://127.0.0.1:{port}"
    serveur.should_exit = True
    fil.join(20)


class Parcours:
    """A person and their browser; what axe finds on the way is kept."""

    def __init__(self, navigateur: Browser, adresse: str) -> None:
        self.contexte = navigateur.new_context(reduced_motion="reduce", viewport={"width": BUREAU, "height": 900})
        self.page: Page = self.contexte.new_page()
        self.plaintes: list[str] = []
        self.page.on("console", lambda message: self.plaintes.append(f"{message.type} : {message.text}"))
        self.page.on("pageerror", lambda erreur: self.plaintes.append(str(erreur)))
        self.fautes: list[str] = []
        self.vues = 0
        self._adresse = adresse

    def va(self, chemin: str) -> None:
        """Open this page."""
        self.page.goto(self._adresse + chemin)

    def clique(self, nom: str) -> None:
        """Press this button."""
        self.page.get_by_role("button", name=nom, exact=True).click()

    def examine(self, nom: str) -> None:
        """Look at the page as axe does, by day and by night, on a desk and on a phone."""
        self.vues += 1
        for largeur in (PHONE, BUREAU):
            self.page.set_viewport_size({"width": largeur, "height": 900})
            for couleurs in ("light", "dark"):
                self.page.emulate_media(color_scheme=couleurs)
                if couleurs == "light" or largeur == BUREAU:
                    resultat = Axe().run(self.page, options=SOMBRE if couleurs == "dark" else None)
                    if resultat.violations_count:
                        self.fautes.append(f"{nom} : {resultat.generate_report()}")
                if dossier_images := os.environ.get("ACCES_IMAGES"):
                    chemin = Path(dossier_images) / f"{self.vues:02}-{nom}-{largeur}-{couleurs}.png"
                    self.page.screenshot(path=chemin, full_page=True)
            assert self.page.evaluate("document.documentElement.scrollWidth") <= largeur, (nom, largeur)
        self.page.emulate_media(color_scheme="light")

    def ferme(self) -> None:
        """Nothing was wrong, but the refusals that the browser notes by itself."""
        assert [plainte for plainte in self.plaintes if "Failed to load resource" not in plainte] == []
        assert self.fautes == []
        self.contexte.close()


def test_from_the_first_start_to_the_last_session(navigateur: Browser, adresse: str, maison: Maison) -> None:
    code = str(maison.acces.premier_demarrage.tire_code())
    claire = Parcours(navigateur, adresse)
    _premier_demarrage(claire, code)
    application, secours = _second_facteur(claire, maison)
    _deconnexion_et_retour(claire, application, secours, maison)
    lien = _utilisateurs(claire)
    _jetons_et_journal(claire)
    paul = Parcours(navigateur, adresse)
    _invite(paul, lien)
    _sessions(claire, navigateur, adresse)
    paul.ferme()
    claire.ferme()


def _premier_demarrage(claire: Parcours, code: str) -> None:
    claire.va("/")
    expect(claire.page).to_have_url(re.compile("/premier-demarrage$"))
    claire.examine("premier-demarrage")
    claire.page.get_by_label("Code de la console").fill("AAAA-AAAA-AAAA")
    claire.page.get_by_label("Votre nom").fill("Claire Martin")
    claire.page.get_by_label("Votre adresse e-mail").fill("claire.martin@exemple.fr")
    for libelle in ("Mot de passe", "Le même, encore une fois"):
        claire.page.get_by_label(libelle, exact=True).fill(MOT_DE_PASSE)
    claire.clique("Créer l’administrateur")
    expect(claire.page.get_by_role("alert")).to_contain_text("n’est pas, ou n’est plus, le bon")
    claire.examine("premier-demarrage-refuse")
    claire.page.get_by_label("Code de la console").fill(code.lower())
    for libelle in ("Mot de passe", "Le même, encore une fois"):
        claire.page.get_by_label(libelle, exact=True).fill(MOT_DE_PASSE)
    claire.clique("Créer l’administrateur")
    expect(claire.page.get_by_role("status").first).to_contain_text("Le premier administrateur est créé")
    claire.examine("connexion")
    _mot_de_passe(claire, "claire.martin@exemple.fr", "tout autre chose")
    expect(claire.page.get_by_role("alert")).to_contain_text("n’est pas le bon")
    claire.examine("connexion-refusee")
    _mot_de_passe(claire, "claire.martin@exemple.fr")
    expect(claire.page.get_by_role("heading", level=1)).to_have_text(re.compile("Bonjour Claire"))
    claire.page.locator("#menu-compte > summary").click()
    claire.examine("menu")


def _mot_de_passe(qui: Parcours, courriel: str, mot_de_passe: str = MOT_DE_PASSE) -> None:
    qui.page.get_by_label("Adresse e-mail").fill(courriel)
    qui.page.get_by_label("Mot de passe", exact=True).fill(mot_de_passe)
    qui.clique("Se connecter")


def _second_facteur(claire: Parcours, maison: Maison) -> tuple[pyotp.TOTP, list[str]]:
    claire.page.get_by_role("link", name="Mon compte").click()
    claire.examine("compte")
    claire.page.locator("#actuel-activer").fill("pas le mien")
    claire.clique("Activer le second facteur")
    expect(claire.page.get_by_role("alert")).to_contain_text("mot de passe actuel")
    claire.examine("compte-refuse")
    claire.page.locator("#actuel-activer").fill(MOT_DE_PASSE)
    claire.clique("Activer le second facteur")
    expect(claire.page.get_by_role("img", name="Code QR du second facteur")).to_be_visible()
    claire.examine("second-facteur")
    application = pyotp.TOTP(claire.page.locator("#cle-totp").inner_text())
    claire.page.get_by_label("Le code que montre l’application").fill(application.at(maison.montre()))
    claire.clique("Confirmer")
    expect(claire.page.locator("#codes li")).to_have_count(8)
    claire.examine("codes")
    secours = claire.page.locator("#codes li").all_inner_texts()
    claire.page.get_by_role("link", name="Je les ai gardés").click()
    claire.page.evaluate("document.querySelectorAll('main details').forEach(element => { element.open = true })")
    claire.examine("compte-second-facteur")
    return application, secours


def _deconnexion_et_retour(claire: Parcours, application: pyotp.TOTP, secours: list[str], maison: Maison) -> None:
    claire.page.locator("#menu-compte > summary").click()
    claire.clique("Se déconnecter")
    claire.va("/utilisateurs")
    expect(claire.page).to_have_url(re.compile(r"/connexion\?suite=%2Futilisateurs$"))
    maison.montre.avance(minutes=2)
    _mot_de_passe(claire, "claire.martin@exemple.fr")
    expect(claire.page.get_by_role("heading", level=1)).to_have_text("Second facteur")
    claire.examine("code")
    claire.page.get_by_label("Code", exact=True).fill("000000")
    claire.clique("Continuer")
    expect(claire.page.get_by_role("alert")).to_contain_text("a déjà servi")
    claire.examine("code-refuse")
    claire.page.get_by_label("Code", exact=True).fill(application.at(maison.montre()))
    claire.clique("Continuer")
    expect(claire.page).to_have_url(re.compile("/utilisateurs$"))
    assert len(secours) == 8


def _utilisateurs(claire: Parcours) -> str:
    claire.page.get_by_label("Nom", exact=True).fill("Paul Petit")
    claire.page.get_by_label("Adresse e-mail").fill("claire.martin@exemple.fr")
    claire.clique("Créer l’invitation")
    expect(claire.page.get_by_role("alert")).to_contain_text("a déjà un compte")
    claire.page.get_by_label("Adresse e-mail").fill("paul.petit@entreprise-de-maconnerie-petit-et-fils.exemple.fr")
    claire.clique("Créer l’invitation")
    lien = claire.page.get_by_label("Lien d’invitation").input_value()
    claire.examine("invite")
    claire.page.get_by_role("link", name="Utilisateurs").first.click()
    claire.page.evaluate("document.querySelectorAll('main details').forEach(element => { element.open = true })")
    claire.examine("utilisateurs")
    return lien.partition("/invitation")[1] + lien.partition("/invitation")[2]


def _jetons_et_journal(claire: Parcours) -> None:
    claire.va("/jetons")
    claire.examine("jetons-vides")
    claire.page.get_by_label("Pour quoi").fill("Supervision du parc")
    claire.clique("Créer le jeton")
    expect(claire.page.get_by_role("textbox", name="Jeton")).to_have_value(re.compile("^sages_"))
    claire.examine("jeton")
    claire.va("/jetons")
    claire.examine("jetons")
    claire.clique("Révoquer")
    expect(claire.page.get_by_text("Révoqué", exact=True)).to_be_visible()
    claire.va("/journal")
    claire.examine("journal")


def _invite(paul: Parcours, lien: str) -> None:
    paul.va(lien)
    expect(paul.page.get_by_role("heading", level=1)).to_have_text("Bienvenue, Paul Petit")
    paul.examine("invitation")
    for libelle in ("Mot de passe", "Le même, encore une fois"):
        paul.page.get_by_label(libelle, exact=True).fill(AUTRE_MOT_DE_PASSE)
    paul.clique("Choisir ce mot de passe")
    _mot_de_passe(paul, "paul.petit@entreprise-de-maconnerie-petit-et-fils.exemple.fr", AUTRE_MOT_DE_PASSE)
    expect(paul.page.get_by_role("heading", level=1)).to_have_text(re.compile("Bonjour Paul"))
    paul.va("/utilisateurs")
    expect(paul.page.get_by_role("heading", level=1)).to_have_text("Demande refusée")
    paul.examine("refus")
    paul.va(lien)
    expect(paul.page.get_by_role("heading", level=1)).to_have_text("Page introuvable")


def _sessions(claire: Parcours, navigateur: Browser, adresse: str) -> None:
    """Signed in elsewhere with a recovery code, she ends that session from here: it is refused at once."""
    claire.va("/compte")
    claire.page.get_by_text("Renouveler les codes de secours…").click()
    claire.page.locator("#actuel-codes").fill(MOT_DE_PASSE)
    claire.clique("Renouveler les codes")
    secours = claire.page.locator("#codes li").all_inner_texts()
    ailleurs = Parcours(navigateur, adresse)
    ailleurs.va("/connexion")
    _mot_de_passe(ailleurs, "claire.martin@exemple.fr")
    ailleurs.page.get_by_label("Code", exact=True).fill(secours[0].lower())
    ailleurs.clique("Continuer")
    expect(ailleurs.page.get_by_role("heading", level=1)).to_have_text(re.compile("Bonjour Claire"))
    claire.va("/compte")
    claire.clique("Fermer")
    expect(claire.page.get_by_role("status").first).to_contain_text("Session fermée")
    ailleurs.va("/")
    expect(ailleurs.page).to_have_url(re.compile("/connexion$"))
    ailleurs.ferme()
