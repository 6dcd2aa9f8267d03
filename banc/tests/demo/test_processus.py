"""The programs of a demonstration, and those an earlier one left behind."""

import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from banc.demo.erreurs import DemoImpossible
from banc.demo.processus import Enfant, arrete_restes, est_des_notres, lance

PYTHON = sys.executable


def programme(texte: str) -> list[str]:
    """A command that runs this Python text."""
    return [PYTHON, "-c", textwrap.dedent(texte)]


SERVEUR = """
    import signal, sys, threading
    fin = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: fin.set())
    print("prêt", flush=True)
    while not fin.wait(0.05):
        pass
    print("fini", flush=True)
"""
SOURD = """
    import signal, subprocess, sys, time
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    enfant = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    print(enfant.pid, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def enfants() -> Iterator[list[Enfant]]:
    """Those put in this list are stopped at the end."""
    liste: list[Enfant] = []
    yield liste
    for enfant in liste:
        if enfant.processus.poll() is None:
            enfant.processus.kill()
        enfant.processus.wait()


def test_a_program_is_waited_for_until_it_says_it_is_ready_then_ends_on_request(
    tmp_path: Path, enfants: list[Enfant]
) -> None:
    enfant = lance("serveur", programme(SERVEUR), tmp_path)
    enfants.append(enfant)
    assert enfant.attend_ligne() == "prêt"
    enfant.arrete()
    if sys.platform != "win32":
        assert enfant.processus.returncode == 0
        assert enfant.sortie.read_text(encoding="utf-8").splitlines() == ["prêt", "fini"]


def test_a_program_that_cannot_start_is_reported_with_the_end_of_its_journal(tmp_path: Path) -> None:
    enfant = lance("serveur", programme("raise SystemExit('le port est pris')"), tmp_path)
    with pytest.raises(DemoImpossible, match=r"(?s)serveur n’a pas démarré.*le port est pris"):
        enfant.attend_ligne()
    enfant.arrete()


def test_a_program_that_will_not_listen_is_killed_with_what_it_started(
    tmp_path: Path, enfants: list[Enfant], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("banc.demo.processus.DELAI_ARRET_S", 1.0)
    enfant = lance("sourd", programme(SOURD), tmp_path)
    enfants.append(enfant)
    petit_enfant = psutil.Process(int(enfant.attend_ligne()))
    enfant.arrete()
    assert enfant.processus.poll() is not None
    psutil.wait_procs([petit_enfant], timeout=20)
    assert not petit_enfant.is_running() or petit_enfant.status() == psutil.STATUS_ZOMBIE


def test_leftovers_of_this_folder_are_stopped_and_nobody_else(tmp_path: Path) -> None:
    paquet = tmp_path / "modules" / "banc" / "batisimply"
    paquet.mkdir(parents=True)
    (paquet / "__main__.py").write_text("import time\nprint('la', flush=True)\ntime.sleep(600)\n")
    for dossier in (paquet, paquet.parent):
        (dossier / "__init__.py").touch()
    notre, autre = tmp_path / "notre", tmp_path / "autre"
    lances = [
        subprocess.Popen(
            [PYTHON, "-m", "banc.batisimply", "--fichier", str(dossier / "batisimply.sqlite")],
            cwd=paquet.parent.parent, stdout=subprocess.PIPE,
        )
        for dossier in (notre, autre)
    ]  # fmt: skip
    try:
        for processus in lances:
            assert processus.stdout is not None
            assert processus.stdout.readline()
        assert arrete_restes(notre) == 1
        assert lances[0].poll() is not None
        assert lances[1].poll() is None
        assert arrete_restes(notre) == 0
    finally:
        for processus in lances:
            processus.kill()
            processus.wait()
            assert processus.stdout is not None
            processus.stdout.close()


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX paths")
@pytest.mark.parametrize(
    ("commande", "attendu"),
    [
        (["python3.11", "-m", "banc.batigest", "--donnees", "/d/demo/x"], True),
        (["/v/bin/python", "/v/bin/connecteur", "serve", "--config", "/d/demo/connecteur.toml"], True),
        (["/v/bin/python", "-m", "connecteur", "serve", "--config", "/d/demo/connecteur.toml"], True),
        (["/v/bin/python", "/v/bin/connecteur", "serve", "--config", "/d/autre/connecteur.toml"], False),
        (["/v/bin/python", "/v/bin/connecteur", "serve", "--config", "/d/demonstration/connecteur.toml"], False),
        (["/v/bin/python", "-m", "banc.demo", "--donnees", "/d/demo"], False),
        (["vim", "/d/demo/connecteur.toml", "/d/demo/connecteur.toml"], False),
        (["tail", "-f", "/d/demo/connecteur"], False),
        (["python", "-m"], False),
        ([], False),
    ],
)
def test_only_programs_of_the_bench_and_the_product_at_work_here_are_ours(commande: list[str], attendu: bool) -> None:
    assert est_des_notres(commande, Path("/d/demo")) is attendu
