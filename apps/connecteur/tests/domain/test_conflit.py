"""The one rule that settles conflicts."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connecteur.domain.conflit import Cote, Politique, juge

MIDI = datetime(2025, 6, 24, 12, tzinfo=UTC)
dates = st.none() | st.datetimes(min_value=datetime(2024, 1, 1), max_value=datetime(2026, 1, 1)).map(  # noqa: DTZ001
    lambda d: d.replace(tzinfo=UTC)
)


def test_the_later_change_wins() -> None:
    assert juge(Politique.PLUS_RECENT, MIDI, MIDI + timedelta(seconds=1)).gagnant is Cote.BATISIMPLY
    assert juge(Politique.PLUS_RECENT, MIDI + timedelta(seconds=1), MIDI).gagnant is Cote.BATIGEST


@pytest.mark.parametrize(("batigest", "batisimply"), [(MIDI, MIDI), (None, MIDI), (MIDI, None), (None, None)])
def test_equal_or_unknown_dates_wait_for_a_person(batigest: datetime | None, batisimply: datetime | None) -> None:
    assert juge(Politique.PLUS_RECENT, batigest, batisimply).gagnant is None


@given(st.sampled_from(Politique), dates, dates, st.sampled_from(Cote))
def test_a_person_always_has_the_last_word(
    politique: Politique, batigest: datetime | None, batisimply: datetime | None, decision: Cote
) -> None:
    assert juge(politique, batigest, batisimply, decision).gagnant is decision


@given(st.sampled_from(Politique), dates, dates)
def test_a_fixed_policy_ignores_dates_and_every_outcome_says_why(
    politique: Politique, batigest: datetime | None, batisimply: datetime | None
) -> None:
    jugement = juge(politique, batigest, batisimply)
    attendu = {Politique.BATIGEST: Cote.BATIGEST, Politique.BATISIMPLY: Cote.BATISIMPLY, Politique.DEMANDER: None}
    if politique in attendu:
        assert jugement.gagnant is attendu[politique]
    assert jugement.raison.endswith(".")
