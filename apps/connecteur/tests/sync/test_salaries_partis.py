"""Who leaves the firm, or is not to be told any more, takes no hour along that Batigest already holds."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from connecteur.domain.rejet import MotifRejet
from connecteur.domain.run import Fleche, Flux, Verdict
from connecteur.domain.salarie import Salarie
from connecteur.sync.heures.resolution import resolve_heures
from connecteur.sync.run import apercu

MARDI = datetime(2025, 6, 24, 6, tzinfo=UTC)
LIVREE = {("CH1", "S1", "24/06 08:00"): "7.5"}


@pytest.fixture
def livre(avec_projets: Any) -> Any:
    avec_projets.saisit("1", MARDI)
    avec_projets.sync_heures()
    assert avec_projets.heures() == LIVREE
    return avec_projets


def perd(firme: Any, comment: str) -> None:
    """Léa's user leads to nobody, or to two people, from now on."""
    lea, ugo = firme.batigest.salaries
    firme.batigest.salaries = {
        "supprimée": [ugo],
        "codebs effacé": [replace(lea, utilisateur=None), ugo],
        "codebs en double": [lea, replace(ugo, utilisateur=lea.utilisateur)],
    }[comment]


def motifs(firme: Any) -> list[tuple[str, MotifRejet]]:
    return [(rejet.cle, rejet.motif) for rejet in firme.tampon.list_rejets_ouverts()]


@pytest.mark.parametrize("comment", ["supprimée", "codebs effacé", "codebs en double"])
def test_delivered_hours_stay_when_nobody_knows_any_more_whose_they_are(livre: Any, comment: str) -> None:
    perd(livre, comment)
    lu = livre.fleche(Fleche.PULL_HEURES)
    ecrit = livre.fleche(Fleche.PUSH_HEURES)
    assert (livre.heures(), ecrit.ecritures, motifs(livre)) == (LIVREE, 0, [])
    constat = livre.verifie()
    assert (constat.tient, constat.faux, constat.a_part) == (True, [], [])
    (remarque,) = lu.remarques
    assert ("Léa Vasseur" in remarque.message, "S1" in remarque.message, lu.verdict) == (True, True, Verdict.REUSSI)
    assert livre.fleche(Fleche.PULL_HEURES).remarques == [remarque]
    plan = apercu(Flux.HEURES, livre.bouts, livre.progression)
    assert (plan.actions, plan.rejets) == ([], [])


def test_the_hours_of_a_mapping_undone_by_hand_stay_until_another_is_made(avec_projets: Any) -> None:
    avec_projets.batigest.salaries.append(Salarie("S3", "Petit", "Zoé", None))
    avec_projets.batigest.salaries.append(Salarie("S4", "Petite", "Zoé", None))
    avec_projets.saisit("1", MARDI, utilisateur="cccc-3")
    avec_projets.sync_heures()
    avec_projets.tampon.associe_salarie("cccc-3", "S3", "Anne")
    avec_projets.sync_heures()
    avec_projets.tampon.dissocie_salarie("cccc-3", "Anne")
    avec_projets.sync_heures()
    assert set(avec_projets.heures()) == {("CH1", "S3", "24/06 08:00")}
    avec_projets.tampon.associe_salarie("cccc-3", "S4", "Anne")
    avec_projets.sync_heures()
    assert set(avec_projets.heures()) == {("CH1", "S4", "24/06 08:00")}
    assert avec_projets.verifie().tient


def test_a_new_slot_of_somebody_unknown_is_a_rejet_beside_the_delivered_ones(livre: Any) -> None:
    perd(livre, "supprimée")
    livre.saisit("2", MARDI.replace(hour=14), 60)
    livre.sync_heures()
    assert (livre.heures(), motifs(livre)) == (LIVREE, [("2", MotifRejet.SALARIE_INCONNU)])


def test_a_delivered_slot_is_still_corrected_moved_and_withdrawn(livre: Any) -> None:
    perd(livre, "supprimée")
    livre.saisit("1", MARDI.replace(hour=7), 60)
    livre.sync_heures()
    assert livre.heures() == {("CH1", "S1", "24/06 09:00"): "1"}
    del livre.batisimply.creneaux["1"]
    livre.sync_heures()
    assert livre.heures() == {}
    assert livre.verifie().tient


def test_a_slot_given_to_another_unknown_user_is_not_left_to_the_first(livre: Any) -> None:
    perd(livre, "supprimée")
    livre.saisit("1", MARDI, utilisateur="zzzz-9")
    livre.sync_heures()
    assert (livre.heures(), motifs(livre)) == ({}, [("1", MotifRejet.SALARIE_INCONNU)])


def test_a_slot_that_was_taken_back_is_not_delivered_again_to_somebody_gone(livre: Any) -> None:
    livre.saisit("1", MARDI, statut="DRAFT")
    livre.sync_heures()
    perd(livre, "supprimée")
    livre.saisit("1", MARDI)
    livre.sync_heures()
    assert (livre.heures(), motifs(livre)) == ({}, [("1", MotifRejet.SALARIE_INCONNU)])


def test_codes_resolved_again_leave_them_too_and_follow_a_new_answer(livre: Any) -> None:
    def resout() -> None:
        resolve_heures(
            livre.batisimply,
            livre.batigest,
            livre.tampon,
            tranches=livre.bouts.tranches(),
            fuseau=livre.bouts.fuseau,
            run="codes",
        )
        livre.fleche(Fleche.PUSH_HEURES)

    perd(livre, "supprimée")
    resout()
    assert livre.heures() == LIVREE
    livre.batigest.salaries.append(Salarie("S9", "Vasseur", "Léa", "aaaa-1"))
    resout()
    assert set(livre.heures()) == {("CH1", "S9", "24/06 08:00")}
    assert livre.verifie().tient
