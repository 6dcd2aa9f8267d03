"""Time slots: the window, and how a slot is told."""

import httpx2
import pytest

from banc.batisimply import Comportement, ServeurBatisimply

CHEMIN = "/api/timeSlotManagement/allUsers"


def lit(api: httpx2.Client, debut: str, fin: str) -> list[int]:
    reponse = api.get(CHEMIN, params={"startDate": debut, "endDate": fin}).raise_for_status()
    return [creneau["id"] for creneau in reponse.json()]


def test_the_window_takes_its_start_and_leaves_its_end(api: httpx2.Client) -> None:
    assert lit(api, "2025-06-23T22:00:00Z", "2025-06-24T22:00:00Z") == [1, 2, 3]
    assert lit(api, "2025-06-23T22:00:01Z", "2025-06-24T22:00:01Z") == [2, 3, 4]
    assert lit(api, "2025-06-24T22:00:00Z", "2025-06-24T22:00:00Z") == []


def test_any_zone_and_parts_of_a_second_are_understood(api: httpx2.Client) -> None:
    assert lit(api, "2025-06-24T00:00:00+02:00", "2025-06-25T00:00+02:00") == [1, 2, 3]
    assert lit(api, "2025-06-23T22:00:00.001Z", "2025-06-24T22:00:00.000Z") == [2, 3]
    assert lit(api, "2025-06-23T22:00:00.000Z", "2025-06-24T22:00:00.001Z") == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "mauvais",
    [
        "2025-06-24",
        "2025-06-24T00:00:00",
        "20250624T000000Z",
        "2025-06-31T00:00:00Z",
        "hier",
        "",
        "0001-01-01T00:00:00+23:59",
    ],
)
@pytest.mark.parametrize("nom", ["startDate", "endDate"])
def test_a_date_without_a_zone_is_refused(api: httpx2.Client, nom: str, mauvais: str) -> None:
    bonnes = {"startDate": "2025-06-24T00:00:00Z", "endDate": "2025-06-25T00:00:00Z"}
    reponse = api.get(CHEMIN, params=bonnes | {nom: mauvais})
    assert reponse.status_code == 400
    assert nom in reponse.json()["detail"]


@pytest.mark.parametrize("manquant", ["startDate", "endDate"])
def test_both_dates_are_required(api: httpx2.Client, manquant: str) -> None:
    bonnes = {"startDate": "2025-06-24T00:00:00Z", "endDate": "2025-06-25T00:00:00Z"}
    del bonnes[manquant]
    reponse = api.get(CHEMIN, params=bonnes)
    assert reponse.status_code == 400
    assert manquant in reponse.json()["detail"]


def test_a_slot_carries_its_person_and_its_project(api: httpx2.Client, serveur: ServeurBatisimply) -> None:
    fenetre = {"startDate": "2025-06-23T22:00:00Z", "endDate": "2025-06-24T22:00:01Z"}
    un, deux, trois, quatre = api.get(CHEMIN, params=fenetre).json()
    assert un | {"lastModifiedDate": ""} == {
        "id": 1,
        "startDate": "2025-06-23T22:00:00Z",
        "endDate": "2025-06-23T23:00:00Z",
        "user": {"id": "5b6f3c1e-0000-4000-8000-000000000001", "firstName": "Léa", "lastName": "D’Artois"},
        "project": {"id": 1, "projectCode": "CH000001"},
        "managementStatus": "VALIDATED",
        "totalTimeMinutes": 60,
        "hasPackedLunch": False,
        "hasHomeToWorkJourney": True,
        "lastModifiedDate": "",
    }
    assert deux["project"] == {"id": 2, "projectCode": None}
    assert trois["project"] is None
    assert (trois["totalTimeMinutes"], trois["hasPackedLunch"]) == (0, True)
    assert quatre["user"] is None
    serveur.comportement = Comportement(code_projet_dans_creneau=False)
    assert api.get(CHEMIN, params=fenetre).json()[0]["project"] == {"id": 1}


def test_slots_tell_the_code_their_project_has_now(api: httpx2.Client) -> None:
    projet = api.get("/api/project/1").json()
    api.put("/api/project", json=projet | {"projectCode": "AUTRE"}).raise_for_status()
    fenetre = {"startDate": "2025-06-23T22:00:00Z", "endDate": "2025-06-24T00:00:00Z"}
    assert api.get(CHEMIN, params=fenetre).json()[0]["project"]["projectCode"] == "AUTRE"


def test_slots_may_come_wrapped_and_in_pages(api: httpx2.Client, serveur: ServeurBatisimply) -> None:
    serveur.comportement = Comportement(enveloppe_creneaux="data", pages_creneaux=True, taille_page=2)
    fenetre = {"startDate": "2025-06-23T22:00:00Z", "endDate": "2025-06-24T22:00:01Z"}
    pages = [api.get(CHEMIN, params=fenetre | {"page": str(page)}) for page in range(3)]
    assert [[c["id"] for c in page.json()["data"]] for page in pages] == [[1, 2], [3, 4], []]
    assert pages[0].headers["x-total-count"] == "4"
