"""What the columns hold, as it compares."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connecteur.batigest.lignes import arrondi
from connecteur.batigest.schema import PAS_REAL, Colonne
from connecteur.domain.heure import Rubriques

MICRO = Decimal("0.000001")


def test_null_counts_for_nothing() -> None:
    assert arrondi(None, MICRO) == 0


def test_a_binary_fraction_is_read_as_the_decimal_it_stands_for() -> None:
    assert arrondi(455 / 60, MICRO) == Decimal("7.583333")
    assert str(arrondi(7.5, MICRO)) == "7.5"
    assert str(arrondi(-0.0, MICRO)) == "0"


def test_a_monstrous_quantity_of_somebody_else_does_not_stop_the_reading() -> None:
    assert arrondi(1e300, MICRO) == Decimal("1E+300")


@given(st.integers(0, 24 * 60 * 3))
def test_what_is_written_to_a_float_column_reads_back_as_it_was_planned(minutes: int) -> None:
    voulu = Rubriques(MICRO).heures(minutes)
    assert arrondi(float(voulu), MICRO) == voulu


@pytest.mark.parametrize(
    ("type_sql", "echelle", "attendu"),
    [
        ("float", None, MICRO),
        ("real", None, PAS_REAL),
        ("decimal", 2, Decimal("0.01")),
        ("numeric", 4, Decimal("0.0001")),
        ("decimal", 12, MICRO),
        ("decimal", 0, Decimal(1)),
        ("money", 4, Decimal("0.0001")),
        ("int", 0, Decimal(1)),
    ],
)
def test_the_step_is_what_the_column_can_hold(type_sql: str, echelle: int | None, attendu: Decimal) -> None:
    assert Colonne("SuiviMO", "NbH0", type_sql, echelle=echelle).pas == attendu


def test_a_column_name_never_leaves_its_brackets() -> None:
    assert Colonne("SuiviMO", "a] = 0; DROP TABLE x --", "int").sql == "[a]] = 0; DROP TABLE x --]"


def test_a_collation_that_looks_at_case_is_compared_without_case() -> None:
    assert Colonne("t", "Code", "varchar", 8, collation="French_CS_AS").egale("c", "p.x") == "UPPER(c.[Code]) = p.x"
    assert Colonne("t", "Code", "varchar", 8, collation="French_CI_AS").egale("c", "p.x") == "c.[Code] = p.x"
