"""The key that a firm types: typing errors are named as such, what was meant is read."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sages_commun.licence import CleMalFormee, condense_cle, lit_cle, make_cle, masque_cle
from sages_commun.licence.cle import ALPHABET, SOSIES, cles_proches, complete_cle

CLE = make_cle()
CLES = st.text(ALPHABET, min_size=15, max_size=15).map(complete_cle)


def est_admise(texte: str) -> bool:
    """Whether it can be a key."""
    try:
        lit_cle(texte)
    except CleMalFormee:
        return False
    return True


def test_a_key_is_four_groups_of_four_characters_of_the_alphabet() -> None:
    assert re.fullmatch(rf"[{ALPHABET}]{{4}}(-[{ALPHABET}]{{4}}){{3}}", CLE)
    assert lit_cle(CLE) == CLE


def test_two_characters_of_the_alphabet_never_look_alike() -> None:
    for groupe in ("0OQD", "1IL", "2Z", "5S", "8B", "VU"):
        gardes = [c for c in groupe if c in ALPHABET and c not in "QD"]
        assert len(gardes) == 1
    assert set(SOSIES) | set(ALPHABET) == set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    assert not set(SOSIES) & set(ALPHABET)


def test_keys_do_not_repeat_and_use_the_whole_alphabet_at_each_place() -> None:
    cles = {make_cle() for _ in range(3000)}
    assert len(cles) == 3000
    for place in range(16):
        assert {cle.replace("-", "")[place] for cle in cles} == set(ALPHABET)


@given(CLES)
def test_any_single_wrong_character_is_caught(cle: str) -> None:
    for place, bon in enumerate(cle):
        if bon != "-":
            for autre in set(ALPHABET) - {bon}:
                assert not est_admise(cle[:place] + autre + cle[place + 1 :])


@given(CLES, st.integers(0, 15), st.sampled_from(ALPHABET))
def test_the_key_that_was_meant_is_among_those_that_a_typing_error_suggests(cle: str, place: int, faux: str) -> None:
    c = cle.replace("-", "")
    suivante = (place + 1) % 16
    fautives = [c[:place] + faux + c[place + 1 :]]
    if suivante:
        fautives.append(c[:place] + c[suivante] + c[place] + c[suivante + 1 :])
    for fautive in fautives:
        proches = cles_proches(fautive.lower())
        assert cle in proches
        assert len(proches) <= 31
        assert all(lit_cle(une) == une for une in proches)


@pytest.mark.parametrize(
    "saisie", ["", "ABCD", "é" * 16, CLE + "A", "x" * 5000], ids=["rien", "courte", "accents", "une de trop", "longue"]
)
def test_what_has_not_the_shape_of_a_key_suggests_none(saisie: str) -> None:
    assert cles_proches(saisie) == []


def test_swapping_any_two_neighbours_is_caught_for_every_pair_at_every_place() -> None:
    """The 812 ordered pairs at each of the 15 places; the check character follows in the last one."""
    essais = 0
    for place in range(14):
        for a in ALPHABET:
            for b in set(ALPHABET) - {a}:
                corps = "ACDEFGHJKMNPQRT"
                nue = complete_cle(corps[:place] + a + b + corps[place + 2 :]).replace("-", "")
                assert not est_admise(nue[:place] + b + a + nue[place + 2 :])
                essais += 1
    for a in ALPHABET:
        for c in ALPHABET:  # moves the check character through the alphabet
            nue = complete_cle(c + "CDEFGHJKMNPQRT"[:13] + a).replace("-", "")
            if nue[14] != nue[15]:
                assert not est_admise(nue[:14] + nue[15] + nue[14])
                essais += 1
    assert essais == 15 * 29 * 28


@given(CLES)
def test_swapping_any_two_different_characters_is_caught(cle: str) -> None:
    nue = cle.replace("-", "")
    for i in range(16):
        for j in range(i + 1, 16):
            if nue[i] != nue[j]:
                assert not est_admise(nue[:i] + nue[j] + nue[i + 1 : j] + nue[i] + nue[j + 1 :])


@given(CLES)
def test_doubling_the_wrong_character_is_caught(cle: str) -> None:
    nue = cle.replace("-", "")
    for place, (a, b) in enumerate(pairwise(nue)):
        if a == b:
            for c in set(ALPHABET) - {a}:
                assert not est_admise(nue[:place] + c + c + nue[place + 2 :])


@given(CLES, st.data())
def test_what_people_type_is_read_as_what_they_meant(cle: str, data: st.DataObject) -> None:
    inverses = {c: [c, c.lower(), *(s for s, v in SOSIES.items() if v == c)] for c in ALPHABET}
    separateurs = st.sampled_from(["", " ", "-", "–", "—", "\u00a0", "\u202f", "\t", " - ", "_", "\u200b", "−"])
    saisie = data.draw(separateurs)
    for c in cle.replace("-", ""):
        saisie += data.draw(st.sampled_from(inverses[c])) + data.draw(separateurs)
    assert lit_cle(saisie) == cle


@given(st.text(max_size=150))
def test_any_text_is_read_or_refused_with_a_sentence(texte: str) -> None:
    try:
        cle = lit_cle(texte)
    except CleMalFormee as exc:
        phrase = str(exc)
    else:
        phrase = f"{cle}."
        assert lit_cle(cle) == cle
    assert phrase.endswith(".")


@pytest.mark.parametrize(
    ("saisie", "phrase"),
    [
        ("", "vide"),
        ("A" * 15, "celle-ci en compte 15"),
        ("A" * 17, "celle-ci en compte 17"),
        ("É" + "A" * 15, "sans accent"),
        ("A" * 101, "compte 16 caractères"),
    ],
)
def test_a_refusal_says_what_is_wrong(saisie: str, phrase: str) -> None:
    with pytest.raises(CleMalFormee, match=phrase):
        lit_cle(saisie)


def test_full_width_letters_of_a_telephone_are_read() -> None:
    assert lit_cle("".join(chr(ord(c) + 0xFEE0) if c != "-" else c for c in CLE)) == CLE


def test_the_masked_key_shows_its_last_group_only() -> None:
    assert masque_cle(CLE) == f"••••-••••-••••-{CLE[-4:]}"


def test_the_digest_of_a_key_says_nothing_of_it_and_differs_from_another_one() -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", condense_cle(CLE))
    assert condense_cle(CLE) != condense_cle(make_cle())
