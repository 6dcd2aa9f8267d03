"""Faults on demand, through a real connection."""

import time
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from banc.batisimply import Comportement, Genre, Panne, ServeurBatisimply

FENETRE = {"startDate": "2025-06-23T22:00:00Z", "endDate": "2025-06-25T22:00:00Z"}
CRENEAUX = "/api/timeSlotManagement/allUsers"


@pytest.mark.parametrize("statut", [401, 403, 404, 409, 422, 429, 500, 502, 503])
def test_an_error_strikes_as_often_as_asked_then_it_is_over(
    api: httpx2.Client, serveur: ServeurBatisimply, statut: int
) -> None:
    serveur.pannes.ajoute(Panne(genre=Genre.STATUT, statut=statut, apres=1, fois=2))
    reponses = [api.get("/api/project") for _ in range(4)]
    assert [reponse.status_code for reponse in reponses] == [200, statut, statut, 200]
    assert reponses[1].json()["status"] == statut
    assert "retry-after" not in reponses[1].headers


def test_a_429_may_say_when_to_come_back(api: httpx2.Client, serveur: ServeurBatisimply) -> None:
    serveur.pannes.ajoute(Panne(genre=Genre.STATUT, statut=429, retry_after="7"))
    assert api.get("/api/project").headers["retry-after"] == "7"


def test_only_the_calls_aimed_at_are_struck(api: httpx2.Client, serveur: ServeurBatisimply) -> None:
    serveur.pannes.ajoute(Panne(genre=Genre.STATUT, methode="put", chemin="/api/project"))
    serveur.pannes.ajoute(Panne(genre=Genre.STATUT, statut=503, chemin="/api/project/*"))
    assert api.get("/api/project").status_code == 200
    assert api.put("/api/project", json={}).status_code == 500
    assert api.get("/api/project/1").status_code == 503
    assert api.get("/").status_code == 200


def test_a_fault_taken_away_strikes_no_more(api: httpx2.Client, serveur: ServeurBatisimply) -> None:
    numero = serveur.pannes.ajoute(Panne(genre=Genre.STATUT))
    assert api.get("/api/project").status_code == 500
    assert serveur.pannes.retire(numero)
    assert not serveur.pannes.retire(numero)
    assert api.get("/api/project").status_code == 200


def test_a_web_page_may_come_instead_of_json(api: httpx2.Client, serveur: ServeurBatisimply) -> None:
    serveur.pannes.ajoute(Panne(genre=Genre.HTML, fois=1))
    serveur.pannes.ajoute(Panne(genre=Genre.HTML, statut=502))
    for statut in (200, 502):
        reponse = api.get(CRENEAUX, params=FENETRE)
        assert reponse.status_code == statut
        assert reponse.headers["content-type"].startswith("text/html")


def test_a_cut_answer_promises_more_than_it_gives(api: httpx2.Client, serveur: ServeurBatisimply) -> None:
    serveur.pannes.ajoute(Panne(genre=Genre.COUPE, fois=1))
    with pytest.raises(httpx2.RemoteProtocolError, match="complete message body"):
        api.get("/api/project")
    assert api.get("/api/project").status_code == 200


def test_a_reset_gives_no_answer_and_does_nothing(api: httpx2.Client, serveur: ServeurBatisimply) -> None:
    serveur.pannes.ajoute(Panne(genre=Genre.RESET, fois=1))
    with pytest.raises(httpx2.ReadError):
        api.post("/api/project", json={"projectName": "Jamais"})
    assert serveur.depot.count_projets() == 3


@pytest.mark.parametrize(
    "panne",
    [
        Panne(genre=Genre.RESET, executee=True, methode="POST", fois=1),
        Panne(genre=Genre.COUPE, methode="POST", fois=1),
        Panne(genre=Genre.STATUT, statut=502, executee=True, methode="POST", fois=1),
    ],
)
def test_a_call_may_be_carried_out_and_nobody_told(
    api: httpx2.Client, serveur: ServeurBatisimply, panne: Panne
) -> None:
    serveur.pannes.ajoute(panne)
    try:
        assert api.post("/api/project", json={"projectName": "Créé"}).status_code == 502
    except httpx2.TransportError:
        assert panne.genre is not Genre.STATUT
    assert serveur.depot.list_projets()[-1]["projectName"] == "Créé"
    assert serveur.depot.count_projets() == 4


def test_latency_is_waited_for_and_other_faults_still_strike(api: httpx2.Client, serveur: ServeurBatisimply) -> None:
    serveur.pannes.ajoute(Panne(genre=Genre.LATENCE, duree_ms=60))
    serveur.pannes.ajoute(Panne(genre=Genre.LATENCE, duree_ms=40))
    serveur.pannes.ajoute(Panne(genre=Genre.STATUT, fois=1))
    for statut in (500, 200):
        depart = time.monotonic()
        assert api.get("/api/project/1").status_code == statut
        assert time.monotonic() - depart >= 0.1


def test_latencies_of_calls_at_once_do_not_add_up(api: httpx2.Client, serveur: ServeurBatisimply) -> None:
    serveur.pannes.ajoute(Panne(genre=Genre.LATENCE, duree_ms=300))
    depart = time.monotonic()
    with ThreadPoolExecutor(6) as fils:
        statuts = list(fils.map(lambda _: api.get("/api/project/1").status_code, range(6)))
    assert statuts == [200] * 6
    assert time.monotonic() - depart < 1.5
    assert serveur.appels.simultanes_max > 1


