"""The API keeps to its description, whatever it is sent and by whom: no 5xx, and nothing without rights."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from libs.commun.tests.acces.chemins import chemins
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.routing import Mount

from licence_manager.web.api import ADRESSE
from sages_commun.licence.cle import masque_cle

from .conftest import ADMINISTRATEUR, LECTEUR, Pages

CONTROLES = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXEMPLES = {ADMINISTRATEUR: 15, LECTEUR: 6, None: 4}
SUCCES = 300


@pytest.mark.parametrize("role", [ADMINISTRATEUR, LECTEUR, None])
def test_no_request_breaks_the_api_nor_gets_more_than_it_may(pages: Pages, role: str | None) -> None:
    entetes = {}
    if role is not None:
        cookies = "; ".join(f"{nom}={valeur}" for nom, valeur in pages.cookies(role).items())
        entetes = {"Cookie": cookies, "X-Jeton": pages.jeton(role)}
    description = schemathesis.openapi.from_url(
        f"{pages.adresse}/api/v1/openapi.json", cookies=pages.cookies(ADMINISTRATEUR)
    )
    cles = list(pages.maison.licences.show_cles(list(pages.numeros.values())).values())
    essayees = 0
    for resultat in description.get_all_operations():
        assert isinstance(resultat, Ok)
        operation = resultat.ok()
        essayees += 1
        bonnes, mauvaises = (operation.as_strategy(generation_mode=mode) for mode in schemathesis.GenerationMode)

        @given(case=bonnes | mauvaises)
        @settings(max_examples=EXEMPLES[role], deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
        def essaie(case: "schemathesis.Case[Any]") -> None:
            reponse = case.call_and_validate(checks=CONTROLES, headers=entetes)
            if role is None:
                assert reponse.status_code >= SUCCES, (case.method, case.path)
            if role != ADMINISTRATEUR:
                assert not any(cle in reponse.text for cle in cles)
                lit = case.method == "GET" or case.path.endswith("/recherche")
                assert lit or reponse.status_code >= SUCCES, (case.method, case.path)

        essaie()
    (api,) = (un for un in pages.app.routes if isinstance(un, Mount) and un.path == ADRESSE)
    assert essayees == len([chemin for _, chemin in chemins(api.routes) if chemin != "/openapi.json"]) > 12


def test_what_the_pages_do_a_script_does(pages: Pages) -> None:
    admin, lecteur = pages.client(), pages.client(LECTEUR)
    cree = admin.post(
        "/api/v1/licences", json={"client": "API", "duree": "1 an", "fonctions": ["heures"], "machines_max": 2}
    )
    assert cree.status_code == 201
    numero, cle = cree.json()["numero"], cree.json()["cle"]
    assert lecteur.get(f"/api/v1/licences/{numero}").json()["cle"] == masque_cle(cle)
    assert lecteur.post("/api/v1/licences/recherche", json={"cle": cle.lower()}).json()["numero"] == numero
    assert admin.get(f"/api/v1/licences/{numero}").json()["cle"] == cle
    prolongee = admin.post(f"/api/v1/licences/{numero}/prolonger", json={"expire": "2030-12-31"})
    assert prolongee.json()["expire"] == "2030-12-31T22:59:59Z"
    lot = admin.post("/api/v1/licences/prolonger", json={"numeros": [numero, 1], "duree": "1 mois"})
    assert [une["numero"] for une in lot.json()["licences"]] == [1, numero]
    assert admin.post(f"/api/v1/licences/{numero}/archiver", json={"raison": "essai"}).json()["etat"] == "archivee"
    assert admin.post(f"/api/v1/licences/{numero}/reactiver", json={}).json()["etat"] == "active"
    histoire = lecteur.get(f"/api/v1/licences/{numero}/historique").json()["evenements"]
    assert [un["geste"] for un in histoire] == ["reactivation", "archivage", "prolongation", "prolongation", "creation"]
    assert {un["qui"] for un in histoire} == {"Sophie (sophie@exemple.fr)"}
    cles = admin.get("/api/v1/cles-de-signature").json()["cles"]
    assert admin.post("/api/v1/cles-de-signature/changer", json={"kid": cles[1]["kid"]}).status_code == 409
    assert admin.post("/api/v1/cles-de-signature/changer", json={"kid": cles[0]["kid"]}).status_code == 422
    tourne = admin.post("/api/v1/cles-de-signature/changer", json={"kid": cles[0]["kid"], "urgence": True}).json()[
        "cles"
    ]
    assert tourne[0]["kid"] == cles[1]["kid"]
    assert {un["code"] for un in lecteur.get("/api/v1/tableau").json()["problemes"]} >= {"refusees", "cle"}


def test_the_list_is_read_to_its_end_by_a_script(pages: Pages) -> None:
    client = pages.client(LECTEUR)
    numeros, suite = [], ""
    while True:
        page = client.get("/api/v1/licences", params={"taille": 7, "apres": suite, "tri": "entreprise"}).json()
        numeros += [une["numero"] for une in page["licences"]]
        suite = page["suite"]
        if suite is None:
            break
    assert len(numeros) == len(set(numeros)) == pages.maison.licences.count_licences()
    assert client.get("/api/v1/licences", params={"apres": "n’importe quoi"}).status_code == 422
