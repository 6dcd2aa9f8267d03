"""The tenant as a process of its own, ended politely or not."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from banc.batisimply import Compte

CHEMIN_JETON = "/auth/realms/jhipster/protocol/openid-connect/token"


def commande(fichier: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "banc.batisimply", "--fichier", str(fichier), *options]


@contextmanager
def processus(fichier: Path, compte: Compte, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    secrets = {
        "BATISIMPLY_CLIENT_ID": compte.client_id,
        "BATISIMPLY_CLIENT_SECRET": compte.client_secret,
        "BATISIMPLY_UTILISATEUR": compte.utilisateur,
        "BATISIMPLY_MOT_DE_PASSE": compte.mot_de_passe,
    }
    with subprocess.Popen(
        commande(fichier, *options), env=os.environ | secrets, stdout=subprocess.PIPE, text=True
    ) as proc:
        try:
            assert proc.stdout is not None
            pret = json.loads(proc.stdout.readline())
            assert pret["pid"] == proc.pid
            yield proc, pret["url"]
        finally:
            proc.kill()


@contextmanager
def connecte(url: str, compte: Compte) -> Iterator[httpx2.Client]:
    formulaire = {
        "grant_type": "client_credentials", "client_id": compte.client_id, "client_secret": compte.client_secret
    }  # fmt: skip
    with httpx2.Client(base_url=url, timeout=20) as client:
        jeton = client.post(CHEMIN_JETON, data=formulaire).raise_for_status().json()["access_token"]
        client.headers["Authorization"] = f"Bearer {jeton}"
        yield client


def test_what_was_answered_survives_a_kill(tmp_path: Path, compte: Compte) -> None:
    fichier = tmp_path / "b.sqlite"
    with processus(fichier, compte) as (proc, url), connecte(url, compte) as client:
        cree = client.post("/api/project", json={"projectName": "Durable"}).raise_for_status().json()
        proc.kill()
    with processus(fichier, compte) as (_, url), connecte(url, compte) as client:
        assert client.get("/api/project").json() == {"elements": [cree]}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM")
@pytest.mark.parametrize("numero", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly_when_told(tmp_path: Path, compte: Compte, numero: signal.Signals) -> None:
    with processus(tmp_path / "b.sqlite", compte) as (proc, url), connecte(url, compte):
        proc.send_signal(numero)
        assert proc.wait(20) == 0


def test_the_shape_of_the_answers_is_an_option(tmp_path: Path, compte: Compte) -> None:
    forme = json.dumps({"enveloppe_projets": "liste"})
    with processus(tmp_path / "b.sqlite", compte, "--comportement", forme) as (_, url), connecte(url, compte) as client:
        assert client.get("/api/project").json() == []


def test_a_missing_secret_is_named(tmp_path: Path) -> None:
    sans = {nom: valeur for nom, valeur in os.environ.items() if not nom.startswith("BATISIMPLY_")}
    fini = subprocess.run(commande(tmp_path / "b.sqlite"), env=sans, capture_output=True, text=True, check=False)
    assert fini.returncode == 2
    assert "BATISIMPLY_CLIENT_ID" in fini.stderr
