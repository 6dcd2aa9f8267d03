"""What is told at start when the pages cannot be served."""

import socket
from pathlib import Path

import pytest

from connecteur.errors import ConfigurationInvalide
from connecteur.web import app
from connecteur.web.app import create_app
from connecteur.web.serveur import Serveur
from sages_commun.web.feuille import COMMANDE

from .demonstration import maison_vide


def test_without_its_sheet_the_program_says_so_at_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "WEB", tmp_path)
    with pytest.raises(ConfigurationInvalide) as refus:
        create_app(maison_vide().services())
    assert "app.css" in refus.value.message
    assert COMMANDE in refus.value.remede


def test_a_port_that_is_taken_is_said_in_french() -> None:
    with socket.create_server(("127.0.0.1", 0)) as prise:
        port = prise.getsockname()[1]
        with pytest.raises(ConfigurationInvalide, match=f"Le port {port} est déjà utilisé"):
            Serveur(create_app(maison_vide().services()), "127.0.0.1", port)


def test_an_address_that_is_not_ours_is_said_in_french() -> None:
    with pytest.raises(ConfigurationInvalide, match=r"Impossible d’écouter sur « 192\.0\.2\.1 »"):
        Serveur(create_app(maison_vide().services()), "192.0.2.1", 0)
