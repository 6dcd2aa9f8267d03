"""Who is who: each line of the table, and what a person may not do."""

from datetime import UTC, datetime

import pytest

from connecteur.domain.correspondance import (
    REMEDES,
    Correspondance,
    RefusAssociation,
    refus_association,
    relie,
)
from connecteur.domain.salarie import Salarie

LEA, UGO, ZOE = "aaaa-1", "bbbb-2", "cccc-3"
HIER = datetime(2025, 6, 26, tzinfo=UTC)


def s(code: str, utilisateur: str | None = None) -> Salarie:
    return Salarie(code, f"Nom {code}", "", utilisateur)


def lien(utilisateur: str, code: str, partage: str | None = None) -> Correspondance:
    return Correspondance(utilisateur, code, "Anne", HIER, partage)


@pytest.mark.parametrize(
    ("salaries", "liens", "codes", "etats"),
    [
        ([s("S1", LEA)], [], {LEA: ("S1",)}, {}),
        ([s("S1", LEA)], [lien(LEA, "s1 ")], {LEA: ("S1",)}, {LEA: "confirmée"}),
        ([s("S1", LEA), s("S2")], [lien(LEA, "S2")], {LEA: ("S1",)}, {LEA: "écartée"}),
        ([s("S1", LEA), s("S2", LEA)], [lien(LEA, "S2")], {LEA: ("S1", "S2")}, {LEA: "écartée"}),
        ([s("Sé1")], [lien(LEA, "sÉ1")], {LEA: ("Sé1",)}, {LEA: "active"}),
        ([s("S2")], [lien(LEA, "S1")], {}, {LEA: "rompue"}),
        ([s("S1", UGO)], [lien(LEA, "S1")], {UGO: ("S1",), LEA: ("S1",)}, {LEA: "à confirmer"}),
        ([s("S1", UGO)], [lien(LEA, "S1", "Anne")], {UGO: ("S1",), LEA: ("S1",)}, {LEA: "active"}),
        (
            [s("S1")],
            [lien(LEA, "S1", "Anne"), lien(UGO, "S1")],
            {LEA: ("S1",), UGO: ("S1",)},
            {LEA: "active", UGO: "à confirmer"},
        ),
    ],
)
def test_codebs_wins_and_the_hand_completes(
    salaries: list[Salarie], liens: list[Correspondance], codes: dict[str, tuple[str, ...]], etats: dict[str, str]
) -> None:
    relations = relie(salaries, liens)
    assert (relations.codes, relations.etats) == (codes, etats)
    assert relations.rompus == {u for u, etat in etats.items() if etat == "rompue"}


@pytest.mark.parametrize(
    ("utilisateur", "code", "refus"),
    [
        (ZOE, "S3", None),
        (ZOE, " s3", None),
        (ZOE, "S9", RefusAssociation.SALARIE_INCONNU),
        ("inconnu", "S3", RefusAssociation.UTILISATEUR_INCONNU),
        (LEA, "S3", RefusAssociation.CODEBS_DIT_AUTREMENT),
        (LEA, "S1", None),
        (UGO, "S3", RefusAssociation.DEJA_ASSOCIE),
        (UGO, "S2", None),
        (ZOE, "S1", RefusAssociation.PARTAGE),
        (ZOE, "S2", RefusAssociation.PARTAGE),
    ],
)
def test_nobody_becomes_two_salaries_and_sharing_must_be_said(
    utilisateur: str, code: str, refus: RefusAssociation | None
) -> None:
    salaries = [s("S1", LEA), s("S2"), s("S3")]
    assert refus_association(utilisateur, code, [LEA, UGO, ZOE], salaries, [lien(UGO, "S2")]) is refus


def test_every_refusal_has_a_remedy() -> None:
    assert set(REMEDES) == set(RefusAssociation)
