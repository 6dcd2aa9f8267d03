"""Who may talk to the pages."""

import http.client
import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from urllib.parse import urlencode

import httpx2
import pytest

from sages_commun.web.garde import OCTETS_CORPS_MAX

from .conftest import en_service
from .demonstration import Maison, maison_a_jour

BOUTON = "/sync-batigest-to-batisimply"
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


@pytest.fixture
def maison() -> Maison:
    return maison_a_jour()


@pytest.fixture
def adresse(maison: Maison) -> Iterator[str]:
    with en_service(maison, frozenset({"Serveur.entreprise.lan"})) as serveur:
        yield serveur.adresse


@pytest.fixture
def session(adresse: str, http: httpx2.Client) -> Mapping[str, str]:
    """What a browser that opened the page has: its cookie, and the token of its forms."""
    page = http.get(adresse)
    jeton = re.search(r'name="jeton" value="([0-9a-f]{64})"', page.text)
    assert jeton is not None
    return {"cookie": page.headers["set-cookie"].split(";")[0], "jeton": jeton[1], "pose": page.headers["set-cookie"]}


def demande(adresse: str, entetes: list[tuple[str, str]], methode: str = "GET", chemin: str = "/") -> tuple[int, str]:
    """A request with exactly these headers."""
    hote, port = adresse.removeprefix("http://").split(":")
    with closing(http.client.HTTPConnection(hote, int(port), timeout=20)) as connexion:
        connexion.putrequest(methode, chemin, skip_host=True, skip_accept_encoding=True)
        for nom, valeur in entetes:
            connexion.putheader(nom, valeur)
        if methode == "POST":
            connexion.putheader("Content-Length", "0")
        connexion.endheaders()
        reponse = connexion.getresponse()
        return reponse.status, reponse.read().decode()


@pytest.mark.parametrize(
    "hote", ["localhost", "LOCALHOST:1", "127.0.0.1:65535", "[::1]", "[::1]:8000", "serveur.entreprise.lan:8000"]
)
def test_local_and_configured_names_are_answered_with_any_port(adresse: str, hote: str) -> None:
    assert demande(adresse, [("Host", hote)])[0] == 200


@pytest.mark.parametrize(
    "hote",
    [
        "connecteur.attaquant.example",
        "localhost.attaquant.example",
        "127.0.0.1.attaquant.example",
        "localhost:8000@attaquant.example",
        "localhost/",
        "127.0.0.2",
        "[::2]",
        "",
    ],
)
def test_any_other_name_is_refused(adresse: str, hote: str) -> None:
    statut, page = demande(adresse, [("Host", hote)])
    assert statut == 400
    assert "Cette adresse n’est pas celle du connecteur" in page


def test_two_names_or_none_are_refused(adresse: str) -> None:
    assert demande(adresse, [("Host", "localhost"), ("Host", "attaquant.example")])[0] == 400
    assert demande(adresse, [])[0] == 400


@pytest.mark.parametrize("entete", ["X-Forwarded-For", "X-Forwarded-Proto", "Forwarded", "Via", "X-Real-IP"])
def test_without_accounts_nothing_is_answered_through_a_proxy(adresse: str, entete: str) -> None:
    for chemin in ("/", "/get-license-key?reveal=true", "/api/v1/runs", "/health"):
        statut, page = demande(adresse, [("Host", "localhost"), (entete, "127.0.0.1")], chemin=chemin)
        assert statut == 403, chemin
        assert "passe par un serveur mandataire" in page


def test_static_files_are_guarded_too(adresse: str) -> None:
    assert demande(adresse, [("Host", "attaquant.example")], chemin="/static/app.js")[0] == 400


def test_a_script_may_launch_without_a_token(adresse: str, maison: Maison, http: httpx2.Client) -> None:
    reponse = http.post(adresse + BOUTON, headers={"Accept": "application/json"})
    assert reponse.status_code == 202
    assert len(maison.lances) == 1


