"""Several programs carry out the runs of several dossiers: real processes on one real PostgreSQL."""

import itertools
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from queue import Queue
from zoneinfo import ZoneInfo

import psycopg
import pytest

from connecteur.bootstrap import LicenceDuDossier
from connecteur.domain.executant import Executant
from connecteur.domain.run import REFUS_LICENCE, Fleche, Flux, Verdict
from connecteur.errors import ErreurTransitoire
from connecteur.planification.execution import Atelier
from connecteur.planification.planification import Planification
from connecteur.tampon.connexion import Connexions
from connecteur.tampon.executants import Executants
from connecteur.tampon.tampon import Tampon

from .conftest import ATTENTE_S, Barriere, Fleches, jusqua, programme
from .programme import EXPIREE

DOSSIERS = ("nord", "sud")
RACINE = Path(__file__).parents[4]


class Programme:
    """Another process that carries out runs, and what it says."""

    def __init__(self, url: str, *dossiers: str) -> None:
        module = "apps.connecteur.tests.planification.programme"
        self.processus = subprocess.Popen(
            [sys.executable, "-m", module, url, *dossiers], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            cwd=RACINE,
        )  # fmt: skip
        self.dites: list[str] = []
        self._file: Queue[str] = Queue()
        self._fil = threading.Thread(target=self._lit, daemon=True)
        self._fil.start()
        assert self.attend("prêt") == "prêt"

    def _lit(self) -> None:
        assert self.processus.stdout is not None
        for ligne in self.processus.stdout:
            self.dites.append(ligne.strip())
            self._file.put(ligne.strip())

    def attend(self, debut: str) -> str:
        """The next line that begins so."""
        while not (ligne := self._file.get(timeout=ATTENTE_S)).startswith(debut):
            pass
        return ligne

    def runs(self, fleche: Fleche) -> list[str]:
        """The runs in which it carried out this arrow."""
        return [dite.split()[2] for dite in self.dites if f" {fleche.value} " in dite]

    def tue(self) -> None:
        """End it at once, as a power cut would."""
        self.processus.kill()
        self.processus.wait()
        self._fil.join()
        for flux in (self.processus.stdin, self.processus.stdout):
            if flux is not None:
                flux.close()


@pytest.fixture
def tampons(url: str) -> Iterator[dict[str, Tampon]]:
    with ExitStack() as pile:
        ouverts = {dossier: pile.enter_context(Tampon(url, dossier, ZoneInfo("Europe/Paris"))) for dossier in DOSSIERS}
        ouverts["nord"].migre()
        with psycopg.connect(url, autocommit=True) as connexion:
            connexion.execute("CREATE TABLE IF NOT EXISTS public.laisse (dossier text)")
        yield ouverts


@pytest.fixture
def executants(url: str) -> Iterator[Executants]:
    connexions = Connexions(url)
    yield Executants(connexions)
    connexions.close()


@pytest.fixture
def ateliers(tampons: dict[str, Tampon], fleches: Fleches, licence: LicenceDuDossier) -> dict[str, Atelier]:
    return {code: Atelier(fleches.execute, tampon.runs, tampon.exclusif, licence) for code, tampon in tampons.items()}


@pytest.fixture
def demandeur(url: str, ateliers: dict[str, Atelier]) -> Iterator[Planification]:
    """A program that only asks."""
    with programme(url, ateliers, execute=False) as planification:
        yield planification


Lance = Callable[..., Programme]


@pytest.fixture
def lance(url: str, demandeur: Planification) -> Iterator[Lance]:
    lances: list[Programme] = []

    def un(*dossiers: str) -> Programme:
        lances.append(Programme(url, *dossiers))
        return lances[-1]

    yield un
    for autre in lances:
        autre.tue()


def laisse(url: str, dossier: str) -> None:
    """Let push_heures of this dossier end."""
    with psycopg.connect(url, autocommit=True) as connexion:
        connexion.execute("INSERT INTO public.laisse VALUES (%s)", (dossier,))


