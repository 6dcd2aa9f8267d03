"""The window and its slices."""

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from connecteur.domain.periode import Tranche, tranches

jours = st.dates(date(2020, 1, 1), date(2035, 12, 31))


@given(jours, st.integers(1, 800), st.integers(1, 31))
def test_the_slices_cover_the_window_without_hole_overlap_or_future(aujourdhui: date, fenetre: int, pas: int) -> None:
    suite = list(tranches(aujourdhui, fenetre, pas))
    assert suite[0].debut <= aujourdhui - timedelta(days=fenetre)
    assert suite[-1].fin == aujourdhui + timedelta(days=1)
    assert all(a.fin == b.debut for a, b in itertools.pairwise(suite))


@given(jours, st.integers(1, 31))
def test_a_past_slice_is_the_same_slice_tomorrow(aujourdhui: date, pas: int) -> None:
    hier = set(list(tranches(aujourdhui, 100, pas))[1:-1])
    assert hier <= set(tranches(aujourdhui + timedelta(days=1), 100, pas))


def test_bounds_are_local_midnights_also_over_a_clock_change() -> None:
    semaine = Tranche(date(2025, 10, 20), date(2025, 10, 27))
    debut, fin = semaine.bornes_utc(ZoneInfo("Europe/Paris"))
    assert (debut, fin) == (datetime(2025, 10, 19, 22, tzinfo=UTC), datetime(2025, 10, 26, 23, tzinfo=UTC))
