"""« Until 31/12/2026 » is the end of that day in Paris, summer and winter."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from licence_manager.domain.duree import (
    FUSEAU,
    Depart,
    Duree,
    ajoute,
    bientot,
    echeance,
    fin_de_journee,
    jour_de,
    lit_date,
    lit_duree,
    prolonge,
)

JOURS = st.dates(date(2000, 1, 1), date(2199, 12, 31))


@pytest.mark.parametrize(
    ("jour", "fin"),
    [
        (date(2026, 12, 31), datetime(2026, 12, 31, 22, 59, 59, tzinfo=UTC)),
        (date(2026, 7, 14), datetime(2026, 7, 14, 21, 59, 59, tzinfo=UTC)),
        (date(2026, 3, 28), datetime(2026, 3, 28, 22, 59, 59, tzinfo=UTC)),  # the eve of summer time
        (date(2026, 3, 29), datetime(2026, 3, 29, 21, 59, 59, tzinfo=UTC)),  # a day of 23 hours
        (date(2026, 10, 25), datetime(2026, 10, 25, 22, 59, 59, tzinfo=UTC)),  # a day of 25 hours
    ],
)
def test_the_end_of_a_day_is_that_of_paris(jour: date, fin: datetime) -> None:
    assert fin_de_journee(jour) == fin


@given(JOURS)
def test_a_second_after_the_end_of_a_day_is_the_next_one(jour: date) -> None:
    fin = fin_de_journee(jour)
    assert jour_de(fin) == jour
    suivante = fin + timedelta(seconds=1)
    assert jour_de(suivante) == jour + timedelta(days=1)
    assert suivante.astimezone(FUSEAU).strftime("%H:%M:%S") == "00:00:00"


@pytest.mark.parametrize(
    ("jour", "duree", "apres"),
    [
        (date(2026, 1, 31), Duree(mois=1), date(2026, 2, 28)),
        (date(2028, 1, 31), Duree(mois=1), date(2028, 2, 29)),
        (date(2028, 2, 29), Duree(mois=12), date(2029, 2, 28)),
        (date(2026, 12, 31), Duree(jours=1), date(2027, 1, 1)),
        (date(2026, 11, 30), Duree(mois=15), date(2028, 2, 29)),
    ],
)
def test_months_are_those_of_the_calendar(jour: date, duree: Duree, apres: date) -> None:
    assert ajoute(jour, duree) == apres


@given(JOURS, st.integers(0, 60), st.integers(0, 400))
def test_adding_a_duration_never_goes_back_and_skips_no_month(jour: date, mois: int, jours: int) -> None:
    if jour.year > 2190:
        return
    sans_jours = ajoute(jour, Duree(mois=mois))
    assert (sans_jours.year * 12 + sans_jours.month) - (jour.year * 12 + jour.month) == mois
    assert ajoute(jour, Duree(mois=mois, jours=jours)) == sans_jours + timedelta(days=jours)


def test_late_in_the_evening_it_is_already_tomorrow_in_paris() -> None:
    assert echeance(datetime(2026, 6, 30, 22, 30, tzinfo=UTC), Duree(jours=1)) == fin_de_journee(date(2026, 7, 2))


def test_an_extension_counts_from_now_or_from_the_end() -> None:
    fin, maintenant = fin_de_journee(date(2026, 1, 31)), datetime(2026, 6, 15, 8, tzinfo=UTC)
    assert prolonge(fin, maintenant, Duree(mois=12), Depart.EXPIRATION) == fin_de_journee(date(2027, 1, 31))
    assert prolonge(fin, maintenant, Duree(mois=12), Depart.MAINTENANT) == fin_de_journee(date(2027, 6, 15))


def test_soon_is_the_end_of_the_thirtieth_day() -> None:
    assert bientot(datetime(2026, 3, 2, 9, tzinfo=UTC)) == fin_de_journee(date(2026, 4, 1))


@pytest.mark.parametrize(
    ("texte", "duree"),
    [("30 jours", Duree(jours=30)), ("1 an", Duree(mois=12)), (" 6MOIS ", Duree(mois=6)), ("2 ans", Duree(mois=24))],
)
def test_durations_are_read_as_people_write_them(texte: str, duree: Duree) -> None:
    assert lit_duree(texte) == duree


@pytest.mark.parametrize("texte", ["", "0 jour", "-3 mois", "un an", "3", "3 semaines", "999999 ans"])
def test_other_durations_are_refused_with_an_example(texte: str) -> None:
    with pytest.raises(ValueError, match="6 mois"):
        lit_duree(texte)


def test_dates_are_read_in_both_writings_and_others_refused() -> None:
    assert lit_date("31/12/2026") == lit_date(" 2026-12-31 ") == date(2026, 12, 31)
    for texte in ("12/31/2026", "31/12/26", "demain", ""):
        with pytest.raises(ValueError, match="31/12/2026"):
            lit_date(texte)


def test_an_end_beyond_reason_is_refused_with_a_sentence() -> None:
    with pytest.raises(ValueError, match="2199"):
        fin_de_journee(date(2200, 1, 1))
    with pytest.raises(ValueError, match="2199"):
        ajoute(date(2026, 1, 1), Duree(mois=12 * 99_999))
    with pytest.raises(ValueError, match="2199"):
        echeance(datetime(2199, 12, 30, tzinfo=UTC), Duree(jours=99_999))
