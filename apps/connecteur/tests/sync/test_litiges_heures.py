"""Disputed lines through the whole flow: policies, decisions, undoing, foreign lines."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connecteur.domain.conflit import Cote, Politique
from connecteur.domain.datation import Datation
from connecteur.domain.invariant import Nature
from connecteur.domain.run import Fleche, Verdict
from connecteur.sync.memoire import LigneMemoire

from .litiges import CLE, MARDI, UneFois, edite, en_conflit, heures, natures, q, regle

# --- policies and dates ---------------------------------------------------------------------------------


def test_both_sides_changed_between_two_runs_waits_for_a_person(avec_projets: Any) -> None:
    en_conflit(avec_projets)
    bilan = avec_projets.sync_heures()
    assert (heures(avec_projets), bilan.conflits, bilan.verdict) == (["8"], 1, Verdict.PARTIEL)
    assert natures(avec_projets) == [Nature.CONFLIT]
    assert avec_projets.sync_heures().conflits == 1  # the second run knows no more than the first


def test_the_slots_win_when_they_changed_after_the_edit_was_seen(avec_projets: Any) -> None:
    avec_projets.saisit("1", MARDI)
    avec_projets.sync_heures()
    edite(avec_projets, "8")
    assert natures(avec_projets) == [Nature.REPRISE]
    avec_projets.sync_heures()
    avec_projets.saisit("1", MARDI, 360)
    bilan = avec_projets.sync_heures()
    assert (heures(avec_projets), bilan.comptes["dont conflits réglés"], bilan.conflits) == (["6"], 1, 0)
    assert natures(avec_projets) == []


def test_the_line_wins_when_batigest_says_it_is_newer(avec_projets: Any) -> None:
    en_conflit(avec_projets)
    avec_projets.batigest.suivi[0].modifiee_le = Datation.a(datetime.now(UTC) + timedelta(hours=1))
    bilan = avec_projets.sync_heures()
    assert (heures(avec_projets), bilan.conflits) == (["8"], 0)
    assert natures(avec_projets) == [Nature.REPRISE]
    avec_projets.saisit("1", MARDI, 300)  # the slots change again: the question is open again
    avec_projets.batigest.suivi[0].modifiee_le = Datation.a(MARDI)
    avec_projets.sync_heures()
    assert heures(avec_projets) == ["5"]


@pytest.mark.parametrize(("minutes_apres", "attendues", "conflits"), [(-5, ["8"], 0), (5, ["6"], 0), (0, ["8"], 1)])
def test_two_changes_seen_by_one_run_are_ordered_when_both_systems_date_them(
    avec_projets: Any, minutes_apres: int, attendues: list[str], conflits: int
) -> None:
    edite_le = datetime.now(UTC) + timedelta(hours=1)
    en_conflit(avec_projets)
    avec_projets.batigest.suivi[0].modifiee_le = Datation.a(edite_le, timedelta(seconds=1))
    creneaux = avec_projets.batisimply.creneaux
    creneaux["1"] = creneaux["1"]._replace(modifie_le=edite_le + timedelta(minutes=minutes_apres))
    bilan = avec_projets.sync_heures()
    assert (heures(avec_projets), bilan.conflits) == (attendues, conflits)


def test_a_line_dated_by_batigest_alone_is_not_thought_older_because_the_slots_were_seen_late(
    avec_projets: Any,
) -> None:
    """The slots changed at some time since the last reading: before the edit, or after it."""
    en_conflit(avec_projets)
    avec_projets.batigest.suivi[0].modifiee_le = Datation.a(datetime.now(UTC))
    assert (avec_projets.sync_heures().conflits, heures(avec_projets)) == (1, ["8"])
    avec_projets.saisit("1", MARDI, 300)  # once more, after a reading that followed the edit
    avec_projets.batigest.suivi[0].modifiee_le = Datation.a(datetime.now(UTC) - timedelta(minutes=1))
    avec_projets.tampon.note_lecture_creneaux(timedelta(0))
    assert (avec_projets.sync_heures().conflits, heures(avec_projets)) == (0, ["5"])


def test_clocks_that_differ_are_told_where_dates_are_compared(avec_projets: Any) -> None:
    avec_projets.batisimply.ecart_horloge_s, avec_projets.batigest.ecart_horloge_s = 90.0, None
    avec_projets.saisit("1", MARDI)
    assert (avec_projets.fleche(Fleche.PULL_HEURES).remarques, avec_projets.sync_heures().remarques) == ([], [])
    creneaux = avec_projets.batisimply.creneaux
    creneaux["1"] = creneaux["1"]._replace(modifie_le=MARDI)
    avec_projets.batigest.ecart_horloge_s = -120.0
    (de_batisimply,) = avec_projets.fleche(Fleche.PULL_HEURES).remarques
    (de_batigest,) = avec_projets.fleche(Fleche.PUSH_HEURES).remarques
    assert "avance de 90 secondes sur celle de BatiSimply" in de_batisimply.message
    assert "retarde de 120 secondes sur celle de Batigest" in de_batigest.message


@pytest.mark.parametrize(
    ("politique", "attendues", "conflits"),
    [
        (Politique.BATIGEST, ["8"], 0),
        (Politique.BATISIMPLY, ["6"], 0),
        (Politique.DEMANDER, ["8"], 1),
        (Politique.PLUS_RECENT, ["8"], 1),
    ],
)
def test_each_policy_settles_a_conflict_its_way_and_the_next_run_is_quiet(
    avec_projets: Any, politique: Politique, attendues: list[str], conflits: int
) -> None:
    regle(avec_projets, conflits=politique)
    en_conflit(avec_projets)
    bilan = avec_projets.sync_heures()
    assert (heures(avec_projets), bilan.conflits) == (attendues, conflits)
    bilan = avec_projets.sync_heures()
    assert (bilan.ecritures, bilan.conflits, avec_projets.verifie().tient) == (0, conflits, True)


def test_a_new_policy_settles_what_was_waiting(avec_projets: Any) -> None:
    en_conflit(avec_projets)
    avec_projets.sync_heures()
    regle(avec_projets, conflits=Politique.BATISIMPLY)
    avec_projets.sync_heures()
    assert heures(avec_projets) == ["6"]


def test_a_new_policy_does_not_undo_what_was_left_to_batigest(avec_projets: Any) -> None:
    regle(avec_projets, conflits=Politique.BATIGEST)
    en_conflit(avec_projets)
    avec_projets.sync_heures()
    regle(avec_projets, conflits=Politique.BATISIMPLY)
    assert (avec_projets.sync_heures().ecritures, heures(avec_projets)) == (0, ["8"])
    assert natures(avec_projets) == [Nature.REPRISE]


def test_a_withdrawn_slot_never_deletes_a_line_somebody_edited(avec_projets: Any) -> None:
    regle(avec_projets, conflits=Politique.BATISIMPLY)
    avec_projets.saisit("1", MARDI)
    avec_projets.sync_heures()
    edite(avec_projets, "8")
    avec_projets.batisimply.creneaux.clear()
    bilan = avec_projets.sync_heures()
    assert (heures(avec_projets), bilan.comptes["vidées"]) == (["0"], 1)
    assert avec_projets.sync_heures().ecritures == 0


# --- decisions and undoing ------------------------------------------------------------------------------


@pytest.mark.parametrize(("choix", "attendues"), [(Cote.BATIGEST, ["8"]), (Cote.BATISIMPLY, ["6"])])
def test_what_a_person_decides_is_done_by_the_next_push(avec_projets: Any, choix: Cote, attendues: list[str]) -> None:
    en_conflit(avec_projets)
    avec_projets.sync_heures()
    avec_projets.tampon.decide_ligne(CLE, choix, "Léa")
    bilan = avec_projets.fleche(Fleche.PUSH_HEURES)
    assert (heures(avec_projets), bilan.conflits, bilan.verdict) == (attendues, 0, Verdict.REUSSI)
    assert natures(avec_projets) == ([Nature.REPRISE] if choix is Cote.BATIGEST else [])


def test_a_decision_for_batisimply_is_not_carried_out_when_the_line_changed_meanwhile(avec_projets: Any) -> None:
    regle(avec_projets, conflits=Politique.DEMANDER)
    en_conflit(avec_projets)
    avec_projets.sync_heures()
    avec_projets.tampon.decide_ligne(CLE, Cote.BATISIMPLY, "Léa")
    edite(avec_projets, "9")
    assert avec_projets.fleche(Fleche.PUSH_HEURES).conflits == 1
    assert heures(avec_projets) == ["9"]


def test_a_decision_survives_a_cut_and_is_carried_out_once(avec_projets: Any, une_fois: UneFois) -> None:
    en_conflit(avec_projets)
    avec_projets.sync_heures()
    avec_projets.tampon.decide_ligne(CLE, Cote.BATISIMPLY, "Léa")
    avec_projets.batigest.panne = une_fois("apres_commit", SystemExit("power cut"))
    with pytest.raises(SystemExit):
        avec_projets.fleche(Fleche.PUSH_HEURES)
    avec_projets.sync_heures()
    assert avec_projets.tampon.decisions == {}
    edite(avec_projets, "8")  # the hand types again what it had: that is a new edit, and is kept
    avec_projets.sync_heures()
    assert (heures(avec_projets), natures(avec_projets)) == (["8"], [Nature.REPRISE])


def test_a_settled_conflict_is_undone_and_then_stands_until_the_slots_change(avec_projets: Any) -> None:
    regle(avec_projets, conflits=Politique.BATISIMPLY)
    en_conflit(avec_projets)
    avec_projets.sync_heures()
    (ecriture,) = avec_projets.tampon.list_reglees()
    assert ecriture.action.jugement.gagnant is Cote.BATISIMPLY
    avec_projets.tampon.annule_ecriture(ecriture.id, "Léa")
    bilan = avec_projets.sync_heures()
    assert (heures(avec_projets), bilan.comptes["rendues"]) == (["8"], 1)
    assert natures(avec_projets) == [Nature.REPRISE]
    assert (avec_projets.sync_heures().ecritures, heures(avec_projets)) == (0, ["8"])
    avec_projets.saisit("1", MARDI, 300)
    avec_projets.sync_heures()
    assert heures(avec_projets) == ["5"]


def test_an_undoing_interrupted_around_the_commit_is_done_once(avec_projets: Any, une_fois: UneFois) -> None:
    regle(avec_projets, conflits=Politique.BATISIMPLY)
    en_conflit(avec_projets)
    avec_projets.sync_heures()
    avec_projets.tampon.annule_ecriture(avec_projets.tampon.list_reglees()[0].id, "Léa")
    avec_projets.batigest.panne = une_fois("apres_commit", SystemExit("power cut"))
    with pytest.raises(SystemExit):
        avec_projets.sync_heures()
    bilan = avec_projets.sync_heures()
    assert (heures(avec_projets), bilan.ecritures, natures(avec_projets)) == (["8"], 0, [Nature.REPRISE])
    assert avec_projets.tampon.decisions[CLE].rendu is None


# --- foreign lines --------------------------------------------------------------------------------------


def test_a_foreign_line_is_written_over_only_by_a_person_or_by_policy_and_comes_back_when_undone(
    avec_projets: Any,
) -> None:
    avec_projets.batigest.suivi = [LigneMemoire(CLE, q("3"), modifiee_le=Datation.a(MARDI))]
    avec_projets.saisit("1", MARDI)
    assert avec_projets.sync_heures().conflits == 1  # newer slots are not enough
    assert heures(avec_projets) == ["3"]
    avec_projets.tampon.decide_ligne(CLE, Cote.BATISIMPLY, "Léa")
    avec_projets.sync_heures()
    assert heures(avec_projets) == ["7.5"]
    (ecriture,) = avec_projets.tampon.list_reglees()
    assert (ecriture.action.avant, ecriture.action.base) == (q("3"), None)
    avec_projets.tampon.annule_ecriture(ecriture.id, "Léa")
    avec_projets.sync_heures()
    assert heures(avec_projets) == ["3"]
    avec_projets.batisimply.creneaux.clear()  # foreign again: withdrawing our slot must not touch it
    avec_projets.sync_heures()
    assert heures(avec_projets) == ["3"]
