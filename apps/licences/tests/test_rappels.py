"""Reminders: 30, 7 and 1 days before, once each, through Apprise to a real receiver."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from licence_manager.bootstrap import ouvre
from licence_manager.domain.duree import Depart, Duree
from licence_manager.domain.historique import Geste
from licence_manager.domain.licence import Fiche
from licence_manager.errors import ConfigurationInvalide
from licence_manager.services.rappels import Message, Rappels, envoi_apprise

from .conftest import Atelier, Montre, reglages_de


class Boite:
    """What a letter box gets."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.ouverte = True

    def __call__(self, message: Message) -> bool:
        if self.ouverte:
            self.messages.append(message)
        return self.ouverte


@pytest.fixture
def atelier_seul(url_vierge: str) -> Iterator[Atelier]:
    """Alone in its database: a run of reminders sends all that are due."""
    montre = Montre()
    with ouvre(reglages_de(url_vierge), montre, a_migrer=True) as maison:
        yield Atelier(maison, montre)


def test_each_threshold_is_told_once_until_the_licence_is_extended(atelier_seul: Atelier) -> None:
    boite, montre, licences = Boite(), atelier_seul.montre, atelier_seul.maison.licences
    rappels = Rappels(atelier_seul.maison.contexte, boite)
    licence, _ = atelier_seul.vend(Fiche("C", "Lefèvre", "c@exemple.fr"), duree=Duree(jours=33))
    jours_dits = []
    for jour in range(36):
        jours_dits += [33 - jour] * rappels.send_rappels()
        assert rappels.send_rappels() == 0
        montre.avance(timedelta(days=1))
    assert jours_dits == [30, 7, 1]
    assert [m.titre for m in boite.messages] == [
        "Connecteur SAGES : la licence de Lefèvre expire dans 30 jours",
        "Connecteur SAGES : la licence de Lefèvre expire dans 7 jours",
        "Connecteur SAGES : la licence de Lefèvre expire demain",
    ]
    assert "04/04/2026 à minuit" in boite.messages[0].texte
    assert "support@groupe-sages.fr" in boite.messages[0].texte
    dits = [e for e in licences.list_historique(licence.id).lignes if e.geste is Geste.RAPPEL]
    assert [e.detail["jours"] for e in dits] == [1, 7, 30]
    licences.extend_licences([licence.id], Duree(jours=20), Depart.MAINTENANT, "vendeur")
    assert rappels.send_rappels() == 1


def test_a_licence_sold_for_a_few_days_gets_one_message_not_two(atelier_seul: Atelier) -> None:
    boite = Boite()
    atelier_seul.vend(duree=Duree(jours=5))
    rappels = Rappels(atelier_seul.maison.contexte, boite)
    assert [rappels.send_rappels(), rappels.send_rappels()] == [1, 0]
    assert "dans 5 jours" in boite.messages[0].titre


def test_what_is_not_in_use_is_not_reminded_of(atelier_seul: Atelier) -> None:
    licences = atelier_seul.maison.licences
    licences.deactivate_licence(atelier_seul.vend(duree=Duree(jours=5))[0].id, "v")
    licences.archive_licence(atelier_seul.vend(duree=Duree(jours=5))[0].id, "v")
    atelier_seul.vend(duree=Duree(mois=6))
    assert Rappels(atelier_seul.maison.contexte, Boite()).send_rappels() == 0


def test_what_could_not_be_sent_is_sent_next_time(atelier_seul: Atelier) -> None:
    boite = Boite()
    licence, _ = atelier_seul.vend(duree=Duree(jours=5))
    rappels = Rappels(atelier_seul.maison.contexte, boite)
    boite.ouverte = False
    assert rappels.send_rappels() == 0
    assert Geste.RAPPEL not in {e.geste for e in atelier_seul.maison.licences.list_historique(licence.id).lignes}
    boite.ouverte = True
    assert rappels.send_rappels() == 1


def test_several_processes_send_it_once(atelier_seul: Atelier) -> None:
    boite = Boite()
    for _ in range(3):
        atelier_seul.vend(duree=Duree(jours=5))
    rappels = [Rappels(atelier_seul.maison.contexte, boite) for _ in range(4)]
    with ThreadPoolExecutor(4) as fils:
        assert sum(fils.map(lambda r: r.send_rappels(), rappels)) == 3
    assert len(boite.messages) == 3


@contextmanager
def recepteur() -> Iterator[tuple[str, list[Any]]]:
    """A real HTTP receiver of Apprise's JSON; its Apprise address and what it got."""
    recus: list[Any] = []

    class Reception(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            recus.append((self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    serveur = ThreadingHTTPServer(("127.0.0.1", 0), Reception)
    fil = threading.Thread(target=serveur.serve_forever)
    fil.start()
    try:
        yield f"json://127.0.0.1:{serveur.server_port}", recus
    finally:
        serveur.shutdown()
        serveur.server_close()
        fil.join()


def test_apprise_carries_it_to_the_seller_and_to_the_client_when_known() -> None:
    with recepteur() as (adresse, recus):
        envoi = envoi_apprise(f"{adresse}/vendeur {adresse}/client?to={{email}}")
        assert envoi(Message("Titre", "Texte accentué", "c+d@exemple.fr"))
        assert envoi(Message("Titre 2", "Texte", ""))
    assert sorted(chemin.split("?")[0].rstrip("/") for chemin, _ in recus) == ["/client", "/vendeur", "/vendeur"]
    assert {corps["title"] for _, corps in recus} == {"Titre", "Titre 2"}
    assert {corps["message"] for _, corps in recus} == {"Texte accentué", "Texte"}


def test_a_receiver_that_does_not_answer_is_a_failure() -> None:
    with recepteur() as (adresse, _):
        pass
    assert not envoi_apprise(adresse)(Message("Titre", "Texte", ""))


def test_an_address_that_is_none_is_named_by_its_rank_without_its_secret() -> None:
    with pytest.raises(ConfigurationInvalide) as attrape:
        envoi_apprise("json://127.0.0.1 nimporte://compte:canari@ici")
    assert "n° 2" in str(attrape.value)
    assert "canari" not in f"{attrape.value} {attrape.value.remede} {attrape.value.detail}"
