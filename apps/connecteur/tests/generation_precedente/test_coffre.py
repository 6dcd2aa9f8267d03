"""Fault 10 of the previous generation: secrets stood in clear text in a JSON file. Real process, real file."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from apps.connecteur.tests.pieces.machines import COMPTE, MOT_DE_PASSE, Machines, configuration

from connecteur.coffre import Coffre

from .conftest import environnement

SECRETS = (MOT_DE_PASSE, COMPTE.client_secret, COMPTE.mot_de_passe)


def lance(*mots: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "connecteur", *mots],
        capture_output=True, encoding="utf-8", env=environnement(), timeout=120, check=False,
    )  # fmt: skip


def sans_secrets(texte: str) -> str:
    """A settings file as a firm has it once the vault holds the secrets."""
    return "".join(ligne for ligne in texte.splitlines(keepends=True) if not any(un in ligne for un in SECRETS))


@pytest.mark.parametrize("detour", [[], ["change-cle"]])
def test_fault_10_no_secret_stands_in_clear_in_a_json_file(
    machines: Machines, tmp_path: Path, detour: list[str]
) -> None:
    """The secrets of the old file are taken over, serve, and stand in clear nowhere."""
    machines.remet_a_neuf()
    donnees = tmp_path / "donnees"
    config = tmp_path / "connecteur.toml"
    config.write_text(sans_secrets(configuration(machines, donnees, tampon=machines.url_tampon)), encoding="utf-8")
    assert not any(secret in config.read_text(encoding="utf-8") for secret in SECRETS)
    ancien = tmp_path / "credentials.json"
    ancien.write_text(
        json.dumps(
            {
                "sqlserver": {"user": "sa", "password": MOT_DE_PASSE},
                "batisimply": {"client_secret": COMPTE.client_secret, "password": COMPTE.mot_de_passe},
            }
        ),
        encoding="utf-8",
    )
    repris = lance("coffre", "importe", str(ancien), "--config", str(config), "--efface-copie", "--json")
    assert repris.returncode == 0, repris.stderr
    assert not ancien.exists()
    for mot in detour:
        assert lance("coffre", mot, "--config", str(config)).returncode == 0

    essai = lance("doctor", "--config", str(config), "--json")
    maillons = {un["nom"]: un["etat"] for un in json.loads(essai.stdout)["maillons"]}
    assert maillons["Coffre des secrets"] == "ok"
    assert essai.returncode == 0, essai.stdout

    fichiers = {un: un.read_bytes() for un in tmp_path.rglob("*") if un.is_file()}
    assert donnees / "credentials.json" in fichiers
    assert donnees / "credentials.json.precedent" in fichiers
    for secret in SECRETS:
        assert [un for un, octets in fichiers.items() if secret.encode() in octets] == []
        assert secret not in essai.stdout + essai.stderr + repris.stdout + repris.stderr
    assert Coffre(donnees).lit("batigest.mot_de_passe") == MOT_DE_PASSE
