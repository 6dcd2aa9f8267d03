"""Conflicts are settled by the policy, the dates and people; a human edit is never lost without a trace."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connecteur.domain.arbitrage import Decision, Faits, Regles, arbitre
from connecteur.domain.chantier import CHAMPS, Champs
from connecteur.domain.conflit import Cote, Politique, juge
from connecteur.domain.datation import Datation, horloge
from connecteur.domain.fusion import Base, Fusion, fusionne, nouvelle_base

MIDI = datetime(2025, 6, 24, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def tous(valeur: str | None) -> Champs:
    return dict.fromkeys(CHAMPS, valeur)


ACCORD = Base(tous("a"), tous("a"))
DEUX_NOMS = fusionne(ACCORD, tous("a") | {"nom": "b"}, tous("a") | {"nom": "c"})


def dates(batigest: Datation | None, batisimply: Datation | None) -> Faits:
    return Faits({"nom": batigest} if batigest else {}, {"nom": batisimply} if batisimply else {})


def juge_nom(faits: Faits, regles: Regles | None = None) -> Fusion:
    return arbitre(DEUX_NOMS, tous("a") | {"nom": "b"}, regles or Regles(), faits)


def test_the_later_change_wins_and_both_values_stay_in_the_record() -> None:
    fusion = juge_nom(dates(Datation.a(MIDI + MINUTE), Datation.a(MIDI)))
    assert fusion.a_envoyer == {"nom": "b"}
    (regle,) = fusion.regles
    assert (regle.base, regle.notre, regle.leur, regle.gagnant) == ("a", "b", "c", Cote.BATIGEST)
    assert (regle.date_batigest, regle.date_batisimply) == (MIDI + MINUTE, MIDI)
    assert "plus récente" in regle.raison


def test_where_batisimply_wins_nothing_is_sent_until_batigest_moves_again() -> None:
    fusion = juge_nom(dates(Datation.a(MIDI), Datation.a(MIDI + MINUTE)))
    assert (fusion.a_envoyer, [e.gagnant for e in fusion.regles]) == ({}, [Cote.BATISIMPLY])
    base = nouvelle_base(ACCORD, fusion, tous("a") | {"nom": "b"}, tous("a") | {"nom": "c"})
    encore = fusionne(base, tous("a") | {"nom": "b"}, tous("a") | {"nom": "c"})
    assert (encore.a_envoyer, encore.divergences, encore.conflits) == ({}, (), ())
    assert fusionne(base, tous("a") | {"nom": "d"}, tous("a") | {"nom": "c"}).a_envoyer == {"nom": "d"}


@pytest.mark.parametrize(
    ("batigest", "batisimply"),
    [
        (Datation(MIDI - 5 * MINUTE, MIDI), Datation.a(MIDI - MINUTE)),
        (Datation.a(MIDI, MINUTE), Datation.a(MIDI + MINUTE, MINUTE / 2)),
        (None, Datation.a(MIDI)),
        (Datation.a(MIDI), None),
    ],
)
def test_spans_that_overlap_and_unknown_dates_wait_for_a_person(
    batigest: Datation | None, batisimply: Datation | None
) -> None:
    fusion = juge_nom(dates(batigest, batisimply))
    assert fusion.a_envoyer == {}
    assert [e.gagnant for e in fusion.conflits] == [None]
    assert fusion.conflits[0].raison.endswith("à vous de décider.")


def test_a_difference_below_the_precision_of_the_clocks_counts_as_none() -> None:
    ici, la = Datation.a(MIDI, timedelta(seconds=1)), horloge(90.0).date(MIDI - timedelta(seconds=91))
    assert juge_nom(dates(ici, la)).regles == ()
    plus_tard = horloge(90.0).date(MIDI - timedelta(seconds=87))
    assert [e.gagnant for e in juge_nom(dates(ici, plus_tard)).regles] == [Cote.BATISIMPLY]


def test_a_margin_is_no_part_of_a_fixed_policy() -> None:
    assert juge(Politique.BATIGEST, MIDI, MIDI, marge=MINUTE).gagnant is Cote.BATIGEST
    assert juge(Politique.PLUS_RECENT, MIDI, MIDI + MINUTE, marge=2 * MINUTE).gagnant is None


@pytest.mark.parametrize(
    ("politique", "gagnant"),
    [(Politique.BATIGEST, Cote.BATIGEST), (Politique.BATISIMPLY, Cote.BATISIMPLY), (Politique.DEMANDER, None)],
)
def test_a_field_can_have_a_policy_of_its_own(politique: Politique, gagnant: Cote | None) -> None:
    fusion = juge_nom(dates(Datation.a(MIDI), Datation.a(MIDI + MINUTE)), Regles(par_champ={"nom": politique}))
    assert [e.gagnant for e in (*fusion.regles, *fusion.conflits)] == [gagnant]


def test_the_other_fields_go_on_unless_the_whole_record_waits() -> None:
    notres, leurs = tous("a") | {"nom": "b", "ville": "b", "fin": "b"}, tous("a") | {"nom": "c", "fin": "c"}
    faits = Faits({"fin": Datation.a(MIDI + MINUTE)}, {"fin": Datation.a(MIDI)})
    libre = arbitre(fusionne(ACCORD, notres, leurs), notres, Regles(), faits)
    assert libre.a_envoyer == {"ville": "b", "fin": "b"}
    tenue = arbitre(fusionne(ACCORD, notres, leurs), notres, Regles(fiche_entiere=True), faits)
    assert (tenue.a_envoyer, tenue.regles) == ({}, ())
    assert {e.champ for e in tenue.conflits} == {"nom", "fin"}
    suite = fusionne(nouvelle_base(ACCORD, tenue, notres, leurs), notres, leurs)
    assert (suite.a_envoyer, {e.champ for e in suite.conflits}) == ({"ville": "b"}, {"nom", "fin"})


def decide(choix: Cote, notre: str = "b", leur: str = "c", gagnant: Cote | None = None) -> Mapping[str, Decision]:
    return {"nom": Decision("nom", choix, notre, leur, gagnant, "Odile")}


@pytest.mark.parametrize(("choix", "envoi"), [(Cote.BATIGEST, {"nom": "b"}), (Cote.BATISIMPLY, {})])
def test_a_person_decides_an_open_conflict(choix: Cote, envoi: Champs) -> None:
    fusion = juge_nom(Faits(decisions=decide(choix)))
    assert (fusion.a_envoyer, fusion.conflits) == (envoi, ())
    assert [(e.gagnant, e.decide) for e in fusion.regles] == [(choix, True)]


def test_a_decision_about_values_that_moved_decides_nothing() -> None:
    fusion = juge_nom(Faits(decisions=decide(Cote.BATIGEST, leur="autre")))
    assert ([e.gagnant for e in fusion.conflits], fusion.regles) == ([None], ())


def test_a_person_can_decide_that_a_value_kept_in_batisimply_is_not() -> None:
    leurs = tous("a") | {"nom": "c"}
    fusion = fusionne(ACCORD, tous("a"), leurs)
    assert arbitre(fusion, tous("a"), Regles(), Faits()).divergences != ()
    repris = arbitre(fusion, tous("a"), Regles(), Faits(decisions=decide(Cote.BATIGEST, notre="a")))
    assert (repris.a_envoyer, repris.divergences) == ({"nom": "a"}, ())
    garde = arbitre(fusion, tous("a"), Regles(), Faits(decisions=decide(Cote.BATISIMPLY, notre="a")))
    base = nouvelle_base(ACCORD, garde, tous("a"), leurs)
    assert fusionne(base, tous("a"), leurs).divergences == ()


def test_what_was_settled_is_settled_otherwise_while_nothing_moved() -> None:
    notres, ecrits = tous("a") | {"nom": "b"}, tous("a") | {"nom": "b"}
    accord = Base(notres, ecrits)
    revirement = decide(Cote.BATISIMPLY, gagnant=Cote.BATIGEST)
    rendu = arbitre(fusionne(accord, notres, ecrits), notres, Regles(), Faits(decisions=revirement))
    assert rendu.a_envoyer == {"nom": "c"}
    base = nouvelle_base(accord, rendu, notres, tous("a") | {"nom": "c"})
    assert fusionne(base, notres, tous("a") | {"nom": "c"}).a_envoyer == {}
    bouge = notres | {"nom": "d"}
    passe = arbitre(fusionne(accord, bouge, ecrits), bouge, Regles(), Faits(decisions=revirement))
    assert (passe.a_envoyer, passe.regles) == ({"nom": "d"}, ())


def test_a_code_changed_in_batisimply_is_a_conflict_even_alone_and_never_by_case() -> None:
    assert [e.champ for e in fusionne(ACCORD, tous("a"), tous("a") | {"code": "b"}).conflits] == ["code"]
    autre = fusionne(ACCORD, tous("a"), tous("a") | {"code": " A "})
    assert (autre.a_envoyer, autre.conflits, autre.divergences) == ({}, (), ())


def test_what_batigest_says_nothing_about_is_neither_sent_nor_forgotten() -> None:
    notres = {champ: valeur for champ, valeur in tous("a").items() if champ != "heures_vendues"}
    leurs = tous("a") | {"heures_vendues": "b"}
    fusion = fusionne(ACCORD, notres, leurs)
    assert (fusion.a_envoyer, fusion.divergences) == ({}, ())
    assert nouvelle_base(ACCORD, fusion, notres, leurs) == ACCORD


valeurs = st.sampled_from([None, "", "a", "b", "c"])
champs = st.fixed_dictionaries(dict.fromkeys(CHAMPS, valeurs))
instants = st.integers(0, 5).map(lambda n: MIDI + n * MINUTE)
datations = st.dictionaries(st.sampled_from(CHAMPS), instants.map(Datation.a))
regles = st.builds(
    Regles,
    st.sampled_from(Politique),
    st.dictionaries(st.sampled_from(CHAMPS), st.sampled_from(Politique)),
    st.booleans(),
)


@given(st.none() | st.builds(Base, champs, champs), champs, champs, regles, st.builds(Faits, datations, datations))
def test_runs_converge_and_whatever_is_overwritten_stands_in_the_record(
    base: Base | None, notres: Champs, leurs: Champs, des_regles: Regles, faits: Faits
) -> None:
    fusion = arbitre(fusionne(base, notres, leurs), notres, des_regles, faits)
    for champ in fusion.a_envoyer:
        humain = base is None or (leurs[champ] or None) != (base.leurs[champ] or None)
        if leurs[champ] and humain:
            assert any(e.champ == champ and e.leur == leurs[champ] for e in fusion.regles)
    stockes = {**leurs, **fusion.a_envoyer}
    accord = nouvelle_base(base, fusion, notres, stockes)
    encore = arbitre(fusionne(accord, notres, stockes), notres, des_regles, faits)
    assert (encore.a_envoyer, encore.regles) == ({}, ())
    assert [e.champ for e in encore.conflits] == [e.champ for e in fusion.conflits]
    assert nouvelle_base(accord, encore, notres, stockes) == accord
