"""The rules over time, network and verdicts."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connecteur.domain.licence import EchecContact, Repere
from connecteur.licence import phrases
from connecteur.licence.etats import EN_VIGUEUR, REESSAI, Connu, Etat, Fonction, Motif, Situation, evalue
from connecteur.licence.temps import avance, recale
from sages_commun.licence import Bail, FaitsLicence, Refus, Verdict

MIDI = datetime(2026, 3, 2, 12, tzinfo=UTC)
JOUR = timedelta(days=1)
GRACE = timedelta(days=14)
REFUS = [verdict for verdict in Verdict if verdict is not Verdict.VALIDE]


def faits(expire: datetime = MIDI + 300 * JOUR, *fonctions: str) -> FaitsLicence:
    return FaitsLicence("C. Durand", "Durand", expire, fonctions or ("chantier", "devis", "heures"), 0, -1, -1)


def bail(emis: datetime = MIDI, verdict: Verdict = Verdict.VALIDE, licence: FaitsLicence | None = None) -> Bail:
    """As the Licence Manager makes it: a day before it is to be refreshed, seven days, never past the licence."""
    licence = licence or faits()
    fin = min(emis + 7 * JOUR, licence.expire) if verdict is Verdict.VALIDE else emis + timedelta(minutes=5)
    sans = verdict in {Verdict.INCONNUE, Verdict.MAL_FORMEE}
    return Bail(verdict, "", "condense", "machine", None, emis, min(emis + JOUR, fin), fin, None if sans else licence)


def a(instant: datetime, tenu: Bail | None = None, **reste: object) -> Situation:
    connu = Connu(cle=True, bail=tenu or bail(), repere=avance(recale(MIDI, MIDI), instant), **reste)  # type: ignore[arg-type]
    return evalue(connu, GRACE)


@pytest.mark.parametrize(
    ("apres", "etat", "jours"),
    [
        (timedelta(0), Etat.VALIDE, 300),
        (timedelta(hours=23, minutes=59), Etat.VALIDE, 300),
        (JOUR, Etat.A_RAFRAICHIR, 299),
        (7 * JOUR - timedelta(seconds=1), Etat.A_RAFRAICHIR, 294),
        (7 * JOUR, Etat.GRACE, 14),
        (14 * JOUR, Etat.GRACE, 7),
        (21 * JOUR - timedelta(seconds=1), Etat.GRACE, 1),
        (21 * JOUR, Etat.EXPIREE, None),
        (400 * JOUR, Etat.EXPIREE, None),
    ],
)
def test_without_the_server_a_licence_goes_through_its_states_in_order(
    apres: timedelta, etat: Etat, jours: int | None
) -> None:
    situation = a(MIDI + apres)
    assert (situation.etat, situation.jours_restants) == (etat, jours)
    assert situation.permet(Fonction.HEURES) is (etat in EN_VIGUEUR)


def test_a_licence_that_ends_while_the_server_is_away_goes_into_the_grace_and_says_so() -> None:
    tenu = bail(licence=faits(MIDI + 2 * JOUR))
    assert a(MIDI + 2 * JOUR, tenu).motif is Motif.ECHEANCE_SANS_CONTACT
    assert a(MIDI + 16 * JOUR - timedelta(seconds=1), tenu).etat is Etat.GRACE
    assert a(MIDI + 16 * JOUR, tenu).etat is Etat.EXPIREE


@pytest.mark.parametrize("verdict", REFUS)
def test_what_the_server_refuses_is_refused_at_once_and_for_as_long_as_it_says_nothing_else(verdict: Verdict) -> None:
    attendu = Etat.EXPIREE if verdict is Verdict.EXPIREE else Etat.REFUSEE
    for apres in (timedelta(0), timedelta(minutes=6), 90 * JOUR):
        situation = a(MIDI + apres, bail(verdict=verdict))
        assert (situation.etat, situation.en_vigueur) == (attendu, False)
        assert phrases.phrase(situation).message


def test_functions_that_were_not_sold_are_not_served() -> None:
    situation = a(MIDI, bail(licence=faits(MIDI + 9 * JOUR, "heures")))
    assert [f for f in Fonction if situation.permet(f)] == [Fonction.HEURES]
    sans_faits = Bail(Verdict.VALIDE, "", "c", "m", None, MIDI, MIDI + JOUR, MIDI + JOUR, None)
    assert all(a(MIDI, sans_faits).permet(fonction) for fonction in Fonction)


def test_without_a_key_or_an_answer_there_is_no_licence() -> None:
    repere = recale(MIDI, MIDI)
    assert evalue(Connu(cle=False, bail=None, repere=repere), GRACE).motif is Motif.SANS_CLE
    jamais = evalue(Connu(cle=True, bail=None, repere=repere), GRACE)
    assert (jamais.etat, jamais.motif, jamais.prochain_contact) == (Etat.ABSENTE, Motif.JAMAIS_VERIFIEE, MIDI)
    faux = evalue(Connu(cle=True, bail=None, repere=repere, refus=Refus.SIGNATURE), GRACE)
    assert (faux.etat, faux.motif) == (Etat.ABSENTE, Motif.BAIL_REFUSE)
    assert "fabriqué ou modifié" in phrases.phrase(faux).message
    panne = EchecContact(MIDI, "Le coffre est abîmé.", "Restaurez-le.")
    assert (
        phrases.phrase(evalue(Connu(cle=True, bail=bail(), repere=repere, panne=panne), GRACE)).remede == panne.remede
    )


def test_the_server_is_asked_when_the_lease_says_so_and_five_minutes_after_a_failure() -> None:
    assert a(MIDI).prochain_contact == MIDI + JOUR
    apres = MIDI + 2 * JOUR
    assert a(apres).prochain_contact == MIDI + JOUR
    assert a(apres, echec=EchecContact(apres, "injoignable")).prochain_contact == apres + REESSAI
    refusee = a(apres, bail(verdict=Verdict.INACTIVE))
    assert refusee.prochain_contact is not None
    assert refusee.prochain_contact <= apres


def test_a_failure_from_before_the_clock_was_set_back_is_not_waited_for_for_years() -> None:
    repere = avance(recale(MIDI, MIDI), MIDI - 900 * JOUR)
    connu = Connu(cle=True, bail=bail(), repere=repere, echec=EchecContact(MIDI, "injoignable"))
    prochain = evalue(connu, GRACE).prochain_contact
    assert prochain is not None
    assert prochain <= repere.horloge + JOUR


def test_every_situation_has_its_sentence_and_the_bad_ones_a_remedy() -> None:
    for apres in range(30):
        situation = a(MIDI + apres * JOUR)
        dite = phrases.phrase(situation)
        assert dite.titre
        assert dite.message.endswith(".")
        assert dite.remede or situation.etat is Etat.VALIDE
    assert "encore 1 jour." in phrases.phrase(a(MIDI + 20.5 * JOUR)).message


# --- the property ---------------------------------------------------------------------------------------------

PAS = st.one_of(
    st.timedeltas(min_value=timedelta(minutes=1), max_value=timedelta(days=4)),
    st.timedeltas(min_value=timedelta(days=-60), max_value=timedelta(minutes=-1)),
)
"""What happens to the clock between two looks: it goes on, or somebody sets it back."""
RESEAU = st.one_of(st.none(), st.just(Verdict.VALIDE), st.sampled_from(list(Verdict)))
"""What the server says at that look: nothing at all, or a verdict."""


@settings(max_examples=300)
@given(
    st.lists(st.tuples(PAS, st.timedeltas(timedelta(0), timedelta(days=3)), RESEAU), max_size=25),
    st.integers(1, 60),
    st.integers(0, 14),
)
def test_a_licence_in_force_is_never_blocked_and_none_is_served_past_lease_and_grace(
    suite: list[tuple[timedelta, timedelta, Verdict | None]], duree_licence: int, grace_jours: int
) -> None:
    """`vrai` is the real time, which only the server and this test know; the clock does what it likes."""
    grace = timedelta(days=grace_jours)
    vrai, horloge = MIDI, MIDI
    licence = faits(MIDI + duree_licence * JOUR)
    repere: Repere = recale(horloge, vrai)
    tenu = bail(vrai, licence=licence)
    honnete = True
    for pas, eteinte, verdict in suite:
        # Real time passes; an honest clock says so, another one says anything.
        vrai += abs(pas) if pas > timedelta(0) else eteinte
        honnete = honnete and pas > timedelta(0)
        horloge += pas
        repere = avance(repere, horloge)
        if verdict is not None:
            sinon = Verdict.EXPIREE if vrai > licence.expire else Verdict.VALIDE
            tenu = bail(vrai, verdict if verdict is not Verdict.VALIDE else sinon, licence)
            repere, honnete = recale(horloge, vrai), True
        situation = evalue(Connu(cle=True, bail=tenu, repere=repere), grace)
        if not tenu.valide:
            assert not situation.en_vigueur
            continue
        if honnete:
            # Never blocked while its lease, or the grace after it, is in force…
            assert situation.en_vigueur is (vrai < tenu.expire + grace)
        if situation.en_vigueur:
            # …and never served past them, by the only time that can be known here.
            assert repere.atteint < tenu.expire + grace
            assert situation.fin == tenu.expire + grace
            assert situation.fin <= licence.expire + grace


@settings(max_examples=200)
@given(st.lists(st.timedeltas(timedelta(days=-400), timedelta(days=-1)), min_size=22, max_size=22))
def test_whoever_sets_the_clock_back_for_ever_is_stopped_all_the_same(reculs: list[timedelta]) -> None:
    repere, tenu = recale(MIDI, MIDI), bail()
    for recul in reculs:
        repere = avance(repere, repere.horloge + recul)
    assert evalue(Connu(cle=True, bail=tenu, repere=repere), GRACE).etat is Etat.EXPIREE
