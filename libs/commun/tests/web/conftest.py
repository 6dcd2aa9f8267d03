"""The kit on a program of its own, really served, and a real browser."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import pytest
import structlog
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, expect, sync_playwright

from sages_commun.web.feuille import compile_feuille

from .boutique import VITRINE, cree_boutique

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]


class _Serveur(uvicorn.Server):
    def __init__(self, app: FastAPI) -> None:
        super().__init__(uvicorn.Config(app, "127.0.0.1", 0, log_config=None, server_header=False))
        self.pret = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.pret.set()


@contextmanager
def en_service(app: FastAPI) -> Iterator[str]:
    """This application, served until the end of the block; its address."""
    serveur = _Serveur(app)
    fil = threading.Thread(target=serveur.run)
    fil.start()
    try:
        assert serveur.pret.wait(20)
        yield f"http://127.0.0.1:{serveur.servers[0].sockets[0].getsockname()[1]}"
    finally:
        serveur.should_exit = True
        fil.join(20)


@pytest.fixture(scope="module")
def boutique() -> Iterator[FastAPI]:
    """The program of this file of tests; tracebacks in the journal are plain: the default ones take seconds."""
    avant = structlog.get_config()
    structlog.configure(processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()])
    compile_feuille(VITRINE)
    yield cree_boutique(frozenset({"Boutique.exemple.fr"}))
    structlog.configure(**avant)


@pytest.fixture(scope="module")
def adresse(boutique: FastAPI) -> Iterator[str]:
    """Where it is."""
    with en_service(boutique) as ou:
        yield ou


@pytest.fixture
def http(adresse: str) -> Iterator[httpx2.Client]:
    """A client of it: what a script is."""
    with httpx2.Client(base_url=adresse, timeout=20, trust_env=False) as client:
        yield client


@pytest.fixture(scope="module")
def navigateur() -> Iterator[Browser]:
    """One Chromium for the tests of a file: Playwright keeps an event loop running while it is open."""
    expect.set_options(timeout=20_000)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield chromium
        chromium.close()
