"""One embedded PostgreSQL for these tests, and for each of them a fresh copy of a migrated database."""

import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
import pytest
from psycopg import sql

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
def modele(serveur: PostgresEmbarque) -> str:
    """The name of a migrated, empty database."""
    with Tampon(serveur.create_base("modele"), "demo", PARIS) as tampon:
        tampon.migre()
    return "modele"


@pytest.fixture
def url_vierge(serveur: PostgresEmbarque) -> Iterator[str]:
    """The address of an empty database."""
    base = f"vierge_{uuid.uuid4().hex}"
    yield serveur.create_base(base)
    serveur.drop_base(base)


@pytest.fixture
def url(serveur: PostgresEmbarque, modele: str) -> Iterator[str]:
    """The address of a migrated database."""
    base = f"copie_{uuid.uuid4().hex}"
    copie_base(serveur, modele, base)
    yield serveur.url(base)
    serveur.drop_base(base)


@pytest.fixture
def tampon(url: str) -> Iterator[Tampon]:
    """The real tampon, migrated and empty."""
    with Tampon(url, "demo", PARIS) as ouvert:
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

    def execute(texte: sql.SQL, *parametres: object) -> list[tuple[object, ...]]:
        with psycopg.connect(url, autocommit=True) as connexion:
            curseur = connexion.execute(texte, parametres)
            return curseur.fetchall() if curseur.description else []

    return execute


def copie_base(serveur: PostgresEmbarque, modele: str, base: str) -> None:
    """A copy of a database; a file copy, a hundred times faster than migrating."""
    with psycopg.connect(serveur.url(), autocommit=True) as connexion:
        connexion.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(base), sql.Identifier(modele))
        )
