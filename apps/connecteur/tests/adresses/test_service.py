"""The address service, over real HTTP on the loopback."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from connecteur.adresses import ServiceAdresses
from connecteur.adresses.diagnostic import controle_adresses
from connecteur.domain.chantier import Adresse, Position
from connecteur.domain.controle import EtatControle
from connecteur.errors import ConfigurationInvalide, ErreurConnecteur, ReponseIllisible, ServiceInjoignable
from connecteur.settings import ReglagesAdresses

from .conftest import ServeurAdresses, trouvaille

Ouvre = Callable[..., ServiceAdresses]
EGLISE = Adresse("3 rue de l’Église", "33000", "Bordeaux")


def test_an_address_is_asked_for_as_the_national_service_wants_it(serveur: ServeurAdresses, ouvre: Ouvre) -> None:
    assert ouvre(serveur.url + "/").situe(EGLISE) == Position(-0.5792, 44.8378)
    assert serveur.recues == [("/search/", {"q": "3 rue de l’Église Bordeaux", "postcode": "33000", "limit": "1"})]


@pytest.mark.parametrize("adresse", [Adresse(), Adresse("3 rue A"), Adresse("", "33000", ""), Adresse("", "", "Pa")])
def test_too_little_of_an_address_is_not_asked_for(serveur: ServeurAdresses, ouvre: Ouvre, adresse: Adresse) -> None:
    assert ouvre(serveur.url).situe(adresse) is None
    assert serveur.recues == []


@pytest.mark.parametrize("objet", [trouvaille(score=0.59), trouvaille() | {"features": []}])
def test_a_doubtful_answer_is_refused(serveur: ServeurAdresses, ouvre: Ouvre, objet: object) -> None:
    serveur.dit(objet)
    assert ouvre(serveur.url).situe(EGLISE) is None


def test_how_sure_it_must_be_is_a_setting(serveur: ServeurAdresses, ouvre: Ouvre) -> None:
    serveur.dit(trouvaille(score=0.4))
    assert ouvre(serveur.url, score_minimal=0.4).situe(EGLISE) is not None


@pytest.mark.parametrize(
    "corps",
    [
        b"<html>",
        b"[]",
        b'{"features": [{}]}',
        b'{"features": [{"geometry": {"coordinates": [200, 3]}, "properties": {"score": 1}}]}',
    ],
)
def test_an_unreadable_answer_is_said_so(serveur: ServeurAdresses, ouvre: Ouvre, corps: bytes) -> None:
    serveur.corps = corps
    with pytest.raises(ReponseIllisible):
        ouvre(serveur.url).situe(EGLISE)


def test_an_answer_without_end_is_given_up(serveur: ServeurAdresses, ouvre: Ouvre) -> None:
    serveur.corps = b"[" * 1_000_000
    with pytest.raises(ReponseIllisible, match="beaucoup trop long"):
        ouvre(serveur.url).situe(EGLISE)


@pytest.mark.parametrize(
    ("statut", "erreur"),
    [(503, ServiceInjoignable), (429, ServiceInjoignable), (403, ConfigurationInvalide), (301, ConfigurationInvalide)],
)
def test_a_refusal_is_told_in_our_words(
    serveur: ServeurAdresses, ouvre: Ouvre, statut: int, erreur: type[ErreurConnecteur]
) -> None:
    serveur.statut = statut
    with pytest.raises(erreur):
        ouvre(serveur.url).situe(EGLISE)


def test_an_address_it_does_not_understand_has_no_place(serveur: ServeurAdresses, ouvre: Ouvre) -> None:
    serveur.statut = 400
    assert ouvre(serveur.url).situe(EGLISE) is None


def test_a_server_that_drips_or_says_nothing_is_given_up_in_time(serveur: ServeurAdresses, ouvre: Ouvre) -> None:
    arret = threading.Event()

    def goutte() -> Iterator[bytes]:
        while not arret.wait(0.02):
            yield b" "

    def silence() -> Iterator[bytes]:
        arret.wait(5)
        yield b""

    for corps in (goutte, silence):
        serveur.corps = corps
        debut = time.monotonic()
        with pytest.raises(ServiceInjoignable):
            ouvre(serveur.url, delai_s=0.3).situe(EGLISE)
        assert time.monotonic() - debut < 2
    arret.set()


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "gopher://exemple", "http://[", "nulle part"])
def test_a_wrong_address_of_the_service_is_an_error_of_ours(ouvre: Ouvre, url: str) -> None:
    with pytest.raises((ServiceInjoignable, ConfigurationInvalide)):
        ouvre(url).situe(EGLISE)


def test_without_its_address_no_service_can_be_called() -> None:
    with pytest.raises(ValueError, match="no address service"):
        ServiceAdresses(ReglagesAdresses())


def test_doctor_asks_for_an_address_that_everybody_knows_and_never_fails(serveur: ServeurAdresses) -> None:
    def etat() -> EtatControle:
        (controle,) = controle_adresses(ReglagesAdresses(url=serveur.url))
        return controle.etat

    assert etat() is EtatControle.OK
    assert serveur.recues[0][1]["postcode"] == "75008"
    serveur.dit(trouvaille(score=0.1))
    assert etat() is EtatControle.ALERTE
    serveur.statut = 500
    assert etat() is EtatControle.ALERTE
