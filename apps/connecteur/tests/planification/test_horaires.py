"""What is due is asked for, once, by whichever program: the real tampon, the real DBOS, a clock that the test moves."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from connecteur.domain.horaire import DECLENCHEUR, TOUS_LES_JOURS, Cadence, Horaire, phrase
from connecteur.domain.run import FLECHES, Fleche, Flux, Incident, Verdict
from connecteur.errors import ConfigurationInvalide, ServiceInjoignable
from connecteur.planification.horaires import Echeance, Horaires
from connecteur.planification.horloger import Horloger
from connecteur.planification.lanceur import Lanceur
from connecteur.planification.saisie import lit_horaire
from connecteur.tampon.tampon import Tampon

from .conftest import ATTENTE_S, DOSSIER, Barriere, Fleches, jusqua

PARIS = ZoneInfo("Europe/Paris")
MINUTES_15 = Horaire(Cadence.MINUTES, minutes=15)
SOIR = Horaire(Cadence.JOURS, heures=(time(20),), jours=TOUS_LES_JOURS)


@dataclass
class Horloge:
    """The time it is, as the test says."""

    maintenant: datetime = field(default_factory=lambda: datetime(2026, 1, 5, 8, 0, tzinfo=PARIS))

    def __call__(self) -> datetime:
        return self.maintenant

    def avance(self, **duree: float) -> None:
        self.maintenant += timedelta(**duree)


@pytest.fixture
def horloge() -> Horloge:
    return Horloge()


@pytest.fixture
def horaires(tampon: Tampon, horloge: Horloge) -> Horaires:
    return Horaires(tampon, PARIS, horloge)


@pytest.fixture
def horloger(horaires: Horaires, lanceur: Lanceur) -> Horloger:
    return Horloger({DOSSIER: horaires}, {DOSSIER: lanceur})


Finit = Callable[[list[str]], list[Verdict | None]]


@pytest.fixture
def finit(lanceur: Lanceur) -> Finit:
    """Wait for these runs; how they ended."""
    return lambda runs: [lanceur.attend(run, ATTENTE_S).verdict for run in runs]


def test_nothing_runs_by_itself_before_somebody_says_so(horaires: Horaires, horloger: Horloger) -> None:
    assert [(un.flux, un.prochaine, un.phrase) for un in horaires.list_horaires()] == [
        (flux, None, "à la demande seulement") for flux in Flux
    ]
    assert horloger.tic() == []
    with pytest.raises(ConfigurationInvalide, match="pas d’horaire"):
        horaires.reprend(Flux.HEURES, "Claire")


def test_what_is_due_runs_once_and_the_next_is_shown(
    horaires: Horaires, horloger: Horloger, horloge: Horloge, finit: Finit, lanceur: Lanceur
) -> None:
    horaires.change_horaire(Flux.HEURES, MINUTES_15, "Claire")
    runs = horloger.tic()
    assert finit(runs) == [Verdict.REUSSI]
    assert lanceur.attend(runs[0]).declencheur == DECLENCHEUR
    assert horloger.tic() == []
    heures = horaires.list_horaires()[1]
    assert (heures.prochaine, heures.modifie_par) == (horloge.maintenant + timedelta(minutes=15), "Claire")
    horloge.avance(minutes=14, seconds=59)
    assert horloger.tic() == []
    horloge.avance(seconds=1)
    assert finit(horloger.tic()) == [Verdict.REUSSI]


def test_a_machine_that_was_off_catches_up_once(
    horaires: Horaires, horloger: Horloger, horloge: Horloge, finit: Finit
) -> None:
    horaires.change_horaire(Flux.HEURES, SOIR, "Claire")
    horaires.change_horaire(Flux.CHANTIERS, MINUTES_15, "Claire")
    finit(horloger.tic())
    horloge.avance(days=4)
    assert len(finit(horloger.tic())) == 2
    assert horloger.tic() == []
    soir = horaires.list_horaires()[1].prochaine
    assert soir == datetime(2026, 1, 9, 20, 0, tzinfo=PARIS)


def test_several_programs_fire_an_instant_once(
    tampon: Tampon, horloge: Horloge, lanceur: Lanceur, fleches: Fleches, finit: Finit
) -> None:
    horlogers = [Horloger({DOSSIER: Horaires(tampon, PARIS, horloge)}, {DOSSIER: lanceur}) for _ in range(3)]
    Horaires(tampon, PARIS, horloge).change_horaire(Flux.HEURES, MINUTES_15, "Claire")
    runs = [run for horloger in horlogers for run in horloger.tic()]
    assert finit(runs) == [Verdict.REUSSI]
    assert len(fleches.faites) == len(FLECHES[Flux.HEURES])


def test_a_program_that_died_before_it_could_note_the_instant_does_not_make_it_run_twice(
    tampon: Tampon, horaires: Horaires, horloger: Horloger, fleches: Fleches, finit: Finit
) -> None:
    horaires.change_horaire(Flux.HEURES, MINUTES_15, "Claire")
    (due,) = horaires.list_dues()
    premiers = horloger.tic()
    assert finit(premiers) == [Verdict.REUSSI]
    with tampon._connexions.transaction() as connexion:  # as if it had died there
        connexion.execute("UPDATE sages.horaires SET dernier = %s", (due.dernier,))
    assert horloger.tic() == premiers
    finit(premiers)
    assert len(fleches.faites) == len(FLECHES[Flux.HEURES])
    assert horloger.tic() == []


def test_nothing_piles_up_behind_a_run_that_lasts(
    horaires: Horaires, horloger: Horloger, horloge: Horloge, fleches: Fleches, lanceur: Lanceur
) -> None:
    barriere = Barriere(Fleche.PULL_HEURES)
    fleches.gestes[Fleche.PULL_HEURES] = barriere
    horaires.change_horaire(Flux.HEURES, Horaire(Cadence.TEMPS_REEL, secondes=15), "Claire")
    premier = horloger.tic()
    assert barriere.dedans.wait(ATTENTE_S)
    for _ in range(20):
        horloge.avance(seconds=15)
        assert horloger.tic() == premier
    assert [rapport.id for rapport in lanceur.liste(9)] == premier
    barriere.ouverte.set()
    assert lanceur.attend(premier[0], ATTENTE_S).verdict is Verdict.REUSSI


def test_real_time_on_one_flow_leaves_its_turn_to_the_other(
    horaires: Horaires, horloger: Horloger, horloge: Horloge, fleches: Fleches, finit: Finit
) -> None:
    for flux in Flux:
        horaires.change_horaire(flux, Horaire(Cadence.TEMPS_REEL, secondes=15), "Claire")
    barriere = Barriere(Fleche.PULL_CHANTIERS)
    fleches.gestes[Fleche.PULL_CHANTIERS] = barriere
    runs = horloger.tic()
    assert len(runs) == 2
    assert barriere.dedans.wait(ATTENTE_S)
    horloge.avance(seconds=15)
    assert horloger.tic() == runs, "both join what is there: none gets a second place before the other has had its turn"
    barriere.ouverte.set()
    finit(runs)
    ordre = [fleche for _, fleche in fleches.faites]
    assert ordre == [*FLECHES[Flux.CHANTIERS], *FLECHES[Flux.HEURES]]


def test_a_failure_is_tried_again_later_and_later_then_the_schedule_goes_on(
    horaires: Horaires, horloger: Horloger, horloge: Horloge, tampon: Tampon
) -> None:
    horaires.change_horaire(Flux.HEURES, Horaire(Cadence.TEMPS_REEL, secondes=15), "Claire")
    horaires.change_horaire(Flux.CHANTIERS, SOIR, "Claire")
    for n in range(3):
        finit_mal(tampon, horloge, Flux.HEURES, f"h{n}")
        finit_mal(tampon, horloge, Flux.CHANTIERS, f"c{n}")
    chantiers, heures = horaires.list_horaires()
    essai = horloge.maintenant + timedelta(minutes=4)
    assert (heures.echecs, heures.prochaine) == (3, essai)
    assert (chantiers.echecs, chantiers.prochaine) == (3, essai)
    horloge.avance(minutes=3, seconds=59)
    assert horaires.list_dues() == []
    horloge.avance(seconds=1)
    assert {due.flux for due in horaires.list_dues()} == set(Flux)
    finit_bien(tampon, horloge, Flux.HEURES)
    finit_bien(tampon, horloge, Flux.CHANTIERS)
    for due in horaires.list_dues():
        assert horaires.sert(due)
    chantiers, heures = horaires.list_horaires()
    assert (heures.echecs, heures.prochaine) == (0, horloge.maintenant + timedelta(seconds=15))
    assert (chantiers.echecs, chantiers.prochaine) == (0, datetime(2026, 1, 5, 20, 0, tzinfo=PARIS))


def test_a_run_that_a_person_asked_for_is_not_tried_again_by_itself(
    horaires: Horaires, horloge: Horloge, tampon: Tampon
) -> None:
    horaires.change_horaire(Flux.CHANTIERS, SOIR, "Claire")
    finit_mal(tampon, horloge, Flux.CHANTIERS, "m", declencheur="ligne de commande")
    chantiers = horaires.list_horaires()[0]
    assert (chantiers.echecs, chantiers.prochaine) == (0, datetime(2026, 1, 5, 20, 0, tzinfo=PARIS))


def finit_mal(tampon: Tampon, horloge: Horloge, flux: Flux, run: str, declencheur: str = DECLENCHEUR) -> None:
    _note(tampon, horloge, flux, run, verdict=Verdict.ECHEC, declencheur=declencheur)


def finit_bien(tampon: Tampon, horloge: Horloge, flux: Flux) -> None:
    _note(tampon, horloge, flux, f"bien-{flux}", verdict=Verdict.REUSSI, declencheur="page d’accueil")


def _note(tampon: Tampon, horloge: Horloge, flux: Flux, run: str, *, verdict: Verdict, declencheur: str) -> None:
    """A run over now, by the test's clock."""
    tampon.runs.ouvre(run, flux, FLECHES[flux], False, declencheur)
    tampon.runs.termine(run, verdict, [], Incident("Panne.") if verdict is Verdict.ECHEC else None)
    with tampon._connexions.transaction() as connexion:
        connexion.execute("UPDATE sages.runs SET fin = %s WHERE id = %s", (horloge.maintenant, run))


