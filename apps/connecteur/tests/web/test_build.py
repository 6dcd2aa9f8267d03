"""The style sheet is compiled, whole or not at all, and no page is served without it."""

import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from connecteur.errors import ConfigurationInvalide
from connecteur.web import build
from connecteur.web.app import create_app
from connecteur.web.serveur import Serveur

from .demonstration import maison_vide


def test_the_sheet_holds_what_the_templates_name_and_fetches_nothing(tmp_path: Path) -> None:
    feuille = build.compile_feuille(tmp_path / "app.css").read_text(encoding="utf-8")
    for classe in (".carte", ".bouton-plein", ".text-doux", ".lg\\:grid-cols-2"):
        assert classe in feuille
    assert "prefers-color-scheme:dark" in feuille
    assert "prefers-reduced-motion:reduce" in feuille
    adresses = re.findall(r"url\(([^)]*)\)", feuille)
    assert adresses
    assert all(adresse.strip("\"'").startswith("data:") for adresse in adresses)
    assert "@import" not in feuille
    assert [chemin.name for chemin in tmp_path.iterdir()] == ["app.css"]


def test_the_command_compiles(tmp_path: Path) -> None:
    resultat = subprocess.run([sys.executable, "-m", "connecteur.web.build"], capture_output=True, check=False)
    assert (resultat.returncode, resultat.stdout, resultat.stderr) == (0, b"", b"")
    assert build.FEUILLE.stat().st_size > 5_000


def test_without_its_sheet_the_program_says_so_at_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "FEUILLE", tmp_path / "app.css")
    with pytest.raises(ConfigurationInvalide) as refus:
        create_app(maison_vide().services())
    assert "app.css" in refus.value.message
    assert build.COMMANDE in refus.value.remede


def test_a_fault_in_the_source_leaves_the_old_sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cible, source = tmp_path / "app.css", tmp_path / "source.css"
    cible.write_text("ancienne")
    source.write_text("@layer components { .x { @apply classe-qui-n-existe-pas; } }")
    monkeypatch.setattr(build, "SOURCE", source)
    with pytest.raises(ConfigurationInvalide) as refus:
        build.compile_feuille(cible)
    assert "classe-qui-n-existe-pas" in refus.value.detail
    assert cible.read_text() == "ancienne"


def test_a_port_that_is_taken_is_said_in_french() -> None:
    with socket.create_server(("127.0.0.1", 0)) as prise:
        port = prise.getsockname()[1]
        with pytest.raises(ConfigurationInvalide, match=f"Le port {port} est déjà utilisé"):
            Serveur(create_app(maison_vide().services()), "127.0.0.1", port)


def test_an_address_that_is_not_ours_is_said_in_french() -> None:
    with pytest.raises(ConfigurationInvalide, match=r"Impossible d’écouter sur « 192\.0\.2\.1 »"):
        Serveur(create_app(maison_vide().services()), "192.0.2.1", 0)
