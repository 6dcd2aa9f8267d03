"""Counting questions, and what is hidden at rest."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from licence_manager.domain.suivi import Compte
from licence_manager.errors import TropDeDemandes
from licence_manager.services import debit as module
from licence_manager.services.debit import COMPTES_MAX, Debit, compte_adresse
from licence_manager.signing.coffre import Coffre, MauvaisSecret
from sages_commun.licence import make_cle

LE = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
MINUTE = int(LE.timestamp()) // 60


def passent(debit: Debit, plafond: int, fois: int, le: datetime = LE, cle: bytes = b"a") -> int:
    """How many of these questions pass."""
    passes = 0
    for _ in range(fois):
        try:
            debit.passe(cle, plafond, le)
        except TropDeDemandes:
            continue
        passes += 1
    return passes


@given(st.lists(st.tuples(st.sampled_from([0, 1]), st.sampled_from(["passe", "ecris", "panne"])), max_size=60))
def test_whatever_the_order_each_process_stops_at_the_limit_and_both_agree_once_told(
    gestes: list[tuple[int, str]],
) -> None:
    debits, base, passes = (Debit(), Debit()), 0, [0, 0]
    for rang, geste in gestes:
        debit = debits[rang]
        if geste == "passe":
            passes[rang] += passent(debit, 7, 1)
            continue
        comptes = debit.preleve()
        if geste == "panne":
            debit.rends(comptes)
        elif comptes:
            base += sum(compte.nombre for compte in comptes)
            debit.recois([Compte(b"a", MINUTE, base)])
    assert all(nombre <= 7 for nombre in passes)
    for debit in debits:
        comptes = debit.preleve()
        base += sum(compte.nombre for compte in comptes)
        debit.recois([Compte(b"a", MINUTE, base)] if comptes else [])
    assert base == sum(passes)  # none lost, none counted twice


def test_a_new_minute_begins_anew_and_a_clock_that_trembles_does_not() -> None:
    debit = Debit()
    assert passent(debit, 3, 5) == 3
    assert passent(debit, 3, 5, LE - timedelta(seconds=1)) == 0
    assert passent(debit, 3, 5, LE + timedelta(seconds=60)) == 3
    assert passent(debit, 3, 5, LE - timedelta(days=1)) == 3  # a clock set right must not close for a day


def test_counts_of_a_past_minute_are_not_taken_for_those_of_this_one() -> None:
    debit = Debit()
    passent(debit, 3, 2)
    comptes = debit.preleve()
    assert passent(debit, 3, 5, LE + timedelta(seconds=60)) == 3
    debit.recois([Compte(b"a", MINUTE, 99)])
    debit.rends(comptes)
    assert sum(compte.nombre for compte in debit.preleve()) == 3


def test_an_attack_from_everywhere_does_not_fill_the_memory() -> None:
    debit = Debit()
    for rang in range(COMPTES_MAX + 50):
        debit.passe(rang.to_bytes(4), 1, LE)
    assert len(debit.preleve()) == COMPTES_MAX
    assert module.COMPTES_MAX == COMPTES_MAX


def test_one_subscriber_is_one_address() -> None:
    assert compte_adresse("2001:db8:1:2::1") == compte_adresse("2001:db8:1:2:ffff::9")
    assert compte_adresse("2001:db8:1:2::1") != compte_adresse("2001:db8:1:3::1")
    assert compte_adresse("::ffff:192.0.2.1") == compte_adresse("192.0.2.1")
    assert compte_adresse("192.0.2.1") != compte_adresse("192.0.2.2")
    assert compte_adresse("testclient\ud800") != compte_adresse("")


def test_what_is_hidden_is_shown_by_the_same_secret_only() -> None:
    coffre, autre, cle = Coffre(b"a" * 32), Coffre(b"b" * 32), make_cle()
    chiffree = coffre.chiffre_cle(cle)
    assert coffre.montre_cle(chiffree, coffre.empreinte(cle)) == cle
    assert chiffree != coffre.chiffre_cle(cle)  # never twice the same
    assert cle.encode() not in chiffree
    assert coffre.empreinte(cle) != autre.empreinte(cle)
    assert coffre.empreinte(cle) != coffre.empreinte_sql(cle)
    with pytest.raises(MauvaisSecret):
        autre.montre_cle(chiffree, coffre.empreinte(cle))


def test_what_is_hidden_cannot_be_moved_to_another_row_changed_or_cut() -> None:
    coffre, cle = Coffre(b"a" * 32), make_cle()
    chiffree, empreinte = coffre.chiffre_cle(cle), coffre.empreinte(cle)
    faux = [chiffree[:-1], chiffree[:5], b"", b"\2" + chiffree[1:]]
    faux += [chiffree[:i] + bytes([chiffree[i] ^ 1]) + chiffree[i + 1 :] for i in range(len(chiffree))]
    for texte in faux:
        with pytest.raises(MauvaisSecret):
            coffre.montre_cle(texte, empreinte)
    with pytest.raises(MauvaisSecret):
        coffre.montre_cle(chiffree, coffre.empreinte(make_cle()))
    privee = coffre.chiffre_privee(b"p" * 32, "kid-1")
    assert coffre.montre_privee(privee, "kid-1") == b"p" * 32
    with pytest.raises(MauvaisSecret):
        coffre.montre_privee(privee, "kid-2")
