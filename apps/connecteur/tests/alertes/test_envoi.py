"""Real messages to a real mail server."""

import socket
import time

import pytest
from pydantic import SecretStr

from connecteur.alertes.envoi import destinations, envoie
from connecteur.errors import ConfigurationInvalide

from .conftest import Boite, texte

TITRE = "[Connecteur SAGES] BTG : la synchronisation des heures a échoué — « n° 1 »"
CORPS = "Le réseau est coupé.\n\nÀ faire : vérifiez l’accès à Internet."


def test_a_message_arrives_in_french(boite: Boite) -> None:
    (claire,) = destinations([boite.url()])
    assert envoie(claire, TITRE, CORPS) == ""
    (recu,) = boite.recus
    assert str(recu["subject"]) == TITRE
    assert texte(recu) == CORPS
    assert "robot@exemple.fr" in str(recu["from"])
    assert "claire@exemple.fr" in str(recu["to"])
    assert recu["date"]


def test_a_server_that_refuses_is_told_with_its_reason(boite: Boite) -> None:
    boite.refuse = "554 La boite est pleine"
    (claire,) = destinations([boite.url()])
    assert envoie(claire, TITRE, CORPS) != ""
    assert boite.recus == []


def test_a_server_that_is_away_or_never_answers_costs_a_bounded_time_and_tells_no_secret() -> None:
    with socket.socket() as muet:
        muet.bind(("127.0.0.1", 0))
        muet.listen()
        port = muet.getsockname()[1]
        url = SecretStr(f"mailto://robot:motdepasse@127.0.0.1:{port}?from=a@b.fr&to=c@d.fr&mode=insecure&cto=0.3")
        (destination,) = destinations([url])
        debut = time.monotonic()
        erreur = envoie(destination, TITRE, CORPS)
    assert erreur
    assert time.monotonic() - debut < 5
    assert "motdepasse" not in erreur + repr(destination) + destination.nom
    assert destination.nom == "c@d.fr"


@pytest.mark.parametrize("url", ["claire@exemple.fr", "", "http", "mailto://", "courrier://x"])
def test_what_is_no_address_is_said_to_be_so_without_being_shown(url: str) -> None:
    with pytest.raises(ConfigurationInvalide) as refus:
        destinations([SecretStr("mailto://u:p@127.0.0.1?from=a@b.fr&to=a@b.fr"), SecretStr(url)])
    assert "n° 2" in refus.value.message.replace("\u00a0", " ")
    assert "claire" not in refus.value.message


def test_of_a_service_whose_address_is_a_secret_only_its_kind_is_shown() -> None:
    (destination,) = destinations([SecretStr("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general")])
    assert destination.nom == "slack (adresse n° 1)"
