"""SuiviMO read ahead during the pull: what did not change is read once, and nothing is taken for what it is not."""

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from connecteur.domain.periode import Tranche
from connecteur.domain.run import Bilan, Fleche
from connecteur.errors import ServiceInjoignable
from connecteur.sync.memoire import BatigestMemoire
from connecteur.sync.ports import LignesLues
from connecteur.sync.run import execute_fleche

MARDI = datetime(2025, 6, 24, 6, tzinfo=UTC)
PATIENCE_S = 5


class Lecteur(BatigestMemoire):
    """A dossier that counts what is read of it, and tells when every slice was."""

    def observe(self, combien: int) -> None:
        self.lues: Counter[Tranche] = Counter()
        self._reste = combien
        self.toutes = threading.Event()

    def read_lignes(self, tranche: Tranche) -> LignesLues:
        self.lues[tranche] += 1
        try:
            return super().read_lignes(tranche)
        finally:
            if len(self.lues) == self._reste:
                self.toutes.set()


class Run:
    """One run of the hours, its arrows one by one."""

    def __init__(self, firme: Any) -> None:
        self.firme = firme
        self.tranches = firme.bouts.tranches()
        self.batigest: Lecteur = firme.batigest
        self.batigest.observe(len(self.tranches))

    def pull(self, suivante: Fleche | None = Fleche.PUSH_HEURES, *, attend: bool = True) -> Bilan:
        """`attend`: BatiSimply answers once Batigest was read whole."""

        def retient(etape: str) -> None:
            if etape == "read_tranche" and attend:
                assert self.batigest.toutes.wait(PATIENCE_S)

        self.firme.batisimply.panne = retient
        try:
            return execute_fleche(Fleche.PULL_HEURES, self.firme.bouts, "run-a", self.firme.progression, suivante)
        finally:
            self.firme.batisimply.panne = lambda _etape: None

    def push(self, run: str = "run-a") -> Bilan:
        return execute_fleche(Fleche.PUSH_HEURES, self.firme.bouts, run, self.firme.progression)


@pytest.fixture
def run(entreprise: Any) -> Iterator[Run]:
    """A firm whose hours are delivered."""
    lecteur = Lecteur(chantiers=entreprise.batigest.chantiers, salaries=entreprise.batigest.salaries)
    lecteur.observe(0)
    entreprise.batigest, entreprise.bouts = lecteur, replace(entreprise.bouts, batigest=lecteur)
    entreprise.sync_chantiers()
    entreprise.saisit("1", MARDI)
    entreprise.sync_heures()
    assert len(entreprise.heures()) == 1
    yield Run(entreprise)
    entreprise.sync_heures()
    assert entreprise.verifie().tient


def test_what_did_not_change_is_read_once(run: Run) -> None:
    run.pull()
    bilan = run.push()
    assert bilan.comptes == {"tranches inchangées": len(run.tranches)}
    assert run.batigest.lues == Counter(run.tranches)


def test_the_push_reads_what_there_was_no_time_for(run: Run) -> None:
    run.pull(attend=False)
    bilan = run.push()
    assert bilan.comptes == {"tranches inchangées": len(run.tranches)}
    assert run.batigest.lues == Counter(run.tranches)


def test_a_slice_whose_slots_changed_is_planned_from_lines_read_now(run: Run) -> None:
    run.firme.saisit("1", MARDI, 240)
    run.pull()
    ligne = run.batigest.suivi[0]
    ligne.quantites = ligne.quantites._replace(panier=Decimal(1))  # a person, after the reading ahead
    bilan = run.push()
    assert "corrigées" not in bilan.comptes
    assert bilan.conflits == 1


def test_a_line_edited_after_it_was_read_is_noticed_by_the_next_run(run: Run) -> None:
    run.pull()
    ligne = run.batigest.suivi[0]
    ligne.quantites = ligne.quantites._replace(heures=Decimal(3))
    assert run.push().comptes == {"tranches inchangées": len(run.tranches)}
    bilan = run.firme.sync_heures()
    assert bilan.comptes["lignes reprises à la main dans Batigest"] == 1
    assert ligne.quantites.heures == 3


def test_batigest_failing_meanwhile_does_not_end_the_pull(run: Run) -> None:
    def tombe(etape: str) -> None:
        if etape == "read_lignes":
            run.batigest.toutes.set()
            raise ServiceInjoignable("Batigest ne répond pas.")

    run.batigest.panne = tombe
    assert not run.pull().incidents
    run.batigest.panne = lambda _etape: None
    assert run.push().comptes == {"tranches inchangées": len(run.tranches)}


def test_an_error_nobody_expected_is_not_hidden(run: Run) -> None:
    def casse(etape: str) -> None:
        if etape == "read_lignes":
            run.batigest.toutes.set()
            raise ZeroDivisionError

    run.batigest.panne = casse
    with pytest.raises(ZeroDivisionError):
        run.pull()
    run.batigest.panne = lambda _etape: None


def test_other_headings_make_what_was_read_ahead_useless(run: Run) -> None:
    run.pull()
    run.batigest.nomme_rubriques("NbH1", "NbH3", "NbH4")
    assert not run.firme.bouts.devance.prend("run-a", run.batigest.rubriques)
    run.push()
    assert all(combien > 1 for combien in run.batigest.lues.values())


def test_what_was_read_for_one_run_serves_no_other(run: Run) -> None:
    run.pull()
    run.push("run-b")
    assert run.batigest.lues == Counter(run.tranches * 2)


def test_a_pull_alone_reads_no_line(run: Run) -> None:
    run.pull(None, attend=False)
    assert not run.batigest.lues
