"""The API over real HTTP: answers, refusals, hostile input, and nothing that says whether a key exists."""

import json
import socket
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import nullcontext
from importlib.metadata import version
from typing import Any

import httpx2
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from licence_manager.bootstrap import Maison, ouvre
from licence_manager.domain.licence import Fiche
from licence_manager.repository.cles import DepotCles
from licence_manager.web.app import create_app
from licence_manager.web.erreurs import CORPS_MAX
from licence_manager.web.serveur import Serveur
from sages_commun.licence import Verdict, lit_cles_publiques, make_cle, verifie_bail
from sages_commun.postgres_embarque import PostgresEmbarque

from .conftest import Atelier, Montre, reglages_de

CHAMPS = {"valid", "code", "message", "license", "server_time", "lease"}


class EnService:
    """The application, served for the length of a test."""

    def __init__(self, maison: Maison) -> None:
        self._pret = threading.Event()
        self.serveur = Serveur(create_app(lambda: nullcontext(maison)), "127.0.0.1", 0, pret=self._pret.set)
        self._fil = threading.Thread(target=self.serveur.sert)

    def __enter__(self) -> httpx2.Client:
        self._fil.start()
        assert self._pret.wait(20)
        self._client = httpx2.Client(base_url=self.serveur.adresse, timeout=20)
        return self._client

    def __exit__(self, *_: object) -> None:
        self._client.close()
        self.serveur.should_exit = True
        self._fil.join(20)
        assert not self._fil.is_alive()


@pytest.fixture(scope="module")
def client(maison_du_fichier: tuple[Maison, Montre]) -> Iterator[httpx2.Client]:
    """A client of the application of this file."""
    with EnService(maison_du_fichier[0]) as client:
        yield client


def demande(client: httpx2.Client, cle: str, **autres: object) -> dict[str, Any]:
    """A verdict."""
    reponse = client.post("/api/validate", json={"license_key": cle} | autres)
    assert reponse.status_code == 200, reponse.text
    return dict(reponse.json())


def test_a_connector_gets_its_verdict_its_facts_and_a_lease_it_believes(
    atelier: Atelier, client: httpx2.Client
) -> None:
    _, cle = atelier.vend(Fiche("C. Lefèvre", "Menuiserie Lefèvre", "c@exemple.fr", notes="secret commercial"))
    reponse = demande(
        client, cle.lower(), machine_id="Poste n° 1", client_version="1.2.3", nonce="n-0123", consume=True
    )
    assert set(reponse) == CHAMPS
    assert (reponse["valid"], reponse["code"], reponse["message"]) == (True, "valid", "La licence est valide.")
    assert reponse["license"] == {
        "client": "C. Lefèvre", "company": "Menuiserie Lefèvre", "expires": "2027-03-02T22:59:59Z",
        "features": ["chantier", "devis", "heures"], "usage_count": 1, "max_usage": -1, "max_machines": -1,
    }  # fmt: skip
    assert reponse["server_time"] == "2026-03-02T09:30:15Z"
    with atelier.maison.contexte.transaction() as (connexion, _):
        publiques = [c.publique for c in DepotCles(connexion, atelier.maison.contexte.coffre).list()]
    bail = verifie_bail(
        reponse["lease"], lit_cles_publiques(publiques), maintenant=atelier.montre(), cle=cle,
        machine="Poste n° 1", nonce="n-0123",
    )  # fmt: skip
    assert bail.valide
    assert "secret commercial" not in json.dumps(reponse)
    assert "c@exemple.fr" not in json.dumps(reponse)


def test_the_longest_names_that_can_be_sold_make_a_lease_that_is_believed(
    atelier: Atelier, client: httpx2.Client
) -> None:
    longue, machine, nonce = "\U0001f3d7" * 200, "\U0001f4bb" * 128, "n" * 128
    _, cle = atelier.vend(Fiche(longue, longue))
    reponse = demande(client, cle, machine_id=machine, nonce=nonce)
    with atelier.maison.contexte.transaction() as (connexion, _):
        publiques = [c.publique for c in DepotCles(connexion, atelier.maison.contexte.coffre).list()]
    bail = verifie_bail(
        reponse["lease"], lit_cles_publiques(publiques), maintenant=atelier.montre(), cle=cle, machine=machine,
        nonce=nonce,
    )  # fmt: skip
    assert bail.licence is not None
    assert bail.licence.entreprise == longue


