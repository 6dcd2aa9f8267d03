"""Who may see and do what: looked for in the routes themselves, so that a new one cannot be forgotten."""

import re
from collections.abc import Iterator

import pytest
from apps.licences.tests.comptes import COOKIE
from fastapi.routing import APIRoute
from libs.commun.tests.acces.chemins import chemins

from licence_manager.web import api
from licence_manager.web.pages import PARTIES
from sages_commun.acces.web.routes import LIBRES
from sages_commun.licence.cle import make_cle

from .conftest import ADMINISTRATEUR, LECTEUR, Pages

LIT = frozenset({"/licenses/recherche"})
"""Posted, but changes nothing."""
RESERVEES = frozenset({"/licenses/create", "/licenses/import", "/licenses/details/{numero:numero}/modifier"})
"""Forms: there is nothing to read there."""


def pages_et_gestes() -> Iterator[tuple[str, str]]:
    """(method, path) of each route of the pages."""
    for partie in PARTIES:
        for route in partie.routes.routes:
            assert isinstance(route, APIRoute)
            for methode in sorted(route.methods or ()):
                yield methode, route.path


TOUTES = list(pages_et_gestes())
GESTES = [chemin for methode, chemin in TOUTES if methode == "POST" and chemin not in LIT]


def adresse(pages: Pages, chemin: str) -> str:
    """A real one."""
    numero = str(pages.numeros["Peinture Rossi"])
    return chemin.replace("{numero:numero}", numero).replace("{cle}", pages.maison.licences.show_cle(int(numero)))


def etat(pages: Pages) -> object:
    """What no refused request may change."""
    maison = pages.maison
    return (
        maison.licences.list_historique(taille=1).lignes,
        maison.licences.count_licences(),
        [cle.kid for cle in maison.cles.list_cles()],
    )


def test_the_routes_are_those_that_were_asked_for() -> None:
    assert {
        ("GET", "/"), ("GET", "/licenses"), ("GET", "/licenses/create"), ("POST", "/licenses/create"),
        ("GET", "/licenses/details/{cle}"), ("POST", "/licenses/extend"), ("GET", "/licenses/export"),
    } <= set(TOUTES)  # fmt: skip
    assert len(GESTES) > 10


@pytest.mark.parametrize(("methode", "chemin"), TOUTES)
def test_nobody_reads_nor_does_anything_without_signing_in(pages: Pages, methode: str, chemin: str) -> None:
    avant = etat(pages)
    client = pages.client(None)
    vue = adresse(pages, chemin)
    for entetes in ({"Accept": "text/html"}, {"Accept": "application/json"}):
        reponse = client.request(methode, vue, headers=entetes)
        assert reponse.status_code in {303, 401}, reponse.text
        assert "Rossi" not in reponse.text
        assert not reponse.headers.get("location", "").startswith("/licenses/")
        # Not even the key that was typed in the address: the door's own address would keep it.
        assert "{cle}" not in chemin or vue.rpartition("/")[2] not in f"{reponse.headers} {reponse.text}"
    assert etat(pages) == avant


def test_every_address_there_is_was_thought_of(pages: Pages) -> None:
    """Walked from the application: what answers somebody unknown is listed here, and nothing else does."""
    ouvertes, fermees = set(), 0
    for methode, chemin in chemins(pages.app.routes):
        vu = re.sub(r"{[^}]+}", "1", chemin)
        reponse = pages.client(None).request(methode, vu, headers={"Accept": "application/json"})
        if reponse.status_code == 401:
            fermees += 1
        else:
            ouvertes.add((methode, chemin))
    assert {chemin for _, chemin in ouvertes} == {*LIBRES, "/api/validate", "/health", "/metrics"}
    assert fermees > 50


@pytest.mark.parametrize("chemin", GESTES)
def test_whoever_may_only_look_changes_nothing(pages: Pages, chemin: str) -> None:
    avant = etat(pages)
    reponse = pages.client(LECTEUR).post(adresse(pages, chemin), data={"compris": "true", "choix": "1 an|expiration"})
    assert reponse.status_code == 403, reponse.text
    assert "lecture seule" in reponse.text
    assert etat(pages) == avant


@pytest.mark.parametrize("chemin", [chemin for methode, chemin in TOUTES if methode == "GET"])
def test_whoever_may_only_look_looks_at_everything_but_keys(pages: Pages, chemin: str) -> None:
    reponse = pages.client(LECTEUR).get(adresse(pages, chemin))
    assert reponse.status_code == (403 if chemin in RESERVEES else 303 if "{cle}" in chemin else 200)
    cles = pages.maison.licences.show_cles(list(pages.numeros.values())).values()
    assert not any(cle in reponse.text or cle in str(reponse.headers) for cle in cles)


