"""Ports that other programs take."""

import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

from banc.demo.depart import Depart, port_libre
from banc.demo.erreurs import DemoImpossible
from banc.demo.processus import Enfant, lance

ECOUTE = """
import json, socket, sys, time
prise = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print(json.dumps({"port": prise.getsockname()[1]}), flush=True)
time.sleep(600)
"""


@pytest.fixture
def dossier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder, and a module `ecoute` that listens on the port it is given."""
    (tmp_path / "journaux").mkdir()
    (tmp_path / "ecoute.py").write_text(ECOUTE)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path


def test_the_next_free_port_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as prise:
        pris = prise.getsockname()[1]
        assert port_libre(pris) > pris


def test_no_port_at_all_is_said() -> None:
    with socket.create_server(("127.0.0.1", 65535)), pytest.raises(DemoImpossible, match="--port"):
        port_libre(65535)


def test_a_port_taken_while_the_program_starts_is_left_for_the_next_one(dossier: Path) -> None:
    plus_rapides: list[socket.socket] = []

    def lance_sur(port: int) -> Enfant:
        if not plus_rapides:
            plus_rapides.append(socket.create_server(("127.0.0.1", port)))
        return lance("Le serveur", ["ecoute", str(port)], dossier)

    with ExitStack() as pile:
        depart = Depart(lance_sur, 21000, pile)
        annonce = depart.attend()
        with plus_rapides[0] as prise:
            assert annonce["port"] == depart.port > prise.getsockname()[1]
    assert depart.enfant.processus.poll() is not None


def test_another_failure_is_not_tried_again(dossier: Path) -> None:
    (dossier / "ecoute.py").write_text("raise SystemExit('cassé')")
    essais = []

    def lance_sur(port: int) -> Enfant:
        essais.append(port)
        return lance("Le serveur", ["ecoute", str(port)], dossier)

    with ExitStack() as pile, pytest.raises(DemoImpossible, match="cassé"):
        Depart(lance_sur, 21500, pile).attend()
    assert len(essais) == 1
