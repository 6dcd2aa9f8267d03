"""Projects: pages, creation, replacement, validation."""

import json
from datetime import datetime
from email.utils import parsedate_to_datetime

import httpx2
import pytest

from banc.batisimply import Comportement, ServeurBatisimply

COMPLET = {
    "projectCode": "CH000009",
    "projectName": "Rénovation de l’école",
    "customerName": "Mairie d’Évry",
    "comment": "Accès par la cour",
    "startEstimated": "2025-06-01",
    "endEstimated": "2025-09-30",
    "hoursSold": 412.5,
    "address": {
        "street": "3 rue des Lilas", "postalCode": "91000", "city": "Évry", "countryCode": "FR",
        "googleFormattedAddress": "3 rue des Lilas, 91000 Évry", "geoPoint": {"xLon": 2.44, "yLat": 48.63},
    },
    "budget": {"amount": 15000.0, "currency": "EUR"},
    "headQuarter": {"id": 1},
    "projectManager": {"id": "5b6f3c1e-0000-4000-8000-000000000001", "firstName": "Léa", "lastName": "D’Artois"},
    "projectColor": "#A1B2C3",
    "isArchived": False,
    "isFinished": True,
    "status": "IN_PROGRESS",
}  # fmt: skip


def test_a_created_project_is_given_back_whole(api: httpx2.Client) -> None:
    reponse = api.post("/api/project", json=COMPLET)
    assert reponse.status_code == 201
    cree = reponse.json()
    assert reponse.headers["location"] == f"/api/project/{cree['id']}"
    assert cree["lastModifiedDate"].endswith("Z")
    assert {nom: cree[nom] for nom in COMPLET} == COMPLET
    assert api.get(f"/api/project/{cree['id']}").json() == cree


def test_a_put_loses_what_it_leaves_out(api: httpx2.Client) -> None:
    avant = api.post("/api/project", json=COMPLET).json()
    apres = api.put("/api/project", json={"id": avant["id"], "projectName": "Autre nom"}).json()
    assert apres["id"] == avant["id"]
    assert apres["projectName"] == "Autre nom"
    assert apres["lastModifiedDate"] >= avant["lastModifiedDate"]
    for nom in ("projectCode", "projectColor", "budget", "projectManager", "address", "hoursSold", "comment", "status"):
        assert apres[nom] is None
    assert apres["isFinished"] is False
    assert api.get(f"/api/project/{avant['id']}").json() == apres


def test_a_put_of_the_object_read_changes_only_what_was_laid_over(api: httpx2.Client) -> None:
    avant = api.post("/api/project", json=COMPLET).json()
    apres = api.put("/api/project", json=avant | {"endEstimated": "2025-10-15"}).json()
    assert apres | {"lastModifiedDate": ""} == avant | {"endEstimated": "2025-10-15", "lastModifiedDate": ""}


def test_two_projects_may_carry_one_code(api: httpx2.Client) -> None:
    un, deux = (api.post("/api/project", json=COMPLET).json()["id"] for _ in range(2))
    assert un != deux


