"""The server: starting, stopping, starting again."""

from pathlib import Path

import httpx2
import pytest

from banc.batisimply import Compte, Creneau, ServeurBatisimply


def test_what_was_stored_survives_a_restart_on_the_same_port(tmp_path: Path, compte: Compte) -> None:
    serveur = ServeurBatisimply(tmp_path / "b.sqlite", compte=compte)
    serveur.start()
    port = serveur.port
    avant = serveur.depot.create_projet({"projectName": "Durable"})
    serveur.stop()
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(f"{serveur.url}/api/project")
    with serveur:
        assert serveur.port == port
        assert serveur.depot.list_projets() == [avant]


def test_an_id_is_never_given_twice(serveur: ServeurBatisimply) -> None:
    dernier = Creneau(None, "2025-06-24T22:00:00Z", None, None, None, "VALIDATED", 1, trajet=False, panier=False)
    premier_id = serveur.depot.save_creneau(dernier)
    assert serveur.depot.delete_creneau(premier_id)
    assert serveur.depot.save_creneau(dernier) > premier_id


def test_a_taken_port_is_an_error_at_once(tmp_path: Path, compte: Compte, serveur: ServeurBatisimply) -> None:
    with pytest.raises(OSError, match="use"):
        ServeurBatisimply(tmp_path / "autre.sqlite", compte=compte, port=serveur.port).start()


def test_it_cannot_be_used_before_it_is_started(tmp_path: Path, compte: Compte) -> None:
    serveur = ServeurBatisimply(tmp_path / "jamais.sqlite", compte=compte)
    with pytest.raises(RuntimeError, match="pas démarré"):
        _ = serveur.depot
    serveur.stop()
    assert not (tmp_path / "jamais.sqlite").exists()
