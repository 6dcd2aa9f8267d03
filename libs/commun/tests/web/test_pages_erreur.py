"""What is answered when something fails, and what the journal keeps of it."""

import re

import httpx2
import pytest
from fastapi import FastAPI
from structlog.processors import format_exc_info
from structlog.testing import capture_logs

PERSONNE = {"Accept": "text/html"}


def reference_de(page: str) -> str:
    """What the person is asked to give to the support."""
    trouve = re.search(r"Référence (?:<[^>]+>)?([0-9A-F]{8})", page)
    assert trouve is not None
    return trouve[1]


@pytest.mark.parametrize(
    ("chemin", "statut", "evenement", "cause"),
    [
        ("/fermee", 503, "demande sans réponse", "ErreurBoutique"),
        ("/cassee", 500, "erreur imprévue", "ZeroDivisionError"),
    ],
)
def test_what_is_our_fault_is_in_the_journal_under_the_reference_that_is_shown(
    http: httpx2.Client, chemin: str, statut: int, evenement: str, cause: str
) -> None:
    with capture_logs(processors=[format_exc_info]) as journal:
        page = http.get(chemin, headers=PERSONNE)
        probleme = http.get("/api" + chemin)
    assert (page.status_code, probleme.status_code) == (statut, statut)
    assert probleme.json()["status"] == statut
    assert "secret du jour" not in page.text + probleme.text
    references = [reference_de(page.text), probleme.json()["reference"]]
    notes = [ligne for ligne in journal if ligne["event"] == evenement]
    assert [ligne["reference"] for ligne in notes] == references
    for ligne in notes:
        assert ligne["log_level"] == "error"
        if statut == 500:
            assert ligne["exception"].startswith("Traceback")
            assert cause in ligne["exception"].splitlines()[-1]
        else:  # foreseen, and said in the same line: a traceback would only hide what matters
            assert "exception" not in ligne
            assert (ligne["message"], ligne["detail"], ligne["cause"]) == (
                "La boutique est fermée.", "bail rompu", cause,
            )  # fmt: skip


def test_an_answer_that_breaks_its_promise_is_told_without_what_stood_in_it(http: httpx2.Client) -> None:
    with capture_logs(processors=[format_exc_info]) as journal:
        page = http.get("/hors-modele", headers=PERSONNE)
    assert page.status_code == 500
    (ligne,) = [une for une in journal if une["event"] == "erreur imprévue"]
    assert ligne["exception"].startswith("Traceback")
    assert "serialize_response" in ligne["exception"]
    assert ligne["exception"].endswith("HorsModele: response.prix")
    assert "secret du jour" not in repr(journal) + page.text


def test_the_callers_fault_is_noted_without_a_traceback(http: httpx2.Client) -> None:
    with capture_logs() as journal:
        page = http.get("/nulle-part", headers=PERSONNE)
    (ligne,) = journal
    assert (ligne["log_level"], ligne["reference"], ligne["statut"]) == ("warning", reference_de(page.text), 404)
    assert "exception" not in ligne
    with capture_logs() as journal:
        http.get("/" + "a" * 50_000, headers=PERSONNE)
    assert len(repr(journal)) < 1000


def test_when_even_the_page_cannot_be_made_the_person_reads_why_and_the_reference(
    boutique: FastAPI, http: httpx2.Client
) -> None:
    boutique.state.rendu.en_panne = True
    try:
        with capture_logs() as journal:
            page = http.get("/fermee", headers=PERSONNE)
            accueil = http.get("/vitrine", headers=PERSONNE)
    finally:
        boutique.state.rendu.en_panne = False
    assert (page.status_code, accueil.status_code) == (503, 500)
    assert "La boutique est fermée." in page.text
    assert {ligne["reference"] for ligne in journal} == {reference_de(page.text), reference_de(accueil.text)}


def test_what_the_framework_says_besides_is_kept(http: httpx2.Client) -> None:
    assert http.delete("/vitrine", headers=PERSONNE).headers["allow"] == "GET"
