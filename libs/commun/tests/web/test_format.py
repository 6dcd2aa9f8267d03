"""French typography of numbers, dates and durations."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sages_commun.web import format as fr

PARIS = ZoneInfo("Europe/Paris")
FINE, INSECABLE = "\u202f", "\u00a0"


@pytest.mark.parametrize(
    ("valeur", "texte"),
    [
        (0, "0"),
        (7, "7"),
        (1234, f"1{FINE}234"),
        (1234567, f"1{FINE}234{FINE}567"),
        (-1234, f"−1{FINE}234"),
        (1234.5, f"1{FINE}234,5"),
        (Decimal("7.50"), "7,5"),
        (Decimal("0.000001"), "0,000001"),
        (Decimal("1E+3"), f"1{FINE}000"),
    ],
)
def test_a_number_has_a_comma_and_narrow_spaces(valeur: float | Decimal, texte: str) -> None:
    assert fr.nombre(valeur) == texte


def test_the_number_of_decimals_can_be_fixed() -> None:
    assert fr.nombre(Decimal("7.125"), 2) == "7,13"
    assert fr.nombre(7, 2) == "7,00"


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**9), max_value=10**9))
def test_no_digit_of_a_number_is_lost(valeur: Decimal) -> None:
    relu = fr.nombre(valeur).replace(FINE, "").replace(",", ".").replace("−", "-")
    assert Decimal(relu) == valeur


def test_hours_keep_two_decimals_at_most() -> None:
    assert fr.heures(Decimal("1234.5")) == f"1{FINE}234,5{INSECABLE}h"
    assert fr.heures(Decimal("7.666667")) == f"7,67{INSECABLE}h"
    assert fr.heures(8) == f"8{INSECABLE}h"


def test_french_counts_as_plural_from_two_on() -> None:
    textes = [fr.pluriel(combien, "rejet") for combien in (0, 1, 2, 1234)]
    assert textes == [f"0{INSECABLE}rejet", f"1{INSECABLE}rejet", f"2{INSECABLE}rejets", f"1{FINE}234{INSECABLE}rejets"]
    assert fr.pluriel(3, "cheval", "chevaux") == f"3{INSECABLE}chevaux"


def test_dates_are_local() -> None:
    instant = datetime(2025, 6, 24, 6, 0, tzinfo=UTC)
    assert fr.date_heure(instant, PARIS) == f"24/06/2025{INSECABLE}à{INSECABLE}08:00"
    assert fr.date_jour(datetime(2025, 6, 23, 22, 30, tzinfo=UTC), PARIS) == "24/06/2025"


def test_today_and_yesterday_are_named_by_the_local_calendar() -> None:
    maintenant = datetime(2025, 6, 24, 6, 31, tzinfo=UTC)
    textes = {
        datetime(2025, 6, 23, 22, 0, tzinfo=UTC): "aujourd’hui à 00:00",
        datetime(2025, 6, 23, 21, 59, tzinfo=UTC): "hier à 23:59",
        datetime(2025, 6, 22, 6, 0, tzinfo=UTC): "22/06/2025 à 08:00",
    }
    for instant, texte in textes.items():
        assert fr.quand(instant, PARIS, maintenant).replace(INSECABLE, " ") == texte


@pytest.mark.parametrize(
    ("secondes", "texte"),
    [
        (0.4, "moins d’une seconde"),
        (12, "12 s"),
        (60, "1 min"),
        (185, "3 min 05 s"),
        (3600, "1 h"),
        (7620, "2 h 07 min"),
        (93600, "26 h"),
    ],
)
def test_durations_are_as_long_as_needed(secondes: float, texte: str) -> None:
    assert fr.duree(timedelta(seconds=secondes)).replace(INSECABLE, " ") == texte


def test_progress_says_how_many_of_how_many() -> None:
    assert fr.avancement(412, 1800) == f"412 sur 1{FINE}800"
    assert fr.avancement(412, 0) == "412"
    assert fr.avancement(0, 0) == ""


def test_spaces_that_must_not_break_do_not() -> None:
    avant = "Chantier « Cléry » : attention ; relancez ?"
    apres = f"Chantier «{INSECABLE}Cléry{INSECABLE}»{INSECABLE}: attention{FINE}; relancez{FINE}?"
    assert fr.typographie(avant) == apres
    assert fr.typographie(apres) == apres


def test_a_capital_letter_leaves_the_rest_alone() -> None:
    assert fr.majuscule("écritures d’un SUIVI") == "Écritures d’un SUIVI"
    assert fr.majuscule("") == ""


@pytest.mark.parametrize(
    ("secondes", "texte"),
    [
        (0, "à l’instant"),
        (-59, "à l’instant"),
        (-60, "il y a 1 min"),
        (-7300, "il y a 2 h"),
        (-86400, "il y a 1 jour"),
        (3 * 86400, "dans 3 jours"),
        (45 * 86400, "dans 1 mois"),
        (-800 * 86400, "il y a 2 ans"),
    ],
)
def test_how_far_a_moment_is_is_said_in_one_unit(secondes: int, texte: str) -> None:
    maintenant = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    assert fr.relatif(maintenant + timedelta(seconds=secondes), maintenant).replace(INSECABLE, " ") == texte


def test_a_day_is_read_as_it_is_typed_and_as_addresses_write_it() -> None:
    jour = date(2025, 6, 24)
    assert [fr.lit_jour(texte) for texte in ("24/06/2025", " 24/6/2025 ", "2025-06-24")] == [jour] * 3
    assert [fr.lit_jour(texte) for texte in ("", "06/24/2025", "31/02/2025", "24/06/25", "demain")] == [None] * 5
