"""The accounts on a real PostgreSQL: one server, one schema for each test, a clock that the test holds."""

import contextlib
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pyotp
import pytest
from argon2 import PasswordHasher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from fastapi import FastAPI

from sages_commun.acces import Acces, Base, Client, Contexte, Identite, MotsDePasse, Role, Utilisateur, schema_sql
from sages_commun.acces.base import Ouvre
from sages_commun.postgres_embarque import PostgresEmbarque

if TYPE_CHECKING:
    from .visiteur import Visiteur

MOT_DE_PASSE = "quatre tuiles bleues au vent"
AUTRE_MOT_DE_PASSE = "un seau de mortier trop clair"
BUREAU = Client("192.0.2.10", "Firefox de Claire")
INCONNU = Client("198.51.100.66", "curl")
ACCUEIL = '{% extends "socle.html" %}{% block contenu %}<h1>Bonjour {{ qui.nom }}</h1>{% endblock %}'
_NUMEROS = itertools.count()


class Montre:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.le = datetime(2026, 3, 2, 9, 30, 15, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.le

    def avance(self, **duree: float) -> None:
        """Later."""
        self.le += timedelta(**duree)


class Cadenas:
    """A real encryption, by a key of this test."""

    def __init__(self) -> None:
        self._aes = AESGCM(bytes(32))

    def scelle(self, clair: bytes, place: str) -> bytes:
        """Encrypted for this place."""
        return bytes(12) + self._aes.encrypt(bytes(12), clair, place.encode())

    def ouvre(self, scelle: bytes, place: str) -> bytes:
        """What was encrypted for this place."""
        return self._aes.decrypt(scelle[:12], scelle[12:], place.encode())


class Compteuse(PasswordHasher):
    """The real thing with small parameters; counts what it is asked to do."""

    def __init__(self, time_cost: int = 1) -> None:
        super().__init__(time_cost=time_cost, memory_cost=64, parallelism=1)
        self.verifications: list[str] = []
        self.ensuite: list[Callable[[], object]] = []
        """What happens elsewhere, right after a verification."""

    def verify(self, hash: str | bytes, password: str | bytes) -> Any:  # noqa: A002 - its own name there
        self.verifications.append(str(hash).rsplit("$", 2)[0])
        try:
            return super().verify(hash, password)
        finally:
            if self.ensuite:
                self.ensuite.pop()()


@dataclass
class Maison:
    """The accounts of one test."""

    ouvre: Ouvre
    schema: str
    montre: Montre = field(default_factory=Montre)
    hacheuse: Compteuse = field(default_factory=Compteuse)

    def __post_init__(self) -> None:
        self.contexte = Contexte(
            Base(self.ouvre, self.schema), Cadenas(), "Essai", MotsDePasse(self.hacheuse), horloge=self.montre
        )
        self.acces = Acces(self.contexte)

    def administrateur(self, courriel: str = "claire.martin@exemple.fr", nom: str = "Claire Martin") -> Utilisateur:
        """An administrator with `MOT_DE_PASSE`."""
        utilisateur, _ = self.acces.premier_demarrage.cree_de_la_console(courriel, nom, MOT_DE_PASSE, par="essai")
        return utilisateur

    def lecteur(self, par: Identite, courriel: str = "paul@exemple.fr") -> Utilisateur:
        """Somebody who may look, with `MOT_DE_PASSE`."""
        utilisateur, code = self.acces.gestion.invite(par, courriel, "Paul Petit", Role.LECTURE_SEULE, BUREAU)
        self.acces.gestion.suit_invitation(code, MOT_DE_PASSE, BUREAU)
        return utilisateur

    def entre(self, courriel: str = "claire.martin@exemple.fr", client: Client = BUREAU) -> tuple[Identite, str]:
        """Signed in: who, and the secret of the session."""
        ouverture = self.acces.connexion.connecte(courriel, MOT_DE_PASSE, client)
        identite = self.acces.connexion.identite(ouverture.secret, client)
        assert identite is not None
        return identite, ouverture.secret

    def active_totp(self, qui: Identite) -> tuple[pyotp.TOTP, list[str], str]:
        """The second factor turned on: the application, the recovery codes, the secret of the session."""
        self.acces.compte.prepare_totp(qui, MOT_DE_PASSE, BUREAU)
        enrolement = self.acces.compte.lit_enrolement(qui)
        assert enrolement is not None
        application = pyotp.TOTP(enrolement.secret)
        codes, secret = self.acces.compte.confirme_totp(qui, application.at(self.montre()), BUREAU)
        return application, codes, secret

    def gestes(self) -> list[tuple[str, bool]]:
        """What the audit trail tells, the oldest first."""
        return [(entree.geste, entree.reussi) for entree in reversed(self.acces.list_journal(500))]

    def compte(self, table: str) -> int:
        """How many lines a table holds."""
        with self.ouvre() as connexion:
            ligne = connexion.execute(f"SELECT count(*) FROM {self.schema}.{table}".encode()).fetchone()
        assert ligne is not None
        return int(ligne[0])


@pytest.fixture(scope="session")
def ouvre_base(dossier_garde: Path) -> Iterator[Ouvre]:
    """Transactions on a server of these tests."""
    with PostgresEmbarque(dossier_garde, durable=False) as serveur:
        url = serveur.create_base("acces")
        yield lambda: psycopg.connect(url)


@pytest.fixture
def maison(ouvre_base: Ouvre) -> Iterator[Maison]:
    """Accounts without anybody."""
    schema = f"essai_{next(_NUMEROS)}"
    with ouvre_base() as connexion:
        connexion.execute(f"CREATE SCHEMA {schema}".encode())
        connexion.execute(schema_sql(schema).encode())
    yield Maison(ouvre_base, schema)
    with contextlib.suppress(psycopg.Error), ouvre_base() as connexion:
        connexion.execute(f"DROP SCHEMA {schema} CASCADE".encode())


@pytest.fixture(scope="session")
def dossier_web(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The web folder of a program: one page of its own."""
    dossier = tmp_path_factory.mktemp("maquette")
    (dossier / "templates").mkdir()
    (dossier / "static").mkdir()
    (dossier / "templates" / "accueil.html").write_text(ACCUEIL)
    for nom in ("app.css", "kit.js"):
        (dossier / "static" / nom).write_text("")
    return dossier


@pytest.fixture
def app(maison: Maison, dossier_web: Path) -> FastAPI:
    """The application, without anybody."""
    from .maquette import cree_maquette

    return cree_maquette(maison.acces, maison.montre, dossier_web)


@pytest.fixture
def visiteur(app: FastAPI, maison: Maison) -> "Visiteur":
    """Somebody in front of an application that Claire administers and Paul may look at."""
    maison.administrateur()
    maison.lecteur(maison.entre()[0])
    from .visiteur import Visiteur

    return Visiteur(app)


@pytest.fixture
def claire(visiteur: "Visiteur") -> "Visiteur":
    """An administrator, signed in."""
    visiteur.entre()
    return visiteur


@pytest.fixture
def paul(app: FastAPI, visiteur: "Visiteur") -> "Visiteur":
    """Somebody who may look, signed in."""
    from .visiteur import PAUL, Visiteur

    lui = Visiteur(app)
    lui.entre(PAUL)
    return lui
