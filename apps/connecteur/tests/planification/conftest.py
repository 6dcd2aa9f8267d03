"""A real PostgreSQL, a real tampon, and arrows that do what the test says."""

import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from apps.connecteur.tests.pieces.licence import licence_en_vigueur
from apps.connecteur.tests.pieces.tampons import vide

from connecteur.bootstrap import LicenceDuDossier
from connecteur.domain.run import Bilan, Fleche
from connecteur.errors import Annule
from connecteur.planification.execution import Atelier, Patience
from connecteur.planification.lanceur import Lanceur
from connecteur.planification.planification import Planification
from connecteur.sync.ports import Progression
from connecteur.tampon.connexion import Connexions
from connecteur.tampon.executants import Executants
from connecteur.tampon.tampon import Tampon
from sages_commun.postgres_embarque import PostgresEmbarque

DOSSIER = "essai"
PRESSE = Patience(essais=3, premier_delai_s=0.01, verrou_s=0.2)
ATTENTE_S = 60.0
"""How long a test waits for what must happen, at most."""


@pytest.fixture(scope="session")
def serveur() -> Iterator[PostgresEmbarque]:
    dossier = Path(tempfile.mkdtemp(prefix="planification-", dir="/tmp"))
    dossier.chmod(0o755)
    with PostgresEmbarque(dossier / "pg", durable=False) as embarque:
        yield embarque
    shutil.rmtree(dossier)


@pytest.fixture(scope="session")
def url_commune(serveur: PostgresEmbarque) -> str:
    """One database for all of these tests."""
    url = serveur.create_base("essai")
    with Tampon(url, DOSSIER, ZoneInfo("Europe/Paris")) as tampon:
        tampon.migre()
    return url


@pytest.fixture
def url(url_commune: str) -> str:
    """A tampon with nothing in it, and queues where nothing was ever asked for."""
    vide(url_commune)
    return url_commune


@pytest.fixture
def tampon(url: str) -> Iterator[Tampon]:
    with Tampon(url, DOSSIER, ZoneInfo("Europe/Paris")) as tampon:
        yield tampon


@dataclass
class Fleches:
    """Arrows that do what the test says, and remember in which order they were carried out."""

    faites: list[tuple[str, Fleche]] = field(default_factory=list)
    gestes: dict[Fleche, Callable[[str, Progression], Bilan]] = field(default_factory=dict)
    ensemble: int = 0
    """How many run at this moment."""
    ensemble_max: int = 0
    _verrou: threading.Lock = field(default_factory=threading.Lock)

    def execute(self, fleche: Fleche, run: str, progression: Progression, _suivante: Fleche | None) -> Bilan:
        with self._verrou:
            self.faites.append((run, fleche))
            self.ensemble += 1
            self.ensemble_max = max(self.ensemble_max, self.ensemble)
        try:
            geste = self.gestes.get(fleche)
            return geste(run, progression) if geste else Bilan(fleche, {"lus": 1})
        finally:
            with self._verrou:
                self.ensemble -= 1


@dataclass
class Barriere:
    """An arrow that waits until it is let go, or until it must stop."""

    fleche: Fleche
    dedans: threading.Event = field(default_factory=threading.Event)
    ouverte: threading.Event = field(default_factory=threading.Event)

    def __call__(self, _run: str, progression: Progression) -> Bilan:
        self.dedans.set()
        while not self.ouverte.wait(0.02):
            if progression.annulation_demandee():
                raise Annule("La synchronisation a été annulée.")
        return Bilan(self.fleche, {"lus": 1})


@pytest.fixture
def fleches() -> Fleches:
    return Fleches()


@pytest.fixture
def licence(url: str, tampon: Tampon) -> Iterator[LicenceDuDossier]:
    with licence_en_vigueur(url) as licence:
        yield licence


@pytest.fixture
def atelier(tampon: Tampon, fleches: Fleches, licence: LicenceDuDossier) -> Atelier:
    return Atelier(fleches.execute, tampon.runs, tampon.exclusif, licence, PRESSE)


@contextmanager
def programme(url: str, ateliers: Mapping[str, Atelier], *, execute: bool = True) -> Iterator[Planification]:
    """A program that shares these dossiers with others."""
    connexions = Connexions(url)
    try:
        with Planification(
            url, ateliers, Executants(connexions), lambda: datetime.now(UTC), execute=execute
        ) as planification:
            yield planification
    finally:
        connexions.close()


Fabrique = Callable[..., AbstractContextManager[Lanceur]]


@pytest.fixture
def fabrique(url: str, atelier: Atelier) -> Fabrique:
    """Makes programs that share the dossier; `execute=False` only asks."""

    @contextmanager
    def ouvre(*, execute: bool = True) -> Iterator[Lanceur]:
        with programme(url, {DOSSIER: atelier}, execute=execute) as planification:
            yield planification.lanceurs[DOSSIER]

    return ouvre


@pytest.fixture
def lanceur(fabrique: Fabrique) -> Iterator[Lanceur]:
    with fabrique() as lanceur:
        yield lanceur


def jusqua(condition: Callable[[], bool], quoi: str) -> None:
    """Wait for a condition; fail with its name."""
    horloge = threading.Event()
    for _ in range(int(ATTENTE_S / 0.02)):
        if condition():
            return
        horloge.wait(0.02)
    pytest.fail(f"jamais vrai : {quoi}")
