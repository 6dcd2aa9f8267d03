"""The JSON API: what a script sees."""

import httpx2
import pytest
from structlog.testing import capture_logs

from connecteur.domain.run import Fleche, Flux
from connecteur.errors import ServiceInjoignable
from sages_commun.web.garde import OCTETS_CORPS_MAX

from .conftest import Sert
from .demonstration import Maison, RunDemo, maison_a_jour, maison_pleine
from .systemes_et_bilans import systemes_ok

V1 = "/api/v1"


def test_runs_are_listed_filtered_and_paged(sert: Sert, http: httpx2.Client) -> None:
    maison = maison_pleine()
    base = sert(maison) + V1
    tous = http.get(base + "/runs?par_page=4").json()
    assert (len(tous["elements"]), tous["total"], tous["page"]) == (4, 6, 1)
    suite = http.get(base + "/runs?par_page=4&page=2").json()
    assert [run["id"] for run in tous["elements"] + suite["elements"]] == [run.id for run in maison.runs]
    echecs = http.get(base + "/runs", params={"verdict": "échec"}).json()["elements"]
    assert [run["flux"] for run in echecs] == ["chantiers"]
    assert echecs[0]["erreur"]["message"] == "Le serveur de Batigest ne répond pas."
    heures = http.get(base + "/runs?flux=heures").json()
    assert {run["flux"] for run in heures["elements"]} == {"heures"}


def test_a_run_is_started_read_and_cancelled(sert: Sert, http: httpx2.Client) -> None:
    maison = maison_a_jour()
    base = sert(maison)
    reponse = http.post(base + V1 + "/runs", json={"quoi": "pull_heures"})
    assert reponse.status_code == 202
    assert maison.lances == [(Fleche.PULL_HEURES, "API")]
    adresse = base + reponse.headers["location"]
    assert http.get(adresse).json()["etat"] == "en-cours"
    assert http.post(adresse + "/annuler").status_code == 202
    assert maison.annules == [maison.runs[0].id]
    maison.finit(maison.runs[0].id, ())
    assert http.get(adresse).json()["verdict"] == "réussi"
    refus = http.post(adresse + "/annuler")
    assert (refus.status_code, refus.json()["detail"]) == (409, "Cette synchronisation est déjà terminée.")


def test_a_run_is_followed(sert: Sert, http: httpx2.Client) -> None:
    maison = maison_a_jour()
    base = sert(maison) + V1
    run = http.post(base + "/runs", json={"quoi": "chantiers"}).json()["id"]
    maison.avance(run, Fleche.PUSH_CHANTIERS, 3, 12)
    with http.stream("GET", f"{base}/runs/{run}/evenements") as flux:
        lignes = flux.iter_lines()
        assert any('"fait":3' in ligne.replace(" ", "") for ligne in lignes)
        maison.finit(run, ())
        assert any(ligne == "event: fin" for ligne in lignes)


@pytest.mark.parametrize(
    ("demande", "corps", "statut"),
    [
        ("GET /runs/inconnu", None, 404),
        ("GET /runs/%00", None, 404),
        ("GET /rien", None, 404),
        ("PUT /runs", None, 405),
        ("GET /runs?page=0", None, 422),
        ("GET /runs?par_page=100000", None, 422),
        ("GET /runs?dossier=autre", None, 404),
        ("POST /runs", {"quoi": "tout effacer"}, 422),
        ("POST /runs", {"quoi": "heures", "mot_de_passe": "x"}, 422),
    ],
)
def test_a_wrong_request_is_a_problem_with_a_french_sentence(
    sert: Sert, http: httpx2.Client, demande: str, corps: dict[str, str] | None, statut: int
) -> None:
    methode, chemin = demande.split()
    reponse = http.request(methode, sert(maison_a_jour()) + V1 + chemin, json=corps)
    assert reponse.status_code == statut
    assert reponse.headers["content-type"] == "application/problem+json"
    probleme = reponse.json()
    assert probleme["status"] == statut
    assert probleme["detail"].endswith(".")
    assert len(probleme["reference"]) == 8
    assert (statut == 422) == bool(probleme["champs"])


def test_a_field_at_fault_is_named_without_its_value(sert: Sert, http: httpx2.Client) -> None:
    reponse = http.post(sert(maison_a_jour()) + V1 + "/runs", json={"quoi": "secret"})
    assert {champ["champ"].partition(".")[0] for champ in reponse.json()["champs"]} == {"quoi"}
    assert "secret" not in reponse.text


def test_a_tampon_that_is_down_is_a_problem_too(sert: Sert, http: httpx2.Client) -> None:
    maison = maison_a_jour()
    maison.panne = ServiceInjoignable("Le tampon ne répond pas.", remede="Redémarrez le service.")
    reponse = http.post(sert(maison) + V1 + "/runs", json={"quoi": Flux.HEURES})
    assert (reponse.status_code, reponse.json()["remede"]) == (503, "Redémarrez le service.")


def test_a_page_of_another_site_cannot_use_the_api(sert: Sert, http: httpx2.Client) -> None:
    maison = maison_a_jour()
    base = sert(maison)
    ailleurs = {"Origin": "https://attaquant.example"}
    assert http.post(base + V1 + "/runs", json={"quoi": "heures"}, headers=ailleurs).status_code == 403
    # Ours, but without the token of the session.
    ici = {"Origin": base, "Sec-Fetch-Site": "same-origin"}
    assert http.post(base + V1 + "/runs", json={"quoi": "heures"}, headers=ici).status_code == 403
    assert maison.lances == []


def test_nothing_of_the_description_comes_from_elsewhere(sert: Sert, http: httpx2.Client) -> None:
    description = http.get(sert(maison_a_jour()) + V1 + "/openapi.json")
    assert description.headers["content-type"] == "application/json"
    assert description.json()["openapi"].startswith("3.1")
    assert "https://" not in description.text


def test_a_body_that_is_too_large_is_refused_by_the_api_too(sert: Sert, http: httpx2.Client) -> None:
    reponse = http.post(sert(maison_a_jour()) + V1 + "/runs", json={"quoi": "x" * OCTETS_CORPS_MAX})
    assert (reponse.status_code, reponse.headers["content-type"]) == (413, "application/problem+json")
    assert reponse.json()["detail"] == f"La demande dépasse {OCTETS_CORPS_MAX} octets."
    assert len(reponse.json()["reference"]) == 8


def test_a_fault_of_ours_is_a_problem_too_with_its_reference(sert: Sert, http: httpx2.Client) -> None:
    class MaisonFautive(Maison):
        def lit(self, run_id: str, /) -> RunDemo | None:
            raise RuntimeError(f"{run_id}, mot de passe : secret")

    base = sert(MaisonFautive(etats=systemes_ok())) + V1
    with capture_logs() as journal:
        reponse = http.get(base + "/runs/r1")
    assert (reponse.status_code, reponse.headers["content-type"]) == (500, "application/problem+json")
    assert "secret" not in reponse.text
    (ligne,) = journal
    assert (ligne["event"], ligne["reference"]) == ("erreur imprévue", reponse.json()["reference"])