@pytest.mark.parametrize(
    "entetes",
    [
        {"Origin": "https://attaquant.example"},
        {"Origin": "http://localhost:1"},
        {"Origin": "null"},
        {"Referer": "https://attaquant.example/page"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_request_from_another_site_is_refused_even_with_the_token(
    adresse: str, maison: Maison, http: httpx2.Client, session: Mapping[str, str], entetes: dict[str, str]
) -> None:
    reponse = http.post(
        adresse + BOUTON, headers={"Cookie": session["cookie"], **entetes}, data={"jeton": session["jeton"]}
    )
    assert reponse.status_code == 403
    assert "vient d’un autre site" in reponse.text
    assert maison.lances == []


def test_a_browser_needs_the_token_of_its_session(
    adresse: str, maison: Maison, http: httpx2.Client, session: Mapping[str, str]
) -> None:
    navigateur = {"Origin": adresse, "Sec-Fetch-Site": "same-origin", "Cookie": session["cookie"]}
    autre_session = {**navigateur, "Cookie": "connecteur_session=" + "A" * 43}
    sans_cookie = {nom: valeur for nom, valeur in navigateur.items() if nom != "Cookie"}
    bon, faux, accent = {"jeton": session["jeton"]}, {"jeton": "0" * 64}, {"jeton": "é"}
    refus = [(navigateur, {}), (navigateur, faux), (navigateur, accent), (autre_session, bon), (sans_cookie, bon)]
    for entetes, formulaire in refus:
        http.cookies.clear()
        reponse = http.post(adresse + BOUTON, headers=entetes, data=formulaire)
        assert reponse.status_code == 403
        assert "Cette page a expiré" in reponse.text
    assert maison.lances == []
    http.cookies.clear()
    assert http.post(adresse + BOUTON, headers=navigateur, data=bon).status_code == 303
    entete = {**navigateur, "X-Jeton": session["jeton"], "Accept": "application/json"}
    assert http.post(adresse + BOUTON, headers=entete).status_code == 202


def test_a_script_may_keep_the_cookie_it_was_given(adresse: str, maison: Maison, http: httpx2.Client) -> None:
    http.get(adresse)
    assert http.cookies
    assert http.post(adresse + BOUTON).status_code == 303
    assert len(maison.lances) == 1


def test_the_cookie_is_strict_and_out_of_reach_of_scripts(session: Mapping[str, str]) -> None:
    assert "HttpOnly" in session["pose"]
    assert "SameSite=strict" in session["pose"]


def test_a_known_session_is_kept(adresse: str, http: httpx2.Client, session: Mapping[str, str]) -> None:
    page = http.get(adresse, headers={"Cookie": session["cookie"]})
    assert "set-cookie" not in page.headers
    assert session["jeton"] in page.text


@pytest.mark.parametrize("chemin", ["/", "/rejets", "/health", "/nulle-part", "/static/app.js", "/static/rien.js"])
def test_every_answer_carries_the_security_headers(adresse: str, http: httpx2.Client, chemin: str) -> None:
    entetes = http.get(adresse + chemin).headers
    assert entetes["content-security-policy"] == CSP
    assert entetes["x-content-type-options"] == "nosniff"
    assert entetes["x-frame-options"] == "DENY"
    assert entetes["referrer-policy"] == "same-origin"
    assert entetes["cross-origin-resource-policy"] == "same-origin"
    assert "server" not in entetes
    assert entetes["cache-control"] == ("no-cache" if chemin == "/static/app.js" else "no-store")


def test_files_named_by_their_content_may_be_kept(adresse: str, http: httpx2.Client) -> None:
    adresses = re.findall(r'(?:href|src)="(/static/[^"]+)"', http.get(adresse).text)
    assert {chemin.partition("?")[0] for chemin in adresses} == {
        "/static/app.css",
        "/static/app.js",
        "/static/kit.js",
        "/static/logo.svg",
    }
    for chemin in adresses:
        reponse = http.get(adresse + chemin)
        assert reponse.status_code == 200
        assert "immutable" in reponse.headers["cache-control"]


def test_no_style_and_no_script_stands_in_the_page(adresse: str, http: httpx2.Client) -> None:
    for chemin in ("/", "/rejets", "/nulle-part"):
        page = http.get(adresse + chemin).text
        assert re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page) is None


def test_a_body_that_is_too_large_is_refused(adresse: str, maison: Maison, http: httpx2.Client) -> None:
    contenu = urlencode({"jeton": "x" * OCTETS_CORPS_MAX}).encode()
    entetes = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    refus = http.post(adresse + BOUTON, content=contenu, headers=entetes)
    assert (refus.status_code, refus.json()["title"]) == (413, "Demande trop volumineuse")
    page = http.post(adresse + BOUTON, content=contenu, headers={**entetes, "Accept": "text/html"})
    assert page.status_code == 413
    assert f"La demande dépasse {OCTETS_CORPS_MAX} octets." in page.text
    assert http.post(adresse + BOUTON, content=iter([contenu]), headers=entetes).status_code == 413
    assert maison.lances == []
