"""The planner, case by case: each row of its table is a test."""

from datetime import datetime
from decimal import Decimal

import pytest

from connecteur.domain.heure import CleSuivi, LigneActuelle, LigneSuivi, Quantites
from connecteur.domain.plan import RIEN, Action, Geste, MotifConflit, Plan, plan_heures
from connecteur.domain.reprise import reprend

HUIT_HEURES = datetime(2025, 6, 24, 8)  # noqa: DTZ001  Batigest keeps local time
CLE = CleSuivi("CH1", "S1", HUIT_HEURES)
AUTRE_CLE = CleSuivi("CH2", "S1", HUIT_HEURES)


def q(heures: str, trajet: int = 0, panier: int = 0) -> Quantites:
    return Quantites(Decimal(heures), Decimal(trajet), Decimal(panier))


VOULU, NOTRE, AUTRE = q("7.5", 1, 1), q("7"), q("3")


def plan(
    voulue: Quantites | None,
    notre: Quantites | None,
    *presentes: Quantites,
    autres: bool = False,
    creneaux: tuple[str, ...] = ("a",),
) -> Plan:
    return plan_heures(
        {CLE: LigneSuivi(CLE, voulue, creneaux)} if voulue else {},
        {CLE: LigneSuivi(CLE, notre, ("a",))} if notre else {},
        {CLE: [LigneActuelle(CLE, p, autres) for p in presentes]} if presentes else {},
    )


@pytest.mark.parametrize(
    ("voulue", "notre", "presente", "geste", "motif"),
    [
        (VOULU, None, None, Geste.INSERER, None),
        (VOULU, None, VOULU, Geste.ADOPTER, None),
        (VOULU, None, AUTRE, Geste.CONFLIT, MotifConflit.LIGNE_ETRANGERE),
        (None, NOTRE, NOTRE, Geste.RETIRER, None),
        (VOULU, NOTRE, NOTRE, Geste.CORRIGER, None),
        (VOULU, NOTRE, VOULU, Geste.ADOPTER, None),
        (None, NOTRE, None, Geste.OUBLIER, None),
        (NOTRE, NOTRE, AUTRE, Geste.REPRISE, None),
        (NOTRE, NOTRE, None, Geste.REPRISE, MotifConflit.SUPPRIMEE),
        (VOULU, NOTRE, AUTRE, Geste.CONFLIT, MotifConflit.DEUX_COTES),
        (None, NOTRE, AUTRE, Geste.CONFLIT, MotifConflit.DEUX_COTES),
        (VOULU, NOTRE, None, Geste.CONFLIT, MotifConflit.SUPPRIMEE),
    ],
)
def test_each_row_of_the_table_gives_its_action(
    voulue: Quantites | None,
    notre: Quantites | None,
    presente: Quantites | None,
    geste: Geste,
    motif: MotifConflit | None,
) -> None:
    resultat = plan(voulue, notre, *([presente] if presente else []))
    assert [(a.geste, a.motif, a.avant) for a in resultat.actions] == [(geste, motif, presente)]


def test_a_line_that_is_right_is_counted_and_not_listed() -> None:
    assert plan(NOTRE, NOTRE, NOTRE) == Plan((), laissees=1)


def test_other_programs_lines_on_other_keys_do_not_appear() -> None:
    assert plan(None, None, AUTRE) == Plan((), laissees=0)


def test_several_lines_on_one_key_are_never_touched() -> None:
    for resultat in (
        plan(VOULU, None, AUTRE, VOULU),
        plan(None, NOTRE, NOTRE, NOTRE),
        plan(VOULU, NOTRE, NOTRE, AUTRE),
    ):
        assert [(a.geste, a.motif) for a in resultat.actions] == [(Geste.CONFLIT, MotifConflit.LIGNES_MULTIPLES)]


def test_a_line_in_which_someone_filled_another_heading_is_emptied_and_not_deleted() -> None:
    (action,) = plan(None, NOTRE, NOTRE, autres=True).actions
    assert (action.geste, action.apres) == (Geste.VIDER, RIEN)


def test_an_emptied_line_is_then_forgotten() -> None:
    (action,) = plan(None, RIEN, RIEN, autres=True).actions
    assert action.geste is Geste.OUBLIER


def test_equal_hours_made_by_another_slot_only_change_what_the_tampon_notes() -> None:
    resultat = plan(NOTRE, NOTRE, NOTRE, creneaux=("b",))
    assert [a.geste for a in resultat.actions] == [Geste.ADOPTER]
    assert resultat.ecritures == ()


def test_a_moved_slot_is_said_to_come_from_where_it_was() -> None:
    resultat = plan_heures(
        {AUTRE_CLE: LigneSuivi(AUTRE_CLE, NOTRE, ("a",))},
        {CLE: LigneSuivi(CLE, NOTRE, ("a",))},
        {CLE: [LigneActuelle(CLE, NOTRE)]},
    )
    assert resultat.actions == (
        Action(Geste.RETIRER, CLE, NOTRE, None, NOTRE, ("a",)),
        Action(Geste.INSERER, AUTRE_CLE, None, NOTRE, None, ("a",), deplace_de=CLE),
    )
    assert resultat.comptes()["déplacer"] == 1


def test_a_conflict_stands_in_the_plan_without_making_it_busy() -> None:
    assert plan(VOULU, None, AUTRE).vide
    assert not plan(VOULU, None).vide


def test_a_line_written_just_before_a_cut_is_ours_even_beside_one_typed_since() -> None:
    ecrite = Action(Geste.INSERER, CLE, None, VOULU, None, ("a",))
    actuelles = {CLE: [LigneActuelle(CLE, VOULU), LigneActuelle(CLE, RIEN)]}
    notres, faites, abandonnees = reprend([ecrite], {}, actuelles)
    assert (notres[CLE].quantites, faites, abandonnees) == (VOULU, [ecrite], [])
