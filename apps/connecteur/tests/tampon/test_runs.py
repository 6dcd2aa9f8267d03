"""Runs: their progress, their end, those that a dead process left open; and the lock they take."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from connecteur.domain.run import Bilan, Fleche, Flux, Incident, Verdict
from connecteur.errors import DossierOccupe, ServiceInjoignable
from connecteur.tampon.memoire import TamponMemoire
from connecteur.tampon.runs import Avancement, Avis
from connecteur.tampon.tampon import Tampon

from .exemples import PARIS

PULL, PUSH = Fleche.PULL_HEURES, Fleche.PUSH_HEURES


def ouvre(tampon: Tampon, run: str, flux: Flux = Flux.HEURES) -> None:
    tampon.runs.ouvre(run, flux, (PULL, PUSH), apercu=False, declencheur="planification")


def test_a_run_is_kept_with_everything_it_did(tampon: Tampon, dossier: str) -> None:
    avant = datetime.now(UTC) - timedelta(seconds=1)
    tampon.runs.ouvre(f"{dossier}-1", Flux.HEURES, (PULL, PUSH), apercu=True, declencheur="Zoé\0")
    run = tampon.runs.lit(f"{dossier}-1")
    assert run is not None
    assert (run.flux, run.fleches, run.apercu, run.declencheur) == (Flux.HEURES, (PULL, PUSH), True, "Zoé\ufffd")
    assert (run.fin, run.verdict, run.bilans, run.erreur, run.avancements) == (None, None, (), None, ())
    assert avant <= run.debut <= datetime.now(UTC) + timedelta(seconds=1)

    pull = Bilan(PULL, {"lus": 12}, rejets=1, remarques=[Incident("Un client a deux chantiers.", "Liez-les.", "x")])
    push = Bilan(PUSH, conflits=2, incidents=[Incident("Refusé")], ecritures=7)
    tampon.runs.termine(run.id, Verdict.PARTIEL, [pull, push], ServiceInjoignable("Panne", remede="r", detail="d"))
    fini = tampon.runs.lit(run.id)
    assert fini is not None
    assert (fini.verdict, fini.bilans) == (Verdict.PARTIEL, (pull, push))
    assert fini.erreur == Incident("Panne", "r", "d")
    assert fini.fin is not None


def test_a_run_of_another_dossier_is_not_found(tampon: Tampon, url: str, dossier: str) -> None:
    ouvre(tampon, dossier)
    with Tampon(url, "un-autre", PARIS) as autre:
        assert autre.runs.lit(dossier) is None
        assert not autre.runs.demande_annulation(dossier)
        autre.runs.termine(dossier, Verdict.REUSSI)
    run = tampon.runs.lit(dossier)
    assert run is not None
    assert run.verdict is None


def test_progress_is_kept_for_each_arrow(tampon: Tampon, dossier: str) -> None:
    ouvre(tampon, dossier)
    tampon.runs.progresse(dossier, PULL, 3, 26, "du 23/06/2025 au 29/06/2025")
    tampon.runs.progresse(dossier, PULL, 26, 26)
    tampon.runs.progresse(dossier, PUSH, 1, 0, "é" * 9000)
    run = tampon.runs.lit(dossier)
    assert run is not None
    assert run.avancements == (Avancement(PULL, 26, 26, ""), Avancement(PUSH, 1, 0, "é" * 500))


def test_the_latest_runs_come_first(tampon: Tampon, dossier: str) -> None:
    for numero, flux in enumerate((Flux.HEURES, Flux.CHANTIERS, Flux.HEURES)):
        ouvre(tampon, f"{dossier}-{numero}", flux)
    assert [run.id for run in tampon.runs.liste(2)] == [f"{dossier}-2", f"{dossier}-1"]
    assert [run.id for run in tampon.runs.liste()] == [f"{dossier}-2", f"{dossier}-1", f"{dossier}-0"]
    dernier = tampon.runs.dernier(Flux.CHANTIERS)
    assert dernier is not None
    assert dernier.id == f"{dossier}-1"


def test_there_may_be_no_run_yet(tampon: Tampon) -> None:
    assert (tampon.runs.dernier(Flux.HEURES), tampon.runs.liste(), tampon.runs.lit("inconnu")) == (None, [], None)
    assert not tampon.runs.annulation_demandee("inconnu")


def test_a_run_resumed_after_a_crash_is_the_same_run(tampon: Tampon, dossier: str) -> None:
    ouvre(tampon, dossier)
    debut = tampon.runs.liste()[0].debut
    assert tampon.runs.abandonne_orphelins() == 1
    ouvre(tampon, dossier)
    (run,) = tampon.runs.liste()
    assert (run.debut, run.fin, run.verdict, run.erreur) == (debut, None, None, None)


def test_a_run_is_asked_to_stop_while_it_goes_on(tampon: Tampon, dossier: str) -> None:
    ouvre(tampon, dossier)
    assert not tampon.runs.annulation_demandee(dossier)
    assert tampon.runs.demande_annulation(dossier)
    assert tampon.runs.annulation_demandee(dossier)
    assert tampon.runs.liste()[0].annulation_demandee
    tampon.runs.termine(dossier, Verdict.ANNULE)
    assert not tampon.runs.demande_annulation(dossier)


def test_runs_left_open_are_closed_only_when_nobody_holds_the_dossier(tampon: Tampon, url: str, dossier: str) -> None:
    ouvre(tampon, dossier)
    with Tampon(url, dossier, PARIS) as autre:
        with autre.exclusif():
            assert tampon.runs.abandonne_orphelins() == 0
        assert tampon.runs.abandonne_orphelins() == 1
    (run,) = tampon.runs.liste()
    assert run.verdict is Verdict.ECHEC
    assert run.erreur is not None
    assert "s’est arrêté" in run.erreur.message
    assert tampon.runs.abandonne_orphelins() == 0


def test_who_listens_hears_what_happens_to_the_runs_of_this_dossier(tampon: Tampon, url: str, dossier: str) -> None:
    ecoute = tampon.runs.ecoute(delai_s=0.05)
    assert next(ecoute) is None  # it listens from now on

    def agit() -> None:
        with Tampon(url, "un-autre", PARIS) as autre:
            ouvre(autre, f"{dossier}-autre")
        ouvre(tampon, dossier)
        tampon.runs.progresse(dossier, PULL, 1, 2, "« été »")
        tampon.runs.termine(dossier, Verdict.REUSSI)

    fil = threading.Thread(target=agit)
    fil.start()
    recus: list[Avis] = []
    while len(recus) < 3:
        avis = next(ecoute)
        if avis is not None:
            recus.append(avis)
    fil.join()
    ecoute.close()
    assert recus == [Avis(dossier, None), Avis(dossier, Avancement(PULL, 1, 2, "« été »")), Avis(dossier, None)]


def test_one_run_at_a_time_holds_the_dossier(un_tampon: Tampon | TamponMemoire) -> None:
    with un_tampon.exclusif(), pytest.raises(DossierOccupe, match="en cours"), un_tampon.exclusif():
        pytest.fail("two runs hold one dossier")
    with un_tampon.exclusif():
        pass


def test_the_dossier_is_free_at_once_after_a_run(tampon: Tampon) -> None:
    for _ in range(30):
        with tampon.exclusif():
            pass


def test_the_dossier_is_free_after_a_run_that_failed(un_tampon: Tampon | TamponMemoire) -> None:
    with pytest.raises(ZeroDivisionError), un_tampon.exclusif():
        _ = 1 / 0
    with un_tampon.exclusif():
        pass


def test_who_is_refused_learns_who_holds_the_dossier(tampon: Tampon, url: str, dossier: str) -> None:
    with Tampon(url, dossier, PARIS) as autre, autre.exclusif():
        with pytest.raises(DossierOccupe) as refus, tampon.exclusif():
            pytest.fail("held by another")
        assert "session PostgreSQL" in refus.value.detail


def test_another_dossier_can_be_held_meanwhile(tampon: Tampon, url: str) -> None:
    with Tampon(url, "un-autre", PARIS) as autre, tampon.exclusif(), autre.exclusif():
        pass


def test_a_run_that_began_by_itself_and_changed_nothing_is_forgotten_after_a_while(
    tampon: Tampon, dossier: str
) -> None:
    rien = [Bilan(PULL, {"tranches inchangées": 26, "créneaux modifiés": 0, "chantiers lus": 9}), Bilan(PUSH)]
    cas = {
        "rien": (Verdict.REUSSI, rien),
        "écrit": (Verdict.REUSSI, [Bilan(PUSH, ecritures=1)]),
        "lu du neuf": (Verdict.REUSSI, [Bilan(PULL, {"nouveaux créneaux": 1})]),
        "partiel": (Verdict.PARTIEL, rien),
        "échec": (Verdict.ECHEC, []),
    }
    for nom, (verdict, bilans) in cas.items():
        ouvre(tampon, f"{dossier}-{nom}")
        tampon.runs.termine(f"{dossier}-{nom}", verdict, bilans)
    tampon.runs.ouvre(f"{dossier}-à la main", Flux.HEURES, (PULL, PUSH), apercu=False, declencheur="Zoé")
    tampon.runs.termine(f"{dossier}-à la main", Verdict.REUSSI, rien)
    ouvre(tampon, f"{dossier}-en cours")
    demain = datetime.now(UTC) + timedelta(days=1)
    assert tampon.runs.oublie_sans_effet("planification", datetime.now(UTC) - timedelta(days=1)) == 0
    assert tampon.runs.oublie_sans_effet("planification", demain) == 1
    restent = {run.id.removeprefix(f"{dossier}-") for run in tampon.runs.liste()}
    assert restent == {*cas, "à la main", "en cours"} - {"rien"}
