"""What is not signed by the licence server, for this key, this machine and this very question, is worth nothing.

Each attack goes through a real server and the whole provider; none gives a verdict, each says clearly what is wrong.
"""

import base64
import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from apps.connecteur.tests.pieces.licence import Autorite, un_bail
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from connecteur.errors import ErreurConnecteur, ReponseIllisible, ServiceInjoignable, ServiceSature
from connecteur.licence.echange import TAILLE_MAX, Question
from connecteur.licence.licence_manager import FournisseurLicenceManager
from sages_commun.licence import Bail, BailRefuse, Refus, Verdict, make_cle
from sages_commun.systeme import port_libre

from .conftest import MACHINE, Demande, Envoi, Serveur, honnete, reponse

DELAI_S = 1.0


@pytest.fixture
def fournisseur(serveur: Serveur, autorite: Autorite) -> FournisseurLicenceManager:
    return FournisseurLicenceManager(serveur.adresse, autorite.cles, delai_s=DELAI_S)


def question(cle: str) -> Question:
    return Question(cle, MACHINE, "1.2.3")


def test_an_honest_answer_is_believed(
    serveur: Serveur, autorite: Autorite, cle: str, fournisseur: FournisseurLicenceManager
) -> None:
    serveur.repond = honnete(autorite, cle)
    recue = fournisseur.demande(question(cle))
    assert recue.bail.valide
    assert fournisseur.relit(recue.garde, cle, MACHINE, datetime.now(UTC)) == recue.bail
    assert serveur.chemins == ["/api/validate"]
    (demande,) = serveur.recues
    assert demande["client_version"] == "1.2.3"
    assert demande["consume"] is False
    assert len(demande["nonce"]) >= 32


def test_no_two_questions_carry_the_same_nonce(
    serveur: Serveur, autorite: Autorite, cle: str, fournisseur: FournisseurLicenceManager
) -> None:
    serveur.repond = honnete(autorite, cle)
    for _ in range(3):
        fournisseur.demande(question(cle))
    assert len({demande["nonce"] for demande in serveur.recues}) == 3


def _segment(valeur: object) -> str:
    octets = valeur if isinstance(valeur, bytes) else json.dumps(valeur).encode()
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


def _altere(jeton: str, **claims: object) -> str:
    """The same signature under other claims."""
    entete, contenu, signature = jeton.split(".")
    lus = json.loads(base64.urlsafe_b64decode(contenu + "=="))
    return ".".join([entete, _segment(lus | claims), signature])


def _sous_entete(autorite: Autorite, bail: Bail, **entete: object) -> str:
    """The lease truly signed, under another header."""
    privee = autorite.signataire._privee
    voulu = {"alg": "EdDSA", "typ": "sages-bail+jwt", "kid": autorite.signataire.kid} | entete
    a_signer = f"{_segment(voulu)}.{_segment(bail.claims())}"
    return f"{a_signer}.{_segment(privee.sign(a_signer.encode()))}"


def _sans_algorithme(autorite: Autorite, bail: Bail) -> str:
    entete = {"alg": "none", "typ": "sages-bail+jwt", "kid": autorite.signataire.kid}
    return f"{_segment(entete)}.{_segment(bail.claims())}."


def _hs256(autorite: Autorite, bail: Bail) -> str:
    """Signed with the public key, which anybody has, as if it were a secret."""
    octets = autorite.cles[autorite.signataire.kid].public_bytes(Encoding.Raw, PublicFormat.Raw)
    entetes = {"typ": "sages-bail+jwt", "kid": autorite.signataire.kid}
    return jwt.encode(bail.claims(), octets, algorithm="HS256", headers=entetes)


def _autre_domaine(autorite: Autorite, bail: Bail) -> str:
    privee = autorite.signataire._privee
    pem = privee.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    entetes = {"typ": "sages-bail+jwt", "kid": autorite.signataire.kid}
    return jwt.encode(bail.claims() | {"aud": "licence-manager/export/1"}, pem, algorithm="EdDSA", headers=entetes)


Fausse = Callable[[Autorite, str, Demande], tuple[Bail, str]]


def _bon(cle: str, demande: Demande, **options: Any) -> Bail:
    return un_bail(cle, MACHINE, nonce=demande["nonce"], **options)


def _jeton(fait: Callable[[Autorite, Bail], str]) -> Fausse:
    def fabrique(autorite: Autorite, cle: str, demande: Demande) -> tuple[Bail, str]:
        bail = _bon(cle, demande)
        return bail, fait(autorite, bail)

    return fabrique


def _bail(change: Callable[[Bail], Bail]) -> Fausse:
    def fabrique(autorite: Autorite, cle: str, demande: Demande) -> tuple[Bail, str]:
        bail = change(_bon(cle, demande))
        return bail, autorite.signe(bail)

    return fabrique


