"""Chantiers out: what is sent, what is kept, what is never done twice."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from connecteur.domain.devis import Devis
from connecteur.domain.rejet import MotifRejet
from connecteur.domain.run import Fleche, Flux, Verdict
from connecteur.errors import AccesRefuse, Annule, EnregistrementRefuse, ReponseIncertaine, ServiceInjoignable
from connecteur.sync.run import apercu


def test_a_new_chantier_becomes_a_project(entreprise: Any) -> None:
    entreprise.batigest.devis_list = [Devis("D1", "CCH1", None, Decimal("120.5"))]
    bilan = entreprise.sync_chantiers()
    assert bilan.comptes["créés"] == 2
    assert (
        entreprise.batisimply.objets[101] | {"nom": "Chantier CH1", "heures_vendues": "120.5"}
        == (entreprise.batisimply.objets[101])
    )
    assert bilan.verdict is Verdict.REUSSI


def test_an_unchanged_chantier_costs_no_call(entreprise: Any) -> None:
    """Fault 7 of the previous generation: everything was marked « to send » on every run."""
    entreprise.sync_chantiers()
    entreprise.batisimply.appels.clear()
    bilan = entreprise.sync_chantiers()
    assert entreprise.batisimply.appels == []
    assert (bilan.ecritures, bilan.comptes["inchangés"]) == (0, 2)


def test_a_put_resets_nothing_that_a_person_set(entreprise: Any) -> None:
    """Fault 6: every PUT reset colour, manager, budget, position."""
    entreprise.sync_chantiers()
    entreprise.batisimply.objets[101] |= {"couleur": "#E4572E", "responsable": {"id": 9}, "ville": "Pessac"}
    entreprise.batigest.chantiers[0] = replace(entreprise.batigest.chantiers[0], libelle="Villa des Pins")
    bilan = entreprise.sync_chantiers()
    objet = entreprise.batisimply.objets[101]
    assert (objet["nom"], objet["couleur"], objet["responsable"], objet["ville"]) == (
        "Villa des Pins",
        "#E4572E",
        {"id": 9},
        "Pessac",
    )
    assert entreprise.batisimply.appels.count("PUT") == 1
    assert "ville" in bilan.remarques[0].message


def test_what_a_person_sets_between_the_list_and_the_put_is_kept(entreprise: Any) -> None:
    entreprise.sync_chantiers()
    entreprise.batigest.chantiers[0] = replace(entreprise.batigest.chantiers[0], libelle="Villa des Pins")

    def quelquun_passe(etape: str) -> None:
        if etape == "read_projet":
            entreprise.batisimply.objets[101]["couleur"] = "#2E86AB"

    entreprise.batisimply.panne = quelquun_passe
    entreprise.sync_chantiers()
    assert entreprise.batisimply.objets[101]["couleur"] == "#2E86AB"


def test_an_existing_project_with_the_code_is_taken_over_and_not_doubled(entreprise: Any) -> None:
    entreprise.batisimply.objets[7] = {"code": "ch1", "nom": "Chantier CH1", "couleur": "#123456"}
    bilan = entreprise.sync_chantiers()
    assert bilan.comptes == {"créés": 1, "modifiés": 1, "inchangés": 0}
    assert entreprise.batisimply.objets[7]["client"] == "Maçonnerie Dupré"
    assert entreprise.batisimply.objets[7]["couleur"] == "#123456"


def test_two_projects_with_one_code_are_a_rejet_and_neither_is_touched(entreprise: Any) -> None:
    entreprise.batisimply.objets |= {7: {"code": "CH1"}, 8: {"code": "CH1"}}
    bilan = entreprise.sync_chantiers()
    assert entreprise.batisimply.objets[7] == {"code": "CH1"}
    assert (bilan.rejets, bilan.comptes["créés"]) == (1, 1)
    (rejet,) = entreprise.tampon.list_rejets_ouverts()
    assert (rejet.motif, rejet.cle) == (MotifRejet.PROJETS_EN_DOUBLE, "CH1")


def test_a_project_deleted_in_batisimply_is_said_and_not_created_again(entreprise: Any) -> None:
    entreprise.sync_chantiers()
    del entreprise.batisimply.objets[101]
    bilan = entreprise.sync_chantiers()
    assert entreprise.batisimply.appels == ["POST", "POST"]
    assert bilan.rejets == 1


def test_a_creation_whose_answer_was_lost_is_looked_for_before_it_is_done_again(
    entreprise: Any, une_fois: Callable[[str, BaseException], Callable[[str], None]]
) -> None:
    entreprise.batisimply.panne = une_fois("apres_create_projet", ReponseIncertaine("coupée"))
    bilan = entreprise.sync_chantiers()
    assert sorted(objet["code"] for objet in entreprise.batisimply.objets.values()) == ["CH1", "CH2"]
    assert (bilan.comptes["créés"], bilan.verdict) == (2, Verdict.REUSSI)


def test_a_creation_that_was_lost_before_it_happened_is_done_once(
    entreprise: Any, une_fois: Callable[[str, BaseException], Callable[[str], None]]
) -> None:
    entreprise.batisimply.panne = une_fois("create_projet", ReponseIncertaine("coupée"))
    assert entreprise.sync_chantiers().comptes["créés"] == 2
    assert len(entreprise.batisimply.objets) == 2


def test_a_refused_record_is_parked_and_the_rest_goes_on(
    entreprise: Any, une_fois: Callable[[str, BaseException], Callable[[str], None]]
) -> None:
    entreprise.batisimply.panne = une_fois("create_projet", EnregistrementRefuse("Le nom est trop long."))
    bilan = entreprise.sync_chantiers()
    assert (bilan.rejets, bilan.comptes["créés"], bilan.verdict) == (1, 1, Verdict.PARTIEL)
    entreprise.batisimply.panne = lambda _etape: None
    assert entreprise.sync_chantiers().verdict is Verdict.REUSSI
    assert entreprise.tampon.list_rejets_ouverts() == []


def test_a_refused_access_stops_the_run_and_what_is_done_stays_noted(entreprise: Any) -> None:
    def panne(etape: str) -> None:
        if etape == "create_projet" and len(entreprise.batisimply.objets) == 1:
            raise AccesRefuse("Compte désactivé.")

    entreprise.batisimply.panne = panne
    with pytest.raises(AccesRefuse):
        entreprise.sync_chantiers()
    assert [s.projet_id for s in entreprise.tampon.list_chantiers()].count(None) == 1


def test_a_service_that_is_down_is_not_insisted_upon(entreprise: Any) -> None:
    entreprise.batigest.chantiers = [
        replace(entreprise.batigest.chantiers[0], code=f"X{rang}", code_client=f"C{rang}") for rang in range(40)
    ]
    appels: list[str] = []

    def panne(etape: str) -> None:
        if etape == "create_projet":
            appels.append(etape)
            raise ServiceInjoignable("BatiSimply ne répond pas.")

    entreprise.batisimply.panne = panne
    with pytest.raises(ServiceInjoignable):
        entreprise.sync_chantiers()
    assert len(appels) < 40


def test_cancelling_keeps_what_is_done(entreprise: Any) -> None:
    entreprise.fleche(Fleche.PULL_CHANTIERS)
    entreprise.progression.arret = True
    with pytest.raises(Annule):
        entreprise.fleche(Fleche.PUSH_CHANTIERS)
    entreprise.progression.arret = False
    entreprise.fleche(Fleche.PUSH_CHANTIERS)
    assert sorted(o["code"] for o in entreprise.batisimply.objets.values()) == ["CH1", "CH2"]


def test_the_dry_run_shows_the_plan_and_writes_nowhere(entreprise: Any) -> None:
    resultat = apercu(Flux.CHANTIERS, entreprise.bouts, entreprise.progression)
    assert resultat.chantiers is not None
    assert [t.suivi.chantier.code for t in resultat.chantiers.creer] == ["CH1", "CH2"]
    assert (entreprise.batisimply.objets, entreprise.tampon.list_chantiers()) == ({}, [])


def test_a_wrong_clock_of_sql_server_is_told_past_a_minute(entreprise: Any) -> None:
    entreprise.batigest.ecart_horloge_s = 59.0
    assert entreprise.fleche(Fleche.PULL_CHANTIERS).remarques == []
    entreprise.batigest.ecart_horloge_s = 90.0
    (remarque,) = entreprise.fleche(Fleche.PULL_CHANTIERS).remarques
    assert "avance de 90 secondes sur celle de Batigest" in remarque.message


def test_a_lost_creation_that_the_server_stored_its_own_way_shows_its_conflict_at_once(entreprise: Any) -> None:
    def panne(etape: str) -> None:
        if etape == "apres_create_projet" and len(entreprise.batisimply.objets) == 1:
            entreprise.batisimply.objets[101]["nom"] = "Chantier C"
            raise ReponseIncertaine("coupée")

    entreprise.batisimply.panne = panne
    bilan = entreprise.sync_chantiers()
    assert (bilan.conflits, len(entreprise.batisimply.objets)) == (1, 2)
    assert [c.leur for c in entreprise.tampon.list_conflits_chantiers()] == ["Chantier C"]


def test_two_records_of_batigest_with_one_code_are_told_and_sent_once(entreprise: Any) -> None:
    entreprise.batigest.chantiers.append(replace(entreprise.batigest.chantiers[0], code="ch1 "))
    bilan = entreprise.fleche(Fleche.PULL_CHANTIERS)
    assert (bilan.verdict, "(CH1)" in bilan.incidents[0].message) == (Verdict.PARTIEL, True)
    assert entreprise.fleche(Fleche.PUSH_CHANTIERS).comptes["créés"] == 2
