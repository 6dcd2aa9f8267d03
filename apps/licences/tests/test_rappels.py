"""Reminders: 30, 7 and 1 days before, once each, through Apprise to a real receiver."""

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from licence_manager.bootstrap import entretien, ouvre
from licence_manager.domain.duree import Depart, Duree
from licence_manager.domain.historique import Geste
from licence_manager.domain.licence import Fiche
from licence_manager.errors import ConfigurationInvalide
from licence_manager.services.rappels import Destination, Message, Rappels, destinations_apprise
from licence_manager.services.validation import Demande
from sages_commun.systeme import port_libre

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

    def pour(self, _email: str) -> list[Destination]:
        """As the only one who is told."""
        return [Destination("boite", self)]


@pytest.fixture
def atelier_seul(url_vierge: str) -> Iterator[Atelier]:
    """Alone in its database: a run of reminders sends all that are due."""
    montre = Montre()
    with ouvre(reglages_de(url_vierge), montre, a_migrer=True) as maison:
        yield Atelier(maison, montre)


def test_each_threshold_is_told_once_until_the_licence_is_extended(atelier_seul: Atelier) -> None:
    boite, montre, licences = Boite(), atelier_seul.montre, atelier_seul.maison.licences
    rappels = Rappels(atelier_seul.maison.contexte, boite.pour)
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
    rappels = Rappels(atelier_seul.maison.contexte, boite.pour)
    assert [rappels.send_rappels(), rappels.send_rappels()] == [1, 0]
    assert "dans 5 jours" in boite.messages[0].titre


def test_what_is_not_in_use_is_not_reminded_of(atelier_seul: Atelier) -> None:
    licences = atelier_seul.maison.licences
    licences.deactivate_licence(atelier_seul.vend(duree=Duree(jours=5))[0].id, "v")
    licences.archive_licence(atelier_seul.vend(duree=Duree(jours=5))[0].id, "v")
    atelier_seul.vend(duree=Duree(mois=6))
    assert Rappels(atelier_seul.maison.contexte, Boite().pour).send_rappels() == 0


def test_what_could_not_be_sent_is_sent_next_time(atelier_seul: Atelier) -> None:
    boite = Boite()
    licence, _ = atelier_seul.vend(duree=Duree(jours=5))
    rappels = Rappels(atelier_seul.maison.contexte, boite.pour)
    boite.ouverte = False
    assert rappels.send_rappels() == 0
    assert Geste.RAPPEL not in {e.geste for e in atelier_seul.maison.licences.list_historique(licence.id).lignes}
    boite.ouverte = True
    assert rappels.send_rappels() == 1


def test_several_processes_send_it_once(atelier_seul: Atelier) -> None:
    boite = Boite()
    for _ in range(3):
        atelier_seul.vend(duree=Duree(jours=5))
    rappels = [Rappels(atelier_seul.maison.contexte, boite.pour) for _ in range(4)]
    with ThreadPoolExecutor(4) as fils:
        assert sum(fils.map(lambda r: r.send_rappels(), rappels)) == 3
    assert len(boite.messages) == 3


def test_asked_to_stop_it_stops_between_two_messages(atelier_seul: Atelier) -> None:
    boite = Boite()
    for _ in range(3):
        atelier_seul.vend(duree=Duree(jours=5))
    assert Rappels(atelier_seul.maison.contexte, boite.pour).send_rappels(lambda: bool(boite.messages)) == 1