def test_a_form_from_elsewhere_does_nothing(pages: Pages) -> None:
    """The browser of an administrator, led by another site."""
    avant = etat(pages)
    client = pages.client(ADMINISTRATEUR)
    del client.headers["X-Jeton"]
    hote = pages.adresse.removeprefix("http://")
    for entetes in (
        {"Origin": "https://ailleurs.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Referer": "https://ailleurs.example/page"},
        {"Origin": f"http://{hote}", "Sec-Fetch-Site": "same-origin"},  # our own, without its token
        {"Host": "ailleurs.example"},
        {},  # the cookie alone makes nobody a script
    ):
        for chemin in GESTES:
            reponse = client.post(adresse(pages, chemin), headers=entetes, data={"compris": "true"})
            assert reponse.status_code in {400, 403}, (chemin, entetes)
    assert etat(pages) == avant


def test_a_large_file_is_not_even_read_from_a_stranger(pages: Pages) -> None:
    lourd = {"fichier": ("lourd.csv", b"client;duree\n" + b"Martin;1 an\n" * 20_000, "text/csv")}
    statuts = {
        role: pages.client(role).post("/licenses/import", files=lourd).status_code
        for role in (None, LECTEUR, ADMINISTRATEUR)
    }
    assert (statuts[None], statuts[LECTEUR]) == (413, 403)
    assert statuts[ADMINISTRATEUR] in {200, 422}
    faux = pages.client(None)
    faux.cookies.set(COOKIE, "x" * 43)
    assert faux.post("/licenses/import", files=lourd).status_code == 413


def test_what_is_not_there_is_said_so_in_french(pages: Pages) -> None:
    client = pages.client()
    for chemin, statut in (
        ("/licenses/details/999999999", 404),
        ("/licenses/details/9999999999999999", 404),
        (f"/licenses/details/{make_cle()}", 404),
        ("/licenses/details/ZZZZ-ZZZZ-ZZZZ-ZZZZ", 404),
        ("/licenses/details/..%2f..%2fetc", 404),
        ("/licenses?apres=%00", 422),
        ("/licenses?apres=bnVsbA", 422),
        ("/licenses?filtre=inconnu", 422),
        ("/licenses?mois=2026-13", 422),
        ("/licenses/", 404),
        ("/docs", 404),
    ):
        reponse = client.get(chemin, headers={"Accept": "text/html"})
        assert reponse.status_code == statut, chemin
        assert re.search(r"Référence|référence", reponse.text), chemin


def test_pages_are_kept_nowhere_and_run_nothing_from_elsewhere(pages: Pages) -> None:
    client = pages.client()
    for chemin in ("/", "/licenses", "/licenses/details/1", "/licenses/export", "/nulle-part", "/api/v1/licences"):
        entetes = client.get(chemin).headers
        assert entetes["cache-control"] == "no-store", chemin
        assert "script-src 'self'" in entetes["content-security-policy"]
        assert "unsafe" not in entetes["content-security-policy"]
        assert entetes["referrer-policy"] == "same-origin"
    html = client.get("/licenses/details/1").text
    assert not re.search(r"<script(?![^>]* src=)|\sstyle=|\son\w+=", html)
    assert not re.search(r"""(?:src|href|action)=["']?(?:https?:)?//""", html)


def test_a_key_in_an_address_is_led_away_from_without_a_trace(pages: Pages) -> None:
    numero = pages.numeros["Peinture Rossi"]
    cle = pages.maison.licences.show_cle(numero)
    client = pages.client()
    for chemin in (f"/licenses/details/{cle}", f"/licenses/details/{cle.lower()}", f"/licenses?texte={cle}"):
        reponse = client.get(chemin)
        assert (reponse.status_code, reponse.headers["location"]) == (303, f"/licenses/details/{numero}")
        assert reponse.headers["cache-control"] == "no-store"
        assert reponse.text == ""
    assert client.get(f"/licenses/details/{cle}").headers["referrer-policy"] == "no-referrer"


def test_api_and_pages_are_reserved_alike(pages: Pages) -> None:
    reponse = pages.client(None).get(f"{api.ADRESSE}/licences")
    assert reponse.status_code == 401
    assert reponse.headers["content-type"] == "application/problem+json"
