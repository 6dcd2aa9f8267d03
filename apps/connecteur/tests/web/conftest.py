"""A real server on the loopback, and a real browser."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

import httpx2
import pytest
import structlog
from playwright.sync_api import Browser, BrowserContext, Page

from connecteur.web.app import WEB, create_app
from connecteur.web.serveur import Serveur
from connecteur.web.services import Services
from sages_commun.web.feuille import compile_feuille

from .demonstration import Maison

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
    "/import-initial",
    "/horaires",
    "/historique",
    "/historique/decisions",
    "/reglages",
    "/reglages/champs",
    "/configuration",
    "/apercu/heures",
    "/nulle-part",
]
"""Every page but those of a run, and one that does not exist."""

Sert = Callable[[Maison], str]
"""Serve these services; the address."""


@pytest.fixture(scope="session", autouse=True)
def feuille() -> None:
    """The style sheet, compiled from what is there now."""
    compile_feuille(WEB)


@pytest.fixture(scope="module", autouse=True)
def journal() -> Iterator[None]:
    """Tracebacks as the program writes them: the default ones draw every local variable, for seconds."""
    avant = structlog.get_config()
    structlog.configure(processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()])
    yield
    structlog.configure(**avant)


def en_service(maison: Maison, hotes: frozenset[str] = frozenset()) -> AbstractContextManager[Serveur]:
    """The pages of this house, served until the end of the block."""
    return en_service_de(maison.services(hotes))


@contextmanager
def en_service_de(services: Services) -> Iterator[Serveur]:
    """The pages of these services, served until the end of the block."""
    pret = threading.Event()
    serveur = Serveur(create_app(services), "127.0.0.1", 0, pret.set)
    fil = threading.Thread(target=serveur.sert)
    fil.start()
    try:
        assert pret.wait(20)
        yield serveur
    finally:
        serveur.should_exit = True
        fil.join(20)
        assert not fil.is_alive()


@pytest.fixture
def sert() -> Iterator[Sert]:
    """Serves houses for the length of a test."""
    with ExitStack() as pile:
        yield lambda maison: pile.enter_context(en_service(maison)).adresse


@pytest.fixture
def http() -> Iterator[httpx2.Client]:
    """A client: what a script is."""
    with httpx2.Client(timeout=20, trust_env=False) as client:
        yield client


Ouvre = Callable[..., Page]
"""Open a page of its own in the browser; options are those of a browser context."""


@contextmanager
def _fenetres(navigateur: Browser, plaintes: list[str]) -> Iterator[Ouvre]:
    contextes: list[BrowserContext] = []

    def _ouvre(adresse: str, **options: Any) -> Page:
        contexte = navigateur.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        contextes.append(contexte)
        page = contexte.new_page()
        page.on("console", lambda message: plaintes.append(f"{message.type} : {message.text}"))
        page.on("pageerror", lambda erreur: plaintes.append(str(erreur)))
        page.on("requestfailed", lambda requete: _note_echec(plaintes, requete.url, requete.failure))
        page.goto(adresse)
        return page

    yield _ouvre
    for contexte in contextes:
        contexte.close()


@pytest.fixture
def ouvre(navigateur: Browser) -> Iterator[Ouvre]:
    """Opens pages, and fails the test when one of them complained: an error, a refused resource, a CSP violation."""
    plaintes: list[str] = []
    with _fenetres(navigateur, plaintes) as fenetre:
        yield fenetre
    assert plaintes == []


@pytest.fixture
def navigateur_tolerant(navigateur: Browser) -> Iterator[Ouvre]:
    """Opens pages that may be refused something: the browser itself notes every such answer as an error."""
    plaintes: list[str] = []
    with _fenetres(navigateur, plaintes) as fenetre:
        yield fenetre
    assert [plainte for plainte in plaintes if "Failed to load resource" not in plainte] == []


def _note_echec(plaintes: list[str], url: str, echec: str | None) -> None:
    # A page that is closed lets go of its stream and of what it was fetching: that is no fault.
    if echec != "net::ERR_ABORTED":
        plaintes.append(f"{url} : {echec}")
