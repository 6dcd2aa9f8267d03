"""Progress pushed by the server, read as a script would."""

import json
from collections.abc import Iterator
from typing import Any

import httpx2

from connecteur.domain.run import Fleche, Flux, Verdict
from connecteur.errors import ServiceInjoignable
from connecteur.web.evenements import AUDITEURS_MAX

from .conftest import Sert, en_service
from .demonstration import Maison, maison_pleine, maison_vide
from .systemes_et_bilans import bilans_heures


def evenements(reponse: httpx2.Response) -> Iterator[tuple[str, Any]]:
    """The events of a stream, comments left out."""
    nom = ""
    for ligne in reponse.iter_lines():
        champ, _, valeur = ligne.partition(": ")
        if champ == "event":
            nom = valeur
        elif champ == "data":
            yield nom, json.loads(valeur)


def lance(maison: Maison) -> str:
    return maison.lance(Flux.HEURES, declencheur="page d’accueil")


def test_each_move_is_told_then_the_end(sert: Sert, http: httpx2.Client) -> None:
    maison = maison_vide()
    run = lance(maison)
    with http.stream("GET", f"{sert(maison)}/runs/{run}/evenements") as reponse:
        assert reponse.headers["content-type"].startswith("text/event-stream")
        suite = evenements(reponse)
        assert next(suite)[1]["etapes"][0]["etat"] == "attente"
        maison.avance(run, Fleche.PULL_HEURES, 3, 26, "Heures du 05/05/2025 au 11/05/2025")
        _, dit = next(suite)
        assert dit["etapes"][0] == {
            "fleche": "pull_heures",
            "etat": "en-cours",
            "fait": 3,
            "total": 26,
            "texte": "3 sur 26",
            "message": "Heures du 05/05/2025 au 11/05/2025",
        }
        maison.finit(run, bilans_heures(), Verdict.PARTIEL)
        assert next(suite)[1]["etat"] == "fini"
        nom, fin = next(suite)
        assert (nom, fin["verdict"]) == ("fin", "partiel")
        assert list(suite) == []
    assert maison.attend_auditeurs(0)


def test_a_run_that_is_over_is_told_at_once(sert: Sert, http: httpx2.Client) -> None:
    maison = maison_pleine()
    with http.stream("GET", f"{sert(maison)}/runs/{maison.runs[0].id}/evenements") as reponse:
        assert [nom for nom, _ in evenements(reponse)] == ["progression", "fin"]


def test_a_page_that_goes_away_is_noticed(sert: Sert, http: httpx2.Client) -> None:
    maison = maison_vide()
    with http.stream("GET", f"{sert(maison)}/runs/{lance(maison)}/evenements") as reponse:
        next(evenements(reponse))
        assert maison.auditeurs == 1
    assert maison.attend_auditeurs(0)


def test_many_open_pages_never_take_the_buttons_away(sert: Sert, http: httpx2.Client) -> None:
    maison = maison_vide()
    adresse, run = sert(maison), lance(maison)
    suivis = f"{adresse}/runs/{run}/evenements"
    with httpx2.Client(timeout=20, trust_env=False, limits=httpx2.Limits(max_connections=None)) as client:
        ouvertes = [client.send(client.build_request("GET", suivis), stream=True) for _ in range(AUDITEURS_MAX)]
        assert [reponse.status_code for reponse in ouvertes] == [200] * AUDITEURS_MAX
        assert http.get(suivis).status_code == 503
        assert http.post(f"{adresse}/runs/{run}/annuler").status_code == 303
        for reponse in ouvertes:
            reponse.close()
    assert maison.attend_auditeurs(0)
    with http.stream("GET", suivis) as reponse:
        assert reponse.status_code == 200


def test_a_tampon_that_goes_away_ends_the_stream(sert: Sert, http: httpx2.Client) -> None:
    maison = maison_vide()
    with http.stream("GET", f"{sert(maison)}/runs/{lance(maison)}/evenements") as reponse:
        suite = evenements(reponse)
        next(suite)
        maison.panne = ServiceInjoignable("Le tampon ne répond pas.")
        assert list(suite) == []


def test_the_server_stops_although_a_page_follows_a_run(http: httpx2.Client) -> None:
    maison = maison_vide()
    run = lance(maison)
    with en_service(maison) as serveur:
        reponse = http.send(http.build_request("GET", f"{serveur.adresse}/runs/{run}/evenements"), stream=True)
        suite = evenements(reponse)
        next(suite)
        serveur.should_exit = True
        assert list(suite) == []
        reponse.close()
