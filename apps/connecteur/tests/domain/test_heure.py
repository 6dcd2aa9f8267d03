"""From slots to lines: minutes, midnight, clock changes, slots that share a line."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connecteur.domain.heure import (
    CleSuivi,
    Compte,
    CreneauResolu,
    DateLigne,
    EnPlus,
    Forme,
    Rubriques,
    Unite,
    lignes_voulues,
    normalise_code,
)

PARIS = ZoneInfo("Europe/Paris")


def resolu(
    ident: str, debut: datetime, minutes: int, *, trajet: bool = False, panier: bool = False, chantier: str = "ch1"
) -> CreneauResolu:
    return CreneauResolu(ident, debut, minutes, trajet, panier, chantier, "S1 ")


@pytest.mark.parametrize(("compte", "du"), [(Compte.JOUR, Decimal(3)), (Compte.CRENEAU, Decimal(5))])
def test_a_further_field_of_slots_that_start_together_is_due_once_a_day_or_each_time(
    compte: Compte, du: Decimal
) -> None:
    creneaux = [
        resolu(ident, datetime(2025, 6, 24, 6, tzinfo=UTC), 60)._replace(plus=(("prime", prime),))
        for ident, prime in (("a", Decimal(3)), ("b", Decimal(2)))
    ]
    forme = Forme(en_plus=(EnPlus("prime", 9, Unite.NOMBRE, compte),))
    (ligne,) = lignes_voulues(creneaux, Rubriques(), PARIS, forme).values()
    assert ligne.quantites.plus == ((9, du),)


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


HUIT, MIDI = datetime(2025, 6, 24, 6, tzinfo=UTC), datetime(2025, 6, 24, 10, tzinfo=UTC)


def formees(forme: Forme, *creneaux: CreneauResolu) -> list[tuple[str, ...]]:
    """Site, start, hours, journeys, meals of each line, in the order of the day."""
    lignes = lignes_voulues(creneaux, Rubriques(), PARIS, forme).values()
    return [
        (
            ligne.cle.code_chantier,
            f"{ligne.cle.debut:%d %H:%M}",
            *(str(q) for q in (ligne.quantites.heures, ligne.quantites.trajet, ligne.quantites.panier)),
        )
        for ligne in sorted(lignes, key=lambda ligne: (ligne.cle.debut, ligne.cle.code_chantier))
    ]


def test_by_default_each_slot_brings_its_allowances_and_a_shared_minute_counts_once() -> None:
    assert formees(
        Forme(),
        resolu("a", HUIT, 240, panier=True),
        resolu("b", HUIT, 60, panier=True),
        resolu("c", MIDI, 60, panier=True),
    ) == [("CH1", "24 08:00", "5", "0", "1"), ("CH1", "24 12:00", "1", "0", "1")]


def test_a_meal_a_day_stands_on_the_first_line_of_the_day_that_has_one() -> None:
    assert formees(
        Forme(panier=Compte.JOUR),
        resolu("c", MIDI + timedelta(hours=3), 60, panier=True, trajet=True),
        resolu("b", MIDI, 60, panier=True, trajet=True, chantier="ch2"),
        resolu("a", HUIT, 240),
        resolu("d", HUIT + timedelta(days=1), 60, panier=True),
    ) == [
        ("CH1", "24 08:00", "4", "0", "0"),
        ("CH2", "24 12:00", "1", "1", "1"),
        ("CH1", "24 15:00", "1", "1", "0"),
        ("CH1", "25 08:00", "1", "0", "1"),
    ]


def test_the_meal_of_the_day_moves_when_its_line_goes() -> None:
    premier, second = resolu("a", HUIT, 60, panier=True), resolu("b", MIDI, 60, panier=True, chantier="ch2")
    forme = Forme(panier=Compte.JOUR)
    assert [ligne[4] for ligne in formees(forme, premier, second)] == ["1", "0"]
    assert [ligne[4] for ligne in formees(forme, second)] == ["1"]


def test_two_salaries_have_a_meal_each() -> None:
    autre = resolu("b", HUIT, 60, panier=True)._replace(code_salarie="S2")
    lignes = lignes_voulues([resolu("a", HUIT, 60, panier=True), autre], Rubriques(), PARIS, Forme(panier=Compte.JOUR))
    assert [ligne.quantites.panier for ligne in lignes.values()] == [1, 1]


def test_with_date_as_day_the_slots_of_a_day_on_one_site_add_up_and_keep_their_allowances() -> None:
    creneaux = (
        resolu("a", HUIT, 20, panier=True, trajet=True),
        resolu("b", MIDI, 20, panier=True),
        resolu("c", MIDI + timedelta(hours=3), 20, panier=True, chantier="ch2"),
    )
    jour = Forme(date=DateLigne.JOUR)
    assert formees(jour, *creneaux) == [
        ("CH1", "24 00:00", "0.666667", "1", "2"),
        ("CH2", "24 00:00", "0.333333", "0", "1"),
    ]
    une = Forme(DateLigne.JOUR, panier=Compte.JOUR, trajet=Compte.JOUR)
    assert [ligne[3:] for ligne in formees(une, *creneaux)] == [("1", "1"), ("0", "0")]


@given(
    st.lists(
        st.tuples(st.integers(0, 47), st.integers(0, 600), st.booleans(), st.sampled_from(["ch1", "ch2"])), max_size=12
    )
)
def test_whatever_the_form_the_minutes_of_a_day_are_all_there_and_a_meal_a_day_is_one(
    jours: list[tuple[int, int, bool, str]],
) -> None:
    creneaux = [
        resolu(str(i), HUIT + timedelta(hours=h), m, panier=p, chantier=c) for i, (h, m, p, c) in enumerate(jours)
    ]
    for forme in (Forme(date=d, panier=p) for d in DateLigne for p in Compte):
        lignes = list(lignes_voulues(creneaux, Rubriques(), PARIS, forme).values())
        total = sum((ligne.quantites.heures for ligne in lignes), Decimal(0)) * 60
        assert abs(total - sum(m for _, m, _, _ in jours)) < Decimal("0.001")
        assert sorted(i for ligne in lignes for i in ligne.creneaux) == sorted(r.id for r in creneaux)
        if forme.panier is Compte.JOUR:
            avec = {(r.debut.astimezone(PARIS).date()) for r in creneaux if r.panier}
            assert sum(ligne.quantites.panier for ligne in lignes) == len(avec)
