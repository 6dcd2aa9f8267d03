"""From slots to lines: minutes, midnight, clock changes, slots that share a line."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connecteur.domain.heure import CleSuivi, Creneau, CreneauResolu, Rubriques, lignes_voulues, normalise_code

PARIS = ZoneInfo("Europe/Paris")


def resolu(ident: str, debut: datetime, minutes: int, *, trajet: bool = False, panier: bool = False) -> CreneauResolu:
    creneau = Creneau(
        ident,
        debut,
        debut + timedelta(minutes=minutes),
        "u",
        "Léa Vasseur",
        1,
        None,
        "VALIDATED",
        minutes,
        trajet,
        panier,
    )
    return CreneauResolu(creneau, "ch1", "S1 ")


def test_two_slots_starting_in_the_same_minute_add_up_and_nothing_is_overwritten() -> None:
    debut = datetime(2025, 6, 24, 6, tzinfo=UTC)
    lignes = lignes_voulues(
        [resolu("b", debut, 210, panier=True), resolu("a", debut.replace(second=40), 240, trajet=True, panier=True)],
        Rubriques(),
        PARIS,
    )
    (ligne,) = lignes.values()
    assert ligne.quantites.heures == Decimal("7.5")
    assert (ligne.quantites.trajet, ligne.quantites.panier) == (Decimal(1), Decimal(1))
    assert ligne.creneaux == ("a", "b")


def test_the_key_is_local_time_with_seconds_zero() -> None:
    cle = CleSuivi.de("ch1 ", " S1", datetime(2025, 6, 24, 6, 0, 59, tzinfo=UTC), PARIS)
    assert cle == CleSuivi("CH1", "S1", datetime(2025, 6, 24, 8))  # noqa: DTZ001  Batigest keeps local time


def test_a_slot_over_midnight_counts_on_the_day_it_starts() -> None:
    (cle,) = lignes_voulues([resolu("a", datetime(2025, 6, 24, 20, tzinfo=UTC), 480)], Rubriques(), PARIS)
    assert cle.debut.date().isoformat() == "2025-06-24"


def test_the_hour_that_comes_twice_in_october_makes_one_line_with_both_slots() -> None:
    lignes = lignes_voulues(
        [
            resolu("a", datetime(2025, 10, 26, 0, 30, tzinfo=UTC), 60),
            resolu("b", datetime(2025, 10, 26, 1, 30, tzinfo=UTC), 60),
        ],
        Rubriques(),
        PARIS,
    )
    (ligne,) = lignes.values()
    assert (ligne.cle.debut.hour, ligne.quantites.heures) == (2, Decimal(2))


def test_the_hour_that_is_missing_in_march_loses_nothing() -> None:
    lignes = lignes_voulues([resolu("a", datetime(2025, 3, 30, 0, 30, tzinfo=UTC), 90)], Rubriques(), PARIS)
    (ligne,) = lignes.values()
    assert (ligne.cle.debut.hour, ligne.quantites.heures) == (1, Decimal("1.5"))


@pytest.mark.parametrize(
    ("minutes", "pas", "heures"),
    [(20, "0.01", "0.33"), (20, "0.000001", "0.333333"), (450, "0.01", "7.5"), (0, "0.01", "0")],
)
def test_hours_are_rounded_to_what_the_column_holds(minutes: int, pas: str, heures: str) -> None:
    assert Rubriques(Decimal(pas)).heures(minutes) == Decimal(heures)


@given(st.lists(st.integers(0, 1440), min_size=1, max_size=20))
def test_hours_on_one_line_never_drift_from_the_minutes_by_more_than_one_rounding(minutes: list[int]) -> None:
    debut = datetime(2025, 6, 24, 6, tzinfo=UTC)
    lignes = lignes_voulues([resolu(str(i), debut, m) for i, m in enumerate(minutes)], Rubriques(), PARIS)
    (ligne,) = lignes.values()
    assert abs(ligne.quantites.heures * 60 - sum(minutes)) <= Decimal("0.00003")


def test_codes_are_compared_as_sql_server_does() -> None:
    assert normalise_code("ch12 ") == normalise_code("CH12")
