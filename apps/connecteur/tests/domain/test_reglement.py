"""Disputed lines: who wins, what stands, what waits for a person, what a closed period keeps."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from connecteur.domain.conflit import Cote, Politique
from connecteur.domain.datation import Datation
from connecteur.domain.heure import CleSuivi, LigneActuelle, LigneSuivi, Quantites
from connecteur.domain.plan import RIEN, Action, Geste, plan_heures
from connecteur.domain.reglement import Changement, Dates, Decision, Reglement, Rendu, dates_de
from connecteur.domain.reprise import apres

CLE = CleSuivi("CH1", "S1", datetime(2025, 6, 24, 8))  # noqa: DTZ001  Batigest keeps local time
LUNDI = datetime(2025, 6, 23, 10, tzinfo=UTC)
SECONDE = timedelta(seconds=1)
MARDI, MERCREDI = LUNDI + timedelta(days=1), LUNDI + timedelta(days=2)
BATIGEST, BATISIMPLY = Reglement(Politique.BATIGEST), Reglement(Politique.BATISIMPLY)


def q(heures: str) -> Quantites:
    return Quantites(Decimal(heures), Decimal(0), Decimal(0))


SEPT, SIX, HUIT = q("7"), q("6"), q("8")


def une(
    voulue: Quantites | None,
    notre: Quantites | None,
    *presentes: Quantites,
    reglement: Reglement,
    autres: bool = False,
) -> Action:
    (action,) = plan_heures(
        {CLE: LigneSuivi(CLE, voulue, ("a",))} if voulue else {},
        {CLE: LigneSuivi(CLE, notre, ("a",))} if notre else {},
        {CLE: [LigneActuelle(CLE, p, autres) for p in presentes]} if presentes else {},
        reglement,
    ).actions
    return action


def date_par(**dates: datetime) -> Reglement:
    """What a system says itself is told to the second."""
    dit = {champ: Datation.a(quand, SECONDE) for champ, quand in dates.items() if champ in {"ligne", "modifies"}}
    return Reglement(dates={CLE: Dates(**{**dates, **dit})})  # type: ignore[arg-type]


def decide(choix: Cote, voulue: Quantites | None, vue: Quantites | None, **autres: object) -> Reglement:
    return Reglement(decisions={CLE: Decision(choix, voulue, vue, **autres)})  # type: ignore[arg-type]


# --- policies -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("voulue", "notre", "presente", "geste", "apres"),
    [
        (SIX, SEPT, HUIT, Geste.CORRIGER, SIX),
        (SIX, SEPT, None, Geste.INSERER, SIX),
        (None, SEPT, HUIT, Geste.VIDER, RIEN),
        (SIX, None, HUIT, Geste.CORRIGER, SIX),
    ],
)
def test_policy_batisimply_writes_over_what_is_there_and_says_why(
    voulue: Quantites | None, notre: Quantites | None, presente: Quantites | None, geste: Geste, apres: Quantites
) -> None:
    action = une(voulue, notre, *([presente] if presente else []), reglement=BATISIMPLY)
    assert (action.geste, action.avant, action.apres, action.base) == (geste, presente, apres, notre)
    assert action.jugement is not None
    assert (action.jugement.gagnant, action.motif is not None) == (Cote.BATISIMPLY, True)


@pytest.mark.parametrize(("voulue", "notre", "presente"), [(SIX, SEPT, HUIT), (SIX, None, HUIT), (None, SEPT, HUIT)])
def test_policy_batigest_leaves_the_line_as_taken_over(
    voulue: Quantites | None, notre: Quantites | None, presente: Quantites
) -> None:
    action = une(voulue, notre, presente, reglement=BATIGEST)
    assert (action.geste, action.jugement is not None) == (Geste.REPRISE, True)


def test_policy_demander_waits_whatever_the_dates() -> None:
    reglement = replace(date_par(ligne=LUNDI, creneaux=MARDI), politique=Politique.DEMANDER)
    assert une(SIX, SEPT, HUIT, reglement=reglement).geste is Geste.CONFLIT


def test_a_line_edited_by_hand_alone_is_kept_whatever_the_policy() -> None:
    for reglement in (BATIGEST, BATISIMPLY, Reglement(), Reglement(Politique.DEMANDER)):
        assert une(SEPT, SEPT, HUIT, reglement=reglement).geste is Geste.REPRISE


def test_several_lines_on_one_key_are_never_written_over() -> None:
    for reglement in (BATISIMPLY, decide(Cote.BATISIMPLY, SIX, HUIT)):
        action = une(SIX, SEPT, HUIT, SEPT, reglement=reglement)
        assert (action.geste, action.jugement and action.jugement.gagnant) == (Geste.CONFLIT, None)


# --- dates ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dates", "geste"),
    [
        # Both systems say it.
        ({"ligne": LUNDI, "modifies": MARDI}, Geste.CORRIGER),
        ({"ligne": MARDI, "modifies": LUNDI}, Geste.REPRISE),
        ({"ligne": LUNDI, "modifies": LUNDI}, Geste.CONFLIT),
        ({"ligne": LUNDI, "modifies": LUNDI + SECONDE}, Geste.CONFLIT),
        # Batigest says it; the slots were seen changed on Wednesday, and not yet on Tuesday.
        ({"ligne": LUNDI, "creneaux_intacts_le": MARDI, "creneaux": MERCREDI}, Geste.CORRIGER),
        ({"ligne": MERCREDI, "creneaux_intacts_le": LUNDI, "creneaux": MARDI}, Geste.REPRISE),
        ({"ligne": MARDI, "creneaux_intacts_le": LUNDI, "creneaux": MERCREDI}, Geste.CONFLIT),
        ({"ligne": LUNDI, "creneaux": MARDI}, Geste.CONFLIT),
        # BatiSimply says it; the line was seen changed on Wednesday, and not yet on Tuesday.
        ({"intacte_le": MARDI, "vue_le": MERCREDI, "modifies": LUNDI}, Geste.REPRISE),
        ({"intacte_le": LUNDI, "vue_le": MARDI, "modifies": MERCREDI}, Geste.CORRIGER),
        ({"intacte_le": LUNDI, "vue_le": MERCREDI, "modifies": MARDI, "creneaux": MERCREDI}, Geste.CONFLIT),
        ({"vue_le": MERCREDI, "modifies": MARDI}, Geste.CONFLIT),
        ({"modifies": MARDI}, Geste.CONFLIT),
        ({"creneaux": LUNDI}, Geste.CONFLIT),
        ({"ligne": LUNDI}, Geste.CONFLIT),
        ({}, Geste.CONFLIT),
        # Seen edited on Monday, the slots changed on Tuesday.
        ({"intacte_le": LUNDI - timedelta(days=1), "vue_le": LUNDI, "creneaux": MARDI}, Geste.CORRIGER),
        # The slots changed on Monday, the line still was ours on Tuesday.
        ({"intacte_le": MARDI, "vue_le": MERCREDI, "creneaux": LUNDI}, Geste.REPRISE),
        # Both between the same two looks: nobody knows which came first.
        ({"intacte_le": LUNDI, "vue_le": MERCREDI, "creneaux": MARDI}, Geste.CONFLIT),
        ({"vue_le": MERCREDI, "creneaux": MARDI}, Geste.CONFLIT),
        # What both say outweighs when we first looked.
        ({"ligne": LUNDI, "modifies": MARDI, "intacte_le": LUNDI, "vue_le": MERCREDI}, Geste.CORRIGER),
        # A date that did not move when the line was edited says nothing of it: the looks do.
        ({"ligne": LUNDI, "intacte_le": MARDI, "vue_le": MERCREDI, "modifies": LUNDI + SECONDE * 9}, Geste.REPRISE),
        ({"ligne": LUNDI, "intacte_le": MARDI, "vue_le": MERCREDI, "creneaux": MERCREDI}, Geste.CONFLIT),
    ],
)
def test_the_latest_change_wins_when_it_is_known_and_else_a_person_decides(
    dates: dict[str, datetime], geste: Geste
) -> None:
    assert une(SIX, SEPT, HUIT, reglement=date_par(**dates)).geste is geste


def test_newer_slots_do_not_write_over_a_foreign_line_by_themselves() -> None:
    action = une(SIX, None, HUIT, reglement=date_par(ligne=LUNDI, modifies=MARDI))
    assert action.geste is Geste.CONFLIT
    assert action.jugement is not None
    assert "autre programme" in action.jugement.raison
    assert une(SIX, None, HUIT, reglement=date_par(ligne=MARDI, creneaux=LUNDI)).geste is Geste.REPRISE


@pytest.mark.parametrize(
    ("changements", "attendues"),
    [
        ([], Dates()),
        ([Changement(MARDI, LUNDI)], Dates(creneaux=MARDI, creneaux_intacts_le=LUNDI)),
        ([Changement(MERCREDI, LUNDI, MARDI)], Dates(creneaux=MERCREDI, modifies=Datation.a(MARDI, SECONDE))),
        # The one without a date had changed before the other did.
        (
            [Changement(MERCREDI, LUNDI, MARDI), Changement(LUNDI)],
            Dates(creneaux=MERCREDI, modifies=Datation.a(MARDI, SECONDE)),
        ),
        # Perhaps after it: at the earliest when the other did.
        (
            [Changement(MERCREDI, LUNDI, MARDI), Changement(MERCREDI, LUNDI)],
            Dates(creneaux=MERCREDI, creneaux_intacts_le=MARDI),
        ),
    ],
)
def test_the_slots_of_a_line_are_dated_by_the_last_one_that_changed(
    changements: list[Changement], attendues: Dates
) -> None:
    assert dates_de(None, None, changements) == attendues


# --- decisions ------------------------------------------------------------------------------------------


def test_a_person_may_choose_batisimply_for_a_line_taken_over() -> None:
    action = une(SEPT, SEPT, HUIT, reglement=decide(Cote.BATISIMPLY, SEPT, HUIT))
    assert (action.geste, action.avant, action.apres) == (Geste.CORRIGER, HUIT, SEPT)


def test_a_decision_for_batisimply_is_about_what_was_seen() -> None:
    reglement = decide(Cote.BATISIMPLY, SIX, HUIT)
    assert une(SIX, None, HUIT, reglement=reglement).geste is Geste.CORRIGER
    assert une(SIX, None, q("9"), reglement=reglement).geste is Geste.CONFLIT
    assert une(q("5"), None, HUIT, reglement=reglement).geste is Geste.CONFLIT


def test_a_decision_for_batigest_outweighs_the_policy_until_the_slots_change() -> None:
    reglement = replace(decide(Cote.BATIGEST, SIX, HUIT), politique=Politique.BATISIMPLY)
    assert une(SIX, SEPT, HUIT, reglement=reglement).geste is Geste.REPRISE
    assert une(SIX, SEPT, q("9"), reglement=reglement).geste is Geste.REPRISE
    assert une(q("5"), SEPT, HUIT, reglement=reglement).geste is Geste.CORRIGER


# --- undoing --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ecrit", "voulue", "avant", "base", "attendue"),
    [
        (SIX, SIX, HUIT, SEPT, SEPT),  # a line edited by hand comes back, ours underneath
        (SIX, SIX, HUIT, None, None),  # a foreign line comes back, and is foreign again
        (RIEN, None, HUIT, SEPT, SEPT),  # an emptied line comes back
        (SIX, SIX, None, SEPT, SEPT),  # a line deleted by hand is deleted again
    ],
)
def test_an_undone_write_puts_back_what_it_had_found_and_then_stands(
    ecrit: Quantites,
    voulue: Quantites | None,
    avant: Quantites | None,
    base: Quantites | None,
    attendue: Quantites | None,
) -> None:
    reglement = decide(Cote.BATIGEST, voulue, ecrit, rendu=Rendu(avant, base))
    action = une(voulue, None if voulue is None else voulue, ecrit, reglement=reglement)
    assert (action.geste, action.avant, action.apres) == (Geste.RENDRE, ecrit, avant)
    notres = apres({CLE: LigneSuivi(CLE, ecrit, ("a",))}, [action])
    assert (notres[CLE].quantites if CLE in notres else None) == attendue
    ensuite = decide(Cote.BATIGEST, voulue, ecrit)
    resultat = une(voulue, attendue, *([avant] if avant else []), reglement=ensuite)
    assert resultat.geste is Geste.REPRISE


def test_undoing_never_writes_over_what_was_typed_since() -> None:
    reglement = decide(Cote.BATIGEST, SIX, SIX, rendu=Rendu(HUIT, SEPT))
    assert une(SIX, SIX, q("9"), reglement=reglement).geste is Geste.REPRISE


def test_undoing_an_insertion_empties_the_line_when_someone_uses_another_heading() -> None:
    reglement = decide(Cote.BATIGEST, SIX, SIX, rendu=Rendu(None, SEPT))
    action = une(SIX, SIX, SIX, reglement=reglement, autres=True)
    assert (action.geste, action.apres) == (Geste.RENDRE, RIEN)


# --- closed periods -------------------------------------------------------------------------------------


@pytest.mark.parametrize("politique", list(Politique))
@pytest.mark.parametrize(
    ("voulue", "notre", "presente"),
    [
        (SIX, None, None),
        (SIX, SEPT, SEPT),
        (None, SEPT, SEPT),
        (SIX, None, SIX),  # adopting would make another's line ours
        (SIX, SEPT, HUIT),
        (SIX, None, HUIT),
        (SIX, SEPT, None),
    ],
)
def test_nothing_of_a_closed_period_is_ever_written_or_adopted(
    voulue: Quantites | None, notre: Quantites | None, presente: Quantites | None, politique: Politique
) -> None:
    ferme = Reglement(politique, cloture=date(2025, 6, 25))
    presentes = [presente] if presente else []
    assert une(voulue, notre, *presentes, reglement=ferme).geste in {Geste.PERIODE_CLOSE, Geste.REPRISE}
    ouvert = replace(ferme, cloture=date(2025, 6, 24))
    assert une(voulue, notre, *presentes, reglement=ouvert).geste is not Geste.PERIODE_CLOSE


def test_an_undoing_waits_in_a_closed_period() -> None:
    ferme = replace(decide(Cote.BATIGEST, SIX, SIX, rendu=Rendu(HUIT, SEPT)), cloture=date(2025, 7, 1))
    assert une(SIX, SIX, SIX, reglement=ferme).geste is Geste.PERIODE_CLOSE
