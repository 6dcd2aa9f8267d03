"""Disputed lines, the guard, closed periods and first imports, through the whole flow."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from connecteur.domain.conflit import Cote, Politique
from connecteur.domain.heure import CleSuivi, Compte, DateLigne, Quantites
from connecteur.domain.invariant import Nature
from connecteur.domain.plan import Geste
from connecteur.domain.run import Bilan, Fleche, Flux, Verdict
from connecteur.errors import ConfigurationInvalide
from connecteur.settings import ReglagesHeures
from connecteur.sync.memoire import LigneMemoire
from connecteur.sync.run import apercu

MARDI = datetime(2025, 6, 24, 6, tzinfo=UTC)
CLE = CleSuivi("CH1", "S1", datetime(2025, 6, 24, 8))  # noqa: DTZ001  Batigest keeps local time
LIGNE = ("CH1", "S1", "24/06 08:00")
UneFois = Callable[[str, BaseException], Callable[[str], None]]


def q(heures: str) -> Quantites:
    return Quantites(Decimal(heures), Decimal(0), Decimal(0))


def regle(firme: Any, **reglages: Any) -> None:
    firme.bouts = replace(firme.bouts, heures=ReglagesHeures(**reglages))


def edite(firme: Any, heures: str) -> None:
    firme.batigest.suivi[0].quantites = q(heures)


def en_conflit(firme: Any) -> None:
    """7,5 h written, 8 typed by hand, 6 validated: both at once."""
    firme.saisit("1", MARDI)
    firme.sync_heures()
    edite(firme, "8")
    firme.saisit("1", MARDI, 360)


def natures(firme: Any) -> list[Nature]:
    constat = firme.verifie()
    assert constat.tient
    return [ligne.nature for ligne in constat.a_part]


def heures(firme: Any) -> list[str]:
    return list(firme.heures().values())


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
    avec_projets.batigest.suivi[0].modifiee_le = datetime.now(UTC) + timedelta(hours=1)
    bilan = avec_projets.sync_heures()
    assert (heures(avec_projets), bilan.conflits) == (["8"], 0)
    assert natures(avec_projets) == [Nature.REPRISE]
    avec_projets.saisit("1", MARDI, 300)  # the slots change again: the question is open again
    avec_projets.batigest.suivi[0].modifiee_le = MARDI
    avec_projets.sync_heures()
    assert heures(avec_projets) == ["5"]


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
    avec_projets.batigest.suivi = [LigneMemoire(CLE, q("3"), modifiee_le=MARDI)]
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


# --- the guard ------------------------------------------------------------------------------------------


def remplit(firme: Any, jours: int = 20, par_jour: int = 4) -> None:
    for jour in range(jours):
        for rang in range(par_jour):
            firme.saisit(f"{jour}-{rang}", MARDI - timedelta(days=jour, hours=-rang), 60)


def test_an_empty_answer_does_not_empty_a_payroll(avec_projets: Any) -> None:
    remplit(avec_projets)
    avec_projets.sync_heures()
    creneaux = dict(avec_projets.batisimply.creneaux)
    avec_projets.batisimply.creneaux.clear()
    avec_projets.saisit("neuf", MARDI + timedelta(days=1))
    pull = avec_projets.fleche(Fleche.PULL_HEURES)
    assert "ne donne plus aucun créneau" in pull.incidents[0].message
    push = avec_projets.fleche(Fleche.PUSH_HEURES)
    assert (len(avec_projets.heures()), push.comptes["insérées"], push.verdict) == (81, 1, Verdict.PARTIEL)
    assert push.comptes["retenues par la garde"] == 80
    assert "80 lignes d’heures sur 80" in push.incidents[0].message
    avec_projets.batisimply.creneaux |= creneaux  # BatiSimply was only ill
    bilan = avec_projets.sync_heures()
    assert (bilan.ecritures, avec_projets.tampon.read_garde(), avec_projets.verifie().tient) == (0, None, True)


def test_a_confirmed_removal_goes_through_once(avec_projets: Any) -> None:
    remplit(avec_projets)
    avec_projets.sync_heures()
    avec_projets.batisimply.creneaux.clear()
    avec_projets.sync_heures()
    garde = avec_projets.tampon.read_garde()
    avec_projets.tampon.confirme_garde(garde.id, "Léa")
    bilan = avec_projets.sync_heures()
    assert (avec_projets.heures(), bilan.comptes["retirées"], bilan.verdict) == ({}, 80, Verdict.REUSSI)
    assert avec_projets.tampon.read_garde() is None
    remplit(avec_projets)
    avec_projets.sync_heures()
    avec_projets.batisimply.creneaux.clear()
    avec_projets.sync_heures()
    assert len(avec_projets.heures()) == 80


def test_a_confirmation_is_for_what_was_shown_and_a_bigger_plan_asks_again(avec_projets: Any) -> None:
    remplit(avec_projets, par_jour=12)  # 240 lines
    avec_projets.sync_heures()
    for ident in [i for i in avec_projets.batisimply.creneaux if i.endswith(("-0", "-1", "-2"))]:
        del avec_projets.batisimply.creneaux[ident]
    avec_projets.sync_heures()
    garde = avec_projets.tampon.read_garde()
    assert garde.lignes == 60
    avec_projets.tampon.confirme_garde(garde.id, "Léa")
    avec_projets.batisimply.creneaux.clear()
    bilan = avec_projets.sync_heures()
    assert (len(avec_projets.heures()), bilan.ecritures) == (240, 0)
    autre = avec_projets.tampon.read_garde()
    assert (autre.lignes, autre.confirmee_le) == (240, None)


def test_a_few_changes_pass_and_many_changes_of_a_small_dossier_pass(avec_projets: Any) -> None:
    remplit(avec_projets, par_jour=2)  # 40 lines: under 50, whatever the share
    avec_projets.sync_heures()
    avec_projets.batisimply.creneaux.clear()
    assert avec_projets.sync_heures().comptes["retirées"] == 40


def test_slots_that_move_under_the_guard_are_not_counted_twice(avec_projets: Any) -> None:
    remplit(avec_projets)
    avec_projets.sync_heures()
    for ident, creneau in avec_projets.batisimply.creneaux.items():
        avec_projets.batisimply.creneaux[ident] = replace_creneau(creneau, debut=creneau.debut + timedelta(minutes=30))
    avec_projets.sync_heures()
    assert len(avec_projets.heures()) == 80  # nothing inserted beside what stays
    avec_projets.tampon.confirme_garde(avec_projets.tampon.read_garde().id, "Léa")
    avec_projets.sync_heures()
    assert (len(avec_projets.heures()), avec_projets.verifie().tient) == (80, True)


def replace_creneau(creneau: Any, **champs: Any) -> Any:
    return creneau._replace(**champs)


def test_the_dry_run_says_that_the_guard_will_ask(avec_projets: Any) -> None:
    remplit(avec_projets)
    avec_projets.sync_heures()
    avec_projets.batisimply.creneaux.clear()
    vu = apercu(Flux.HEURES, avec_projets.bouts, avec_projets.progression)
    assert ["la garde demandera" in remarque.message for remarque in vu.remarques] == [True]
    assert avec_projets.tampon.read_garde() is None


# --- closed periods -------------------------------------------------------------------------------------

JUILLET = date(2025, 6, 25)


def test_nothing_of_a_closed_period_changes_and_what_would_have_is_listed(avec_projets: Any) -> None:
    avec_projets.saisit("1", MARDI)
    avec_projets.saisit("2", MARDI + timedelta(hours=5), 60)
    avec_projets.sync_heures()
    regle(avec_projets, periode_close=JUILLET)
    avec_projets.saisit("1", MARDI, 60)
    del avec_projets.batisimply.creneaux["2"]
    avec_projets.saisit("3", MARDI - timedelta(days=3), 120)
    bilan = avec_projets.sync_heures()
    assert (sorted(heures(avec_projets)), bilan.ecritures) == (["1", "7.5"], 0)
    assert bilan.comptes["écarts en période close, laissés tels quels"] == 3
    assert (bilan.conflits, bilan.verdict) == (0, Verdict.REUSSI)
    constat = avec_projets.verifie()
    assert constat.tient
    assert sorted((ligne.nature, ligne.ecart) for ligne in constat.a_part) == [
        (Nature.PERIODE_CLOSE, Decimal(-2)),
        (Nature.PERIODE_CLOSE, Decimal(1)),
        (Nature.PERIODE_CLOSE, Decimal("6.5")),
    ]
    regle(avec_projets)
    avec_projets.sync_heures()
    assert (sorted(heures(avec_projets)), natures(avec_projets)) == (["1", "2"], [])


def test_a_slot_paid_in_a_closed_period_and_moved_out_of_it_is_not_paid_twice(avec_projets: Any) -> None:
    avec_projets.saisit("1", MARDI)
    avec_projets.sync_heures()
    regle(avec_projets, periode_close=JUILLET)
    avec_projets.saisit("1", MARDI + timedelta(days=2))
    vu = apercu(Flux.HEURES, avec_projets.bouts, avec_projets.progression)
    assert [action.geste for action in vu.actions] == [Geste.PERIODE_CLOSE]
    avec_projets.sync_heures()
    assert list(avec_projets.heures()) == [LIGNE]
    assert natures(avec_projets) == [Nature.PERIODE_CLOSE]
    regle(avec_projets)
    avec_projets.sync_heures()
    assert list(avec_projets.heures()) == [("CH1", "S1", "26/06 08:00")]


def test_an_equal_foreign_line_of_a_closed_period_is_not_adopted(avec_projets: Any) -> None:
    avec_projets.batigest.suivi = [LigneMemoire(CLE, q("7.5"))]
    regle(avec_projets, periode_close=JUILLET)
    avec_projets.saisit("1", MARDI)
    avec_projets.sync_heures()
    avec_projets.batisimply.creneaux.clear()
    regle(avec_projets)
    avec_projets.sync_heures()
    assert heures(avec_projets) == ["7.5"]


# --- the form of lines ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "forme",
    [
        {"date_ligne": DateLigne.JOUR},
        {"panier": Compte.JOUR, "trajet": Compte.JOUR},
        {"date_ligne": DateLigne.JOUR, "panier": Compte.JOUR},
    ],
)
def test_changing_the_form_of_lines_moves_them_and_doubles_none(avec_projets: Any, forme: dict[str, Any]) -> None:
    for jour in range(5):
        for rang, projet in enumerate((101, 101, 102)):
            debut = MARDI - timedelta(days=jour, hours=-4 * rang)
            avec_projets.saisit(f"{jour}-{rang}", debut, 90, panier=True, trajet=True, projet_id=projet)
    avec_projets.sync_heures()
    etrangere = LigneMemoire(CleSuivi("CH1", "S9", CLE.debut), q("4"))
    avec_projets.batigest.suivi.append(etrangere)
    for reglages in (forme, {}):
        regle(avec_projets, **reglages)
        avec_projets.sync_heures()
        nos_lignes = [ligne for ligne in avec_projets.batigest.suivi if ligne.cle.code_salarie == "S1"]
        assert sum(ligne.quantites.heures for ligne in nos_lignes) == Decimal("22.5")
        assert sum(ligne.quantites.panier for ligne in nos_lignes) == (5 if "panier" in reglages else 15)
        assert len(nos_lignes) == (10 if "date_ligne" in reglages else 15)
        assert avec_projets.verifie().tient
        assert avec_projets.sync_heures().ecritures == 0
    assert etrangere.quantites == q("4")


# --- headings -------------------------------------------------------------------------------------------

NOUVELLES = ("NbH1", "NbH3", "NbH4")


def test_changing_the_headings_moves_what_is_ours_and_clears_the_old_ones(avec_projets: Any) -> None:
    avec_projets.saisit("1", MARDI, panier=True)
    avec_projets.saisit("2", MARDI + timedelta(hours=9), 60)
    avec_projets.sync_heures()
    avec_projets.batigest.nomme_rubriques(*NOUVELLES)
    vu = apercu(Flux.HEURES, avec_projets.bouts, avec_projets.progression)
    assert [action.geste for action in vu.actions] == [Geste.CHANGER_RUBRIQUES] * 2
    assert avec_projets.verifie().tient  # not moved yet, and counted where they stand
    avec_projets.saisit("1", MARDI, 360, panier=True)
    bilan = avec_projets.sync_heures()
    assert (bilan.comptes["changées de rubriques"], bilan.comptes["corrigées"], bilan.incidents) == (2, 1, [])
    assert sorted(heures(avec_projets)) == ["1", "6"]
    assert all(ligne.ailleurs == {} for ligne in avec_projets.batigest.suivi)
    assert (avec_projets.sync_heures().ecritures, avec_projets.verifie().tient) == (0, True)
    avec_projets.batisimply.creneaux.clear()
    avec_projets.sync_heures()
    assert avec_projets.heures() == {}


def test_a_line_edited_in_its_old_headings_stays_there_and_is_said(avec_projets: Any) -> None:
    avec_projets.saisit("1", MARDI)
    avec_projets.saisit("2", MARDI + timedelta(hours=9), 60)
    avec_projets.sync_heures()
    edite(avec_projets, "8")
    avec_projets.batigest.nomme_rubriques(*NOUVELLES)
    regle(avec_projets, conflits=Politique.BATISIMPLY)
    avec_projets.saisit("1", MARDI, 360)
    bilan = avec_projets.sync_heures()
    assert bilan.comptes["changées de rubriques"] == 1
    assert "1 lignes d’heures restent" in bilan.incidents[0].message
    assert sorted(heures(avec_projets)) == ["0", "1"]  # nothing beside the 8 h that stand in the old heading
    assert natures(avec_projets) == [Nature.CONFLIT]
    assert avec_projets.sync_heures().ecritures == 0


def test_a_line_whose_new_heading_is_used_by_somebody_is_not_moved(avec_projets: Any) -> None:
    avec_projets.saisit("1", MARDI)
    avec_projets.sync_heures()
    avec_projets.batigest.suivi[0].ailleurs = {NOUVELLES: q("2")}
    avec_projets.batigest.nomme_rubriques(*NOUVELLES)
    avec_projets.sync_heures()
    (ligne,) = avec_projets.batigest.suivi
    assert (ligne.quantites, list(ligne.ailleurs.values())) == (q("2"), [q("7.5")])
    assert avec_projets.verifie().tient


def test_lines_of_a_closed_period_keep_their_headings(avec_projets: Any) -> None:
    avec_projets.saisit("1", MARDI)
    avec_projets.sync_heures()
    regle(avec_projets, periode_close=JUILLET)
    avec_projets.batigest.nomme_rubriques(*NOUVELLES)
    bilan = avec_projets.sync_heures()
    assert (bilan.ecritures, bilan.incidents, avec_projets.verifie().a_part) == (0, [], [])
    assert avec_projets.batigest.suivi[0].quantites == q("0")


def test_the_guard_asks_before_a_whole_dossier_changes_its_headings(avec_projets: Any) -> None:
    remplit(avec_projets)
    avec_projets.sync_heures()
    avec_projets.batigest.nomme_rubriques(*NOUVELLES)
    assert (avec_projets.sync_heures().ecritures, avec_projets.tampon.read_garde().lignes) == (0, 80)
    avec_projets.tampon.confirme_garde(avec_projets.tampon.read_garde().id, "Léa")
    bilan = avec_projets.sync_heures()
    assert (bilan.comptes["changées de rubriques"], avec_projets.tampon.read_garde()) == (80, None)
    assert (avec_projets.sync_heures().ecritures, avec_projets.verifie().tient) == (0, True)


def test_the_headings_do_not_change_under_an_interrupted_write(avec_projets: Any, une_fois: UneFois) -> None:
    avec_projets.saisit("1", MARDI)
    avec_projets.batigest.panne = une_fois("apres_commit", SystemExit("power cut"))
    with pytest.raises(SystemExit):
        avec_projets.sync_heures()
    avec_projets.batigest.nomme_rubriques(*NOUVELLES)
    with pytest.raises(ConfigurationInvalide, match="interrompue"):
        avec_projets.sync_heures()
    avec_projets.batigest.nomme_rubriques("NbH0", "NbH3", "NbH4")
    avec_projets.sync_heures()
    avec_projets.batigest.nomme_rubriques(*NOUVELLES)
    assert avec_projets.sync_heures().comptes["changées de rubriques"] == 1


# --- first import ---------------------------------------------------------------------------------------


def test_a_first_import_goes_back_once(avec_projets: Any) -> None:
    ancien = MARDI - timedelta(days=400)
    avec_projets.saisit("1", ancien)
    avec_projets.sync_heures()
    assert avec_projets.heures() == {}
    depuis = ancien.date() - timedelta(days=1)
    vu = apercu(Flux.HEURES, avec_projets.bouts, avec_projets.progression, depuis)
    assert [action.geste for action in vu.actions] == [Geste.INSERER]
    avec_projets.tampon.demande_import(depuis, "Léa")
    avec_projets.sync_heures()
    assert (len(avec_projets.heures()), avec_projets.tampon.read_import()) == (1, None)
    assert avec_projets.sync_heures().ecritures == 0


def test_a_first_import_that_was_not_read_stays_asked_for(avec_projets: Any) -> None:
    avec_projets.tampon.demande_import(date(2024, 6, 24), "Léa")
    avec_projets.fleche(Fleche.PUSH_HEURES)
    assert avec_projets.tampon.read_import() is not None
    pull: Bilan = avec_projets.sync_heures()
    assert (pull.incidents, avec_projets.tampon.read_import()) == ([], None)
