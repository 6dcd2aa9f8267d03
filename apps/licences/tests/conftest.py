"""One embedded PostgreSQL for these tests, a migrated database for each file, a clock that the test holds."""

import base64
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from licence_manager.bootstrap import Maison, ouvre
from licence_manager.domain.duree import Duree, echeance
from licence_manager.domain.licence import Fiche, Licence
from licence_manager.settings import Reglages
from sages_commun.postgres_embarque import PostgresEmbarque

SECRET = base64.b64encode(b"secret de test, 32 octets juste.").decode()
UN_AN = Duree(mois=12)


class Montre:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.le = datetime(2026, 3, 2, 9, 30, 15, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.le

    def avance(self, duree: timedelta) -> None:
        """Later."""
        self.le += duree


class Atelier:
    """An open Licence Manager and what tests do with it all the time."""

    def __init__(self, maison: Maison, montre: Montre) -> None:
        self.maison = maison
        self.montre = montre

    def vend(self, fiche: Fiche | None = None, *, duree: Duree = UN_AN) -> tuple[Licence, str]:
        """A new licence and its key."""
        expire_le = echeance(self.montre(), duree)
        return self.maison.licences.create_licence(fiche or Fiche("Menuiserie Lefèvre"), expire_le, "vendeur")


def reglages_de(url: str, **autres: object) -> Reglages:
    """Settings of a test: nothing of this machine is read."""
    return Reglages.model_validate(
        {"base": SecretStr(url), "secret": SecretStr(SECRET), "debit_adresse": 10**6, "debit_cle": 10**6} | autres
    )


@pytest.fixture(scope="session")
def serveur() -> Iterator[PostgresEmbarque]:
    """A throw-away server, in a folder that the server's own user can reach."""
    dossier = Path(tempfile.mkdtemp(prefix="licences-", dir="/tmp"))
    dossier.chmod(0o755)
    with PostgresEmbarque(dossier, durable=False) as postgres:
        yield postgres
    shutil.rmtree(dossier)


@pytest.fixture
def url_vierge(serveur: PostgresEmbarque) -> Iterator[str]:
    """The address of an empty database."""
    base = f"vierge_{uuid.uuid4().hex}"
    yield serveur.create_base(base)
    serveur.drop_base(base)


@pytest.fixture(scope="module")
def url(serveur: PostgresEmbarque) -> Iterator[str]:
    """The address of the database of a file of tests, migrated by the first who opens it."""
    base = f"fichier_{uuid.uuid4().hex}"
    yield serveur.create_base(base)
    serveur.drop_base(base)


@pytest.fixture(scope="module")
def maison_du_fichier(url: str) -> Iterator[tuple[Maison, Montre]]:
    """Open once for a file of tests."""
    montre = Montre()
    with ExitStack() as pile:
        yield pile.enter_context(ouvre(reglages_de(url), montre, a_migrer=True)), montre


@pytest.fixture
def atelier(maison_du_fichier: tuple[Maison, Montre]) -> Atelier:
    """The open Licence Manager of this file, its clock set."""
    maison, montre = maison_du_fichier
    montre.le = Montre().le
    return Atelier(maison, montre)