def test_a_pause_keeps_the_schedule_and_what_was_missed_meanwhile_is_not_made_up_for(
    horaires: Horaires, horloger: Horloger, horloge: Horloge, tampon: Tampon
) -> None:
    horaires.change_horaire(Flux.HEURES, SOIR, "Claire")
    horaires.pause(Flux.HEURES, "Paul")
    assert horaires.list_horaires()[1].phrase == "chaque jour à 20:00 (en pause)"
    horloge.avance(days=3)
    assert horloger.tic() == []
    horaires.reprend(Flux.HEURES, "Paul")
    assert horaires.list_horaires()[1].prochaine == datetime(2026, 1, 8, 20, 0, tzinfo=PARIS)
    notes = [note.evenement for note in tampon.list_evenements("horaire", "heures")]
    assert [(un.qui, (un.apres or {})["horaire"]) for un in notes] == [
        ("Paul", "chaque jour à 20:00"),
        ("Paul", "chaque jour à 20:00 (en pause)"),
        ("Claire", "chaque jour à 20:00"),
    ]


def test_a_dossier_whose_schedules_cannot_be_read_does_not_stop_the_others(
    horaires: Horaires, lanceur: Lanceur, tampon: Tampon, horloge: Horloge, finit: Finit
) -> None:
    class Illisible(Horaires):
        def list_dues(self) -> list[Echeance]:
            raise ServiceInjoignable("Parti.")

    horaires.change_horaire(Flux.HEURES, MINUTES_15, "Claire")
    horloger = Horloger({"autre": Illisible(tampon, PARIS, horloge), DOSSIER: horaires}, {DOSSIER: lanceur})
    assert finit(horloger.tic()) == [Verdict.REUSSI]


