"""Heures back: no hour lost, none doubled, each one explainable."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from connecteur.domain.heure import CleSuivi, Quantites
from connecteur.domain.plan import Geste
from connecteur.domain.rejet import EtatRejet, MotifRejet
from connecteur.domain.run import Fleche, Flux, Verdict
from connecteur.domain.salarie import Salarie
from connecteur.errors import Annule, ReponseIllisible, ReponseIncertaine, ServiceInjoignable, ServiceSature
from connecteur.sync.memoire import LigneMemoire, sans_panne
from connecteur.sync.ports import CreneauIllisible
from connecteur.sync.run import apercu

MARDI = datetime(2025, 6, 24, 6, tzinfo=UTC)
MERCREDI = MARDI + timedelta(days=1)
HUIT_HEURES = datetime(2025, 6, 24, 8)  # noqa: DTZ001  Batigest keeps local time

UneFois = Callable[[str, BaseException], Callable[[str], None]]


def test_validated_hours_reach_batigest_and_the_others_wait(avec_projets: Any) -> None:
    avec_projets.saisit("1", MARDI, panier=True)
    avec_projets.saisit("2", MERCREDI, statut="PENDING")
    bilan = avec_projets.sync_heures()
    assert avec_projets.heures() == {("CH1", "S1", "24/06 08:00"): "7.5"}
    assert avec_projets.batigest.suivi[0].quantites.panier == 1
    assert (bilan.comptes["insérées"], bilan.verdict) == (1, Verdict.REUSSI)
    assert avec_projets.verifie().tient


def test_a_second_run_writes_nothing(avec_projets: Any) -> None:
    avec_projets.saisit("1", MARDI)
    avec_projets.sync_heures()
    bilan = avec_projets.sync_heures()
    assert (bilan.ecritures, set(bilan.comptes)) == (0, {"tranches inchangées"})


def test_fault_1_two_slots_starting_in_the_same_minute_are_added(avec_projets: Any) -> None:
    avec_projets.saisit("1", MARDI, 240)
    avec_projets.saisit("2", MARDI + timedelta(seconds=30), 60)
    avec_projets.sync_heures()
    assert avec_projets.heures() == {("CH1", "S1", "24/06 08:00"): "5"}


@pytest.mark.parametrize("suppression", [True, False])
def test_fault_2_a_slot_deleted_or_withdrawn_leaves_batigest(avec_projets: Any, suppression: bool) -> None:
    creneau = avec_projets.saisit("1", MARDI)
    avec_projets.sync_heures()
    if suppression:
        del avec_projets.batisimply.creneaux["1"]
    else:
        avec_projets.batisimply.creneaux["1"] = creneau._replace(statut="PENDING")
    bilan = avec_projets.sync_heures()
    assert (avec_projets.heures(), bilan.comptes["retirées"]) == ({}, 1)


def test_fault_3_a_slot_of_an_unknown_employee_is_a_rejet_and_is_delivered_once_known(avec_projets: Any) -> None:
    avec_projets.saisit("1", MARDI, utilisateur="cccc-3")
    avec_projets.fleche(Fleche.PULL_HEURES)
    bilan = avec_projets.fleche(Fleche.PUSH_HEURES)
    (rejet,) = avec_projets.tampon.list_rejets_ouverts()
    assert (rejet.motif, rejet.cle, bilan.ecritures) == (MotifRejet.SALARIE_INCONNU, "1", 0)
    assert avec_projets.verifie().tient
    avec_projets.batigest.salaries.append(Salarie("S3", "Petit", "Zoé", "cccc-3"))
    avec_projets.sync_heures()
    assert avec_projets.heures() == {("CH1", "S3", "24/06 08:00"): "7.5"}
    assert avec_projets.tampon.list_rejets_ouverts() == []


def test_fault_4_a_slot_that_moved_leaves_nothing_behind_when_another_takes_its_key(avec_projets: Any) -> None:
    premier = avec_projets.saisit("1", MARDI, 450)
    second = avec_projets.saisit("2", MERCREDI, 60)
    avec_projets.sync_heures()
    avec_projets.batisimply.creneaux = {
        "1": premier._replace(debut=MERCREDI),
        "2": second._replace(debut=MARDI),
    }
    avec_projets.sync_heures()
    assert avec_projets.heures() == {("CH1", "S1", "24/06 08:00"): "1", ("CH1", "S1", "25/06 08:00"): "7.5"}


def test_a_slot_that_moves_to_another_week_moves_its_line(avec_projets: Any) -> None:
    creneau = avec_projets.saisit("1", MARDI)
    avec_projets.sync_heures()
    for debut in (MARDI - timedelta(days=9), MARDI):
        avec_projets.batisimply.creneaux["1"] = creneau._replace(debut=debut)
        avec_projets.sync_heures()
        assert len(avec_projets.batigest.suivi) == 1
        assert avec_projets.verifie().tient


@pytest.mark.parametrize("etape", ["write_lignes", "avant_commit", "apres_commit"])
def test_fault_5_a_cut_anywhere_around_the_commit_heals_on_the_next_run(
    avec_projets: Any, une_fois: UneFois, etape: str
) -> None:
    avec_projets.saisit("1", MARDI)
    avec_projets.batigest.panne = une_fois(etape, SystemExit("power cut"))
    with pytest.raises(SystemExit):
        avec_projets.sync_heures()
    avec_projets.saisit("1", MARDI, 60)  # and the foreman corrects it meanwhile
    bilan = avec_projets.sync_heures()
    assert avec_projets.heures() == {("CH1", "S1", "24/06 08:00"): "1"}
    assert (bilan.conflits, avec_projets.verifie().tient) == (0, True)


def test_a_commit_without_answer_stops_the_run_and_the_next_one_looks(avec_projets: Any, une_fois: UneFois) -> None:
    avec_projets.saisit("1", MARDI)
    avec_projets.batigest.panne = une_fois("apres_commit", ReponseIncertaine("connexion perdue"))
    with pytest.raises(ReponseIncertaine):
        avec_projets.sync_heures()
    bilan = avec_projets.sync_heures()
    assert (bilan.ecritures, bilan.comptes["écritures d’un run interrompu retrouvées"]) == (0, 1)
    assert avec_projets.heures() == {("CH1", "S1", "24/06 08:00"): "7.5"}


def test_fault_8_nothing_of_tomorrow_is_read_and_hours_are_hours(avec_projets: Any) -> None:
    avec_projets.saisit("1", avec_projets.maintenant + timedelta(days=1))
    avec_projets.sync_heures()
    assert avec_projets.heures() == {}
    avec_projets.maintenant += timedelta(days=1)
    avec_projets.sync_heures()
    assert list(avec_projets.heures().values()) == ["7.5"]


def test_a_slot_that_grows_older_than_the_window_stays_in_batigest(avec_projets: Any) -> None:
    avec_projets.saisit("1", MARDI)
    avec_projets.sync_heures()
    avec_projets.maintenant += timedelta(days=60)
    bilan = avec_projets.sync_heures()
    assert (len(avec_projets.heures()), bilan.ecritures) == (1, 0)


def test_fault_12_a_slot_over_the_midnight_between_two_slices_is_read_once(avec_projets: Any) -> None:
    dimanche = datetime(2025, 6, 22, 20, tzinfo=UTC)
    avec_projets.saisit("1", dimanche, 600)
    avec_projets.sync_heures()
    assert avec_projets.heures() == {("CH1", "S1", "22/06 22:00"): "10"}


def test_a_foreign_line_on_our_key_is_never_touched(avec_projets: Any) -> None:
    etrangere = Quantites(Decimal(3), Decimal(0), Decimal(0))
    avec_projets.batigest.suivi = [LigneMemoire(CleSuivi("CH1", "S1", HUIT_HEURES), etrangere)]
    avec_projets.saisit("1", MARDI)
    bilan = avec_projets.sync_heures()
    assert avec_projets.heures() == {("CH1", "S1", "24/06 08:00"): "3"}
    assert (bilan.conflits, bilan.verdict) == (1, Verdict.PARTIEL)
    assert avec_projets.sync_heures().conflits == 1


def test_an_equal_foreign_line_is_adopted(avec_projets: Any) -> None:
    egale = Quantites(Decimal("7.5"), Decimal(0), Decimal(0))
    avec_projets.batigest.suivi = [LigneMemoire(CleSuivi("CH1", "S1", HUIT_HEURES), egale)]
    avec_projets.saisit("1", MARDI)
    bilan = avec_projets.sync_heures()
    assert (bilan.ecritures, bilan.comptes["adoptées"], avec_projets.verifie().tient) == (0, 1, True)


def test_a_line_edited_by_hand_is_kept_and_stands_apart(avec_projets: Any) -> None:
    avec_projets.saisit("1", MARDI)
    avec_projets.sync_heures()
    avec_projets.batigest.suivi[0].quantites = Quantites(Decimal(8), Decimal(0), Decimal(0))
    bilan = avec_projets.sync_heures()
    assert (avec_projets.heures(), bilan.ecritures) == ({("CH1", "S1", "24/06 08:00"): "8"}, 0)
    assert bilan.comptes["lignes reprises à la main dans Batigest"] == 1
    assert [ligne.raison for ligne in avec_projets.verifie().a_part] == ["ligne modifiée dans Batigest"]


def test_a_line_that_changes_while_it_is_written_is_planned_again(avec_projets: Any) -> None:
    avec_projets.saisit("1", MARDI)
    passages: list[str] = []

    def quelquun_saisit(etape: str) -> None:
        if etape == "write_lignes" and not passages:
            passages.append(etape)
            cle = CleSuivi("CH1", "S1", HUIT_HEURES)
            avec_projets.batigest.suivi.append(LigneMemoire(cle, Quantites(Decimal(2), Decimal(0), Decimal(0))))

    avec_projets.batigest.panne = quelquun_saisit
    bilan = avec_projets.sync_heures()
    assert avec_projets.heures() == {("CH1", "S1", "24/06 08:00"): "2"}
    assert (bilan.ecritures, bilan.conflits) == (0, 1)


def test_a_slice_that_does_not_arrive_leaves_its_lines_and_the_others_go_on(
    avec_projets: Any, une_fois: UneFois
) -> None:
    avec_projets.saisit("1", MARDI - timedelta(days=29))
    avec_projets.saisit("2", MARDI)
    avec_projets.sync_heures()
    avec_projets.batisimply.creneaux.clear()
    avec_projets.batisimply.panne = une_fois("read_tranche", ReponseIllisible("une page web"))
    pull = avec_projets.fleche(Fleche.PULL_HEURES)
    avec_projets.fleche(Fleche.PUSH_HEURES)
    assert (pull.verdict, len(pull.incidents)) == (Verdict.PARTIEL, 1)
    assert avec_projets.heures() == {("CH1", "S1", "26/05 08:00"): "7.5"}


def test_a_slice_whose_reading_failed_for_a_moment_is_read_again_at_the_end(avec_projets: Any, une_fois: Any) -> None:
    avec_projets.saisit("1", MARDI - timedelta(days=29))
    avec_projets.saisit("2", MARDI)
    avec_projets.batisimply.panne = une_fois("read_tranche", ServiceInjoignable("coupée"))
    bilans = [avec_projets.fleche(Fleche.PULL_HEURES), avec_projets.fleche(Fleche.PUSH_HEURES)]
    assert [(bilan.verdict, bilan.incidents) for bilan in bilans] == [(Verdict.REUSSI, [])] * 2
    assert len(avec_projets.heures()) == 2


def test_a_deadlock_on_one_slice_is_met_again_at_the_end(avec_projets: Any, une_fois: Any) -> None:
    avec_projets.saisit("1", MARDI - timedelta(days=29))
    avec_projets.saisit("2", MARDI)
    avec_projets.fleche(Fleche.PULL_HEURES)
    avec_projets.batigest.panne = une_fois("write_lignes", ServiceSature("interblocage"))
    bilan = avec_projets.fleche(Fleche.PUSH_HEURES)
    assert (bilan.verdict, bilan.incidents, bilan.ecritures) == (Verdict.REUSSI, [], 2)
    assert avec_projets.verifie().tient


def test_a_slice_that_fails_twice_is_an_incident_and_the_others_are_done(avec_projets: Any) -> None:
    avec_projets.saisit("1", MARDI - timedelta(days=29))
    avec_projets.saisit("2", MARDI)
    avec_projets.fleche(Fleche.PULL_HEURES)
    premiere: list[str] = []

    def panne(etape: str) -> None:
        if etape == "write_lignes":
            premiere.append(etape)
            if len(premiere) != 2:  # the first slice, then the second one goes through, then the first one again
                raise ServiceSature("interblocage", remede="Attendez.")

    avec_projets.batigest.panne = panne
    bilan = avec_projets.fleche(Fleche.PUSH_HEURES)
    assert bilan.verdict is Verdict.PARTIEL
    (incident,) = bilan.incidents
    assert incident.message.startswith("Heures du ")
    assert incident.message.endswith("non écrites : interblocage")
    assert len(avec_projets.heures()) == 1
    avec_projets.batigest.panne = sans_panne
    avec_projets.sync_heures()
    assert len(avec_projets.heures()) == 2


def test_a_service_that_is_down_stops_the_run_and_nothing_is_taken_for_deleted(avec_projets: Any) -> None:
    avec_projets.saisit("1", MARDI)
    avec_projets.sync_heures()

    def panne(etape: str) -> None:
        if etape == "read_tranche":
            raise ServiceInjoignable("BatiSimply ne répond pas.")

    avec_projets.batisimply.panne = panne
    with pytest.raises(ServiceInjoignable):
        avec_projets.fleche(Fleche.PULL_HEURES)
    avec_projets.fleche(Fleche.PUSH_HEURES)
    assert len(avec_projets.heures()) == 1


def test_cancelling_between_two_slices_keeps_what_is_done(avec_projets: Any) -> None:
    avec_projets.saisit("1", MARDI)
    avec_projets.progression.arret = True
    with pytest.raises(Annule):
        avec_projets.fleche(Fleche.PULL_HEURES)
    avec_projets.progression.arret = False
    avec_projets.sync_heures()
    assert avec_projets.verifie().tient


def test_progress_is_counted_in_slices_and_ends_full(avec_projets: Any) -> None:
    avec_projets.sync_heures()
    pas = [(fait, total) for fleche, fait, total in avec_projets.progression.pas if fleche is Fleche.PUSH_HEURES]
    assert pas[-1] == (len(avec_projets.bouts.tranches()), len(avec_projets.bouts.tranches()))
    assert pas == sorted(pas)


def test_the_dry_run_shows_the_plan_and_writes_nowhere(avec_projets: Any) -> None:
    avec_projets.saisit("1", MARDI)
    avec_projets.saisit("2", MARDI, utilisateur="cccc-3")
    resultat = apercu(Flux.HEURES, avec_projets.bouts, avec_projets.progression)
    assert [action.geste for action in resultat.actions] == [Geste.INSERER]
    assert [rejet.motif for rejet in resultat.rejets] == [MotifRejet.SALARIE_INCONNU]
    assert (avec_projets.heures(), avec_projets.tampon.list_rejets_ouverts()) == ({}, [])


def test_verifier_says_when_a_line_we_own_is_not_what_the_slots_say(avec_projets: Any) -> None:
    avec_projets.saisit("1", MARDI)
    avec_projets.fleche(Fleche.PULL_HEURES)
    constat = avec_projets.verifie()
    assert not constat.tient
    assert constat.faux[0].ecart == Decimal("-7.5")


def test_an_answer_whose_slots_have_lost_their_ids_withdraws_nothing(avec_projets: Any) -> None:
    avec_projets.saisit("1", MARDI)
    avec_projets.sync_heures()
    avec_projets.batisimply.creneaux.clear()
    avec_projets.batisimply.illisibles = [CreneauIllisible("", "sans identifiant")]
    pull = avec_projets.fleche(Fleche.PULL_HEURES)
    avec_projets.fleche(Fleche.PUSH_HEURES)
    assert len(avec_projets.heures()) == 1
    assert pull.verdict is Verdict.PARTIEL
    avec_projets.batisimply.illisibles = []
    avec_projets.sync_heures()
    assert avec_projets.heures() == {}


def test_an_ignored_rejet_leaves_the_run_whole_and_the_invariant_explained(avec_projets: Any) -> None:
    avec_projets.saisit("1", MARDI, utilisateur="cccc-3")
    assert avec_projets.fleche(Fleche.PULL_HEURES).verdict is Verdict.PARTIEL
    (suivi,) = avec_projets.tampon.list_rejets().elements
    avec_projets.tampon.ignore_rejet(suivi.id, "Anne", "intérimaire payé ailleurs")
    assert avec_projets.fleche(Fleche.PULL_HEURES).verdict is Verdict.REUSSI
    assert avec_projets.verifie().tient
    avec_projets.saisit("1", MARDI, 60, utilisateur="cccc-3")
    assert avec_projets.fleche(Fleche.PULL_HEURES).verdict is Verdict.PARTIEL


def test_a_rejet_sent_again_is_looked_at_even_when_its_days_have_not_changed(avec_projets: Any) -> None:
    avec_projets.saisit("1", MARDI, utilisateur="cccc-3")
    avec_projets.sync_heures()
    assert "créneaux inchangés" not in avec_projets.fleche(Fleche.PULL_HEURES).comptes
    (suivi,) = avec_projets.tampon.list_rejets().elements
    assert suivi.tentatives == 2
    avec_projets.tampon.renvoie_rejet(suivi.id, "Anne")
    assert avec_projets.fleche(Fleche.PULL_HEURES).comptes["créneaux inchangés"] == 1
    assert avec_projets.tampon.lit_rejet(suivi.id).tentatives == 3


def test_a_refused_line_that_is_ignored_makes_no_run_partial_and_is_still_tried(avec_projets: Any) -> None:
    avec_projets.saisit("1", MARDI)
    avec_projets.batigest.refuse = "547 : clé étrangère"
    assert avec_projets.sync_heures().verdict is Verdict.PARTIEL
    (suivi,) = avec_projets.tampon.list_rejets().elements
    assert suivi.rejet.contenu["apres"]["heures"] == "7.5"
    avec_projets.tampon.ignore_rejet(suivi.id, "Anne", "saisie à la main")
    assert avec_projets.sync_heures().verdict is Verdict.REUSSI
    avec_projets.batigest.refuse = ""
    avec_projets.sync_heures()
    assert len(avec_projets.heures()) == 1
    assert avec_projets.tampon.list_rejets(etat=EtatRejet.RESOLU).total == 1
