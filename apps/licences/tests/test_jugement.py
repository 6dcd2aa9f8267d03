"""The verdict: one rule, each of its outcomes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from licence_manager.domain.jugement import Presence, juge
from licence_manager.domain.licence import Etat, Fiche, Licence, defauts, etat, texte_recherche
from sages_commun.licence.verdict import Verdict

LE = datetime(2026, 3, 2, 9, 30, 15, tzinfo=UTC)
LICENCE = Licence(
    id=1,
    fiche=Fiche("Dupont", utilisations_max=10, machines_max=2),
    cree_le=LE,
    expire_le=LE + timedelta(days=40),
    utilisations=0,
    active=True,
    archivee=False,
)
CONNUE = Presence("poste", connue=True, machines=2)
FICHE = LICENCE.fiche


def test_a_licence_in_order_is_valid() -> None:
    assert juge(LICENCE, CONNUE, LE) is Verdict.VALIDE


@pytest.mark.parametrize(
    ("licence", "presence", "verdict"),
    [
        (None, CONNUE, Verdict.INCONNUE),
        (replace(LICENCE, archivee=True, active=False), CONNUE, Verdict.ARCHIVEE),
        (replace(LICENCE, active=False, expire_le=LE - timedelta(days=1)), CONNUE, Verdict.INACTIVE),
        (replace(LICENCE, expire_le=LE - timedelta(seconds=1), utilisations=10), CONNUE, Verdict.EXPIREE),
        (replace(LICENCE, utilisations=10), CONNUE, Verdict.LIMITE_UTILISATIONS),
        (LICENCE, Presence("neuf", connue=False, machines=2), Verdict.LIMITE_MACHINES),
        (LICENCE, Presence(None, connue=False, machines=0), Verdict.LIMITE_MACHINES),
        (LICENCE, Presence("neuf", connue=False, machines=1), Verdict.VALIDE),
        (replace(LICENCE, utilisations=9), CONNUE, Verdict.VALIDE),
        (
            replace(LICENCE, fiche=Fiche("D"), utilisations=10**8),
            Presence(None, connue=False, machines=0),
            Verdict.VALIDE,
        ),
    ],
)
def test_each_reason_to_refuse_has_its_verdict_and_the_gravest_is_said(
    licence: Licence | None, presence: Presence, verdict: Verdict
) -> None:
    assert juge(licence, presence, LE) is verdict


def test_a_licence_is_in_force_through_the_whole_of_its_last_second() -> None:
    assert juge(replace(LICENCE, expire_le=LE), CONNUE, LE + timedelta(microseconds=999_999)) is Verdict.VALIDE
    assert juge(replace(LICENCE, expire_le=LE), CONNUE, LE + timedelta(seconds=1)) is Verdict.EXPIREE


@given(st.booleans(), st.booleans(), st.integers(-50, 50), st.integers(-1, 60))
def test_the_state_that_is_shown_agrees_with_the_verdict(
    active: bool, archivee: bool, jours: int, bientot: int
) -> None:
    licence = replace(LICENCE, fiche=Fiche("D"), active=active, archivee=archivee, expire_le=LE + timedelta(days=jours))
    montre = etat(licence, LE, LE + timedelta(days=bientot))
    attendu = {
        Etat.ARCHIVEE: Verdict.ARCHIVEE,
        Etat.INACTIVE: Verdict.INACTIVE,
        Etat.EXPIREE: Verdict.EXPIREE,
        Etat.EXPIRE_BIENTOT: Verdict.VALIDE,
        Etat.ACTIVE: Verdict.VALIDE,
    }
    assert juge(licence, Presence(None, connue=False, machines=0), LE) is attendu[montre]
    if montre in {Etat.ACTIVE, Etat.EXPIRE_BIENTOT}:
        assert (montre is Etat.EXPIRE_BIENTOT) == (jours <= bientot)


@pytest.mark.parametrize(
    ("fiche", "phrase"),
    [
        (replace(FICHE, client="  "), "nom du client"),
        (replace(FICHE, client="x" * 201), "dépasse 200"),
        (replace(FICHE, client="a\0b"), "caractère de contrôle"),
        (replace(FICHE, entreprise="a\nb"), "caractère de contrôle"),
        (replace(FICHE, notes="\ud800"), "caractère de contrôle"),
        (replace(FICHE, email="dupont"), "adresse e-mail"),
        (replace(FICHE, email="a@b.fr\nBcc: c@d.fr"), "caractère de contrôle"),
        (replace(FICHE, email="a@b.fr,c@d.fr"), "adresse e-mail"),
        (replace(FICHE, fonctions=frozenset()), "au moins une fonction"),
        (replace(FICHE, utilisations_max=0), "-1 (sans limite)"),
        (replace(FICHE, utilisations_max=-2), "-1 (sans limite)"),
        (replace(FICHE, machines_max=10**10), "-1 (sans limite)"),
    ],
)
def test_what_cannot_be_kept_is_named(fiche: Fiche, phrase: str) -> None:
    assert any(phrase in defaut for defaut in defauts(fiche))


def test_a_good_record_has_no_defect() -> None:
    assert defauts(Fiche("Dupont", "Menuiserie Lefèvre & Fils", "c.lefevre@exemple.fr", notes="a\nb")) == []


def test_search_ignores_case_and_accents() -> None:
    assert texte_recherche("LEFÈVRE", "  Œuvre ßtraße") == "lefevre œuvre sstrasse"
