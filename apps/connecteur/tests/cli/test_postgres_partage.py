"""Several programs, one embedded PostgreSQL: the last one out stops it."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from connecteur.errors import ErreurPermanente
from connecteur.postgres_partage import postgres_partage

from .conftest import serveurs_de

pytestmark = pytest.mark.xdist_group("cli")

PROGRAMME = """
import sys
from pathlib import Path
from connecteur.postgres_partage import postgres_partage
with postgres_partage(Path(sys.argv[1]), durable=False) as serveur:
    print("pret", flush=True)
    sys.stdin.read()
"""


def lance(dossier: Path) -> subprocess.Popen[str]:
    processus = subprocess.Popen(
        [sys.executable, "-c", PROGRAMME, str(dossier)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert processus.stdout is not None
    assert processus.stdout.readline() == "pret\n"
    return processus


def test_the_last_one_out_stops_the_server_whoever_started_it(donnees: Path) -> None:
    dossier = donnees / "postgresql"
    with lance(dossier) as premier:
        with postgres_partage(dossier, durable=False) as serveur:
            (pid,) = serveurs_de(donnees)
            premier.communicate("", timeout=60)
            assert premier.returncode == 0
            assert serveurs_de(donnees) == [pid]
            psycopg.connect(serveur.url()).close()
        assert serveurs_de(donnees) == []


def test_a_killed_program_does_not_keep_the_server_for_ever(donnees: Path) -> None:
    dossier = donnees / "postgresql"
    with lance(dossier) as premier:
        premier.kill()
        premier.wait()
    (pid,) = serveurs_de(donnees)
    with postgres_partage(dossier, durable=False):
        assert serveurs_de(donnees) == [pid]
    assert serveurs_de(donnees) == []
    assert list((dossier / "usagers").iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="modes of folders mean nothing there")
def test_a_folder_that_cannot_be_used_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "fichier").write_text("")
    with pytest.raises(ErreurPermanente, match="n’a pas pu démarrer") as refus, postgres_partage(tmp_path / "fichier"):
        pytest.fail("il a démarré")
    assert str(tmp_path / "fichier") in refus.value.remede


def test_the_names_of_those_who_left_are_taken_away(donnees: Path) -> None:
    dossier = donnees / "postgresql"
    usagers = dossier / "usagers"
    usagers.mkdir(parents=True)
    (usagers / f"{os.getpid()}-abc").write_text("12.5")  # somebody else had our number, long ago
    (usagers / "n’importe quoi").write_text("")
    with postgres_partage(dossier, durable=False):
        assert len(list(usagers.iterdir())) == 3
    assert list(usagers.iterdir()) == []
    assert serveurs_de(donnees) == []