def test_a_run_that_has_begun_is_resumed_and_finished_although_the_licence_ended_meanwhile(
    url: str, demandeur: Planification, lance: Lance, tampons: dict[str, Tampon]
) -> None:
    """Killed in the middle of its last arrow; the program that starts again has a licence that is over."""
    avant = lance("nord")
    lanceur = demandeur.lanceurs["nord"]
    commence = lanceur.lance(Flux.HEURES, declencheur="essai")
    jusqua(lambda: commence in avant.runs(Fleche.PUSH_HEURES), "le run est au milieu")
    avant.tue()
    apres = lance(EXPIREE, "nord")
    jusqua(lambda: commence in apres.runs(Fleche.PUSH_HEURES), "le run est repris")
    nouveau = lanceur.lance(Flux.CHANTIERS, declencheur="essai")
    laisse(url, "nord")
    assert lanceur.attend(commence, ATTENTE_S).verdict is Verdict.REUSSI
    refuse = lanceur.attend(nouveau, ATTENTE_S)
    assert (refuse.verdict, refuse.erreur and refuse.erreur.code) == (Verdict.ECHEC, REFUS_LICENCE)
    assert apres.runs(Fleche.PULL_HEURES) == []  # it went on where it was
    assert apres.runs(Fleche.PULL_CHANTIERS) == []  # nothing of the other one was done
    assert tampons["nord"].runs.lit(nouveau) is not None


def test_two_programs_carry_out_two_dossiers_side_by_side_and_one_takes_over_when_the_other_is_killed(
    url: str, demandeur: Planification, lance: Lance, executants: Executants
) -> None:
    un, deux = lance(*DOSSIERS), lance(*DOSSIERS)
    jusqua(lambda: len(executants.list_vivants()) == 2, "deux programmes présents")
    nord = demandeur.lanceurs["nord"].lance(Flux.HEURES, declencheur="essai")
    jusqua(lambda: bool(un.runs(Fleche.PUSH_HEURES) or deux.runs(Fleche.PUSH_HEURES)), "le premier run est en cours")
    jusqua(lambda: max(vivant.en_cours for vivant in executants.list_vivants()) == 1, "dit à tous")
    sud = demandeur.lanceurs["sud"].lance(Flux.HEURES, declencheur="essai")
    jusqua(lambda: bool(un.runs(Fleche.PUSH_HEURES) and deux.runs(Fleche.PUSH_HEURES)), "un run dans chaque programme")
    assert {*un.runs(Fleche.PUSH_HEURES), *deux.runs(Fleche.PUSH_HEURES)} == {nord, sud}

    tue, reste = (un, deux) if nord in un.runs(Fleche.PUSH_HEURES) else (deux, un)
    tue.tue()
    jusqua(lambda: nord in reste.runs(Fleche.PUSH_HEURES), "le run du mort est repris")
    laisse(url, "nord")
    rapport = demandeur.lanceurs["nord"].attend(nord, ATTENTE_S)
    assert rapport.verdict is Verdict.REUSSI
    assert reste.runs(Fleche.PULL_HEURES) == [sud], "the first arrow was recorded and is not carried out again"
    laisse(url, "sud")
    assert demandeur.lanceurs["sud"].attend(sud, ATTENTE_S).verdict is Verdict.REUSSI
    assert reste.runs(Fleche.PUSH_HEURES).count(sud) == 1


def test_a_dossier_has_one_run_at_a_time_however_many_programs_there_are(
    url: str, demandeur: Planification, lance: Lance, tampons: dict[str, Tampon]
) -> None:
    lance("nord")
    lance("nord")
    laisse(url, "nord")
    lanceur = demandeur.lanceurs["nord"]
    runs = [run for _ in range(4) for run in _chacun(demandeur, lanceur.lance_tout(declencheur="essai"))]
    notes = sorted(filter(None, map(tampons["nord"].runs.lit, runs)), key=lambda note: note.debut)
    assert len(notes) == 8
    assert {note.verdict for note in notes} == {Verdict.REUSSI}
    for avant, apres in itertools.pairwise(notes):
        assert avant.fin is not None
        assert avant.fin <= apres.debut


