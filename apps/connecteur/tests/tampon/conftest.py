"""One embedded PostgreSQL and one migrated database for these tests; each of them has a dossier of its own in it."""

import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import LiteralString
from zoneinfo import ZoneInfo

import psycopg
import pytest

from connecteur.tampon.memoire import TamponMemoire
from connecteur.tampon.tampon import Tampon
from sages_commun.postgres_embarque import PostgresEmbarque

PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture(scope="session")
def serveur() -> Iterator[PostgresEmbarque]:
    """A throw-away server, in a folder that the server's own user can reach."""
    dossier = Path(tempfile.mkdtemp(prefix="tampon-", dir="/tmp"))
    dossier.chmod(0o755)
    with PostgresEmbarque(dossier, durable=False) as postgres:
        yield postgres
    shutil.rmtree(dossier)


@pytest.fixture(scope="session")
def url(serveur: PostgresEmbarque) -> str:
    """The address of a migrated database."""
    adresse = serveur.create_base("commune")
    with Tampon(adresse, "demo", PARIS) as tampon:
        tampon.migre()
    return adresse


@pytest.fixture
def url_vierge(serveur: PostgresEmbarque) -> Iterator[str]:
    """The address of an empty database."""
    base = f"vierge_{uuid.uuid4().hex}"
    yield serveur.create_base(base)
    serveur.drop_base(base)


@pytest.fixture
def dossier() -> str:
    """The name of a dossier that nobody knows."""
    return f"demo-{uuid.uuid4().hex}"


@pytest.fixture
def tampon(url: str, dossier: str) -> Iterator[Tampon]:
    """The real tampon of an empty dossier."""
    with Tampon(url, dossier, PARIS) as ouvert:
        yield ouvert


@pytest.fixture(params=["postgresql", "memoire"])
def un_tampon(request: pytest.FixtureRequest) -> Tampon | TamponMemoire:
    """Both implementations: what is promised holds for each."""
    if request.param == "memoire":
        return TamponMemoire(PARIS)
    reel: Tampon = request.getfixturevalue("tampon")
    return reel


@pytest.fixture
def requete(url: str) -> Callable[..., list[tuple[object, ...]]]:
    """Look into the database of the test, behind the tampon's back."""

    def execute(texte: LiteralString, *parametres: object) -> list[tuple[object, ...]]:
        with psycopg.connect(url, autocommit=True) as connexion:
            curseur = connexion.execute(texte, parametres)
            return curseur.fetchall() if curseur.description else []

    return execute
