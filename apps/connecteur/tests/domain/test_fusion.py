"""The three-way merge: nothing a person set is reset, nothing Batigest changed is forgotten."""

from hypothesis import given
from hypothesis import strategies as st

from connecteur.domain.chantier import CHAMPS, Champs
from connecteur.domain.fusion import Base, fusionne, nouvelle_base

valeurs = st.sampled_from([None, "", "a", "b", "c"])
champs = st.fixed_dictionaries(dict.fromkeys(CHAMPS, valeurs))


def tous(valeur: str | None) -> Champs:
    return dict.fromkeys(CHAMPS, valeur)


def test_an_unchanged_project_costs_nothing() -> None:
    fusion = fusionne(Base(tous("a"), tous("a")), tous("a"), tous("a"))
    assert (fusion.a_envoyer, fusion.divergences, fusion.conflits) == ({}, (), ())


def test_only_the_field_that_batigest_changed_is_sent() -> None:
    fusion = fusionne(Base(tous("a"), tous("a")), {**tous("a"), "nom": "b"}, tous("a"))
    assert fusion.a_envoyer == {"nom": "b"}


def test_what_a_person_changed_in_batisimply_is_kept_and_noted() -> None:
    fusion = fusionne(Base(tous("a"), tous("a")), tous("a"), {**tous("a"), "nom": "b"})
    assert fusion.a_envoyer == {}
    assert [(e.champ, e.notre, e.leur) for e in fusion.divergences] == [("nom", "a", "b")]


def test_a_field_changed_on_both_sides_is_a_conflict_with_its_three_values() -> None:
    fusion = fusionne(Base(tous("a"), tous("a")), {**tous("a"), "nom": "b"}, {**tous("a"), "nom": "c"})
    assert fusion.a_envoyer == {}
    assert [(e.champ, e.base, e.notre, e.leur) for e in fusion.conflits] == [("nom", "a", "b", "c")]


def test_a_server_that_stores_a_value_its_own_way_does_not_cause_a_call_on_every_run() -> None:
    notres, stockes = {**tous("a"), "nom": "Nom trop long"}, {**tous("a"), "nom": "Nom trop"}
    premiere = fusionne(Base(tous("a"), tous("a")), notres, tous("a"))
    base = nouvelle_base(Base(tous("a"), tous("a")), premiere, notres, stockes)
    assert fusionne(base, notres, stockes).a_envoyer == {}


def test_an_end_date_removed_in_batigest_is_removed_in_batisimply() -> None:
    fusion = fusionne(Base(tous("a"), tous("a")), {**tous("a"), "fin": None}, tous("a"))
    assert fusion.a_envoyer == {"fin": None}


def test_at_the_first_meeting_empty_sides_take_the_others_value() -> None:
    fusion = fusionne(None, {**tous("a"), "rue": ""}, {**tous("a"), "rue": "r", "ville": None})
    assert fusion.a_envoyer == {"ville": "a"}
    assert fusion.conflits == ()


@given(st.none() | st.builds(Base, champs, champs), champs, champs)
def test_once_sent_the_next_merge_sends_nothing_and_finds_the_same_conflicts(
    base: Base | None, notres: Champs, leurs: Champs
) -> None:
    fusion = fusionne(base, notres, leurs)
    stockes = {**leurs, **fusion.a_envoyer}
    suivante = fusionne(nouvelle_base(base, fusion, notres, stockes), notres, stockes)
    assert suivante.a_envoyer == {}
    assert [e.champ for e in suivante.conflits] == [e.champ for e in fusion.conflits]
    assert [e.champ for e in suivante.divergences] == [e.champ for e in fusion.divergences]


@given(st.builds(Base, champs, champs), champs, champs)
def test_a_field_that_only_batisimply_changed_is_never_sent(base: Base, notres: Champs, leurs: Champs) -> None:
    for champ in fusionne(base, notres, leurs).a_envoyer:
        assert (leurs[champ] or None) == (base.leurs[champ] or None)
