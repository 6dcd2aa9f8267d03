"""A folder that PostgreSQL's own user can reach, and whatever server is left in it is stopped."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sages_commun.postgres_embarque import PostgresEmbarque


@pytest.fixture
def dossier() -> Iterator[Path]:
    """An empty data folder, of mode 0755."""
    with _dossier() as chemin:
        yield chemin


@pytest.fixture(scope="session")
def dossier_servi() -> Iterator[Path]:
    """A data folder that has been started once: a first start takes a second and a half."""
    with _dossier() as chemin:
        with PostgresEmbarque(chemin, durable=False):
            pass
        yield chemin


@pytest.fixture(scope="session")
def dossier_garde() -> Iterator[Path]:
    """A data folder of its own: no other test stops or kills its server."""
    with _dossier() as chemin:
        yield chemin


@pytest.fixture
def serveur(dossier_servi: Path) -> Iterator[PostgresEmbarque]:
    """A server that runs; the test may stop it, kill it and start it again."""
    with PostgresEmbarque(dossier_servi, durable=False) as demarre:
        yield demarre
    demarre.stop_even_if_attached()


@contextlib.contextmanager
def _dossier() -> Iterator[Path]:
    chemin = Path(tempfile.mkdtemp(prefix="embarque-", dir="/tmp"))
    chemin.chmod(0o755)
    try:
        yield chemin
    finally:
        PostgresEmbarque(chemin).stop_even_if_attached()
        shutil.rmtree(chemin)
