"""A SQL Server to test on: the one of `BATIGEST_TEST_URL`, else the stand-in. The rights needed are said in `bac`."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import uuid4

import mssql_python
import psycopg
import pytest
from pydantic import SecretStr

from banc.batigest import Identifiant, ServeurBatigest, pannes
from connecteur.settings import ReglagesBatigest
from sages_commun.postgres_embarque import PostgresEmbarque

from .bac import Bac, Sql

UTILISATEUR = "connecteur"
MOT_DE_PASSE = "p};Server=autre;é 'x"
"""A password like the worst that an administrator may choose."""
LECTEUR = "lecteur"
"""An account of the stand-in that may read three of the four tables, and write nowhere."""
LECTURE = frozenset({"SELECT"})
ATTENTE_S = 20.0


@dataclass(frozen=True)
class ServeurEssai:
    """Where to test. `postgres` is the stand-in's PostgreSQL, None on a real server."""

    reglages: ReglagesBatigest
    postgres: str | None


class Panne(Protocol):
    """Plan a fault of the stand-in (see `banc.batigest.pannes`)."""

    def __call__(
        self,
        effet: str,
        *,
        sur: str = "",
        numero: int | None = None,
        secondes: float | None = None,
        sauter: int = 0,
        fois: int = 1,
    ) -> None: ...


def lit_url(url: str) -> ReglagesBatigest:
    """`mssql://user:password@host:port/base?TrustServerCertificate=yes`, as SQLAlchemy writes it."""
    parties = urlsplit(url)
    options = {nom.lower(): valeurs[0].lower() for nom, valeurs in parse_qs(parties.query).items()}
    return ReglagesBatigest(
        serveur=unquote(parties.hostname or "localhost"),
        port=parties.port,
        base=unquote(parties.path.removeprefix("/")),
        utilisateur=unquote(parties.username or ""),
        mot_de_passe=SecretStr(unquote(parties.password or "")),
        chiffrement=options.get("encrypt", "yes") in {"yes", "true", "mandatory"},
        certificat_de_confiance=options.get("trustservercertificate", "no") in {"yes", "true"},
    )


@pytest.fixture(scope="session")
def serveur_essai() -> Iterator[ServeurEssai]:
    """The server named, or a stand-in of our own."""
    if url := os.environ.get("BATIGEST_TEST_URL"):
        yield ServeurEssai(lit_url(url), None)
        return
    dossier = Path(tempfile.mkdtemp(prefix="batigest-", dir="/tmp"))
    dossier.chmod(0o755)
    with PostgresEmbarque(dossier, durable=False) as postgres:
        url_postgres = postgres.create_base("batigest")
        lecteur = Identifiant(MOT_DE_PASSE, {"devis": frozenset(), "*": LECTURE})
        identifiants: dict[str, str | Identifiant] = {UTILISATEUR: MOT_DE_PASSE, LECTEUR: lecteur}
        with ServeurBatigest(url_postgres, identifiants=identifiants) as serveur:
            reglages = ReglagesBatigest(
                serveur="127.0.0.1",
                port=serveur.port,
                base="master",
                utilisateur=UTILISATEUR,
                mot_de_passe=SecretStr(MOT_DE_PASSE),
                certificat_de_confiance=True,
            )
            yield ServeurEssai(reglages, url_postgres)
    shutil.rmtree(dossier)


@pytest.fixture(scope="session")
def reglages_base(serveur_essai: ServeurEssai) -> Iterator[ReglagesBatigest]:
    """A database of our own, dropped at the end; where we may not create one, the one named, if it has no Batigest."""
    nom = f"connecteur_essai_{uuid4().hex[:12]}"
    with Sql(serveur_essai.reglages) as sql:
        try:
            sql(f"CREATE DATABASE [{nom}]")
        except mssql_python.Error:
            if sql("SELECT 1 FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_NAME IN ('ChantierDef', 'SuiviMO')"):
                pytest.exit("la base de BATIGEST_TEST_URL contient déjà un dossier Batigest : elle n’est pas touchée")
            yield serveur_essai.reglages
            return
        yield serveur_essai.reglages.model_copy(update={"base": nom})
        sql(f"DROP DATABASE [{nom}]")


@pytest.fixture(scope="session")
def main_libre(reglages_base: ReglagesBatigest) -> Iterator[Sql]:
    """Somebody who may do anything in that database."""
    with Sql(reglages_base) as sql:
        yield sql


@pytest.fixture
def bac(reglages_base: ReglagesBatigest, main_libre: Sql) -> Iterator[Bac]:
    """A dossier without tables: `bac.cree(…)` makes them."""
    bac = Bac(reglages_base, main_libre)
    yield bac
    bac.ferme()
    bac.supprime()


@pytest.fixture
def panne(serveur_essai: ServeurEssai) -> Iterator[Panne]:
    """Faults on demand."""
    if serveur_essai.postgres is None:
        pytest.skip("un vrai serveur n’a pas de pannes à la demande")
    url = serveur_essai.postgres

    def programme(
        effet: str,
        *,
        sur: str = "",
        numero: int | None = None,
        secondes: float | None = None,
        sauter: int = 0,
        fois: int = 1,
    ) -> None:
        pannes.programme(url, effet, sur=sur, numero=numero, secondes=secondes, sauter=sauter, fois=fois)

    yield programme
    restantes = pannes.restantes(url)
    pannes.oublie_tout(url)
    assert not restantes, "une panne prévue n’a jamais frappé : l’essai n’a rien éprouvé"


@pytest.fixture
def lecteur(serveur_essai: ServeurEssai) -> str:
    """The name of the account with few rights."""
    if serveur_essai.postgres is None:
        pytest.skip("le compte aux droits restreints est celui du banc")
    return LECTEUR


@pytest.fixture
def attend_un_verrou(serveur_essai: ServeurEssai) -> Iterator[Callable[[], None]]:
    """Waits until some session of the server waits for another one's lock."""
    if serveur_essai.postgres is None:
        with Sql(serveur_essai.reglages) as sql:
            demande = "SELECT 1 FROM sys.dm_exec_requests WHERE blocking_session_id <> 0"
            try:
                sql(demande)
            except mssql_python.Error:
                pytest.skip("ce compte ne voit pas les attentes de verrou (VIEW SERVER STATE)")
            yield lambda: attend(lambda: bool(sql(demande)))
        return
    with psycopg.connect(serveur_essai.postgres, autocommit=True) as connexion:
        activite = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        yield lambda: attend(lambda: connexion.execute(activite).fetchone() is not None)


def attend(condition: Callable[[], bool]) -> None:
    """Until this is so."""
    limite = time.monotonic() + ATTENTE_S
    while not condition():
        assert time.monotonic() < limite, "cela n’arrive pas"
        time.sleep(0.01)