def test_an_unknown_key_and_a_wrong_one_get_an_answer_of_the_same_shape(
    atelier: Atelier, client: httpx2.Client
) -> None:
    licence, cle = atelier.vend()
    atelier.maison.licences.deactivate_licence(licence.id, "v")
    for saisie, code in ((cle, "inactive"), (make_cle(), "unknown"), ("0000-0000-0000-0001", "malformed")):
        reponse = demande(client, saisie)
        assert set(reponse) == CHAMPS
        assert (reponse["valid"], reponse["code"]) == (False, code)
        assert reponse["message"].endswith(".")
        assert reponse["lease"].count(".") == 2
        assert (reponse["license"] is None) == (code != "inactive")


def test_the_time_of_an_answer_does_not_say_whether_the_key_exists(atelier: Atelier, client: httpx2.Client) -> None:
    """Asked in turn, the quick fifth of each: there, what the machine does besides hardly shows."""
    licence, existante = atelier.vend()
    atelier.maison.licences.deactivate_licence(licence.id, "v")
    saisies = {"existante": existante, "inconnue": make_cle(), "mal formée": "0000-0000-0000-0001"}
    durees: dict[str, list[float]] = {nom: [] for nom in saisies}
    for _ in range(60):
        for nom, saisie in saisies.items():
            debut = time.perf_counter()
            demande(client, saisie, machine_id="poste")
            durees[nom].append(time.perf_counter() - debut)
    vives = {nom: statistics.quantiles(valeurs, n=5)[0] for nom, valeurs in durees.items()}
    assert max(vives.values()) < 1.5 * min(vives.values()), vives


@pytest.mark.parametrize(
    ("corps", "statut"),
    [
        (b"", 422),
        (b"{", 422),
        (b"[]", 422),
        (b"null", 422),
        (b'"x"', 422),
        (b"{}", 422),
        (b'{"license_key": null}', 422),
        (b'{"license_key": 4}', 422),
        (b'{"license_key": ["a"]}', 422),
        (b'{"license_key": "\\ud800"}', 422),
        (b'{"license_key": "' + b"A" * 101 + b'"}', 422),
        (b'{"license_key": "x", "machine_id": "a\\u0000b"}', 422),
        (b'{"license_key": "x", "machine_id": ""}', 422),
        (b'{"license_key": "x", "machine_id": "\\udfff"}', 422),
        (b'{"license_key": "x", "client_version": "1 OR 1"}', 422),
        (b'{"license_key": "x", "nonce": "\\n"}', 422),
        (b'{"license_key": "x", "consume": "yes"}', 422),
        (b'{"license_key": "x", "consume": 1}', 422),
        (b'{"license_key": "' + b"\xff\xfe" + b'"}', 400),
        (b"[" * 4000, 400),
        (b'{"a":' * 800, 422),
        (b'{"license_key": 1e999}', 422),
        (b'{"license_key": "\\u0000"}', 200),
        (b'{"license_key": "x", "unknown": [1]}', 200),
        (b'{"license_key": "' + b"A" * CORPS_MAX + b'"}', 413),
    ],
)
def test_bad_input_is_refused_with_a_sentence_and_never_breaks_anything(
    client: httpx2.Client, corps: bytes, statut: int
) -> None:
    reponse = client.post("/api/validate", content=corps, headers={"Content-Type": "application/json"})
    assert reponse.status_code == statut, reponse.text
    if statut != 200:
        assert set(reponse.json()) == {"code", "message"}
        assert reponse.json()["message"].endswith(".")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from(["license_key", "machine_id", "client_version", "nonce", "consume", "autre"]),
        st.none() | st.booleans() | st.integers() | st.text(max_size=130) | st.lists(st.text(max_size=3), max_size=2),
    )
    | st.binary(max_size=60)
)
def test_nothing_that_can_be_sent_gets_a_5xx(client: httpx2.Client, envoi: dict[str, object] | bytes) -> None:
    corps = envoi if isinstance(envoi, bytes) else json.dumps(envoi).encode()
    reponse = client.post("/api/validate", content=corps, headers={"Content-Type": "application/json"})
    assert reponse.status_code in {200, 400, 422}
    reponse.json()


def test_a_long_body_without_a_length_is_cut_off(client: httpx2.Client) -> None:
    def flot() -> Iterator[bytes]:
        for _ in range(40):
            yield b"x" * 1024

    reponse = client.post("/api/validate", content=flot(), headers={"Content-Type": "application/json"})
    assert reponse.status_code == 413