def _chacun(demandeur: Planification, runs: list[str]) -> list[str]:
    for run in runs:
        assert demandeur.lanceurs["nord"].attend(run, ATTENTE_S).fini
    return runs


def test_a_dossier_that_hangs_does_not_delay_another_in_the_same_program(
    url: str, ateliers: dict[str, Atelier], fleches: Fleches
) -> None:
    barriere = Barriere(Fleche.PULL_CHANTIERS)
    fleches.gestes[Fleche.PULL_CHANTIERS] = barriere
    with programme(url, ateliers) as planification:
        bloque = planification.lanceurs["nord"].lance(Flux.CHANTIERS, declencheur="essai")
        assert barriere.dedans.wait(ATTENTE_S)
        libre = planification.lanceurs["sud"].lance(Flux.HEURES, declencheur="essai")
        assert planification.lanceurs["sud"].attend(libre, ATTENTE_S).verdict is Verdict.REUSSI
        assert not planification.lanceurs["nord"].attend(bloque, 0.0).fini
        assert [rapport.id for rapport in planification.lanceurs["nord"].liste(9)] == [bloque]
        barriere.ouverte.set()
        assert planification.lanceurs["nord"].attend(bloque, ATTENTE_S).verdict is Verdict.REUSSI


def test_a_program_takes_its_place_back_when_its_session_is_cut(
    url: str, tampons: dict[str, Tampon], executants: Executants
) -> None:
    with executants.presence(Executant("moi", ("nord",))) as presence:
        presence.tient(2)
        assert [(vivant.id, vivant.en_cours) for vivant in executants.list_vivants()] == [("moi", 2)]
        with psycopg.connect(url, autocommit=True) as connexion:
            connexion.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
        jusqua(lambda: executants.list_vivants() == [], "parti")
        with pytest.raises(ErreurTransitoire):
            presence.tient(2)
        presence.tient(1)
        assert [(vivant.id, vivant.en_cours) for vivant in executants.list_vivants()] == [("moi", 1)]
    assert executants.list_vivants() == []


def test_a_program_that_will_soon_end_leaves_runs_to_the_service_that_is_there(
    url: str, ateliers: dict[str, Atelier], fleches: Fleches, lance: Lance, executants: Executants
) -> None:
    service = lance("nord")
    laisse(url, "nord")
    connexions = Connexions(url)
    passager = Planification(
        url, {"nord": ateliers["nord"]}, Executants(connexions), lambda: datetime.now(UTC), passager=True
    )
    with passager as planification:
        jusqua(lambda: len(executants.list_vivants()) == 2, "deux programmes présents")
        lanceur = planification.lanceurs["nord"]
        runs = []
        for _ in range(4):
            runs.append(lanceur.lance(Flux.HEURES, declencheur="essai"))
            assert lanceur.attend(runs[-1], ATTENTE_S).verdict is Verdict.REUSSI
        assert service.runs(Fleche.PUSH_HEURES) == runs
        assert fleches.faites == []
        service.tue()
        seul = lanceur.lance(Flux.HEURES, declencheur="essai")
        assert lanceur.attend(seul, ATTENTE_S).verdict is Verdict.REUSSI
        assert {run for run, _ in fleches.faites} == {seul}
    connexions.close()


def test_asking_again_joins_a_run_that_has_changed_hands(
    url: str, ateliers: dict[str, Atelier], fleches: Fleches
) -> None:
    barriere = Barriere(Fleche.PULL_HEURES)
    fleches.gestes[Fleche.PULL_HEURES] = barriere
    with programme(url, ateliers) as planification:
        run = planification.lanceurs["nord"].lance(Flux.HEURES, declencheur="essai")
        assert barriere.dedans.wait(ATTENTE_S)
    with programme(url, ateliers, execute=False) as planification:
        assert planification.lanceurs["nord"].lance(Flux.HEURES, declencheur="autre") == run
        assert [rapport.id for rapport in planification.lanceurs["nord"].liste(9)] == [run]
