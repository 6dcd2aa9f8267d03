"""Each link tried in turn: what a person reads when one is broken."""

import socket
from collections.abc import Iterator
from email.utils import formatdate
from http import HTTPStatus
from time import time

import pytest

from banc.batisimply import Genre, Panne, ServeurBatisimply
from connecteur.batisimply.client import ClientBatisimply
from connecteur.batisimply.diagnostic import controle_batisimply
from connecteur.domain.controle import Controle, EtatControle

from .conftest import SECRETS, Dit, reglages, scripte

OK, ALERTE, ECHEC, IGNORE = EtatControle.OK, EtatControle.ALERTE, EtatControle.ECHEC, EtatControle.IGNORE


def controles(url: str, **champs: object) -> dict[str, Controle]:
    r = reglages(url, essais=1, **champs)
    with ClientBatisimply(r) as client:
        return {controle.nom: controle for controle in controle_batisimply(r, client)}


def etats(vus: dict[str, Controle]) -> list[EtatControle]:
    return [controle.etat for controle in vus.values()]


@pytest.fixture
def port_ferme() -> Iterator[int]:
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))  # taken, and nobody listens
        yield prise.getsockname()[1]


def test_a_chain_in_order_is_all_green(serveur: ServeurBatisimply) -> None:
    vus = controles(serveur.url)
    assert set(etats(vus)) == {OK}
    assert list(vus) == [
        "Nom du serveur (connexion BatiSimply)",
        "Port du serveur (connexion BatiSimply)",
        "Liaison sécurisée (connexion BatiSimply)",
        "Nom du serveur (API BatiSimply)",
        "Port du serveur (API BatiSimply)",
        "Liaison sécurisée (API BatiSimply)",
        "Connexion à BatiSimply",
        "Projets BatiSimply",
        "Créneaux BatiSimply",
        "Horloge de l’ordinateur",
    ]
    assert "3 projets" in vus["Projets BatiSimply"].message


def test_a_closed_port_spares_what_hangs_on_it(port_ferme: int) -> None:
    vus = controles(f"http://127.0.0.1:{port_ferme}")
    assert vus["Port du serveur (API BatiSimply)"].etat is ECHEC
    assert "pare-feu" in vus["Port du serveur (API BatiSimply)"].remede
    assert vus["Connexion à BatiSimply"].etat is IGNORE
    assert vus["Horloge de l’ordinateur"].etat is IGNORE


def test_an_unknown_name_and_a_wrong_address_are_told_apart() -> None:
    nom = "Nom du serveur (API BatiSimply)"
    assert "introuvable" in controles("https://api.batisimply.invalid")[nom].message
    assert "url_api" in controles("api.batisimply.fr")[nom].message


def test_a_server_without_tls_behind_https_is_a_broken_link(serveur: ServeurBatisimply) -> None:
    vus = controles(serveur.url.replace("http:", "https:"))
    assert vus["Liaison sécurisée (API BatiSimply)"].etat is ECHEC
    assert vus["Projets BatiSimply"].etat is IGNORE


def test_a_wrong_password_says_what_to_correct_and_holds_no_secret(serveur: ServeurBatisimply) -> None:
    vus = controles(serveur.url, client_secret="un-autre-secret")
    assert vus["Connexion à BatiSimply"].etat is ECHEC
    assert "client_secret" in vus["Connexion à BatiSimply"].remede
    assert (vus["Projets BatiSimply"].etat, vus["Créneaux BatiSimply"].etat) == (IGNORE, IGNORE)
    assert not [secret for secret in (*SECRETS, "un-autre-secret") if secret in repr(vus)]


def test_a_missing_right_on_projects_says_nothing_of_slots(serveur: ServeurBatisimply) -> None:
    serveur.pannes.ajoute(Panne(genre=Genre.STATUT, statut=HTTPStatus.FORBIDDEN, chemin="/api/project"))
    vus = controles(serveur.url)
    assert (vus["Projets BatiSimply"].etat, vus["Créneaux BatiSimply"].etat) == (ECHEC, OK)


@pytest.mark.parametrize(("ecart_s", "sens"), [(-600, "avance"), (600, "retarde")])
def test_a_clock_that_is_wrong_is_told_with_its_direction(ecart_s: int, sens: str) -> None:
    entetes = {"Content-Type": "application/json", "Date": formatdate(time() + ecart_s, usegmt=True)}
    with scripte(lambda _: Dit(b"[]", 200, entetes)) as faux:
        horloge = controles(faux.url)["Horloge de l’ordinateur"]
    assert horloge.etat is ALERTE
    assert sens in horloge.message
    assert horloge.remede
