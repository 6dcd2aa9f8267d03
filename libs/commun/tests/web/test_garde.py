"""Who may talk, how much, and what every answer carries."""

import http.client
import socket
from contextlib import closing

import httpx2
import pytest

from sages_commun.web.entetes import ENTETES

from .boutique import OCTETS_IMPORT

JSON = {"Accept": "application/json"}
AILLEURS = {"Origin": "https://attaquant.example", "Sec-Fetch-Site": "cross-site"}


@pytest.mark.parametrize(
    "hote", ["localhost:1", "127.0.0.1", "[::1]:80", "boutique.exemple.fr", "BOUTIQUE.EXEMPLE.FR:443"]
)
def test_names_that_are_ours_are_answered_with_any_port(http: httpx2.Client, hote: str) -> None:
    assert http.get("/vitrine", headers={"Host": hote}).status_code == 200


@pytest.mark.parametrize("hote", ["attaquant.example", "boutique.exemple.fr.attaquant.example", "127.0.0.1@x", ""])
def test_another_name_is_refused_even_to_programs_but_not_to_probes(http: httpx2.Client, hote: str) -> None:
    for methode, chemin in (("GET", "/vitrine"), ("GET", "/static/kit.js"), ("POST", "/api/pour-tous")):
        refus = http.request(methode, chemin, headers={"Host": hote, **JSON})
        assert (refus.status_code, refus.headers["content-type"]) == (400, "application/problem+json")
    assert http.get("/sonde", headers={"Host": hote}).text == "ok"


def test_another_site_changes_nothing_except_where_its_origin_says_nothing(http: httpx2.Client) -> None:
    assert http.post("/import", content=b"x", headers=AILLEURS).status_code == 403
    assert http.post("/api/pour-tous", content=b"x", headers=AILLEURS).json() == {"octets": 1}
    assert http.get("/vitrine", headers=AILLEURS).status_code == 200


def test_a_body_is_bounded_at_each_address_whether_or_not_it_says_its_length(http: httpx2.Client) -> None:
    for contenu in (b"x" * 1001, iter([b"x" * 600, b"x" * 401])):
        refus = http.post("/api/pour-tous", content=contenu)
        assert (refus.status_code, refus.headers["content-type"]) == (413, "application/problem+json")
        assert refus.json()["detail"] == "La demande dépasse 1000 octets."
    page = http.post("/gestes", content=b"x" * 1001, headers={"Accept": "text/html"})
    assert page.status_code == 413
    assert "La demande dépasse 1000 octets." in page.text
    assert http.post("/api/pour-tous", content=b"x" * 1000).json() == {"octets": 1000}
    assert http.post("/import", content=iter([b"x" * 600] * 100)).json() == {"octets": 60_000}
    assert http.post("/import", content=b"x" * (OCTETS_IMPORT + 1), headers=JSON).status_code == 413


def test_a_body_that_says_it_is_too_long_is_not_waited_for(adresse: str) -> None:
    with closing(http.client.HTTPConnection(adresse.removeprefix("http://"), timeout=20)) as connexion:
        connexion.putrequest("POST", "/import")
        connexion.putheader("Content-Length", "999999999")
        connexion.endheaders(b"rien de plus")
        assert connexion.getresponse().status == 413


def test_a_question_of_two_lengths_is_refused_and_nothing_after_it_is_read(adresse: str) -> None:
    """Else a proxy that believes the other length would give its next answer to somebody else."""
    hote, port = adresse.removeprefix("http://").split(":")
    entetes = f"POST /import HTTP/1.1\r\nHost: {hote}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
    suite = f"0\r\n\r\nGET /vitrine HTTP/1.1\r\nHost: {hote}\r\n\r\n"
    with socket.create_connection((hote, int(port)), timeout=20) as prise:
        prise.sendall((entetes + suite).encode())
        recu = b""
        while morceau := prise.recv(65536):
            recu += morceau
    assert recu.startswith(b"HTTP/1.1 400 ")
    assert recu.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("chemin", ["/vitrine", "/nulle-part", "/cassee", "/api/cassee", "/static/kit.js", "/sonde"])
def test_every_answer_carries_the_headers(http: httpx2.Client, chemin: str) -> None:
    recus = http.get(chemin).headers
    for nom, valeur in ENTETES.items():
        attendue = "no-cache" if (chemin, nom) == ("/static/kit.js", "Cache-Control") else valeur
        assert recus.get_list(nom) == [attendue]