ATTAQUES: dict[str, tuple[Fausse, Refus]] = {
    "forged by another key under the good key's id": (
        _jeton(lambda a, b: _sous_entete(Autorite(), b, kid=a.signataire.kid)), Refus.SIGNATURE,
    ),
    "signed by a key that is not carried": (_jeton(lambda _, b: Autorite().signe(b)), Refus.CLE_INCONNUE),
    "without a key id": (_jeton(lambda a, b: _sous_entete(a, b, kid=None)), Refus.CLE_INCONNUE),
    "altered: the end put off": (_jeton(lambda a, b: _altere(a.signe(b), exp=4102444800)), Refus.SIGNATURE),
    "altered: a refusal made valid": (
        _jeton(lambda a, b: _altere(a.signe(replace(b, verdict=Verdict.INACTIVE)), valid=True, code="valid")),
        Refus.SIGNATURE,
    ),
    "replayed: the answer to an earlier question": (
        _bail(lambda b: replace(b, nonce="une-question-d-avant")), Refus.AUTRE_DEMANDE,
    ),
    "replayed: an answer to no question": (_bail(lambda b: replace(b, nonce=None)), Refus.AUTRE_DEMANDE),
    "of another machine": (_bail(lambda b: replace(b, machine="une-autre")), Refus.AUTRE_MACHINE),
    "of no machine": (_bail(lambda b: replace(b, machine=None)), Refus.AUTRE_MACHINE),
    "of another key": (_bail(lambda b: replace(b, condense=un_bail(make_cle(), "").condense)), Refus.AUTRE_CLE),
    "of another domain": (_jeton(_autre_domaine), Refus.DOMAINE),
    "of another type": (_jeton(lambda a, b: _sous_entete(a, b, typ="JWT")), Refus.TYPE),
    "alg none": (_jeton(_sans_algorithme), Refus.ALGORITHME),
    "alg HS256 with the public key": (_jeton(_hs256), Refus.ALGORITHME),
    "alg changed under a good signature": (_jeton(lambda a, b: _sous_entete(a, b, alg="RS256")), Refus.ALGORITHME),
    "truncated": (_jeton(lambda a, b: a.signe(b)[:-10]), Refus.SIGNATURE),
    "without its signature": (_jeton(lambda a, b: a.signe(b).rsplit(".", 1)[0]), Refus.ILLISIBLE),
    "empty": (_jeton(lambda *_: ""), Refus.ILLISIBLE),
    "endless": (_jeton(lambda a, b: a.signe(b) + "A" * 9000), Refus.TROP_LONG),
    "times out of order": (_bail(lambda b: replace(b, expire=b.emis - timedelta(days=1))), Refus.CONTENU),
    "valid without the facts": (_bail(lambda b: replace(b, licence=None)), Refus.CONTENU),
}  # fmt: skip


@pytest.mark.parametrize("nom", ATTAQUES)
def test_a_lease_that_is_not_the_one_asked_for_is_not_believed(
    nom: str, serveur: Serveur, autorite: Autorite, cle: str, fournisseur: FournisseurLicenceManager
) -> None:
    fausse, refus = ATTAQUES[nom]

    def repond(demande: Demande) -> Envoi:
        bail, jeton = fausse(autorite, cle, demande)
        return reponse(bail, jeton, valid=True, code="valid")

    serveur.repond = repond
    with pytest.raises(ReponseIllisible) as leve:
        fournisseur.demande(question(cle))
    assert leve.value.detail in {f"bail refusé : {refus.value}", f"bail refusé : {Refus.ILLISIBLE.value}"}
    assert leve.value.message.endswith(".")
    assert leve.value.remede
    # Kept, it would not be believed either; a kept lease is the answer to no question, so a replay is not seen there.
    if refus is not Refus.AUTRE_DEMANDE:
        _, jeton = fausse(autorite, cle, serveur.recues[-1])
        with pytest.raises(BailRefuse):
            fournisseur.relit(jeton, cle, MACHINE, datetime.now(UTC))


@pytest.mark.parametrize(
    ("change", "phrase"),
    [
        ({"lease": None}, "rien signé"),
        ({"lease": 12}, "rien signé"),
        ({"valid": False}, "dit une chose et en signe une autre"),
        ({"code": "inactive"}, "dit une chose et en signe une autre"),
    ],
)
def test_a_server_that_lies_in_clear_is_not_believed(
    change: dict[str, object], phrase: str, serveur: Serveur, autorite: Autorite, cle: str
) -> None:
    fournisseur = FournisseurLicenceManager(serveur.adresse, autorite.cles, delai_s=DELAI_S)

    def repond(demande: Demande) -> Envoi:
        bail = _bon(cle, demande)
        return reponse(bail, autorite.signe(bail), **change)

    serveur.repond = repond
    with pytest.raises(ReponseIllisible, match=phrase):
        fournisseur.demande(question(cle))


def test_a_signed_refusal_is_not_made_valid_by_what_is_said_in_clear(
    serveur: Serveur, autorite: Autorite, cle: str, fournisseur: FournisseurLicenceManager
) -> None:
    def repond(demande: Demande) -> Envoi:
        bail = _bon(cle, demande, verdict=Verdict.INACTIVE)
        return reponse(bail, autorite.signe(bail), valid=True, code="valid")

    serveur.repond = repond
    with pytest.raises(ReponseIllisible, match="en signe une autre"):
        fournisseur.demande(question(cle))


