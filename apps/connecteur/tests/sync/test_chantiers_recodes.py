"""A chantier deleted in Batigest, or with another code there, takes no hour along that was delivered."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from connecteur.domain.heure import CleSuivi
from connecteur.domain.rejet import MotifRejet
from connecteur.domain.run import Fleche, Flux, Verdict
from connecteur.sync.memoire import LigneMemoire
from connecteur.sync.run import apercu

from .conftest import PARIS, chantier

MARDI = datetime(2025, 6, 24, 6, tzinfo=UTC)
LIVREE = {("CH1", "S1", "24/06 08:00"): "7.5"}


@pytest.fixture
def livre(avec_projets: Any) -> Any:
    avec_projets.saisit("1", MARDI)
    avec_projets.sync_heures()
    assert avec_projets.heures() == LIVREE
    return avec_projets


class Coupure(BaseException):
    """A power cut: nothing catches it."""


def recode(firme: Any, nouveau: str | None, *, partout: bool = False) -> None:
    """CH1 has that code in Batigest now (None: it is deleted); `partout`: SuiviMO has it, too."""
    firme.batigest.chantiers = [c for c in firme.batigest.chantiers if c.code != "CH1"]
    if nouveau is not None:
        firme.batigest.chantiers.append(chantier(nouveau))
    if partout:
        for ligne in firme.batigest.suivi:
            if ligne.cle.code_chantier == "CH1":
                ligne.cle = ligne.cle._replace(code_chantier=nouveau)


def sync(firme: Any) -> tuple[Any, Any]:
    firme.sync_chantiers()

    return firme.fleche(Fleche.PULL_HEURES), firme.fleche(Fleche.PUSH_HEURES)


def motifs(firme: Any) -> list[tuple[str, MotifRejet]]:
    return [(rejet.cle, rejet.motif) for rejet in firme.tampon.list_rejets_ouverts()]


def messages(bilan: Any) -> list[str]:
    return [remarque.message for remarque in bilan.remarques]


@pytest.mark.parametrize("nouveau", ["R5", None])
def test_delivered_hours_stay_where_they_are(livre: Any, nouveau: str | None) -> None:
    livre.saisit("2", MARDI.replace(hour=12), 60)
    livre.sync_heures()
    recode(livre, nouveau)
    lu, ecrit = sync(livre)
    assert livre.heures() == LIVREE | {("CH1", "S1", "24/06 14:00"): "1"}
    assert (ecrit.ecritures, ecrit.conflits, motifs(livre), lu.verdict) == (0, 0, [], Verdict.REUSSI)
    (dit,) = lu.remarques
    assert "Le chantier CH1 n’est plus dans Batigest" in dit.message
    assert "2 créneaux" in dit.message
    assert "projet n° 101" in dit.remede
    constat = livre.verifie()
    assert (constat.tient, constat.a_part) == (True, [])
    assert sync(livre)[0].remarques == [dit]
    plan = apercu(Flux.HEURES, livre.bouts, livre.progression)
    assert (plan.actions, plan.rejets) == ([], [])


def test_they_are_still_corrected_moved_and_withdrawn(livre: Any) -> None:
    recode(livre, "R5")
    livre.saisit("1", MARDI.replace(hour=7), 60)
    sync(livre)
    assert livre.heures() == {("CH1", "S1", "24/06 09:00"): "1"}
    livre.saisit("1", MARDI.replace(hour=7), 60, projet_id=102)
    sync(livre)
    assert livre.heures() == {("CH2", "S1", "24/06 09:00"): "1"}
    livre.saisit("1", MARDI, projet_id=101)
    sync(livre)
    assert (livre.heures(), motifs(livre)) == ({}, [("1", MotifRejet.CHANTIER_INCONNU)])
    assert livre.verifie().tient


def test_a_withdrawn_slot_leaves_and_does_not_come_back_to_a_chantier_gone(livre: Any) -> None:
    recode(livre, None)
    livre.saisit("1", MARDI, statut="DRAFT")
    sync(livre)
    assert livre.heures() == {}
    livre.saisit("1", MARDI)
    sync(livre)
    assert (livre.heures(), motifs(livre)) == ({}, [("1", MotifRejet.CHANTIER_INCONNU)])


def test_a_new_slot_of_the_same_project_is_a_rejet_beside_them(livre: Any) -> None:
    recode(livre, None)
    livre.saisit("2", MARDI.replace(hour=14), 60)
    sync(livre)
    assert (livre.heures(), motifs(livre)) == (LIVREE, [("2", MotifRejet.CHANTIER_INCONNU)])


def test_they_follow_the_code_that_the_project_is_given(livre: Any) -> None:
    recode(livre, "R5")
    sync(livre)
    livre.batisimply.objets[101]["code"] = "R5"
    sync(livre)
    assert livre.heures() == {("R5", "S1", "24/06 08:00"): "7.5"}
    assert livre.verifie().tient


@pytest.mark.parametrize("comment", ["effacé", "disparu"])
def test_a_project_nobody_linked_leaves_its_delivered_hours_too(livre: Any, comment: str) -> None:
    livre.batisimply.objets[300] = {**livre.batisimply.objets[102], "code": "CH2"}
    livre.saisit("3", MARDI.replace(hour=14), 60, projet_id=300)
    livre.sync_heures()
    assert ("CH2", "S1", "24/06 16:00") in livre.heures()
    if comment == "effacé":
        livre.batisimply.objets[300]["code"] = ""
    else:
        del livre.batisimply.objets[300]
    lu, ecrit = sync(livre)
    assert (ecrit.ecritures, motifs(livre)) == (0, [])
    (dit,) = messages(lu)
    assert ("300" in dit, "CH2" in dit) == (True, True)


def test_lines_that_took_the_new_code_are_ours_there(livre: Any) -> None:
    livre.saisit("2", MARDI.replace(hour=12), 60)
    livre.sync_heures()
    recode(livre, "R5", partout=True)
    attendues = {("R5", "S1", "24/06 08:00"): "7.5", ("R5", "S1", "24/06 14:00"): "1"}
    plan = apercu(Flux.HEURES, livre.bouts, livre.progression)
    assert all(action.geste in {"adopter", "oublier"} for action in plan.actions)
    livre.saisit("2", MARDI.replace(hour=12), 120)
    lu, ecrit = sync(livre)
    assert livre.heures() == attendues | {("R5", "S1", "24/06 14:00"): "2"}
    assert (ecrit.conflits, motifs(livre), livre.verifie().tient) == (0, [], True)
    (dit,) = messages(lu)
    assert "Le chantier CH1 a pris le code R5" in dit
    suite, _ = sync(livre)
    (dit,) = messages(suite)
    assert "restent au chantier R5" in dit
    livre.saisit("1", MARDI, 30)
    del livre.batisimply.creneaux["2"]
    sync(livre)
    assert livre.heures() == {("R5", "S1", "24/06 08:00"): "0.5"}
    assert livre.verifie().tient


def test_a_slot_moved_away_at_the_same_time_is_not_paid_twice(livre: Any) -> None:
    livre.saisit("2", MARDI.replace(hour=12), 60)
    livre.sync_heures()
    recode(livre, "R5", partout=True)
    livre.saisit("2", MARDI.replace(hour=12), 60, projet_id=102)
    sync(livre)
    assert livre.heures() == {("R5", "S1", "24/06 08:00"): "7.5", ("CH2", "S1", "24/06 14:00"): "1"}
    assert livre.verifie().tient


def test_a_cut_between_finding_them_and_storing_their_slots_heals(livre: Any) -> None:
    recode(livre, "R5", partout=True)
    confirme = livre.tampon.confirm

    def coupe(*args: Any, **kwargs: Any) -> None:
        confirme(*args, **kwargs)
        livre.tampon.confirm = confirme
        raise Coupure

    livre.tampon.confirm = coupe
    with pytest.raises(Coupure):
        sync(livre)
    sync(livre)
    assert livre.heures() == {("R5", "S1", "24/06 08:00"): "7.5"}
    assert (motifs(livre), livre.verifie().tient) == ([], True)


def test_lines_deleted_with_their_chantier_are_rejets_and_not_written_again(livre: Any) -> None:
    recode(livre, None)
    livre.batigest.suivi.clear()
    livre.saisit("1", MARDI, 60)
    _, ecrit = sync(livre)
    assert (livre.heures(), ecrit.ecritures) == ({}, 0)
    assert motifs(livre) == [("1", MotifRejet.CHANTIER_INCONNU)]
    assert livre.verifie().tient


def test_a_line_edited_under_the_new_code_is_neither_doubled_nor_overwritten(livre: Any) -> None:
    recode(livre, "R5", partout=True)
    livre.batigest.suivi[0].quantites = livre.batigest.suivi[0].quantites._replace(heures=Decimal(4))
    livre.saisit("1", MARDI, 60)
    _, ecrit = sync(livre)
    assert (livre.heures(), ecrit.ecritures) == ({("R5", "S1", "24/06 08:00"): "4"}, 0)
    assert motifs(livre) == [("1", MotifRejet.CHANTIER_INCONNU)]
    livre.batisimply.objets[101]["code"] = "R5"
    _, ecrit = sync(livre)
    assert (livre.heures(), ecrit.conflits) == ({("R5", "S1", "24/06 08:00"): "4"}, 1)


def test_a_slot_that_left_for_a_chantier_before_it_lost_its_code_is_not_left_behind(livre: Any) -> None:
    livre.saisit("1", MARDI, projet_id=102)
    livre.sync_heures()
    assert livre.heures() == {("CH2", "S1", "24/06 08:00"): "7.5"}
    livre.saisit("1", MARDI, projet_id=101)
    livre.fleche(Fleche.PULL_HEURES)
    recode(livre, "R5")
    livre.saisit("1", MARDI.replace(hour=9), projet_id=101)
    sync(livre)
    assert (livre.heures(), motifs(livre)) == ({}, [("1", MotifRejet.CHANTIER_INCONNU)])


def test_a_slot_given_to_somebody_else_before_the_code_was_lost_follows_there(livre: Any) -> None:
    livre.saisit("1", MARDI, utilisateur="bbbb-2")
    livre.fleche(Fleche.PULL_HEURES)
    recode(livre, "R5")
    sync(livre)
    assert (livre.heures(), motifs(livre)) == ({("CH1", "S2", "24/06 08:00"): "7.5"}, [])
    assert livre.verifie().tient


def test_equal_lines_under_two_codes_prove_nothing(livre: Any) -> None:
    livre.saisit("2", MARDI.replace(hour=12), 60)
    livre.sync_heures()
    une, autre = livre.batigest.suivi
    livre.batigest.suivi[:] = [
        LigneMemoire(une.cle._replace(code_chantier="R5"), une.quantites),
        LigneMemoire(autre.cle._replace(code_chantier="R6"), autre.quantites),
    ]
    recode(livre, "R5")
    livre.batigest.chantiers.append(chantier("R6"))
    _, ecrit = sync(livre)
    assert ecrit.ecritures == 0
    assert [motif for _, motif in motifs(livre)] == [MotifRejet.CHANTIER_INCONNU] * 2


def test_one_line_left_under_the_old_code_speaks_against_a_new_one(livre: Any) -> None:
    livre.saisit("2", MARDI.replace(day=10), 60)
    livre.sync_heures()
    recode(livre, "R5")
    (tardive,) = (ligne for ligne in livre.batigest.suivi if ligne.cle.debut.day == 24)
    tardive.cle = tardive.cle._replace(code_chantier="R5")
    _, ecrit = sync(livre)
    assert ecrit.ecritures == 0
    assert livre.heures() == {("CH1", "S1", "10/06 08:00"): "1", ("R5", "S1", "24/06 08:00"): "7.5"}
    assert motifs(livre) == [("1", MotifRejet.CHANTIER_INCONNU)]


def test_lines_of_a_closed_period_are_found_again_without_being_paid_twice(livre: Any) -> None:
    close = livre.bouts.heures.model_copy(update={"periode_close": MARDI.date().replace(day=26)})
    livre.bouts = replace(livre.bouts, heures=close)
    recode(livre, "R5", partout=True)
    sync(livre)
    livre.saisit("1", MARDI.replace(day=26))
    sync(livre)
    assert livre.heures() == {("R5", "S1", "24/06 08:00"): "7.5"}
    assert livre.verifie().tient


def test_an_interrupted_write_is_settled_before_anything_is_concluded(livre: Any, une_fois: Any) -> None:
    livre.saisit("1", MARDI, 60)
    livre.batigest.panne = une_fois("avant_commit", Coupure())
    with pytest.raises(Coupure):
        livre.sync_heures()
    recode(livre, "R5", partout=True)
    for _ in range(3):
        sync(livre)
    assert set(livre.heures()) == {("R5", "S1", "24/06 08:00")}
    assert livre.verifie().tient


def test_a_key_is_written_as_batigest_writes_its_code(livre: Any) -> None:
    recode(livre, "r5", partout=True)
    livre.batigest.suivi[0].cle = CleSuivi.de("r5", "S1", MARDI, PARIS)
    sync(livre)
    (stocke,) = livre.tampon._creneaux_presents()
    assert stocke.code_chantier == "r5"
