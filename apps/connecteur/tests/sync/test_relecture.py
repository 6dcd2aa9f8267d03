"""Runs that begin by themselves read what is recent; the whole window a quarter of an hour after its last reading."""

from datetime import date, timedelta
from typing import Any

import pytest

from connecteur.domain.run import Bilan, Fleche, Verdict
from connecteur.domain.salarie import Salarie
from connecteur.sync.recentes import RELECTURE
from connecteur.sync.run import execute_fleche
from connecteur.tampon.memoire_litiges import maintenant

from .litiges import MARDI, natures, regle

VIEUX = MARDI - timedelta(days=21)
TRANCHES, RECENTES = 5, 3


class Passages:
    """A firm whose schedule comes again and again, and what each time is read of both ends."""

    def __init__(self, firme: Any) -> None:
        self.firme = firme
        self.lues: list[str] = []
        self.retard = timedelta(0)
        firme.batisimply.panne = firme.batigest.panne = self.note
        firme.tampon.horloge = lambda: maintenant() + self.retard

    def note(self, quoi: str) -> None:
        if quoi in {"read_tranche", "read_lignes"}:
            self.lues.append(quoi)

    def passe(self, fleche: Fleche | None = None) -> Bilan:
        """The schedule asks for a run."""
        self.lues.clear()
        self.firme.commence_seul()
        self.firme._numero += 1
        run = f"run-{self.firme._numero}"
        fleches = [Fleche.PULL_HEURES, Fleche.PUSH_HEURES] if fleche is None else [fleche]
        return [execute_fleche(une, self.firme.bouts, run, self.firme.progression) for une in fleches][-1]

    def combien(self) -> tuple[int, int]:
        """How many slices of each end were read."""
        return self.lues.count("read_tranche"), self.lues.count("read_lignes")


@pytest.fixture
def passages(avec_projets: Any) -> Passages:
    """Everything was read a moment ago."""
    avec_projets.saisit("vieux", VIEUX)
    avec_projets.saisit("1", MARDI, 60)
    passages = Passages(avec_projets)
    passages.passe()
    assert passages.combien() == (TRANCHES, TRANCHES)
    return passages


def test_a_calm_run_reads_what_is_recent_of_both_ends_and_a_person_s_run_reads_everything(passages: Passages) -> None:
    for _ in range(2):
        assert passages.passe().verdict is Verdict.REUSSI
        assert passages.combien() == (RECENTES, RECENTES)
    passages.lues.clear()
    passages.firme.sync_heures()
    assert passages.lues.count("read_tranche") == TRANCHES


def test_a_withdrawal_in_an_old_week_is_seen_within_a_quarter_of_an_hour(passages: Passages) -> None:
    firme = passages.firme
    del firme.batisimply.creneaux["vieux"]
    firme.saisit("1", MARDI, 120)
    passages.passe()
    assert sorted(firme.heures().values()) == ["2", "7.5"]
    passages.retard = RELECTURE
    passages.passe()
    assert passages.combien()[0] == TRANCHES
    assert list(firme.heures().values()) == ["2"]
    passages.passe()
    assert passages.combien() == (RECENTES, RECENTES)


def test_a_slot_that_comes_from_an_old_week_leaves_its_old_line_in_the_same_run(passages: Passages) -> None:
    firme = passages.firme
    firme.saisit("vieux", MARDI + timedelta(days=1))
    passages.passe()
    assert passages.combien() == (RECENTES + 1, RECENTES + 1)
    assert sorted(firme.heures()) == [("CH1", "S1", "24/06 08:00"), ("CH1", "S1", "25/06 08:00")]
    assert natures(firme) == []
    passages.passe()
    assert passages.combien() == (RECENTES, RECENTES)


def test_a_slot_that_goes_to_an_old_week_is_looked_for_there_at_once(passages: Passages) -> None:
    firme = passages.firme
    firme.saisit("1", VIEUX + timedelta(days=1), 60)
    passages.passe()
    assert passages.combien()[0] == TRANCHES
    assert sorted(firme.heures()) == [("CH1", "S1", "03/06 08:00"), ("CH1", "S1", "04/06 08:00")]


def test_who_is_who_decides_for_every_week_at_once(passages: Passages) -> None:
    firme = passages.firme
    firme.saisit("2", VIEUX, 60, utilisateur="cccc-3")
    passages.retard = RELECTURE
    assert passages.passe(Fleche.PULL_HEURES).rejets == 1
    firme.batigest.salaries.append(Salarie("S3", "Diallo", "Awa", "cccc-3"))
    assert passages.passe(Fleche.PULL_HEURES).rejets == 0
    assert passages.combien()[0] == TRANCHES
    passages.passe()
    assert firme.heures()["CH1", "S3", "03/06 08:00"] == "1"


def test_what_waits_in_an_old_week_is_looked_at_by_every_run(passages: Passages) -> None:
    """A push that was cut, a line that Batigest refused, a rule that has changed."""
    firme = passages.firme
    firme.saisit("vieux", VIEUX, 60)
    firme.fleche(Fleche.PULL_HEURES)
    passages.passe(Fleche.PUSH_HEURES)
    assert passages.combien() == (0, RECENTES + 1)
    assert sorted(firme.heures().values()) == ["1", "1"]
    regle(firme, periode_close=date(2025, 6, 10))
    passages.passe(Fleche.PUSH_HEURES)
    assert passages.combien() == (0, TRANCHES)


def test_the_guard_counts_over_the_whole_window(passages: Passages) -> None:
    firme = passages.firme
    for rang in range(60):
        firme.saisit(f"v{rang}", VIEUX - timedelta(minutes=rang + 1), 60)
        firme.saisit(f"r{rang}", MARDI - timedelta(minutes=rang + 1), 60)
    firme.sync_heures()
    for rang in range(60):
        del firme.batisimply.creneaux[f"r{rang}"]
    (incident,) = passages.passe().incidents
    assert "60 lignes d’heures sur 122" in incident.message
    assert passages.combien() == (TRANCHES, RECENTES)


def test_what_is_paid_in_a_closed_old_week_is_not_paid_again(passages: Passages) -> None:
    firme = passages.firme
    regle(firme, periode_close=date(2025, 6, 10))
    passages.passe()
    firme.saisit("vieux", MARDI + timedelta(days=1))
    passages.passe()
    assert sorted(firme.heures()) == [("CH1", "S1", "03/06 08:00"), ("CH1", "S1", "24/06 08:00")]
    assert firme.verifie().tient
