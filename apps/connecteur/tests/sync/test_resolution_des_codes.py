"""Codes mended on either side find their slots at once, without BatiSimply's slots being read again."""

from dataclasses import replace
from datetime import UTC, datetime

from connecteur.domain.rejet import MotifRejet
from connecteur.domain.run import Bilan, Fleche, Verdict
from connecteur.sync.heures.resolution import resolve_heures

from .conftest import PARIS, Entreprise

MARDI = datetime(2025, 6, 24, 6, tzinfo=UTC)


def sans_lecture(appel: str) -> None:
    assert appel == "read_projets"


def resout(firme: Entreprise) -> Bilan:
    """As `/update-code-projet` does; BatiSimply is only asked for its projects."""
    firme.batisimply.panne, avant = sans_lecture, firme.batisimply.panne
    try:
        return _resout(firme)
    finally:
        firme.batisimply.panne = avant


def _resout(firme: Entreprise) -> Bilan:
    return resolve_heures(
        firme.batisimply, firme.batigest, firme.tampon, tranches=firme.bouts.tranches(), fuseau=PARIS, run="codes"
    )


def test_a_salarie_who_got_an_identifier_gets_the_hours_that_waited(avec_projets: Entreprise) -> None:
    firme = avec_projets
    firme.saisit("1", MARDI, utilisateur="cccc-3", nom_utilisateur="Zoé Blin")
    firme.sync_heures()
    assert [r.motif for r in firme.tampon.list_rejets_ouverts()] == [MotifRejet.SALARIE_INCONNU]
    firme.batigest.salaries[1] = replace(firme.batigest.salaries[1], utilisateur="cccc-3")
    bilan = resout(firme)
    assert (bilan.comptes["créneaux dont le code a changé"], bilan.rejets) == (1, 0)
    assert bilan.verdict is Verdict.REUSSI
    firme.fleche(Fleche.PUSH_HEURES)
    assert firme.heures() == {("CH1", "S2", "24/06 08:00"): "7.5"}
    assert firme.verifie().tient


def test_resolving_twice_changes_nothing_and_the_next_reading_neither(avec_projets: Entreprise) -> None:
    firme = avec_projets
    firme.saisit("1", MARDI)
    firme.sync_heures()
    assert resout(firme).comptes["créneaux dont le code a changé"] == 0
    lecture = firme.fleche(Fleche.PULL_HEURES)
    assert lecture.comptes.get("créneaux modifiés", 0) == 0
    assert firme.fleche(Fleche.PUSH_HEURES).ecritures == 0


def test_a_project_whose_code_changed_moves_its_hours(avec_projets: Entreprise) -> None:
    firme = avec_projets
    firme.saisit("1", MARDI)
    firme.sync_heures()
    firme.batisimply.objets[101]["code"] = "CH2"
    assert resout(firme).comptes["créneaux dont le code a changé"] == 1
    firme.fleche(Fleche.PUSH_HEURES)
    assert firme.heures() == {("CH2", "S1", "24/06 08:00"): "7.5"}
    assert firme.verifie().tient