MILIEU: dict[str, tuple[Envoi, type[ErreurConnecteur], str]] = {
    "a proxy that answers 200 with a page": (
        Envoi(corps=b"<html>Bienvenue sur le Wi-Fi</html>", type_contenu="text/html"), ReponseIllisible,
        "autre chose qu’un verdict",
    ),
    "no content type": (Envoi(corps=b"{}", type_contenu=None), ReponseIllisible, "autre chose qu’un verdict"),
    "a page that claims to be JSON": (Envoi(corps=b"<html>"), ReponseIllisible, "n’est pas lisible"),
    "JSON of another shape": (Envoi(corps=b"[1]"), ReponseIllisible, "n’est pas lisible"),
    "JSON nested without end": (Envoi(corps=b"[" * 20000), ReponseIllisible, "n’est pas lisible"),
    "an answer without end": (Envoi(corps=b" " * (TAILLE_MAX + 1)), ReponseIllisible, "anormalement longue"),
    "an answer that was packed": (
        Envoi(corps=b"x", entetes={"Content-Encoding": "gzip"}), ReponseIllisible, "n’est pas lisible",
    ),
    "a redirect to another host": (
        Envoi(302, entetes={"Location": "http://127.0.0.2:9/api/validate"}), ReponseIllisible,
        "renvoie vers une autre adresse",
    ),
    "another program": (Envoi(404), ReponseIllisible, "n’accepte pas la demande"),
    "a server that is down": (Envoi(503), ServiceInjoignable, "ne peut pas répondre"),
    "a server that is asked too much": (Envoi(429, entetes={"Retry-After": "17"}), ServiceSature, "d’attendre"),
    "a line that is cut": (Envoi(coupe=True), ServiceInjoignable, "liaison a été coupée"),
}  # fmt: skip


@pytest.mark.parametrize("nom", MILIEU)
def test_what_stands_in_between_gives_no_verdict_and_is_named(
    nom: str, serveur: Serveur, cle: str, fournisseur: FournisseurLicenceManager
) -> None:
    envoi, famille, phrase = MILIEU[nom]
    serveur.repond = lambda _: envoi
    with pytest.raises(famille, match=phrase) as leve:
        fournisseur.demande(question(cle))
    assert leve.value.remede
    assert len(serveur.recues) == 1
    assert cle not in f"{leve.value!r} {leve.value.message} {leve.value.remede} {leve.value.detail}"
    if isinstance(leve.value, ServiceSature):
        assert leve.value.attendre_s == 17


@pytest.mark.parametrize("corps", [b"{}", b""])
def test_a_server_that_drips_is_given_up_in_time(
    corps: bytes, serveur: Serveur, cle: str, fournisseur: FournisseurLicenceManager
) -> None:
    serveur.repond = lambda _: Envoi(corps=corps, goutte_a_goutte_s=0.2)
    debut = time.monotonic()
    with pytest.raises(ServiceInjoignable, match="dans le délai"):
        fournisseur.demande(question(cle))
    # 90 bytes at 0.2 s: it would last 18 s if each byte gave it patience again.
    assert time.monotonic() - debut < 10


def test_nobody_at_all_is_a_server_that_cannot_be_reached(autorite: Autorite, cle: str) -> None:
    absent = FournisseurLicenceManager(f"http://127.0.0.1:{port_libre()}", autorite.cles, delai_s=DELAI_S)
    with pytest.raises(ServiceInjoignable, match="connexion est refusée"):
        absent.demande(question(cle))


def test_a_machine_whose_clock_is_wrong_by_years_still_gets_its_lease(
    serveur: Serveur, autorite: Autorite, cle: str, fournisseur: FournisseurLicenceManager
) -> None:
    serveur.repond = honnete(autorite, cle, emis=datetime.now(UTC) + timedelta(days=3650))
    assert fournisseur.demande(question(cle)).bail.valide


def test_a_kept_lease_dated_from_the_future_is_not_believed(
    autorite: Autorite, cle: str, fournisseur: FournisseurLicenceManager
) -> None:
    garde = autorite.signe(un_bail(cle, MACHINE, emis=datetime.now(UTC) + timedelta(hours=1)))
    with pytest.raises(BailRefuse) as leve:
        fournisseur.relit(garde, cle, MACHINE, datetime.now(UTC))
    assert leve.value.code is Refus.DANS_LE_FUTUR


def test_both_carried_keys_are_believed_and_an_old_one_is_not(serveur: Serveur, cle: str) -> None:
    ancienne, actuelle, suivante = Autorite(), Autorite(), Autorite()
    fournisseur = FournisseurLicenceManager(serveur.adresse, {**actuelle.cles, **suivante.cles}, delai_s=DELAI_S)
    for autorite in (actuelle, suivante):
        serveur.repond = honnete(autorite, cle)
        assert fournisseur.demande(question(cle)).bail.valide
    serveur.repond = honnete(ancienne, cle)
    with pytest.raises(ReponseIllisible, match="ne connaît pas"):
        fournisseur.demande(question(cle))
