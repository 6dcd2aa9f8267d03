"""What a run does, without DBOS and without PostgreSQL."""
# ruff: noqa: ARG002 -- the stand-ins take what the real things take

import json
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, cast

import pytest
import structlog

from connecteur.domain.run import REFUS_LICENCE, Bilan, Fleche, Flux, Incident, Verdict, flux_de
from connecteur.errors import AccesRefuse, Annule, DossierOccupe, ServiceInjoignable, ServiceSature
from connecteur.planification.execution import ArretDemande, Atelier, Patience, execute_run
from connecteur.planification.rapport import Demande, Etape, Rapport, fleches_de, quoi_nomme
from connecteur.planification.registre import Avis, RunNote
from connecteur.planification.suivi import INTERVALLE_S, Suivi
from connecteur.sync.ports import Progression

DEMANDE = Demande("r1", Flux.CHANTIERS, "essai")
PRESSE = Patience(essais=3, premier_delai_s=0.001, verrou_s=0.0, tampon_s=0.6)


@dataclass
class RegistreMemoire:
    """Notes what it is told."""

    progres: list[tuple[Fleche, int, int, str]] = field(default_factory=list)
    fin: tuple[Verdict, list[Bilan], Incident | None] | None = None
    annule: bool = False
    regards: int = 0
    note: RunNote | None = None
    """What is noted of the run already."""

    def ouvre(self, run_id: str, flux: Flux, fleches: Sequence[Fleche], apercu: bool, declencheur: str) -> None: ...

    def refuse(self, run_id: str, flux: Flux, fleches: Sequence[Fleche], declencheur: str, erreur: Incident) -> None:
        self.fin = (Verdict.ECHEC, [], erreur)

    def progresse(self, run_id: str, fleche: Fleche, fait: int, total: int, message: str = "") -> None:
        self.progres.append((fleche, fait, total, message))

    def termine(
        self, run_id: str, verdict: Verdict, bilans: Sequence[Bilan] = (), erreur: Incident | None = None
    ) -> None:
        self.fin = (verdict, list(bilans), erreur)

    def lit(self, run_id: str) -> RunNote | None:
        return self.note

    def liste(self, limite: int = 50) -> Sequence[RunNote]:
        return []

    def dernier(self, flux: Flux) -> RunNote | None:
        return None

    def abandonne_orphelins(self, vivants: Sequence[str] = ()) -> int:
        return 0

    def oublie_sans_effet(self, declencheur: str, avant: datetime) -> int:
        return 0

    def demande_annulation(self, run_id: str) -> bool:
        self.annule = True
        return True

    def annulation_demandee(self, run_id: str) -> bool:
        self.regards += 1
        return self.annule

    def ecoute(self, delai_s: float) -> Generator[Avis | None]:
        yield None