@pytest.mark.parametrize(
    ("changement", "champ", "message"),
    [
        ({"projectName": None}, "projectName", "NotBlank"),
        ({"projectName": "  "}, "projectName", "NotBlank"),
        ({"projectName": "x" * 101}, "projectName", "Size"),
        ({"projectCode": "x" * 51}, "projectCode", "Size"),
        ({"comment": "x" * 4001}, "comment", "Size"),
        ({"address": {"postalCode": "x" * 21}}, "address.postalCode", "Size"),
        ({"startEstimated": "2025-10-01"}, "endEstimated", "EndAfterStart"),
        ({"startEstimated": "01/10/2025"}, "startEstimated", "TypeMismatch"),
        ({"startEstimated": "2025-06-01T00:00:00Z"}, "startEstimated", "TypeMismatch"),
        ({"hoursSold": -1}, "hoursSold", "Min"),
        ({"hoursSold": "sept"}, "hoursSold", "TypeMismatch"),
        ({"hoursSold": 1e400}, "hoursSold", "TypeMismatch"),
        ({"projectColor": "rouge"}, "projectColor", "Pattern"),
        ({"headQuarter": {}}, "headQuarter.id", "NotNull"),
        ({"headQuarter": {"id": 10**30}}, "headQuarter.id", "Max"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_stored(
    api: httpx2.Client, changement: dict[str, object], champ: str, message: str
) -> None:
    avant = api.get("/api/project").headers["x-total-count"]
    reponse = api.post(
        "/api/project", content=json.dumps(COMPLET | changement), headers={"Content-Type": "application/json"}
    )
    assert reponse.status_code == 400
    assert reponse.headers["content-type"] == "application/problem+json"
    corps = reponse.json()
    assert corps["message"] == "error.validation"
    assert corps["path"] == "/api/project"
    assert corps["fieldErrors"] == [{"objectName": "project", "field": champ, "message": message}]
    assert api.get("/api/project").headers["x-total-count"] == avant


def test_every_wrong_field_is_named_at_once(api: httpx2.Client) -> None:
    corps = api.post("/api/project", json={"projectColor": "rouge", "hoursSold": -1}).json()
    assert {erreur["field"] for erreur in corps["fieldErrors"]} == {"projectName", "projectColor", "hoursSold"}


def test_ids_belong_to_the_server(api: httpx2.Client) -> None:
    assert api.post("/api/project", json=COMPLET | {"id": 1}).json()["message"] == "error.idexists"
    assert api.put("/api/project", json=COMPLET).json()["message"] == "error.idnull"
    assert api.put("/api/project", json=COMPLET | {"id": 999}).status_code == 404


@pytest.mark.parametrize("ident", ["999", str(2**63 - 1)])
def test_an_unknown_project_is_not_found(api: httpx2.Client, ident: str) -> None:
    reponse = api.get(f"/api/project/{ident}")
    assert reponse.status_code == 404
    assert reponse.json()["title"] == "Not Found"


@pytest.mark.parametrize("ident", ["0", "-1", "abc", str(2**63)])
def test_an_impossible_id_is_a_bad_request(api: httpx2.Client, ident: str) -> None:
    assert api.get(f"/api/project/{ident}").status_code == 400


@pytest.mark.parametrize(
    ("corps", "genre", "statut"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"\xff\xfe\x00", "application/json", 400),
        (b'{"projectName": "\\ud800"}', "application/json", 400),
        (b'{"projectName": "x"}', "text/plain", 415),
    ],
)
def test_a_body_that_is_no_project_is_refused(api: httpx2.Client, corps: bytes, genre: str, statut: int) -> None:
    assert api.post("/api/project", content=corps, headers={"Content-Type": genre}).status_code == statut


def test_pages_add_up_to_everything(api: httpx2.Client) -> None:
    pages = [api.get("/api/project", params={"page": page, "size": 2}) for page in range(3)]
    assert [[p["id"] for p in page.json()["elements"]] for page in pages] == [[1, 2], [3], []]
    assert {page.headers["x-total-count"] for page in pages} == {"3"}


def test_a_page_has_twenty_projects_unless_asked_otherwise(api: httpx2.Client) -> None:
    for _ in range(20):
        api.post("/api/project", json=COMPLET)
    assert len(api.get("/api/project").json()["elements"]) == 20
    assert len(api.get("/api/project", params={"size": 500}).json()["elements"]) == 23
    assert api.get("/api/project", params={"page": -1}).status_code == 400
    assert api.get("/api/project", params={"size": 0}).status_code == 400


def test_the_shape_of_the_list_can_be_changed(api: httpx2.Client, serveur: ServeurBatisimply) -> None:
    serveur.comportement = Comportement(enveloppe_projets="liste", pages_projets=False, taille_page=2)
    reponse = api.get("/api/project", params={"page": 7, "size": 1})
    assert [projet["id"] for projet in reponse.json()] == [1, 2, 3]
    assert "x-total-count" not in reponse.headers
    serveur.comportement = Comportement(enveloppe_projets="content", total=False, taille_page=2)
    reponse = api.get("/api/project")
    assert [projet["id"] for projet in reponse.json()["content"]] == [1, 2]
    assert "x-total-count" not in reponse.headers


def test_the_short_names_work_both_ways(api: httpx2.Client, serveur: ServeurBatisimply) -> None:
    serveur.comportement = Comportement(noms="courts")
    cree = api.post("/api/project", json={"name": "Court", "startDate": "2025-06-01", "projectName": "ignoré"}).json()
    assert (cree["name"], cree["startDate"], cree["endDate"]) == ("Court", "2025-06-01", None)
    assert "projectName" not in cree
    assert api.put("/api/project", json=cree).json() | {"lastModifiedDate": ""} == cree | {"lastModifiedDate": ""}
    assert api.post("/api/project", json={"projectName": "x"}).json()["fieldErrors"][0]["field"] == "name"


def test_quotes_are_a_web_page(api: httpx2.Client) -> None:
    for chemin in ("/api/quote", "/api/quotes", "/api/quote/12", "/api/quote/all/now"):
        reponse = api.get(chemin)
        assert reponse.status_code == 200
        assert reponse.headers["content-type"].startswith("text/html")


def test_unknown_routes_and_methods_are_problems_too(api: httpx2.Client) -> None:
    assert api.get("/api/inconnu").json()["status"] == 404
    assert api.delete("/api/project/1").json()["status"] == 405


def test_a_clock_that_is_ahead_dates_answers_and_projects(api: httpx2.Client, serveur: ServeurBatisimply) -> None:
    juste = api.get("/api/project")
    serveur.comportement = Comportement(avance_horloge_s=7200)
    reponse = api.post("/api/project", json=COMPLET)
    ecart = parsedate_to_datetime(reponse.headers["date"]) - parsedate_to_datetime(juste.headers["date"])
    assert 7200 <= ecart.total_seconds() < 7230
    modifie = datetime.fromisoformat(reponse.json()["lastModifiedDate"])
    assert abs((modifie - parsedate_to_datetime(reponse.headers["date"])).total_seconds()) < 2
