"""The invariant: what holds, what does not, what stands apart."""

from datetime import date, datetime
from decimal import Decimal

from connecteur.domain.conflit import Cote
from connecteur.domain.heure import CleSuivi, LigneActuelle, LigneSuivi, Quantites
from connecteur.domain.invariant import Constat, Nature, verifie
from connecteur.domain.plan import SANS_HISTOIRE
from connecteur.domain.reglement import Decision, Reglement

CLE = CleSuivi("CH1", "S1", datetime(2025, 6, 24, 8))  # noqa: DTZ001  Batigest keeps local time
PAS = Decimal("0.000001")


def q(heures: str) -> Quantites:
    return Quantites(Decimal(heures), Decimal(0), Decimal(0))


def constat(
    voulue: str | None,
    notre: str | None,
    *presentes: str,
    inexpliques: tuple[str, ...] = (),
    reglement: Reglement = SANS_HISTOIRE,
) -> Constat:
    return verifie(
        {CLE: LigneSuivi(CLE, q(voulue))} if voulue else {},
        {CLE: LigneSuivi(CLE, q(notre))} if notre else {},
        {CLE: [LigneActuelle(CLE, q(p)) for p in presentes]} if presentes else {},
        inexpliques,
        PAS,
        reglement=reglement,
    )


def test_it_holds_when_our_lines_are_what_the_slots_say() -> None:
    assert constat("7.5", "7.5", "7.5").tient


def test_it_does_not_hold_when_a_line_is_missing() -> None:
    resultat = constat("7.5", None)
    assert not resultat.tient
    assert resultat.faux[0].ecart == Decimal("-7.5")


def test_it_does_not_hold_when_a_line_of_a_withdrawn_slot_is_still_there() -> None:
    assert not constat(None, "7.5", "7.5").tient


def test_it_does_not_hold_when_a_slot_is_neither_delivered_nor_rejected() -> None:
    assert not constat(None, None, inexpliques=("42",)).tient


def test_a_line_edited_by_hand_stands_apart_with_its_difference() -> None:
    resultat = constat("7.5", "7.5", "8")
    assert resultat.tient
    (ligne,) = resultat.a_part
    assert (ligne.attendu, ligne.present, ligne.raison) == (Decimal("7.5"), Decimal(8), "ligne modifiée dans Batigest")


def test_a_foreign_line_on_our_key_and_a_deleted_line_stand_apart() -> None:
    assert [ligne.raison for ligne in constat("7.5", None, "3").a_part] == [
        "ligne saisie par un autre programme ou une personne"
    ]
    assert [ligne.raison for ligne in constat("7.5", "7.5").a_part] == ["ligne supprimée dans Batigest"]


def test_a_rounding_of_the_column_is_not_a_difference() -> None:
    assert verifie(
        {CLE: LigneSuivi(CLE, q("0.3333"))},
        {CLE: LigneSuivi(CLE, q("0.33"))},
        {CLE: [LigneActuelle(CLE, q("0.33"))]},
        [],
        Decimal("0.01"),
    ).tient


def test_findings_of_slices_add_up() -> None:
    total = Constat()
    total.ajoute(constat("7.5", "7.5", "7.5"))
    total.ajoute(constat("7.5", None))
    assert (len(total.cumuls), total.tient) == (2, False)


JUILLET = Reglement(cloture=date(2025, 7, 1))


def natures(resultat: Constat) -> list[Nature]:
    assert resultat.tient
    return [ligne.nature for ligne in resultat.a_part]


def test_taken_over_lines_and_conflicts_are_told_apart() -> None:
    assert natures(constat("7.5", "7.5", "8")) == [Nature.REPRISE]
    assert natures(constat("7.5", "7.5")) == [Nature.REPRISE]
    assert natures(constat("6", "7.5", "8")) == [Nature.CONFLIT]
    assert natures(constat(None, "7.5", "8")) == [Nature.CONFLIT]
    assert natures(constat("7.5", None, "3")) == [Nature.CONFLIT]
    assert natures(constat("7.5", "7.5", "7.5", "7.5")) == [Nature.CONFLIT]


def test_a_line_left_to_batigest_is_taken_over_until_the_slots_change_again() -> None:
    laissee = Reglement(decisions={CLE: Decision(Cote.BATIGEST, q("6"), q("8"))})
    assert natures(constat("6", "7.5", "8", reglement=laissee)) == [Nature.REPRISE]
    assert natures(constat("6", "7.5", "9", reglement=laissee)) == [Nature.REPRISE]
    assert natures(constat("5", "7.5", "8", reglement=laissee)) == [Nature.CONFLIT]


def test_what_a_closed_period_holds_back_stands_apart_with_its_difference() -> None:
    for resultat, ecart in (
        (constat("7.5", None, reglement=JUILLET), "-7.5"),
        (constat(None, "7.5", "7.5", reglement=JUILLET), "7.5"),
        (constat("6", "7.5", "7.5", reglement=JUILLET), "1.5"),
        (constat("6", "7.5", "8", reglement=JUILLET), "2"),
    ):
        assert natures(resultat) == [Nature.PERIODE_CLOSE]
        assert resultat.a_part[0].ecart == Decimal(ecart)


def test_a_closed_period_that_is_right_is_counted_like_any_other() -> None:
    resultat = constat("7.5", "7.5", "7.5", reglement=JUILLET)
    assert (resultat.tient, resultat.a_part, len(resultat.cumuls)) == (True, [], 1)


def test_a_line_emptied_by_hand_whose_slots_are_withdrawn_is_right() -> None:
    assert (constat(None, "7.5", "0").tient, constat(None, "7.5", "0").a_part) == (True, [])
