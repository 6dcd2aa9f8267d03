"""The pages over real HTTP, signed in as whom a test says, and a real browser."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
from apps.licences.tests.comptes import COOKIE, ouvre_session
from apps.licences.tests.conftest import Montre, reglages_de
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from licence_manager.bootstrap import Maison, ouvre
from licence_manager.web.app import create_app
from licence_manager.web.rendu import WEB
from licence_manager.web.serveur import Serveur
from sages_commun.acces import Role
from sages_commun.web.feuille import compile_feuille

from .donnees import remplis

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
ADMINISTRATEUR, LECTEUR = "administrateur", "lecture seule"
ROLES = {ADMINISTRATEUR: Role.ADMINISTRATEUR, LECTEUR: Role.LECTURE_SEULE}


@dataclass
class Pages:
    """A house whose pages are served."""

    maison: Maison
    montre: Montre
    adresse: str
    app: FastAPI
    numeros: dict[str, int] = field(default_factory=dict)
    _clients: list[httpx2.Client] = field(default_factory=list)
    _sessions: dict[str, str] = field(default_factory=dict)

    def cookies(self, role: str | None) -> dict[str, str]:
        """What a browser of this person holds: one session for all of them, as long as the clock of the test allows."""
        if role is None:
            return {}
        if self.maison.acces.utilisateur_de(self._sessions.get(role, "")) is None:
            self._sessions[role] = ouvre_session(self.maison, ROLES[role])
        return {COOKIE: self._sessions[role]}

    def jeton(self, role: str | None) -> str:
        """What the forms of this person carry."""
        return str(self.app.state.jetons.jeton(self.cookies(role)[COOKIE]))

    def client(self, role: str | None = ADMINISTRATEUR) -> httpx2.Client:
        """A script of this person, with the token of their session: it follows no redirection."""
        cookies = self.cookies(role)
        client = httpx2.Client(base_url=self.adresse, timeout=20, trust_env=False, cookies=cookies)
        if cookies:
            client.headers["X-Jeton"] = self.jeton(role)
        self._clients.append(client)
        return client

    def ferme(self) -> None:
        """Close the clients."""
        for client in self._clients:
            client.close()


@contextmanager
def sers(maison: Maison, montre: Montre, numeros: dict[str, int]) -> Iterator[Pages]:
    """The application of this house, served until the end of the block."""
    pret = threading.Event()
    app = create_app(lambda: nullcontext(maison))
    serveur = Serveur(app, "127.0.0.1", 0, pret=pret.set)
    fil = threading.Thread(target=serveur.sert)
    fil.start()
    try:
        assert pret.wait(20)
        pages = Pages(maison, montre, serveur.adresse, app, numeros)
        yield pages
        pages.ferme()
    finally:
        serveur.should_exit = True
        fil.join(20)
        assert not fil.is_alive()


@pytest.fixture(scope="session", autouse=True)
def feuille() -> None:
    """The style sheet, compiled from what is there now."""
    compile_feuille(WEB)


@pytest.fixture(scope="module")
def pages(maison_du_fichier: tuple[Maison, Montre]) -> Iterator[Pages]:
    """The pages of this file's house, filled."""
    maison, montre = maison_du_fichier
    with sers(maison, montre, remplis(maison, montre)) as servies:
        yield servies


@pytest.fixture
def pages_vides(url_vierge: str) -> Iterator[Pages]:
    """Those of a house where nothing was ever sold."""
    montre = Montre()
    with ouvre(reglages_de(url_vierge), montre, a_migrer=True) as maison, sers(maison, montre, {}) as servies:
        yield servies


@pytest.fixture(scope="module")
def navigateur() -> Iterator[Browser]:
    """One Chromium for the tests of a file."""
    expect.set_options(timeout=20_000)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield chromium
        chromium.close()


def reconnecte(page: Page, pages: Pages, role: str = ADMINISTRATEUR) -> None:
    """Time has gone by: this person signs in again."""
    page.context.add_cookies(
        [{"name": nom, "value": valeur, "url": pages.adresse} for nom, valeur in pages.cookies(role).items()]
    )


Visite = Callable[..., Page]
"""Open a page of its own as somebody; options are those of a browser context."""


@pytest.fixture
def visite(navigateur: Browser) -> Iterator[Visite]:
    """Opens pages, and fails the test when one of them complained: an error, a refused resource, a CSP violation."""
    plaintes: list[str] = []
    contextes: list[BrowserContext] = []

    def ouvre_page(pages: Pages, chemin: str = "/", role: str | None = ADMINISTRATEUR, **options: Any) -> Page:
        contexte = navigateur.new_context(
            **{"viewport": {"width": 1280, "height": 900}, "base_url": pages.adresse, **options}
        )
        contexte.add_cookies(
            [{"name": nom, "value": valeur, "url": pages.adresse} for nom, valeur in pages.cookies(role).items()]
        )
        contextes.append(contexte)
        page = contexte.new_page()
        page.on("console", lambda message: plaintes.append(f"{message.type} : {message.text}"))
        page.on("pageerror", lambda erreur: plaintes.append(str(erreur)))
        page.on("dialog", lambda dialogue: plaintes.append(f"dialogue : {dialogue.message}"))
        page.goto(chemin)
        return page

    yield ouvre_page
    for contexte in contextes:
        contexte.close()
    # The browser itself notes an answer that is not a success as an error.
    assert [plainte for plainte in plaintes if "Failed to load resource" not in plainte] == []