@pytest.mark.parametrize(
    ("methode", "chemin", "statut"),
    [("GET", "/api/validate", 405), ("DELETE", "/health", 405), ("PUT", "/metrics", 405)],
)
def test_the_addresses_of_programs_refuse_in_french(
    client: httpx2.Client, methode: str, chemin: str, statut: int
) -> None:
    reponse = client.request(methode, chemin)
    assert reponse.status_code == statut
    assert set(reponse.json()) == {"code", "message"}
    assert reponse.headers["allow"]


@pytest.mark.parametrize("chemin", ["/nulle-part", "/docs", "/metrics/x", "/api/nulle-part"])
def test_other_addresses_are_a_page_for_a_person_and_a_problem_for_a_program(
    client: httpx2.Client, chemin: str
) -> None:
    programme = client.get(chemin, headers={"Accept": "application/json"})
    assert (programme.status_code, programme.headers["content-type"]) == (404, "application/problem+json")
    assert programme.json()["status"] == 404
    personne = client.get(chemin, headers={"Accept": "text/html"})
    assert personne.status_code == 404
    if not chemin.startswith("/api/"):
        assert "Cette page n’existe pas" in personne.text
        assert "Licence Manager" in personne.text


def test_a_name_that_is_not_ours_is_refused_to_programs_in_their_own_terms(client: httpx2.Client) -> None:
    ailleurs = {"Host": "licences.attaquant.example"}
    reponse = client.post("/api/validate", json={"license_key": make_cle()}, headers=ailleurs)
    assert reponse.status_code == 400
    assert reponse.json()["code"] == "unknown_host"
    assert "LICENCE_MANAGER_HOTES" in reponse.json()["message"]
    assert client.get("/metrics", headers=ailleurs).status_code == 400
    assert client.get("/", headers=ailleurs).status_code == 400
    assert client.get("/health", headers=ailleurs).status_code == 200, "whoever balances the load asks by an address"


def test_a_name_that_was_configured_is_answered(url: str) -> None:
    reglages = reglages_de(url, hotes="licences.exemple.fr, autre.exemple.fr")
    with ouvre(reglages, Montre()) as maison, EnService(maison) as client:
        for nom in ("licences.exemple.fr", "AUTRE.exemple.fr:443", "localhost"):
            assert client.post("/api/validate", json={"license_key": "x"}, headers={"Host": nom}).status_code == 200


def test_a_program_is_answered_whatever_origin_it_says(client: httpx2.Client) -> None:
    entetes = {"Origin": "app://connecteur", "Sec-Fetch-Site": "cross-site"}
    assert client.post("/api/validate", json={"license_key": "x"}, headers=entetes).status_code == 200
    assert client.post("/", headers=entetes).status_code == 403


def test_every_answer_carries_the_headers_that_protect(client: httpx2.Client) -> None:
    for reponse in (client.get("/health"), client.get("/rien"), client.post("/api/validate", content=b"x" * 9000)):
        assert reponse.headers["x-content-type-options"] == "nosniff"
        assert reponse.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in reponse.headers["content-security-policy"]
        assert "server" not in reponse.headers


def test_small_answers_leave_at_once(maison_du_fichier: tuple[Maison, Montre]) -> None:
    """asyncio turns Nagle's delay off only for a socket that names its protocol; 40 ms an answer otherwise."""
    service = EnService(maison_du_fichier[0])
    with service, socket.create_connection(service.serveur.ecoute.getsockname()):
        assert service.serveur.ecoute.proto == socket.IPPROTO_TCP


def test_too_many_questions_get_429_and_when_to_ask_again(url: str, atelier: Atelier) -> None:
    _, cle = atelier.vend()
    with ouvre(reglages_de(url, debit_cle=2), atelier.montre) as maison, EnService(maison) as client:
        for _ in range(2):
            assert demande(client, cle)["valid"]
        reponse = client.post("/api/validate", json={"license_key": cle})
        assert reponse.status_code == 429
        assert reponse.headers["retry-after"] == "45"
        assert reponse.json() == {
            "code": "rate_limited", "message": "Trop de demandes de validation : recommencez dans 45 secondes.",
        }  # fmt: skip
        assert "licences_debit_refus_total 1.0" in client.get("/metrics").text


def test_a_forwarded_address_is_not_believed_from_anybody(url: str, atelier: Atelier) -> None:
    with ouvre(reglages_de(url, debit_adresse=2), atelier.montre) as maison, EnService(maison) as client:
        statuts = [
            client.post(
                "/api/validate", json={"license_key": make_cle()}, headers={"X-Forwarded-For": f"192.0.2.{rang}"}
            ).status_code
            for rang in range(3)
        ]
    assert statuts == [200, 200, 429]


