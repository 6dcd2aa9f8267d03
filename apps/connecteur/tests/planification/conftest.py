"""A real PostgreSQL, a real tampon, and arrows that do what the test says."""

import shutil
import tempfile
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from connecteur.domain.run import Bilan, Fleche
from connecteur.errors import Annule
from connecteur.planification.execution import Atelier, Patience
from connecteur.planification.lanceur import Lanceur
from connecteur.sync.ports import Progression
from connecteur.tampon.connexion import Connexions
from connecteur.tampon.tampon import Tampon
from connecteur.tampon.verrou import VerrouDossier
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


@pytest.fixture
def url(serveur: PostgresEmbarque) -> Iterator[str]:
    base = f"essai_{uuid.uuid4().hex[:8]}"
    yield serveur.create_base(base)
    serveur.drop_base(base)


@pytest.fixture
def tampon(url: str) -> Iterator[Tampon]:
    with Tampon(url, DOSSIER, ZoneInfo("Europe/Paris")) as tampon:
        tampon.migre()
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

    def execute(self, fleche: Fleche, run: str, progression: Progression) -> Bilan:
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
def atelier(tampon: Tampon, fleches: Fleches) -> Atelier:
    return Atelier(fleches.execute, tampon.runs, tampon.exclusif, PRESSE)


Fabrique = Callable[[], Lanceur]


@pytest.fixture
def fabrique(url: str, atelier: Atelier) -> Iterator[Fabrique]:
    """Makes programs that share the dossier, not started yet."""
    connexions = Connexions(url)
    role = VerrouDossier(connexions, f"{DOSSIER}/ouvrier")
    yield lambda: Lanceur(url, DOSSIER, atelier, role.exclusif, lambda: datetime.now(UTC))
    connexions.close()


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
