"""Every fault of the wire: what is repeated, what is not, what is never done twice."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus

import pytest

from banc.batisimply import Comportement, Genre, Panne, ServeurBatisimply
from connecteur.batisimply import echange
from connecteur.batisimply.client import ClientBatisimply
from connecteur.domain.chantier import Champs
from connecteur.errors import (
    AccesRefuse,
    ConfigurationInvalide,
    EnregistrementRefuse,
    ErreurConnecteur,
    ReponseIllisible,
    ReponseIncertaine,
    ServiceInjoignable,
    ServiceSature,
)

from .conftest import Dit, Ouvre, Requete, scripte

LISTE = "GET /api/project"
POST, PUT = "POST /api/project", "PUT /api/project"
NEUF: Champs = {"code": "CH9", "nom": "Neuf"}

PASSAGERES = [
    Panne(genre=Genre.STATUT, statut=HTTPStatus.INTERNAL_SERVER_ERROR),
    Panne(genre=Genre.STATUT, statut=HTTPStatus.BAD_GATEWAY),
    Panne(genre=Genre.HTML, statut=HTTPStatus.BAD_GATEWAY),
    Panne(genre=Genre.STATUT, statut=HTTPStatus.SERVICE_UNAVAILABLE, retry_after="0"),
    Panne(genre=Genre.STATUT, statut=HTTPStatus.REQUEST_TIMEOUT),
    Panne(genre=Genre.COUPE),
    Panne(genre=Genre.RESET),
]


def frappe(serveur: ServeurBatisimply, panne: Panne, methode: str, fois: int | None) -> None:
    serveur.pannes.ajoute(panne.model_copy(update={"methode": methode, "chemin": "/api/*", "fois": fois}))


@pytest.mark.parametrize("panne", PASSAGERES, ids=lambda p: f"{p.genre}-{p.statut}")
def test_a_read_is_repeated_until_it_succeeds(
    serveur: ServeurBatisimply, client: ClientBatisimply, panne: Panne
) -> None:
    frappe(serveur, panne, "GET", 2)
    assert [projet.id for projet in client.read_projets()] == [1, 2, 3]
    assert serveur.appels.total(LISTE) == 3


@pytest.mark.parametrize("panne", PASSAGERES, ids=lambda p: f"{p.genre}-{p.statut}")
def test_a_read_is_given_up_after_as_many_attempts_as_the_settings_say(
    serveur: ServeurBatisimply, client: ClientBatisimply, panne: Panne
) -> None:
    frappe(serveur, panne, "GET", None)
    with pytest.raises(ServiceInjoignable) as info:
        client.read_projets()
    assert serveur.appels.total(LISTE) == 3
    assert info.value.remede


@pytest.mark.parametrize("panne", PASSAGERES, ids=lambda p: f"{p.genre}-{p.statut}")
def test_a_whole_object_may_be_sent_again(serveur: ServeurBatisimply, client: ClientBatisimply, panne: Panne) -> None:
    projet = client.read_projet(1)
    assert projet is not None
    frappe(serveur, panne, "PUT", 2)
    assert client.replace_projet(projet, {"nom": "Toiture refaite"}).champs["nom"] == "Toiture refaite"
    assert serveur.appels.total(PUT) == 3


@pytest.mark.parametrize("executee", [True, False])
@pytest.mark.parametrize("panne", PASSAGERES, ids=lambda p: f"{p.genre}-{p.statut}")
def test_a_creation_without_an_answer_is_never_repeated(
    serveur: ServeurBatisimply, client: ClientBatisimply, panne: Panne, executee: bool
) -> None:
    frappe(serveur, panne.model_copy(update={"executee": executee}), "POST", 1)
    with pytest.raises(ReponseIncertaine):
        client.create_projet(NEUF)
    assert serveur.appels.total(POST) == 1
    assert serveur.depot.count_projets() == 3 + (executee or panne.genre is Genre.COUPE)


def test_a_web_page_after_a_creation_leaves_it_uncertain(serveur: ServeurBatisimply, client: ClientBatisimply) -> None:
    frappe(serveur, Panne(genre=Genre.HTML, executee=True), "POST", 1)
    with pytest.raises(ReponseIncertaine, match="page web"):
        client.create_projet(NEUF)
    assert serveur.appels.total(POST) == 1


def test_a_creation_that_never_left_is_repeated(ouvre: Ouvre, serveur: ServeurBatisimply) -> None:
    client = ouvre(serveur.url)
    client.check_connexion()
    serveur.stop()
    try:
        with pytest.raises(ServiceInjoignable, match="refusée"):
            client.create_projet(NEUF)
    finally:
        serveur.start()
    assert client.create_projet(NEUF).champs["code"] == "CH9"


@pytest.mark.parametrize("methode", ["GET", "POST"])
def test_a_token_that_is_refused_is_renewed_once_and_the_call_repeated(
    serveur: ServeurBatisimply, client: ClientBatisimply, methode: str
) -> None:
    client.read_projets()
    frappe(serveur, Panne(genre=Genre.STATUT, statut=HTTPStatus.UNAUTHORIZED), methode, 1)
    assert client.create_projet(NEUF).champs["nom"] == "Neuf"
    client.read_projets()
    assert serveur.appels.total("POST /auth/token") == 2
    assert serveur.depot.count_projets() == 4


def test_a_token_that_is_refused_for_ever_ends_the_run(serveur: ServeurBatisimply, client: ClientBatisimply) -> None:
    frappe(serveur, Panne(genre=Genre.STATUT, statut=HTTPStatus.UNAUTHORIZED), "*", None)
    with pytest.raises(AccesRefuse):
        client.read_projets()
    assert serveur.appels.total(LISTE) == 2


def test_a_missing_right_is_told_at_once(serveur: ServeurBatisimply, client: ClientBatisimply) -> None:
    frappe(serveur, Panne(genre=Genre.STATUT, statut=HTTPStatus.FORBIDDEN), "*", None)
    with pytest.raises(AccesRefuse, match="n’a pas le droit") as info:
        client.read_projets()
    assert "droit" in info.value.remede
    assert serveur.appels.total(LISTE) == 1


@pytest.mark.parametrize("statut", [HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED])
def test_an_address_that_knows_no_projects_is_a_setting_to_correct(
    serveur: ServeurBatisimply, client: ClientBatisimply, statut: HTTPStatus
) -> None:
    frappe(serveur, Panne(genre=Genre.STATUT, statut=statut), "*", None)
    with pytest.raises(ConfigurationInvalide) as info:
        client.read_projets()
    assert "url_api" in info.value.remede


@pytest.mark.parametrize(
    "statut", [HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.GONE]
)
def test_a_record_that_is_refused_is_refused_alone_and_at_once(
    serveur: ServeurBatisimply, client: ClientBatisimply, statut: HTTPStatus
) -> None:
    projet = client.read_projet(1)
    assert projet is not None
    frappe(serveur, Panne(genre=Genre.STATUT, statut=statut), "P*", None)
    with pytest.raises(EnregistrementRefuse):
        client.create_projet(NEUF)
    with pytest.raises(EnregistrementRefuse):
        client.replace_projet(projet, {"nom": "Autre"})
    assert (serveur.appels.total(POST), serveur.appels.total(PUT)) == (1, 1)


def test_a_read_that_is_refused_is_told_at_once(serveur: ServeurBatisimply, client: ClientBatisimply) -> None:
    frappe(serveur, Panne(genre=Genre.STATUT, statut=HTTPStatus.BAD_REQUEST), "GET", None)
    with pytest.raises(ReponseIllisible, match="erreur 400"):
        client.read_tranche(datetime(2025, 6, 24, tzinfo=UTC), datetime(2025, 6, 25, tzinfo=UTC))


def test_a_maintenance_page_is_waited_for_once(serveur: ServeurBatisimply, client: ClientBatisimply) -> None:
    frappe(serveur, Panne(genre=Genre.HTML), "GET", 1)
    assert len(client.read_projets()) == 3
    frappe(serveur, Panne(genre=Genre.HTML), "GET", None)
    serveur.appels.vide()
    with pytest.raises(ReponseIllisible, match="page web") as info:
        client.read_projets()
    assert "text/html" in info.value.detail
    assert serveur.appels.total(LISTE) == 2


# --- the rate the server grants ----------------------------------------------------------------------------


@pytest.mark.parametrize("methode", ["GET", "POST", "PUT"])
@pytest.mark.parametrize(
    "retry_after", ["0", "1", None, format_datetime(datetime(2020, 1, 1, tzinfo=UTC), usegmt=True)]
)
def test_a_refusal_for_the_rate_drops_nothing(
    serveur: ServeurBatisimply, client: ClientBatisimply, methode: str, retry_after: str | None
) -> None:
    projet = client.read_projet(1)
    assert projet is not None
    panne = Panne(genre=Genre.STATUT, statut=HTTPStatus.TOO_MANY_REQUESTS, retry_after=retry_after)
    frappe(serveur, panne, methode, 1)
    debut = time.monotonic()
    client.replace_projet(projet, {"nom": "Autre"})
    client.create_projet(NEUF)
    client.read_projets()
    assert time.monotonic() - debut >= (1 if retry_after == "1" else 0)
    assert serveur.depot.count_projets() == 4
    assert sum(issues.get("429", 0) for issues in serveur.appels.comptes().values()) == 1


def test_a_date_to_come_back_at_is_compared_with_the_clock_of_the_server(ouvre: Ouvre) -> None:
    loin = datetime.now(UTC) + timedelta(days=3)  # the server's clock, not ours
    entetes = {"Date": format_datetime(loin, usegmt=True), "Content-Type": "application/json"}
    apres = entetes | {"Retry-After": format_datetime(loin + timedelta(seconds=1), usegmt=True)}
    suite = iter([Dit(b"{}", 429, apres), Dit(b"[]", 200, entetes)])
    with scripte(lambda _: next(suite)) as faux:
        client = ouvre(faux.url)
        debut = time.monotonic()
        assert client.read_projets() == []
        assert 0.9 <= time.monotonic() - debut < 15


def test_a_server_that_asks_for_an_hour_is_believed_and_left_alone(
    serveur: ServeurBatisimply, client: ClientBatisimply
) -> None:
    frappe(serveur, Panne(genre=Genre.STATUT, statut=HTTPStatus.TOO_MANY_REQUESTS, retry_after="3600"), "*", None)
    for _ in range(3):
        with pytest.raises(ServiceSature, match="60 min") as info:
            client.read_projets()
        assert info.value.attendre_s == pytest.approx(3600, abs=30)
    assert serveur.appels.total(LISTE) == 1


# --- time and size -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("genre", [Genre.GOUTTE, Genre.LATENCE])
def test_a_server_that_drips_or_sleeps_is_left_in_time(serveur: ServeurBatisimply, ouvre: Ouvre, genre: Genre) -> None:
    client = ouvre(serveur.url, essais=1, delai_s=1)
    client.check_connexion()
    frappe(serveur, Panne(genre=genre, duree_ms=8000), "GET", 1)
    debut = time.monotonic()
    with pytest.raises(ServiceInjoignable, match="délai"):
        client.read_projets()
    assert time.monotonic() - debut < 4


def test_headers_that_drip_are_left_in_time(ouvre: Ouvre) -> None:
    def goutte() -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\n"
        for n in range(10_000):
            yield b"X-%d: y\r\n" % n
            time.sleep(0.02)  # the drip itself

    with scripte(lambda _: Dit(brut=goutte())) as faux:
        client = ouvre(faux.url, essais=1, delai_s=1)
        client.check_connexion()
        debut = time.monotonic()
        with pytest.raises(ServiceInjoignable, match="délai"):
            client.read_projets()
        assert time.monotonic() - debut < 4


def test_an_answer_without_end_is_refused(ouvre: Ouvre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(echange, "TAILLE_MAX", 100_000)
    with scripte(lambda _: Dit(b"[" + b" " * 100_001 + b"]")) as faux, pytest.raises(ReponseIllisible, match="dépasse"):
        ouvre(faux.url).read_projets()


@pytest.mark.parametrize("corps", [b"[{}", b'[{"id":1,"projectName":"}"}', b"", b"pas du json", b'[{"id":1}]]'])
def test_json_that_is_not_whole_is_asked_for_once_more_then_refused(ouvre: Ouvre, corps: bytes) -> None:
    suite = iter([Dit(corps), Dit(b'[{"id":1}]'), Dit(b'[{"id":1}]')])
    with scripte(lambda _: next(suite)) as faux:
        assert [projet.id for projet in ouvre(faux.url).read_projets()] == [1]
    with scripte(lambda _: Dit(corps)) as faux, pytest.raises(ReponseIllisible):
        ouvre(faux.url).read_projets()
    assert len(faux.appels("/api/project")) == 2


@pytest.mark.parametrize("brut", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: nombre\r\n\r\n"])
def test_a_server_that_does_not_speak_http_is_unreachable(ouvre: Ouvre, brut: bytes) -> None:
    with scripte(lambda _: Dit(brut=iter([brut]))) as faux, pytest.raises(ServiceInjoignable):
        ouvre(faux.url).read_projets()


def test_a_name_that_does_not_exist_is_said_to_be_so(ouvre: Ouvre) -> None:
    with pytest.raises(ServiceInjoignable, match="introuvable") as info:
        ouvre("http://api.batisimply.invalid", essais=1).read_projets()
    assert "adresse" in info.value.remede


# --- refusals in words ----------------------------------------------------------------------------------------


def test_the_fields_at_fault_are_named_in_french(serveur: ServeurBatisimply, client: ClientBatisimply) -> None:
    with pytest.raises(EnregistrementRefuse) as info:
        client.create_projet({"code": "X" * 51, "nom": "Y" * 101, "debut": "2025-06-24", "heures_vendues": "-1"})
    message = info.value.message
    assert "code : longueur non admise" in message
    assert "nom : longueur non admise" in message
    assert "heures vendues : valeur trop petite" in message
    assert "projectName: Size" in info.value.detail
    assert "Batigest" in info.value.remede


def test_the_fields_at_fault_are_named_in_the_other_spelling_too(
    serveur: ServeurBatisimply, client: ClientBatisimply
) -> None:
    serveur.comportement = Comportement(noms="courts")
    client.read_projets()
    with pytest.raises(EnregistrementRefuse, match="la fin précède le début"):
        client.create_projet({"nom": "Fin avant début", "debut": "2025-06-24", "fin": "2025-06-23"})


@pytest.mark.parametrize(
    ("corps", "attendu"),
    [
        ({"violations": [{"field": "projectCode", "message": "doit être unique"}]}, "code : doit être unique"),
        ({"violations": [{"propertyPath": "address.city", "message": ""}]}, "ville : refusé"),
        ({"fieldErrors": [{"field": "inconnu", "message": "NotNull"}, 3, None]}, "inconnu : obligatoire"),
        ({"fieldErrors": "non", "title": 12, "detail": ["?"]}, "erreur 400"),
        ([], "erreur 400"),
    ],
)
def test_a_refusal_of_any_shape_becomes_a_sentence(ouvre: Ouvre, corps: object, attendu: str) -> None:
    def refuse(requete: Requete) -> Dit:
        return Dit(json.dumps(corps).encode(), 400, {"Content-Type": "application/problem+json"})

    with scripte(refuse) as faux, pytest.raises(EnregistrementRefuse, match=attendu):
        ouvre(faux.url).create_projet(NEUF)


def test_faults_at_random_never_raise_anything_but_our_errors(serveur: ServeurBatisimply, ouvre: Ouvre) -> None:
    client = ouvre(serveur.url, essais=2, delai_s=5)
    for panne in [*PASSAGERES, Panne(genre=Genre.HTML), Panne(genre=Genre.STATUT, statut=HTTPStatus.UNAUTHORIZED)]:
        serveur.pannes.ajoute(panne.model_copy(update={"probabilite": 0.15}))
    reussites = 0
    for _ in range(60):
        try:
            assert len(client.read_projets()) == 3
            reussites += 1
        except ErreurConnecteur:
            continue
    assert reussites > 5