def test_an_answer_may_drip(api: httpx2.Client, serveur: ServeurBatisimply) -> None:
    entier = api.get("/api/project").json()
    serveur.pannes.ajoute(Panne(genre=Genre.GOUTTE, duree_ms=200))
    depart = time.monotonic()
    assert api.get("/api/project").json() == entier
    assert time.monotonic() - depart >= 0.15


def test_a_drip_is_longer_than_a_short_patience(api: httpx2.Client, serveur: ServeurBatisimply) -> None:
    serveur.pannes.ajoute(Panne(genre=Genre.GOUTTE, duree_ms=4000))
    with pytest.raises(httpx2.ReadTimeout):
        api.get("/api/project", timeout=0.1)


def test_the_same_seed_strikes_the_same_calls(api: httpx2.Client, serveur: ServeurBatisimply) -> None:
    def suite(graine: int) -> list[int]:
        serveur.pannes.vide(graine)
        serveur.pannes.ajoute(Panne(genre=Genre.STATUT, probabilite=0.4))
        return [api.get("/api/project/1").status_code for _ in range(40)]

    premiere = suite(7)
    assert set(premiere) == {200, 500}
    assert suite(7) == premiere
    assert suite(8) != premiere


def test_a_rate_is_granted_and_no_more(api: httpx2.Client, serveur: ServeurBatisimply) -> None:
    serveur.comportement = Comportement(appels_par_seconde=3)
    reponses = [api.get("/api/project/1") for _ in range(6)]
    assert [reponse.status_code for reponse in reponses][:3] == [200] * 3
    trop = next(reponse for reponse in reponses if reponse.status_code == 429)
    assert trop.headers["retry-after"] == "1"


def test_so_many_at_once_and_no_more(api: httpx2.Client, serveur: ServeurBatisimply) -> None:
    serveur.comportement = Comportement(appels_simultanes=2)
    serveur.pannes.ajoute(Panne(genre=Genre.LATENCE, duree_ms=300))
    with ThreadPoolExecutor(6) as fils:
        statuts = list(fils.map(lambda _: api.get("/api/project/1").status_code, range(6)))
    assert set(statuts) == {200, 429}


def test_calls_are_counted_by_route_and_outcome(api: httpx2.Client, serveur: ServeurBatisimply) -> None:
    serveur.appels.vide()
    serveur.pannes.ajoute(Panne(genre=Genre.RESET, methode="POST", fois=1))
    api.get("/api/project/1")
    api.get("/api/project/99")
    api.get("/api/nulle/part")
    with pytest.raises(httpx2.ReadError):
        api.post("/api/project", json={})
    assert serveur.appels.comptes() == {
        "GET /api/project/{id}": {"200": 1, "404": 1},
        "GET autre": {"404": 1},
        "POST /api/project": {"reset": 1},
    }
    assert (serveur.appels.total(), serveur.appels.total("POST /api/project")) == (4, 1)


def test_another_process_can_do_it_all_over_http(api: httpx2.Client, serveur: ServeurBatisimply) -> None:
    numero = api.post("/banc/pannes", json={"genre": "statut", "statut": 503}).raise_for_status().json()["id"]
    assert api.get("/api/project").status_code == 503
    (etat,) = api.get("/banc/pannes").json()
    assert (etat["id"], etat["vues"], etat["frappees"], etat["panne"]["statut"]) == (numero, 1, 1, 503)
    assert api.get("/banc/appels").json()["appels"]["GET /api/project"] == {"503": 1}
    assert api.delete("/banc/appels").status_code == 204
    assert api.get("/banc/appels").json()["total"] == 0
    assert api.delete(f"/banc/pannes/{numero}").status_code == 204
    assert api.delete(f"/banc/pannes/{numero}").status_code == 404
    assert api.delete("/banc/pannes", params={"graine": 3}).status_code == 204
    forme = api.get("/banc/comportement").json()
    assert api.put("/banc/comportement", json=forme | {"enveloppe_projets": "liste"}).status_code == 200
    assert isinstance(api.get("/api/project").json(), list)
    assert api.delete("/banc/jetons").status_code == 204
    assert api.get("/api/project").status_code == 401


@pytest.mark.parametrize(
    "mauvaise",
    [
        {"genre": "inconnu"},
        {"genre": "statut", "statut": 204},
        {"genre": "statut", "statut": 599},
        {"genre": "statut", "retry_after": "1\r\nX: y"},
        {"genre": "statut", "probabilite": 2},
        {"genre": "statut", "autre": 1},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(api: httpx2.Client, mauvaise: dict[str, object]) -> None:
    assert api.post("/banc/pannes", json=mauvaise).status_code == 400


def test_a_huge_body_is_refused(api: httpx2.Client) -> None:
    enorme = b'{"projectName": "' + b"x" * 3_000_000 + b'"}'
    reponse = api.post("/api/project", content=enorme, headers={"Content-Type": "application/json"})
    assert reponse.status_code == 413


@pytest.mark.parametrize("chemin", ["/banc/pannes", "/creneaux/1/supprimer"])
def test_another_web_site_cannot_use_what_needs_no_token(
    anonyme: httpx2.Client, serveur: ServeurBatisimply, chemin: str
) -> None:
    ailleurs = anonyme.post(chemin, headers={"Origin": "https://ailleurs.example"}, json={"genre": "statut"})
    deguise = anonyme.post(chemin, headers={"Host": "ailleurs.example"}, json={"genre": "statut"})
    assert (ailleurs.status_code, deguise.status_code) == (403, 403)
    assert serveur.pannes.liste() == []
    assert serveur.depot.read_creneau(1) is not None
