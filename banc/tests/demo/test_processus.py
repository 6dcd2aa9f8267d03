"""The programs of a demonstration, and those an earlier one left behind."""

import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from banc.demo.erreurs import DemoImpossible
from banc.demo.processus import Enfant, arrete_restes, environnement, lance

PAQUET = """
    import json, signal, subprocess, sys, threading, time
"""
SERVEUR = """
    fin = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: fin.set())
    print(json.dumps({"port": 4}), flush=True)
    while not fin.wait(0.05):
        pass
    print("fini", flush=True)
"""
SOURD = """
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    enfant = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    print(json.dumps({"enfant": enfant.pid}), flush=True)
    time.sleep(600)
"""

Joue = Callable[[Path, str], Enfant]


@pytest.fixture
def joue(tmp_path: Path) -> Iterator[Joue]:
    """Start, for a data folder, a program that goes by the name of the simulator and does this instead."""
    paquet = tmp_path / "modules" / "banc" / "batisimply"
    paquet.mkdir(parents=True)
    for dossier in (paquet, paquet.parent):
        (dossier / "__init__.py").touch()
    lances: list[Enfant] = []

    def lance_le(dossier: Path, texte: str) -> Enfant:
        (paquet / "__main__.py").write_text(textwrap.dedent(PAQUET) + textwrap.dedent(texte), encoding="utf-8")
        (dossier / "journaux").mkdir(parents=True, exist_ok=True)
        enfant = lance("Le serveur", ["banc.batisimply"], dossier, {"PYTHONPATH": str(paquet.parent.parent)})
        lances.append(enfant)
        return enfant

    yield lance_le
    for enfant in lances:
        if enfant.processus.poll() is None:
            enfant.processus.kill()
        enfant.processus.wait()


def test_a_program_is_waited_for_until_it_says_it_is_ready_then_ends_on_request(tmp_path: Path, joue: Joue) -> None:
    enfant = joue(tmp_path / "demo", SERVEUR)
    assert enfant.attend() == {"port": 4}
    enfant.arrete()
    if sys.platform != "win32":
        assert enfant.processus.returncode == 0
        assert enfant.sortie.read_text(encoding="utf-8").splitlines()[-1] == "fini"


def test_a_program_that_cannot_start_is_reported_with_the_end_of_its_journal(tmp_path: Path, joue: Joue) -> None:
    enfant = joue(tmp_path / "demo", "raise SystemExit('le port est pris')")
    with pytest.raises(DemoImpossible, match=r"(?s)Le serveur n’a pas démarré.*le port est pris"):
        enfant.attend()


def test_a_program_that_announces_nonsense_is_reported(tmp_path: Path, joue: Joue) -> None:
    enfant = joue(tmp_path / "demo", "print('bonjour')")
    with pytest.raises(DemoImpossible, match="bonjour"):
        enfant.attend()


def test_a_program_that_says_why_it_cannot_start_is_repeated_in_words(tmp_path: Path, joue: Joue) -> None:
    refus = {"ok": False, "erreur": {"message": "La clé du coffre manque.", "remede": "Remettez-la."}}
    enfant = joue(tmp_path / "demo", f"import json; print(json.dumps({refus!r}))")
    with pytest.raises(DemoImpossible, match=r"(?s)pas démarré. La clé du coffre manque. Remettez-la.*--neuf"):
        enfant.attend()


def test_a_program_that_will_not_listen_is_killed_with_what_it_started(
    tmp_path: Path, joue: Joue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("banc.demo.processus.DELAI_ARRET_S", 1.0)
    enfant = joue(tmp_path / "demo", SOURD)
    petit_enfant = psutil.Process(int(enfant.attend()["enfant"]))
    enfant.arrete()
    assert enfant.processus.poll() is not None
    psutil.wait_procs([petit_enfant], timeout=20)
    assert not petit_enfant.is_running() or petit_enfant.status() == psutil.STATUS_ZOMBIE


def test_leftovers_of_this_folder_are_stopped_and_nobody_else(tmp_path: Path, joue: Joue) -> None:
    notre, autre = joue(tmp_path / "demo", SERVEUR), joue(tmp_path / "demo-2", SERVEUR)
    etranger = subprocess.Popen(
        [sys.executable, "-c", "input()", "-m", "banc.batisimply"],
        stdin=subprocess.PIPE, env=environnement(tmp_path / "demo"),
    )  # fmt: skip
    try:
        notre.attend()
        autre.attend()
        assert arrete_restes(tmp_path / "demo") == 1
        assert notre.processus.poll() is not None
        assert autre.processus.poll() is None
        assert etranger.poll() is None
        assert arrete_restes(tmp_path / "demo") == 0
    finally:
        etranger.communicate(b"\n")