def test_the_thread_asks_by_itself(horaires: Horaires, horloger: Horloger, lanceur: Lanceur, finit: Finit) -> None:
    horaires.change_horaire(Flux.HEURES, MINUTES_15, "Claire")
    with horloger:
        jusqua(lambda: bool(lanceur.liste(1)), "le run est demandé")
        assert finit([rapport.id for rapport in lanceur.liste(1)]) == [Verdict.REUSSI]


@pytest.mark.parametrize(
    ("saisie", "dite"),
    [
        (("temps réel", 30, "", "", ""), "en temps réel, toutes les 30 secondes"),
        (("minutes", 15, "", "", "6:00-20h"), "toutes les 15 minutes, du lundi au vendredi de 06:00 à 20:00"),
        (("minutes", 15, "", "sam–dim", ""), "toutes les 15 minutes, le samedi et le dimanche de 00:00 à 23:59"),
        (("jours", 0, "20:00, 12h30", "", ""), "chaque jour à 12:30 et 20:00"),
        (("jours", 0, "7h", "lundi,jeudi", ""), "le lundi et le jeudi à 07:00"),
        (("jours", 0, "7h", "samedi-mardi", ""), "le lundi, le mardi, le samedi et le dimanche à 07:00"),
        (("à la demande", 0, "", "", ""), "à la demande seulement"),
    ],
)
def test_a_schedule_is_read_as_a_person_types_it(saisie: tuple[str, int, str, str, str], dite: str) -> None:
    cadence, nombre, heures, jours, plage = saisie
    assert phrase(lit_horaire(cadence, nombre=nombre, heures=heures, jours=jours, plage=plage)) == dite


@pytest.mark.parametrize(
    ("saisie", "mot"),
    [
        (("jours", 0, "25:00", "", ""), "25:00"),
        (("jours", 0, "8:00", "mar,m", ""), "« m »"),
        (("jours", 0, "", "", ""), "une heure"),
        (("minutes", 15, "", "", "20:00"), "06:00-20:00"),
        (("minutes", 15, "", "", "20:00-06:00"), "après son début"),
        (("temps réel", 5, "", "", ""), "15 à 300"),
        (("parfois", 5, "", "", ""), "ne se comprend pas"),
    ],
)
def test_what_is_typed_wrong_is_said_to_be_so(saisie: tuple[str, int, str, str, str], mot: str) -> None:
    cadence, nombre, heures, jours, plage = saisie
    with pytest.raises(ConfigurationInvalide, match=mot) as refus:
        lit_horaire(cadence, nombre=nombre, heures=heures, jours=jours, plage=plage)
    assert refus.value.remede