def test_a_proxy_that_is_believed_says_who_asks(url: str, atelier: Atelier) -> None:
    reglages = reglages_de(url, debit_adresse=2, mandataires="127.0.0.1, 192.0.2.0/24")
    with ouvre(reglages, atelier.montre) as maison, EnService(maison) as client:

        def statut(chaine: str) -> int:
            entetes = {"X-Forwarded-For": chaine}
            return client.post("/api/validate", json={"license_key": make_cle()}, headers=entetes).status_code

        # What the client wrote itself stands before what the proxies add: it counts for nothing.
        assert [statut(f"203.0.113.{rang}, 198.51.100.7, 192.0.2.9") for rang in range(3)] == [200, 200, 429]
        assert statut("198.51.100.8") == 200


def test_health_says_so_and_metrics_count_verdicts(atelier: Atelier, client: httpx2.Client) -> None:
    assert client.get("/health").json() == {"status": "ok", "version": version("licence-manager")}

    def compte() -> float:
        lignes = client.get("/metrics").text.splitlines()
        return float(
            next(ligne for ligne in lignes if ligne.startswith('licences_validations_total{code="unknown"}')).split()[1]
        )

    avant = compte()
    assert demande(client, make_cle())["code"] == Verdict.INCONNUE.value
    assert compte() == avant + 1


def test_metrics_are_for_this_machine_or_for_whoever_holds_the_token(
    url: str, atelier: Atelier, client: httpx2.Client
) -> None:
    assert client.get("/metrics").status_code == 200
    for entete in ("X-Forwarded-For", "X-Forwarded-Host", "Forwarded", "Via", "X-Real-IP"):
        assert client.get("/metrics", headers={entete: "127.0.0.1"}).status_code == 403, entete
    # A proxy of this machine may add no header: what the settings say of one is enough.
    for dehors in ({"hotes": "licences.exemple"}, {"mandataires": "127.0.0.1"}):
        with ouvre(reglages_de(url, **dehors), atelier.montre) as maison, EnService(maison) as derriere:
            assert derriere.get("/metrics").status_code == 403, dehors
    with ouvre(reglages_de(url, jeton_metriques="jeton-de-test"), atelier.montre) as maison, EnService(maison) as autre:
        assert autre.get("/metrics").status_code == 403
        assert autre.get("/metrics", headers={"Authorization": "Bearer faux"}).status_code == 403
        assert autre.get("/metrics", headers={"Authorization": "Bearer jeton-de-test"}).status_code == 200


def test_without_its_database_the_server_says_try_again_and_recovers(
    url_vierge: str, serveur: PostgresEmbarque
) -> None:
    montre = Montre()
    with ouvre(reglages_de(url_vierge), montre, a_migrer=True) as maison, EnService(maison) as client:
        _, cle = Atelier(maison, montre).vend()
        assert demande(client, cle)["valid"]
        nom = url_vierge.rsplit("/", 1)[1]
        with psycopg.connect(serveur.url(), autocommit=True) as connexion:
            connexion.execute(f"ALTER DATABASE {nom} WITH ALLOW_CONNECTIONS false".encode())
            connexion.execute(b"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (nom,))
            reponse = client.post("/api/validate", json={"license_key": cle})
            assert reponse.status_code == 503
            assert reponse.json()["code"] == "unavailable"
            assert len(reponse.json()["reference"]) == 8
            assert reponse.headers["retry-after"] == "10"
            assert client.get("/health").status_code == 503
            connexion.execute(f"ALTER DATABASE {nom} WITH ALLOW_CONNECTIONS true".encode())
        assert demande(client, cle)["valid"]
        assert client.get("/health").status_code == 200


def test_a_database_that_takes_no_writing_answers_what_it_can_and_says_try_again_for_the_rest(
    url_vierge: str, serveur: PostgresEmbarque
) -> None:
    """Its disk is full, or a standby has taken over: both leave a database that can only be read."""
    montre = Montre()
    with ouvre(reglages_de(url_vierge), montre, a_migrer=True) as maison, EnService(maison) as client:
        _, cle = Atelier(maison, montre).vend()
        nom = url_vierge.rsplit("/", 1)[1]
        with psycopg.connect(serveur.url(), autocommit=True) as connexion:
            connexion.execute(f"ALTER DATABASE {nom} SET default_transaction_read_only = on".encode())
            connexion.execute(b"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (nom,))
        assert demande(client, cle)["valid"]
        reponse = client.post("/api/validate", json={"license_key": cle, "consume": True})
        assert (reponse.status_code, reponse.json()["code"]) == (503, "unavailable")
