"""What is worth an alert."""

from datetime import date, timedelta

import pytest

from connecteur.domain.alerte import Genre, habituel, transition
from connecteur.domain.run import Verdict

MARDI = date(2026, 1, 6)
R, P, E, A = Verdict.REUSSI, Verdict.PARTIEL, Verdict.ECHEC, Verdict.ANNULE


@pytest.mark.parametrize(
    ("annonce", "vu", "genre"),
    [
        (None, R, None), (None, P, Genre.PARTIEL), (None, E, Genre.ECHEC),
        (R, R, None), (R, P, Genre.PARTIEL), (R, E, Genre.ECHEC),
        (P, R, Genre.RETABLI), (P, P, None), (P, E, Genre.ECHEC),
        (E, R, Genre.RETABLI), (E, P, Genre.PARTIEL), (E, E, None),
        (R, A, None), (E, A, None),
    ],
)  # fmt: skip
def test_a_change_is_told_and_what_lasts_is_not(annonce: Verdict | None, vu: Verdict, genre: Genre | None) -> None:
    assert transition(annonce, vu) is genre


def passe(*comptes: int) -> dict[date, int]:
    """So many slots one week ago, two weeks ago…"""
    return {MARDI - timedelta(weeks=n): compte for n, compte in enumerate(comptes, start=1) if compte}


@pytest.mark.parametrize(
    ("comptes", "attendus"),
    [
        ((12, 10, 14, 11), 12),
        ((0, 10, 14, 11), 11),
        ((0, 0, 14, 11), None),  # it has not been usual for two weeks
        ((12,), None),  # nothing is usual yet
        ((12, 10, 14), 12),
        ((), None),
    ],
)
def test_usual_is_what_came_on_three_of_the_last_four_days_of_that_name(
    comptes: tuple[int, ...], attendus: int | None
) -> None:
    assert habituel(MARDI, passe(*comptes), frozenset()) == attendus


def test_a_public_holiday_is_expected_to_be_empty_and_says_nothing_about_other_days() -> None:
    feries = {MARDI - timedelta(weeks=1)}
    assert habituel(MARDI, passe(0, 10, 14, 11, 0), feries) == 11
    assert habituel(MARDI, passe(12, 10, 14, 11), {MARDI}) is None


def test_other_days_of_the_week_do_not_count() -> None:
    lundis = {MARDI - timedelta(weeks=n, days=1): 9 for n in range(1, 9)}
    assert habituel(MARDI, lundis, frozenset()) is None