class Reception(ThreadingHTTPServer):
    """A real HTTP receiver of Apprise's JSON."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Lecture)
        self.recus: list[tuple[str, Any]] = []
        self.arrivees = 0
        self.refuse = ""
        """The path that is answered with an error."""
        self.repond = threading.Event()
        """Nothing is answered until it is set."""
        self.repond.set()

    @property
    def adresse(self) -> str:
        """For Apprise."""
        return f"json://127.0.0.1:{self.server_port}"

    def titres(self, chemin: str) -> list[str]:
        """What came to this path."""
        return [corps["title"] for vers, corps in self.recus if vers.startswith(chemin)]


class Lecture(BaseHTTPRequestHandler):
    """One message."""

    server: Reception

    def do_POST(self) -> None:
        """Take it, or refuse it."""
        corps = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.arrivees += 1
        self.server.repond.wait(60)
        refuse = self.server.refuse and self.path.startswith(self.server.refuse)
        if not refuse:
            self.server.recus.append((self.path, corps))
        self.send_response(500 if refuse else 200)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def reception() -> Iterator[Reception]:
    """One, listening."""
    with Reception() as serveur:
        fil = threading.Thread(target=serveur.serve_forever)
        fil.start()
        yield serveur
        serveur.repond.set()
        serveur.shutdown()
        fil.join()


@pytest.fixture
def avec_apprise(url_vierge: str, reception: Reception) -> Iterator[Atelier]:
    """Tells the seller, and the client when its address is known."""
    adresses = f"{reception.adresse}/vendeur {reception.adresse}/client?to={{email}}"
    montre = Montre()
    with ouvre(reglages_de(url_vierge, rappels=adresses), montre, a_migrer=True) as maison:
        yield Atelier(maison, montre)


def test_apprise_carries_it_to_the_seller_and_to_the_client_when_known(
    avec_apprise: Atelier, reception: Reception
) -> None:
    rappels = avec_apprise.maison.rappels
    assert rappels is not None
    avec_apprise.vend(Fiche("C. Lefèvre", "Lefèvre", "c+d@exemple.fr"), duree=Duree(jours=5))
    avec_apprise.vend(Fiche("Sans adresse"), duree=Duree(jours=5))
    rappels.send_rappels()
    titre = "Connecteur SAGES : la licence de {} expire dans 5 jours"
    assert sorted(reception.titres("/vendeur")) == [titre.format("Lefèvre"), titre.format("Sans adresse")]
    assert reception.titres("/client") == [titre.format("Lefèvre")]
    assert {corps["message"][:28] for _, corps in reception.recus} == {"La licence du Connecteur SAG"}


def test_who_was_told_is_not_told_again_while_another_cannot_be(avec_apprise: Atelier, reception: Reception) -> None:
    """A client's address that is refused must not send the seller the same message every hour for a month."""
    rappels = avec_apprise.maison.rappels
    assert rappels is not None
    licence, _ = avec_apprise.vend(Fiche("C", "Lefèvre", "c@exemple.fr"), duree=Duree(jours=5))
    reception.refuse = "/client"
    for _ in range(3):
        rappels.send_rappels()
        avec_apprise.montre.avance(timedelta(hours=1))
    assert (len(reception.titres("/vendeur")), len(reception.titres("/client"))) == (1, 0)
    reception.refuse = ""
    rappels.send_rappels()
    rappels.send_rappels()
    assert (len(reception.titres("/vendeur")), len(reception.titres("/client"))) == (1, 1)
    dits = [
        e.detail["au_client"]
        for e in avec_apprise.maison.licences.list_historique(licence.id).lignes
        if e.geste is Geste.RAPPEL
    ]
    assert dits == [True, False]


def test_a_reminder_that_nobody_gets_is_not_said_to_be_sent(url_vierge: str, reception: Reception) -> None:
    montre = Montre()
    reglages = reglages_de(url_vierge, rappels=f"{reception.adresse}/client?to={{email}}")
    with ouvre(reglages, montre, a_migrer=True) as maison:
        licence, _ = Atelier(maison, montre).vend(Fiche("Sans adresse"), duree=Duree(jours=5))
        assert maison.rappels is not None
        assert maison.rappels.send_rappels() == 0
        assert [e.geste for e in maison.licences.list_historique(licence.id).lignes] == [Geste.CREATION]


def test_a_mail_server_that_does_not_answer_keeps_no_validation_from_being_written(
    avec_apprise: Atelier, reception: Reception
) -> None:
    maison = avec_apprise.maison
    for _ in range(10):
        avec_apprise.vend(duree=Duree(jours=5))
    licence, cle = avec_apprise.vend()
    reception.repond.clear()
    with entretien(maison):
        while not reception.arrivees:
            time.sleep(0.02)
        maison.validation.validate_licence(Demande(cle, "127.0.0.1"))
        while maison.licences.read_licence(licence.id).licence.derniere_utilisation is None:
            time.sleep(0.02)
        assert reception.arrivees < 10  # the others are still to be sent
        reception.repond.set()


def test_a_receiver_that_does_not_answer_is_a_failure() -> None:
    (destination,) = destinations_apprise(f"json://127.0.0.1:{port_libre()}")("")
    assert not destination.envoie(Message("Titre", "Texte"))


def test_an_address_that_is_none_is_named_by_its_rank_without_its_secret() -> None:
    with pytest.raises(ConfigurationInvalide) as attrape:
        destinations_apprise("json://127.0.0.1 nimporte://compte:canari@ici")
    assert "n° 2" in str(attrape.value)
    assert "canari" not in f"{attrape.value} {attrape.value.remede} {attrape.value.detail}"
