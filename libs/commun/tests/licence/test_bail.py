"""The lease under attack: none of it is believed unless all of it is right."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from sages_commun.licence import (
    MESSAGES,
    PHRASES_REFUS,
    Bail,
    BailRefuse,
    ClePubliqueIllisible,
    FaitsLicence,
    Refus,
    Verdict,
    condense_cle,
    kid_de,
    lit_cles_publiques,
    make_cle,
    verifie_bail,
)
from sages_commun.licence.bail import TYPE

ACTUELLE, SUIVANTE, RETIREE, ATTAQUANT = (Ed25519PrivateKey.generate() for _ in range(4))
CONNUES = {kid_de(privee.public_key()): privee.public_key() for privee in (ACTUELLE, SUIVANTE)}
CLE, MACHINE, NONCE = make_cle(), "poste-compta", "n-0123456789"
LE = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
BAIL = Bail(
    verdict=Verdict.VALIDE,
    message=MESSAGES[Verdict.VALIDE],
    condense=condense_cle(CLE),
    machine=MACHINE,
    nonce=NONCE,
    emis=LE,
    a_rafraichir=LE + timedelta(days=1),
    expire=LE + timedelta(days=7),
    licence=FaitsLicence("Dupont", "Menuiserie Lefèvre", LE + timedelta(days=90), ("heures",), 3, -1, 2),
)


def signe(
    claims: dict[str, Any] | None = None, *, privee: Ed25519PrivateKey = ACTUELLE, kid: str = "", typ: str = TYPE
) -> str:
    """A token of these claims, signed as the Licence Manager does."""
    entetes = {"kid": kid or kid_de(privee.public_key()), "typ": typ}
    return jwt.encode(BAIL.claims() if claims is None else claims, privee, algorithm="EdDSA", headers=entetes)


def lit(
    jeton: str,
    *,
    maintenant: datetime = LE,
    cle: str = CLE,
    machine: str | None = MACHINE,
    nonce: str | None = NONCE,
    accepte_expire: bool = False,
) -> Bail:
    """Verify as the connector that asked."""
    return verifie_bail(
        jeton, CONNUES, maintenant=maintenant, cle=cle, machine=machine, nonce=nonce, accepte_expire=accepte_expire
    )


def refus(jeton: str, **autres: Any) -> Refus:
    """Why it is not believed."""
    with pytest.raises(BailRefuse) as attrape:
        lit(jeton, **autres)
    assert str(attrape.value) == PHRASES_REFUS[attrape.value.code]
    return attrape.value.code


def b64(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


def test_an_honest_lease_comes_back_as_it_was_issued() -> None:
    assert lit(signe()) == BAIL


def test_the_next_key_is_believed_as_well_as_the_present_one() -> None:
    assert lit(signe(privee=SUIVANTE)) == BAIL


def test_a_refusal_is_signed_too_and_says_which() -> None:
    refuse = replace(BAIL, verdict=Verdict.INCONNUE, message=MESSAGES[Verdict.INCONNUE], licence=None)
    lu = lit(signe(refuse.claims()))
    assert lu == refuse
    assert not lu.valide


def test_a_lease_kept_since_then_is_read_without_the_nonce() -> None:
    assert lit(signe(), nonce=None, maintenant=LE + timedelta(days=3)) == BAIL


def test_a_lease_that_is_over_is_refused_unless_its_end_is_what_is_wanted() -> None:
    assert refus(signe(), maintenant=BAIL.expire) is Refus.EXPIRE
    assert lit(signe(), maintenant=BAIL.expire - timedelta(seconds=1)) == BAIL
    assert lit(signe(), maintenant=BAIL.expire + timedelta(days=30), accepte_expire=True) == BAIL


def test_a_lease_of_the_future_is_refused_beyond_a_little() -> None:
    assert refus(signe(), maintenant=LE - timedelta(minutes=11)) is Refus.DANS_LE_FUTUR
    assert lit(signe(), maintenant=LE - timedelta(minutes=9)) == BAIL


def test_a_forged_lease_is_refused_even_under_the_id_of_a_true_key() -> None:
    assert refus(signe(privee=ATTAQUANT)) is Refus.CLE_INCONNUE
    assert refus(signe(privee=ATTAQUANT, kid=kid_de(ACTUELLE.public_key()))) is Refus.SIGNATURE


def test_a_retired_key_is_not_believed_any_more() -> None:
    assert refus(signe(privee=RETIREE)) is Refus.CLE_INCONNUE


def test_a_lease_signed_by_one_key_under_the_id_of_the_other_is_refused() -> None:
    assert refus(signe(privee=SUIVANTE, kid=kid_de(ACTUELLE.public_key()))) is Refus.SIGNATURE


@pytest.mark.parametrize("alg", ["none", "None", "HS256", "HS512", "ES256", "RS256", "Ed448", "eddsa", "", None])
def test_another_algorithm_is_refused_whatever_the_signature(alg: str | None) -> None:
    entete = {"alg": alg, "kid": kid_de(ACTUELLE.public_key()), "typ": TYPE}
    signe_bien = signe()
    _, contenu, signature = signe_bien.split(".")
    for suite in (signature, "", b64(b"x" * 64)):
        jeton = f"{b64(json.dumps(entete).encode())}.{contenu}.{suite}"
        assert refus(jeton) in {Refus.ALGORITHME, Refus.ILLISIBLE}


def test_the_public_key_used_as_a_shared_secret_is_refused() -> None:
    secret = ACTUELLE.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    entetes = {"kid": kid_de(ACTUELLE.public_key()), "typ": TYPE}
    jeton = jwt.encode(BAIL.claims(), secret, algorithm="HS256", headers=entetes)
    assert refus(jeton) is Refus.ALGORITHME


def test_what_was_signed_for_another_purpose_is_not_a_lease() -> None:
    assert refus(signe(typ="JWT")) is Refus.TYPE
    assert refus(signe(typ="sages-bail+jwt ")) is Refus.TYPE
    assert refus(signe(BAIL.claims() | {"aud": "connecteur.groupe-sages/bail/2"})) is Refus.DOMAINE
    assert refus(signe(BAIL.claims() | {"iss": "quelqu-un"})) is Refus.DOMAINE


def test_the_lease_of_another_machine_key_or_question_is_refused() -> None:
    assert refus(signe(), machine="autre-poste") is Refus.AUTRE_MACHINE
    assert refus(signe(), machine=None) is Refus.AUTRE_MACHINE
    assert refus(signe(), cle=make_cle()) is Refus.AUTRE_CLE
    assert refus(signe(), nonce="n-rejoue") is Refus.AUTRE_DEMANDE
    assert refus(signe(BAIL.claims() | {"nonce": None})) is Refus.AUTRE_DEMANDE


@given(st.data())
def test_a_lease_with_any_character_changed_is_refused(data: st.DataObject) -> None:
    jeton = signe()
    place = data.draw(st.integers(0, len(jeton) - 1))
    autre = data.draw(st.characters(max_codepoint=0x2FF).filter(lambda c: c != jeton[place]))
    refus(jeton[:place] + autre + jeton[place + 1 :])


def test_a_lease_cut_anywhere_is_refused() -> None:
    jeton = signe()
    for longueur in range(len(jeton)):
        refus(jeton[:longueur])


def test_the_verdict_cannot_be_changed_without_the_private_key() -> None:
    entete, _, signature = signe().split(".")
    change = b64(json.dumps(BAIL.claims() | {"exp": BAIL.claims()["exp"] + 10**6}).encode())
    assert refus(f"{entete}.{change}.{signature}") is Refus.SIGNATURE


def test_an_oversized_answer_is_not_even_read() -> None:
    assert refus(signe(BAIL.claims() | {"message": "x" * 9000})) is Refus.TROP_LONG
    assert refus("[" * 10**6) is Refus.TROP_LONG


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda octets: f"{b64(octets)}.{b64(octets)}.{b64(octets)}"))
def test_no_text_whatever_is_a_lease_nor_breaks_the_reader(texte: str) -> None:
    refus(texte)


@pytest.mark.parametrize("texte", ["\ud800", "a.b.c", "..", "<html><body>502 Bad Gateway</body></html>", "e30.e30.e30"])
def test_what_a_proxy_may_answer_is_refused(texte: str) -> None:
    assert refus(texte) in {Refus.ILLISIBLE, Refus.ALGORITHME}


@pytest.mark.parametrize(
    "faux",
    [
        {"code": "expired"},  # says valid beside it
        {"valid": 1},
        {"code": "perhaps"},
        {"licence": None},
        {"exp": LE.timestamp() + 0.5},
        {"exp": True},
        {"exp": 10**30},
        {"iat": int(LE.timestamp()) + 10**6},
        {"machine": 4},
        {"licence": {"client": "x"}},
        {"licence": []},
    ],
)
def test_signed_nonsense_is_refused(faux: dict[str, Any]) -> None:
    assert refus(signe(BAIL.claims() | faux)) is Refus.CONTENU


@pytest.mark.parametrize("claim", sorted(BAIL.claims()))
def test_a_lease_without_one_of_its_claims_is_refused(claim: str) -> None:
    claims = BAIL.claims()
    del claims[claim]
    assert refus(signe(claims)) is Refus.CONTENU


@pytest.mark.parametrize("contenu", [b"[]", b"null", b"4", b"\xff", b"[" * 3000])
def test_a_signed_content_that_is_no_object_is_refused(contenu: bytes) -> None:
    entetes = {"kid": kid_de(ACTUELLE.public_key()), "typ": TYPE}
    assert refus(jwt.PyJWS().encode(contenu, ACTUELLE, algorithm="EdDSA", headers=entetes)) is Refus.CONTENU


def test_public_keys_are_read_from_their_text_and_named_after_themselves() -> None:
    textes = [b64(p.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)) for p in (ACTUELLE, SUIVANTE)]
    assert set(lit_cles_publiques([f" {texte}\n" for texte in textes])) == set(CONNUES)


@pytest.mark.parametrize("texte", ["", "é", "AAAA", "A" * 44, "A" * 43 + "!"])
def test_what_is_no_public_key_is_named(texte: str) -> None:
    with pytest.raises(ClePubliqueIllisible, match="clé publique"):
        lit_cles_publiques([texte])


def test_each_verdict_and_each_refusal_has_its_own_sentence() -> None:
    assert set(MESSAGES) == set(Verdict)
    assert set(PHRASES_REFUS) == set(Refus)
    assert len(set(MESSAGES.values())) == len(Verdict)
    assert len(set(PHRASES_REFUS.values())) == len(Refus)