@dataclass
class Journal:
    """Steps as DBOS would record them: as JSON text."""

    notes: dict[str, str] = field(default_factory=dict)

    def pas(self, nom: str, fait: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        if nom not in self.notes:
            self.notes[nom] = json.dumps(fait())
        note: dict[str, Any] = json.loads(self.notes[nom])
        return note


@contextmanager
def libre() -> Iterator[None]:
    yield


@dataclass
class LicenceEnMemoire:
    """Lets everything begin, unless the test says why not."""

    refus: Incident | None = None
    absences: int = 0
    """How many times the tampon is away when it is asked."""
    demandes: list[str] = field(default_factory=list)

    def admet(self, run: str, _quoi: Flux | Fleche, /) -> Incident | None:
        self.demandes.append(run)
        if len(self.demandes) <= self.absences:
            raise ServiceInjoignable("La base tampon ne répond pas.")
        return self.refus


@dataclass
class Banc:
    """One run, played with what the test says."""

    registre: RegistreMemoire = field(default_factory=RegistreMemoire)
    journal: Journal = field(default_factory=Journal)
    arret: threading.Event = field(default_factory=threading.Event)
    faites: list[Fleche] = field(default_factory=list)
    suivantes: list[Fleche | None] = field(default_factory=list)
    geste: Callable[[Fleche, Progression], Bilan] = lambda fleche, _: Bilan(fleche, {"lus": 1})
    patience: Patience = PRESSE
    licence: LicenceEnMemoire = field(default_factory=LicenceEnMemoire)

    def execute(self, fleche: Fleche, run: str, progression: Progression, suivante: Fleche | None) -> Bilan:
        self.faites.append(fleche)
        self.suivantes.append(suivante)
        return self.geste(fleche, progression)

    def joue(self, verrou: Callable[[], Any] = libre) -> Verdict:
        atelier = Atelier(self.execute, self.registre, verrou, self.licence, self.patience)
        return execute_run(atelier, DEMANDE, Suivi(DEMANDE.run, self.registre, self.arret), self.journal.pas)


REFUS = Incident("Cette licence a expiré.", "Écrivez au support.", code=REFUS_LICENCE)


def test_a_run_that_the_licence_refuses_ends_with_the_reason_and_does_nothing(banc: "Banc") -> None:
    banc.licence.refus = REFUS
    assert banc.joue() is Verdict.ECHEC
    assert banc.faites == []
    assert banc.registre.fin == (Verdict.ECHEC, [], REFUS)


def test_a_run_that_has_begun_is_never_stopped_by_the_licence(banc: "Banc") -> None:
    commence = Rapport("r1", Flux.CHANTIERS, (), "essai")
    banc.registre.note = cast("RunNote", commence)
    banc.licence.refus = REFUS
    assert banc.joue() is Verdict.REUSSI
    assert banc.licence.demandes == []


def test_the_licence_is_asked_again_while_the_tampon_is_away(banc: "Banc") -> None:
    banc.licence.absences = 1
    assert banc.joue() is Verdict.REUSSI
    assert banc.licence.demandes == ["r1", "r1"]


@pytest.fixture
def banc() -> Banc:
    return Banc()


def leve(*erreurs: BaseException | None) -> Callable[[Fleche, Progression], Bilan]:
    """One outcome per call; None: the arrow succeeds."""
    suite = iter(erreurs)

    def geste(fleche: Fleche, _progression: Progression) -> Bilan:
        erreur = next(suite, None)
        if erreur is not None:
            raise erreur
        return Bilan(fleche, {"lus": 1})

    return geste


def test_the_arrows_of_a_flow_run_in_order_and_are_recorded(banc: Banc) -> None:
    assert banc.joue() is Verdict.REUSSI
    assert banc.faites == [Fleche.PULL_CHANTIERS, Fleche.PUSH_CHANTIERS]
    assert (list(banc.journal.notes), banc.suivantes) == (["pull_chantiers", "push_chantiers"], [banc.faites[1], None])
    assert banc.registre.fin == (Verdict.REUSSI, [Bilan(f, {"lus": 1}) for f in banc.faites], None)


def test_a_step_that_left_rejets_makes_the_run_partial(banc: Banc) -> None:
    banc.geste = lambda fleche, _: Bilan(fleche, rejets=int(fleche is Fleche.PULL_CHANTIERS))
    assert banc.joue() is Verdict.PARTIEL
    assert banc.faites == [Fleche.PULL_CHANTIERS, Fleche.PUSH_CHANTIERS]


def test_a_transient_error_is_tried_again(banc: Banc) -> None:
    banc.geste = leve(ServiceInjoignable("Batigest ne répond pas."), ServiceSature("Trop d’appels."))
    assert banc.joue() is Verdict.REUSSI
    assert banc.faites == [Fleche.PULL_CHANTIERS] * 3 + [Fleche.PUSH_CHANTIERS]
    assert Etape.de_json(json.loads(banc.journal.notes["pull_chantiers"])).essais == 3
    assert any("Batigest ne répond pas. Nouvel essai" in message for *_, message in banc.registre.progres)


def test_a_transient_error_that_stays_ends_the_run_with_its_sentence(banc: Banc) -> None:
    banc.geste = leve(*[ServiceInjoignable("Batigest ne répond pas.", remede="Démarrez-le.", detail="10061")] * 9)
    assert banc.joue() is Verdict.ECHEC
    assert banc.faites == [Fleche.PULL_CHANTIERS] * 3
    assert banc.registre.fin == (Verdict.ECHEC, [], Incident("Batigest ne répond pas.", "Démarrez-le.", "10061"))


def test_a_server_that_asks_to_wait_is_obeyed_unless_it_asks_too_much() -> None:
    patience = Patience(essais=4, premier_delai_s=1.0, delai_max_s=60.0)
    assert patience.delai(1, 30.0) == 30.0
    assert patience.delai(1, 61.0) is None
    assert patience.delai(4, None) is None
    delais = [patience.delai(essai, None) or 0.0 for essai in (1, 2, 3)]
    assert all(bas <= delai <= 2 * bas for bas, delai in zip([0.5, 1.5, 4.5], delais, strict=True))


def test_a_permanent_error_is_not_tried_again_and_stops_the_flow(banc: Banc) -> None:
    banc.geste = leve(AccesRefuse("Le mot de passe est refusé.", remede="Corrigez-le."))
    assert banc.joue() is Verdict.ECHEC
    assert banc.faites == [Fleche.PULL_CHANTIERS]
    assert banc.registre.fin == (Verdict.ECHEC, [], Incident("Le mot de passe est refusé.", "Corrigez-le."))


def test_an_unexpected_error_shows_a_reference_and_goes_to_the_journal_whole(banc: Banc) -> None:
    banc.geste = leve(ZeroDivisionError("mot de passe : hunter2"))
    with structlog.testing.capture_logs() as lignes:
        assert banc.joue() is Verdict.ECHEC
    assert banc.registre.fin is not None
    erreur = banc.registre.fin[2]
    assert erreur is not None
    assert "hunter2" not in repr(erreur)
    assert erreur.detail == "ZeroDivisionError"
    (note,) = [ligne for ligne in lignes if ligne["event"] == "erreur inattendue"]
    assert note["reference"] in erreur.message
    assert isinstance(note["exc_info"], ZeroDivisionError)


def test_a_recorded_step_is_not_carried_out_again(banc: Banc) -> None:
    faite = Etape(Fleche.PULL_CHANTIERS, Verdict.PARTIEL, Bilan(Fleche.PULL_CHANTIERS, {"lus": 9}, rejets=2))
    banc.journal.notes["pull_chantiers"] = json.dumps(faite.en_json())
    assert banc.joue() is Verdict.PARTIEL
    assert banc.faites == [Fleche.PUSH_CHANTIERS]
    assert banc.registre.fin is not None
    assert banc.registre.fin[1][0] == faite.bilan


def test_a_step_survives_json_whole() -> None:
    incident = Incident("Quoi", "Que faire", "détail")
    bilan = Bilan(Fleche.PUSH_HEURES, {"insérées": 3}, 1, 2, [incident], [incident], 3)
    etape = Etape(Fleche.PUSH_HEURES, Verdict.PARTIEL, bilan, incident, 2, 1.5)
    assert Etape.de_json(json.loads(json.dumps(etape.en_json()))) == etape


def test_a_person_who_asks_stops_the_run_between_two_arrows(banc: Banc) -> None:
    def geste(fleche: Fleche, _progression: Progression) -> Bilan:
        banc.registre.annule = True
        return Bilan(fleche, {"lus": 1})

    banc.geste = geste
    assert banc.joue() is Verdict.ANNULE
    assert banc.faites == [Fleche.PULL_CHANTIERS]
    assert banc.registre.fin == (Verdict.ANNULE, [Bilan(Fleche.PULL_CHANTIERS, {"lus": 1})], None)


def test_an_arrow_that_was_asked_to_stop_ends_the_run_as_cancelled(banc: Banc) -> None:
    banc.geste = leve(Annule("annulée"))
    assert banc.joue() is Verdict.ANNULE
    assert banc.registre.fin == (Verdict.ANNULE, [], None)


def test_stopping_the_program_leaves_the_run_open_and_the_step_unrecorded(banc: Banc) -> None:
    def geste(fleche: Fleche, progression: Progression) -> Bilan:
        banc.arret.set()
        assert progression.annulation_demandee()
        raise Annule("annulée")

    banc.geste = geste
    with pytest.raises(ArretDemande):
        banc.joue()
    assert banc.registre.fin is None
    assert banc.journal.notes == {}


def test_a_dossier_held_by_another_program_is_waited_for_then_named(banc: Banc) -> None:
    def occupe() -> Any:
        raise DossierOccupe("Une autre synchronisation est en cours.")

    assert banc.joue(occupe) is Verdict.ECHEC
    assert banc.faites == []
    assert banc.registre.fin == (Verdict.ECHEC, [], Incident("Une autre synchronisation est en cours."))


def test_the_dossier_is_let_go_whatever_happens(banc: Banc) -> None:
    etats: list[str] = []

    @contextmanager
    def verrou() -> Iterator[None]:
        etats.append("pris")
        try:
            yield
        finally:
            etats.append("rendu")

    banc.geste = leve(AccesRefuse("non"))
    banc.joue(verrou)
    assert etats == ["pris", "rendu"]


class RegistreAbsent(RegistreMemoire):
    """A tampon that is away for its first calls of each kind."""

    def __init__(self, combien: int) -> None:
        super().__init__()
        self.reste = dict.fromkeys(("ouvre", "progresse", "termine", "annulation"), combien)

    def _frappe(self, quoi: str) -> None:
        self.reste[quoi] -= 1
        if self.reste[quoi] >= 0:
            raise ServiceInjoignable("La base tampon (PostgreSQL) ne répond pas.")

    def ouvre(self, run_id: str, flux: Flux, fleches: Sequence[Fleche], apercu: bool, declencheur: str) -> None:
        self._frappe("ouvre")

    def progresse(self, run_id: str, fleche: Fleche, fait: int, total: int, message: str = "") -> None:
        self._frappe("progresse")

    def termine(
        self, run_id: str, verdict: Verdict, bilans: Sequence[Bilan] = (), erreur: Incident | None = None
    ) -> None:
        self._frappe("termine")
        super().termine(run_id, verdict, bilans, erreur)

    def annulation_demandee(self, run_id: str) -> bool:
        self._frappe("annulation")
        return super().annulation_demandee(run_id)


def test_a_tampon_away_for_a_moment_costs_the_run_nothing_but_its_progress(banc: Banc) -> None:
    banc.registre = RegistreAbsent(1)

    def geste(fleche: Fleche, progression: Progression) -> Bilan:
        progression.avance(fleche, 1, 1)
        assert not progression.annulation_demandee()
        return Bilan(fleche, {"lus": 1})

    banc.geste = geste
    assert banc.joue() is Verdict.REUSSI
    assert banc.registre.fin == (Verdict.REUSSI, [Bilan(f, {"lus": 1}) for f in banc.faites], None)


def test_a_run_that_cannot_be_noted_says_so_when_patience_is_over(banc: Banc) -> None:
    banc.registre = RegistreAbsent(10**6)
    with pytest.raises(ServiceInjoignable):
        banc.joue()
    assert banc.faites == []


def test_stopping_while_the_end_cannot_be_noted_leaves_the_run_to_the_next_start(banc: Banc) -> None:
    banc.registre = RegistreAbsent(0)

    def geste(fleche: Fleche, _progression: Progression) -> Bilan:
        if fleche is Fleche.PUSH_CHANTIERS:
            # The last arrow: from here on nothing can be noted.
            cast("RegistreAbsent", banc.registre).reste["termine"] = 10**6
            threading.Timer(0.05, banc.arret.set).start()
        return Bilan(fleche, {"lus": 1})

    banc.geste = geste
    banc.patience = replace(PRESSE, tampon_s=30.0)
    with pytest.raises(ArretDemande):
        banc.joue()
    assert list(banc.journal.notes) == ["pull_chantiers", "push_chantiers"]


def test_progress_is_noted_four_times_per_second_at_most_and_never_misses_the_end() -> None:
    registre = RegistreMemoire()
    maintenant = 0.0
    suivi = Suivi("r1", registre, threading.Event(), chrono=lambda: maintenant)
    for fait in range(1001):
        maintenant = fait / 1000
        suivi.avance(Fleche.PULL_HEURES, fait, 1000)
    assert [fait for _, fait, *_ in registre.progres] == [0, 250, 500, 750, 1000]
    suivi.avance(Fleche.PUSH_HEURES, 0, 7)
    assert registre.progres[-1] == (Fleche.PUSH_HEURES, 0, 7, "")


def test_the_tampon_is_not_asked_about_cancellation_at_every_record() -> None:
    registre = RegistreMemoire()
    maintenant = 0.0
    suivi = Suivi("r1", registre, threading.Event(), chrono=lambda: maintenant)
    for _ in range(1000):
        assert not suivi.annulation_demandee()
    assert registre.regards == 1
    registre.annule = True
    maintenant = INTERVALLE_S
    assert suivi.annulation_demandee()


@pytest.mark.parametrize("quoi", [*Flux, *Fleche])
def test_every_flow_and_arrow_is_found_by_its_name(quoi: Flux | Fleche) -> None:
    assert quoi_nomme(quoi.value) is quoi
    assert flux_de(quoi) in Flux
    assert all(flux_de(fleche) is flux_de(quoi) for fleche in fleches_de(quoi))
