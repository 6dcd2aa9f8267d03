"""When a flow runs next: intervals, hours of the day, working hours, clock changes, failures."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from connecteur.domain.horaire import (
    ESSAIS_RAPPROCHES,
    RECUL_MAX_S,
    TOUS_LES_JOURS,
    Cadence,
    Echecs,
    Horaire,
    HoraireInvalide,
    Plage,
    depart,
    phrase,
    prochain_essai,
    prochaine_echeance,
    servie,
)

PARIS = ZoneInfo("Europe/Paris")
OUVRES = frozenset(range(5))


def a(texte: str) -> datetime:
    """A local instant."""
    return datetime.fromisoformat(texte).replace(tzinfo=PARIS)


def chaque_jour(*heures: str, jours: frozenset[int] = TOUS_LES_JOURS) -> Horaire:
    return Horaire(Cadence.JOURS, heures=tuple(map(time.fromisoformat, heures)), jours=jours)


def prochaine(horaire: Horaire, dernier: str, maintenant: str | None = None) -> str | None:
    instant = prochaine_echeance(horaire, a(dernier), a(maintenant or dernier), PARIS)
    return None if instant is None else f"{instant.astimezone(PARIS):%Y-%m-%d %H:%M:%S}"


BUREAU = Plage(OUVRES, time(6), time(20))


@pytest.mark.parametrize(
    ("horaire", "dernier", "attendue"),
    [
        (Horaire(Cadence.TEMPS_REEL, secondes=15), "2026-01-05 08:00:00", "2026-01-05 08:00:15"),
        (Horaire(Cadence.MINUTES, minutes=15), "2026-01-05 08:00:00", "2026-01-05 08:15:00"),
        (chaque_jour("20:00"), "2026-01-05 08:00:00", "2026-01-05 20:00:00"),
        (chaque_jour("20:00"), "2026-01-05 20:00:00", "2026-01-06 20:00:00"),
        (chaque_jour("20:00", "12:30"), "2026-01-05 08:00:00", "2026-01-05 12:30:00"),
        (chaque_jour("20:00", "12:30"), "2026-01-05 12:30:00", "2026-01-05 20:00:00"),
        # The 5th is a Monday.
        (chaque_jour("07:00", jours=frozenset({0, 3})), "2026-01-05 07:00:00", "2026-01-08 07:00:00"),
        (chaque_jour("07:00", jours=frozenset({0, 3})), "2026-01-08 07:00:00", "2026-01-12 07:00:00"),
        (Horaire(Cadence.MINUTES, minutes=60, plage=BUREAU), "2026-01-05 18:30:00", "2026-01-05 19:30:00"),
        (Horaire(Cadence.MINUTES, minutes=60, plage=BUREAU), "2026-01-05 19:30:00", "2026-01-06 06:00:00"),
        (Horaire(Cadence.MINUTES, minutes=60, plage=BUREAU), "2026-01-09 19:30:00", "2026-01-12 06:00:00"),
        (Horaire(), "2026-01-05 08:00:00", None),
        (Horaire(Cadence.MINUTES, minutes=15, en_pause=True), "2026-01-05 08:00:00", None),
    ],
)
def test_what_comes_next(horaire: Horaire, dernier: str, attendue: str | None) -> None:
    assert prochaine(horaire, dernier) == attendue


def test_an_hour_that_does_not_exist_is_served_once_and_one_that_comes_twice_too() -> None:
    nuit = chaque_jour("02:30")
    printemps = [prochaine(nuit, "2026-03-28 02:30:00"), prochaine(nuit, "2026-03-29 03:30:00")]
    assert printemps == ["2026-03-29 03:30:00", "2026-03-30 02:30:00"]
    premiere = prochaine_echeance(nuit, a("2026-10-24 02:30"), a("2026-10-24 02:30"), PARIS)
    assert premiere == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    suivante = prochaine_echeance(nuit, premiere, premiere, PARIS)
    assert suivante == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


def test_an_interval_is_real_time_across_a_clock_change() -> None:
    heure = Horaire(Cadence.MINUTES, minutes=60)
    assert prochaine(heure, "2026-03-29 01:30:00") == "2026-03-29 03:30:00"


def test_working_hours_that_do_not_exist_one_night_wait_for_the_next_day() -> None:
    nuit = Horaire(Cadence.MINUTES, minutes=5, plage=Plage(TOUS_LES_JOURS, time(2), time(3)))
    assert prochaine(nuit, "2026-03-28 02:58:00") == "2026-03-30 02:00:00"


def test_what_was_missed_is_due_once() -> None:
    soir = chaque_jour("20:00")
    dernier, maintenant = a("2026-01-05 20:00"), a("2026-01-09 09:00")
    echeance = prochaine_echeance(soir, dernier, maintenant, PARIS)
    assert echeance is not None
    assert echeance <= maintenant
    assert prochaine_echeance(soir, servie(soir, echeance, maintenant), maintenant, PARIS) == a("2026-01-09 20:00")


def test_what_was_missed_waits_for_the_working_hours() -> None:
    horaire = Horaire(Cadence.MINUTES, minutes=15, plage=BUREAU)
    assert prochaine(horaire, "2026-01-05 12:00:00", "2026-01-05 22:00:00") == "2026-01-06 06:00:00"
    assert prochaine(horaire, "2026-01-05 12:00:00", "2026-01-06 07:00:00") == "2026-01-05 12:15:00"


def test_a_new_interval_begins_at_once_and_new_hours_wait_for_theirs() -> None:
    maintenant = a("2026-01-05 21:00")
    minutes, soir = Horaire(Cadence.MINUTES, minutes=15), chaque_jour("20:00")
    assert prochaine_echeance(minutes, depart(minutes, maintenant), maintenant, PARIS) == maintenant
    assert prochaine_echeance(soir, depart(soir, maintenant), maintenant, PARIS) == a("2026-01-06 20:00")


@pytest.mark.parametrize("horaire", [Horaire(Cadence.MINUTES, minutes=15), chaque_jour("20:00")])
def test_a_clock_that_was_years_ahead_one_day_does_not_stop_the_schedule_for_years(horaire: Horaire) -> None:
    maintenant = a("2026-01-05 21:00")
    echeance = prochaine_echeance(horaire, a("2099-01-01 00:00"), maintenant, PARIS)
    assert echeance == maintenant
    suivante = prochaine_echeance(horaire, servie(horaire, echeance, maintenant), maintenant, PARIS)
    assert suivante is not None
    assert maintenant < suivante <= maintenant + timedelta(days=1)


FIN = a("2026-01-05 14:00")


@pytest.mark.parametrize(("echecs", "minutes"), [(1, 1), (2, 2), (3, 4), (4, 8), (6, 32), (7, 60), (500, 60)])
def test_failures_put_off_a_short_interval_more_and_more_but_never_beyond_an_hour(echecs: int, minutes: int) -> None:
    horaire = Horaire(Cadence.TEMPS_REEL, secondes=15)
    essai = prochain_essai(horaire, FIN + timedelta(seconds=15), Echecs(echecs, FIN), FIN, PARIS)
    assert essai == FIN + timedelta(minutes=minutes)


def test_a_long_interval_is_not_shortened_by_a_failure() -> None:
    horaire = Horaire(Cadence.MINUTES, minutes=30)
    assert prochain_essai(horaire, FIN + timedelta(minutes=30), Echecs(1, FIN), FIN, PARIS) == FIN + timedelta(
        minutes=30
    )


def test_hours_of_the_day_are_tried_again_soon_a_few_times_then_wait_for_the_next() -> None:
    soir, demain = chaque_jour("20:00"), a("2026-01-06 20:00")
    essais = [prochain_essai(soir, demain, Echecs(n, FIN), FIN, PARIS) for n in range(1, ESSAIS_RAPPROCHES + 2)]
    assert [essai - FIN for essai in essais[:-1]] == [timedelta(minutes=2**n) for n in range(ESSAIS_RAPPROCHES)]
    assert essais[-1] == demain
    assert prochain_essai(soir, FIN, Echecs(1, FIN), FIN, PARIS) == FIN


def test_an_attempt_waits_for_the_working_hours_too() -> None:
    horaire = Horaire(Cadence.MINUTES, minutes=5, plage=BUREAU)
    fin = a("2026-01-05 19:59")
    assert prochain_essai(horaire, fin, Echecs(3, fin), fin, PARIS) == a("2026-01-06 06:00")


@pytest.mark.parametrize(
    ("fautif", "mot"),
    [
        (lambda: Horaire(Cadence.TEMPS_REEL, secondes=14), "15 à 300"),
        (lambda: Horaire(Cadence.TEMPS_REEL, secondes=301), "15 à 300"),
        (lambda: Horaire(Cadence.MINUTES), "1 à 1440"),
        (lambda: Horaire(Cadence.JOURS, heures=(time(8),)), "un jour"),
        (lambda: Horaire(Cadence.JOURS, jours=OUVRES), "une heure"),
        (lambda: Horaire(Cadence.JOURS, heures=(time(8),), jours=OUVRES, plage=BUREAU), "heures fixes"),
        (lambda: Plage(OUVRES, time(20), time(6)), "après son début"),
        (lambda: Plage(frozenset(), time(6), time(20)), "un jour"),
        (lambda: Plage(frozenset({7}), time(6), time(20)), "un jour"),
    ],
)
def test_a_schedule_that_makes_no_sense_is_refused(fautif: Callable[[], object], mot: str) -> None:
    with pytest.raises(HoraireInvalide, match=mot):
        fautif()


@pytest.mark.parametrize(
    ("horaire", "dite"),
    [
        (Horaire(), "à la demande seulement"),
        (Horaire(Cadence.TEMPS_REEL, secondes=30), "en temps réel, toutes les 30 secondes"),
        (Horaire(Cadence.MINUTES, minutes=1), "chaque minute"),
        (
            Horaire(Cadence.MINUTES, minutes=15, plage=BUREAU, en_pause=True),
            "toutes les 15 minutes, du lundi au vendredi de 06:00 à 20:00 (en pause)",
        ),
        (chaque_jour("20:00", "12:30"), "chaque jour à 12:30 et 20:00"),
        (chaque_jour("07:00", jours=frozenset({0, 3})), "le lundi et le jeudi à 07:00"),
    ],
)
def test_a_schedule_is_said_as_a_person_says_it(horaire: Horaire, dite: str) -> None:
    assert phrase(horaire) == dite


def _heure(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)


heures = st.times(max_value=time(23, 59)).map(lambda heure: heure.replace(second=0, microsecond=0))
jours = st.frozensets(st.integers(0, 6), min_size=1)
plages = st.builds(
    lambda jours, debut, duree: Plage(jours, _heure(debut), _heure(debut + duree)),
    jours,
    st.integers(0, 1200),
    st.integers(1, 239),
)
a_intervalles = st.one_of(
    st.builds(Horaire, st.just(Cadence.TEMPS_REEL), secondes=st.integers(15, 300), plage=st.none() | plages),
    st.builds(Horaire, st.just(Cadence.MINUTES), minutes=st.integers(1, 1440), plage=st.none() | plages),
)
a_heures = st.builds(
    Horaire, st.just(Cadence.JOURS), heures=st.lists(heures, min_size=1, max_size=4).map(tuple), jours=jours
)
instants = st.integers(0, 366 * 24 * 3600).map(lambda s: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=s))
fuseaux = st.sampled_from([PARIS, ZoneInfo("America/New_York"), ZoneInfo("Pacific/Noumea")])


@given(horaire=a_intervalles | a_heures, dernier=instants, fuseau=fuseaux)
def test_next_is_always_later_than_the_last_and_at_a_permitted_time(
    horaire: Horaire, dernier: datetime, fuseau: ZoneInfo
) -> None:
    instant = prochaine_echeance(horaire, dernier, dernier, fuseau)
    assert instant is not None
    assert instant > dernier
    local = instant.astimezone(fuseau).replace(tzinfo=None)
    if horaire.plage is not None:
        assert horaire.plage.contient(local)
    if horaire.cadence is Cadence.JOURS:
        assert local.weekday() in horaire.jours
        dits = {datetime.combine(local.date(), heure, fuseau).astimezone(UTC) for heure in horaire.heures}
        assert instant in dits


@given(horaire=a_intervalles | a_heures, dernier=instants, absence=st.timedeltas(timedelta(0), timedelta(days=40)))
def test_however_long_the_absence_what_was_missed_is_served_once_and_the_schedule_goes_on(
    horaire: Horaire, dernier: datetime, absence: timedelta
) -> None:
    maintenant = dernier + absence
    echeance = prochaine_echeance(horaire, dernier, maintenant, PARIS)
    assert echeance is not None
    assume(echeance <= maintenant)
    suivante = prochaine_echeance(horaire, servie(horaire, echeance, maintenant), maintenant, PARIS)
    assert suivante is not None
    assert suivante > maintenant


@given(heure=heures, debut=st.dates(date(2026, 1, 2), date(2026, 12, 1)))
def test_an_hour_of_the_day_is_served_exactly_once_every_day_whatever_the_clock_does(heure: time, debut: date) -> None:
    horaire = Horaire(Cadence.JOURS, heures=(heure,), jours=TOUS_LES_JOURS)
    dernier = datetime.combine(debut, time(), PARIS).astimezone(UTC) - timedelta(seconds=1)
    jours_servis = []
    for _ in range(10):
        instant = prochaine_echeance(horaire, dernier, dernier, PARIS)
        assert instant is not None
        jours_servis.append(instant.astimezone(PARIS).date())
        dernier = instant
    assert jours_servis == [debut + timedelta(days=n) for n in range(10)]


@given(horaire=a_intervalles | a_heures, echecs=st.integers(1, 100), dernier=instants)
def test_an_attempt_never_comes_later_than_the_schedule_and_an_hour(
    horaire: Horaire, echecs: int, dernier: datetime
) -> None:
    echeance = prochaine_echeance(horaire, dernier, dernier, PARIS)
    assert echeance is not None
    essai = prochain_essai(horaire, echeance, Echecs(echecs, dernier), dernier, PARIS)
    assert essai > dernier
    if horaire.plage is None:
        assert essai <= max(echeance, dernier + timedelta(seconds=RECUL_MAX_S))
