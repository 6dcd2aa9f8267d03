"""Time goes on and never back, whatever is done to the clock; a fresh answer of the server alone brings it back."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from connecteur.domain.licence import Repere
from connecteur.licence.temps import COUT_D_UN_RECUL, TOLERANCE, avance, le_plus_tard, recale

MIDI = datetime(2026, 3, 2, 12, tzinfo=UTC)
JOUR = timedelta(days=1)

PAS = st.one_of(
    st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=3)),
    st.timedeltas(min_value=timedelta(days=-4000), max_value=timedelta(0)),
    st.timedeltas(min_value=-TOLERANCE, max_value=timedelta(0)),
)


def joue(repere: Repere, *pas: timedelta) -> Repere:
    for un in pas:
        repere = avance(repere, repere.horloge + un)
    return repere


def test_time_follows_a_clock_that_goes_on() -> None:
    assert joue(recale(MIDI, MIDI), JOUR, JOUR).atteint == MIDI + 2 * JOUR


def test_a_clock_that_is_wrong_from_the_start_is_counted_from_the_answer_of_the_server() -> None:
    repere = joue(recale(MIDI + 40 * JOUR, MIDI), JOUR)
    assert repere.atteint == MIDI + JOUR
    assert not repere.en_arriere


def test_a_small_correction_costs_nothing_and_gives_nothing() -> None:
    repere = joue(recale(MIDI, MIDI), -timedelta(minutes=10))
    assert repere.atteint == MIDI
    assert not repere.en_arriere


def test_small_steps_back_add_up_and_are_seen() -> None:
    repere = recale(MIDI, MIDI)
    for minutes in (10, 20):
        repere = avance(repere, MIDI - timedelta(minutes=minutes))
    assert repere.en_arriere
    assert repere.atteint > MIDI


def test_a_clock_set_back_is_seen_counts_for_a_day_and_time_goes_on_from_there() -> None:
    repere = joue(recale(MIDI, MIDI), -30 * JOUR)
    assert repere.en_arriere
    assert repere.atteint == MIDI + COUT_D_UN_RECUL
    assert joue(repere, timedelta(hours=5)).atteint == MIDI + COUT_D_UN_RECUL + timedelta(hours=5)


def test_setting_the_clock_back_again_and_again_stops_nothing() -> None:
    repere = recale(MIDI, MIDI)
    for _ in range(21):
        repere = joue(repere, timedelta(minutes=10), -timedelta(minutes=30))
    assert repere.atteint >= MIDI + 21 * JOUR


def test_a_machine_that_wakes_up_in_2000_and_is_set_right_is_not_charged_the_years_between() -> None:
    reveil = avance(recale(MIDI, MIDI), datetime(2000, 1, 1, tzinfo=UTC))
    remise = avance(reveil, MIDI + timedelta(hours=20))
    assert not remise.en_arriere
    assert remise.atteint <= MIDI + COUT_D_UN_RECUL
    par_etapes = avance(avance(reveil, MIDI - 300 * JOUR), MIDI + timedelta(hours=20))
    assert par_etapes.atteint <= MIDI + 2 * COUT_D_UN_RECUL


def test_a_clock_set_forward_by_mistake_is_mended_by_the_next_answer() -> None:
    perdu = joue(recale(MIDI, MIDI), 365 * JOUR, -365 * JOUR)
    assert perdu.atteint > MIDI + 300 * JOUR
    reponse = recale(MIDI + JOUR, MIDI + JOUR)
    assert le_plus_tard(reponse, perdu, reponse.contact) == reponse


def test_a_copy_that_was_brought_back_gives_no_time_back() -> None:
    vieux = recale(MIDI, MIDI)
    tard = joue(recale(MIDI + 5 * JOUR, MIDI + 5 * JOUR), JOUR)
    assert le_plus_tard(vieux, tard, vieux.contact) == tard
    assert le_plus_tard(tard, vieux, tard.contact) == tard
    assert le_plus_tard(None, None, None) is None


def test_it_is_kept_and_read_again_as_it_was() -> None:
    repere = joue(recale(MIDI, MIDI), JOUR, -3 * JOUR)
    assert Repere.de_json(repere.en_json()) == repere
    faux: object
    for faux in (None, {}, [], "x", {**repere.en_json(), "atteint": "hier"}, {**repere.en_json(), "horloge": None}):
        assert Repere.de_json(faux) is None


@given(st.lists(PAS, max_size=30))
def test_time_never_goes_back(pas: list[timedelta]) -> None:
    repere = recale(MIDI, MIDI)
    for un in pas:
        suivant = avance(repere, repere.horloge + un)
        assert suivant.atteint >= repere.atteint
        assert suivant.contact == repere.contact
        repere = suivant


@given(st.lists(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=30)), max_size=20))
def test_an_honest_clock_is_never_charged_more_than_what_passed(pas: list[timedelta]) -> None:
    assert joue(recale(MIDI, MIDI), *pas).atteint == MIDI + sum(pas, timedelta(0))
