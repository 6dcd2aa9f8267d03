"""One PostgreSQL and one server for all these tests; each test has a dossier of its own."""

import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import mssql_python
import pytest

from banc.batigest import Identifiant, ServeurBatigest, create_dossier, pannes
from sages_commun.postgres_embarque import PostgresEmbarque

MOT_DE_PASSE = "Motdepasse;1"
NUMEROS = itertools.count(1)


@dataclass(frozen=True)
class Adresse:
    """Where a dossier is served."""

    port: int
    base: str
    postgres: str = field(repr=False)

    def chaine(self, utilisateur: str = "sa", mot_de_passe: str = MOT_DE_PASSE, *, base: str | None = None) -> str:
        return (
            f"Server=127.0.0.1,{self.port};Database={base or self.base};UID={utilisateur};PWD={{{mot_de_passe}}};"
            "Encrypt=yes;TrustServerCertificate=yes;ConnectRetryCount=0"
        )


def local(  # noqa: PLR0917 - as datetime takes them
    annee: int, mois: int, jour: int, heure: int = 0, minute: int = 0, seconde: int = 0, micro: int = 0
) -> datetime:
    """A date of SQL Server, which has no zone."""
    return datetime(annee, mois, jour, heure, minute, seconde, micro)  # noqa: DTZ001 - that is what is tested


class Client:
    """One connection, and the shortest way to use it."""

    def __init__(self, adresse: Adresse, *, autocommit: bool = True, **options: Any) -> None:
        self.connexion = mssql_python.connect(adresse.chaine(**options), autocommit=autocommit)

    def __call__(self, sql: str, *valeurs: Any) -> list[tuple[Any, ...]]:
        """Run; the rows of every result, one after the other."""
        curseur = self.connexion.cursor()
        curseur.execute(sql, *valeurs)
        lignes: list[tuple[Any, ...]] = []
        while True:
            if curseur.description:
                lignes += map(tuple, curseur.fetchall())
            if not curseur.nextset():
                return lignes

    def un(self, sql: str, *valeurs: Any) -> Any:
        """The only value of the only row."""
        ((valeur,),) = self(sql, *valeurs)
        return valeur

    def compte(self, sql: str, *valeurs: Any) -> int:
        """How many rows it wrote."""
        curseur = self.connexion.cursor()
        curseur.execute(sql, *valeurs)
        return int(curseur.rowcount)

    def ferme(self) -> None:
        """Log out, from a server that may have cut the line."""
        with suppress(mssql_python.Error):
            self.connexion.close()

    def plusieurs(self, sql: str, lot: list[tuple[Any, ...]]) -> None:
        self.connexion.cursor().executemany(sql, lot)


@pytest.fixture(scope="session", autouse=True)
def _sans_reserve() -> None:
    """A pool would keep sessions, their locks and their #temp tables from one test to the next."""
    mssql_python.pooling(enabled=False)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    dossier = Path(tempfile.mkdtemp(prefix="batigest-", dir="/tmp"))
    dossier.chmod(0o755)
    with PostgresEmbarque(dossier / "pg", durable=False) as serveur:
        yield serveur.create_base("banc")
    shutil.rmtree(dossier, ignore_errors=True)


@pytest.fixture(scope="session")
def serveur(postgres: str) -> Iterator[ServeurBatigest]:
    identifiants: dict[str, str | Identifiant] = {
        "sa": MOT_DE_PASSE,
        "lecteur": Identifiant(MOT_DE_PASSE, {"*": frozenset({"SELECT"}), "salarie": frozenset()}),
    }
    with ServeurBatigest(postgres, identifiants=identifiants) as serveur:
        yield serveur


@pytest.fixture(scope="session")
def commune(serveur: ServeurBatigest, postgres: str) -> Adresse:
    """A dossier for the tests that change nothing that lasts."""
    create_dossier(postgres, "COMMUNE")
    return Adresse(serveur.port, "COMMUNE", postgres)


@pytest.fixture(scope="session")
def commun(commune: Adresse) -> Iterator[Client]:
    """A connection to it."""
    client = Client(commune)
    yield client
    client.connexion.close()


@pytest.fixture
def adresse(serveur: ServeurBatigest, postgres: str) -> Adresse:
    base = f"ESSAI_{next(NUMEROS)}"
    create_dossier(postgres, base)
    return Adresse(serveur.port, base, postgres)


@pytest.fixture
def ouvre(adresse: Adresse) -> Iterator[Callable[..., Client]]:
    with ExitStack() as pile:

        def ouvre(**options: Any) -> Client:
            client = Client(adresse, **options)
            pile.callback(client.ferme)
            return client

        yield ouvre


@pytest.fixture
def sql(ouvre: Callable[..., Client]) -> Client:
    return ouvre()


@pytest.fixture
def panne(postgres: str) -> Iterator[Callable[..., None]]:
    def programme(effet: str, **options: Any) -> None:
        pannes.programme(postgres, effet, **options)

    yield programme
    pannes.oublie_tout(postgres)
