"""Is this lease one that the Licence Manager signed, for this key, this machine and this question?

Nothing in a lease is used before its signature is right. The algorithm is the one written here, never the one the
lease names. The clock is given: no time is read here.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sages_commun.licence.bail import ALGORITHME, DESTINATAIRE, EMETTEUR, TAILLE_MAX, TYPE, Bail
from sages_commun.licence.cle import condense_cle

AVANCE_ADMISE = timedelta(minutes=10)
"""How far ahead of ours the server's clock may be."""
SEGMENTS = 3


ClesPubliques = Mapping[str, Ed25519PublicKey]
"""Key id > public key."""


class Refus(StrEnum):
    """Why a lease is not believed."""

    ILLISIBLE = "illisible"
    TROP_LONG = "trop_long"
    ALGORITHME = "algorithme"
    TYPE = "type"
    CLE_INCONNUE = "cle_inconnue"
    SIGNATURE = "signature"
    DOMAINE = "domaine"
    CONTENU = "contenu"
    AUTRE_CLE = "autre_cle"
    AUTRE_MACHINE = "autre_machine"
    AUTRE_DEMANDE = "autre_demande"
    DANS_LE_FUTUR = "dans_le_futur"
    EXPIRE = "expire"


PHRASES_REFUS: dict[Refus, str] = {
    Refus.ILLISIBLE: "La réponse du serveur de licences n’est pas lisible.",
    Refus.TROP_LONG: "La réponse du serveur de licences est anormalement longue : elle n’a pas été lue.",
    Refus.ALGORITHME: "La réponse du serveur de licences n’est pas signée comme elle doit l’être.",
    Refus.TYPE: "La réponse du serveur de licences n’est pas un bail de licence.",
    Refus.CLE_INCONNUE: "La réponse est signée par une clé que ce connecteur ne connaît pas : mettez-le à jour.",
    Refus.SIGNATURE: "La signature du bail de licence est fausse : il a été fabriqué ou modifié.",
    Refus.DOMAINE: "Ce document signé n’est pas destiné à ce connecteur.",
    Refus.CONTENU: "Le contenu du bail de licence n’est pas celui attendu : mettez le connecteur à jour.",
    Refus.AUTRE_CLE: "Ce bail est celui d’une autre clé de licence.",
    Refus.AUTRE_MACHINE: "Ce bail a été délivré à une autre machine.",
    Refus.AUTRE_DEMANDE: "Cette réponse est celle d’une autre demande : elle est peut-être rejouée.",
    Refus.DANS_LE_FUTUR: "Ce bail est daté du futur : vérifiez la date et l’heure de cette machine.",
    Refus.EXPIRE: "Ce bail de licence n’est plus en vigueur.",
}


class BailRefuse(Exception):
    """The lease is not believed; `code` says why, the message is the French sentence."""

    def __init__(self, code: Refus, detail: str = "") -> None:
        super().__init__(PHRASES_REFUS[code])
        self.code = code
        self.detail = detail


class ClePubliqueIllisible(ValueError):
    """A text is not a public key; the message says so in French."""


def kid_de(cle: Ed25519PublicKey) -> str:
    """The id of a key follows from the key: nobody can give one key the name of another."""
    return hashlib.sha256(cle.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]


def lit_cles_publiques(textes: Iterable[str]) -> dict[str, Ed25519PublicKey]:
    """Key id > key, from the 32 bytes in URL-safe base64 of each. Raises `ClePubliqueIllisible`."""
    cles = {}
    for texte in textes:
        try:
            octets = base64.b64decode(texte.strip() + "=" * (-len(texte.strip()) % 4), altchars=b"-_", validate=True)
            cle = Ed25519PublicKey.from_public_bytes(octets)
        except (binascii.Error, ValueError) as exc:
            raise ClePubliqueIllisible(f"« {texte[:60]} » n’est pas une clé publique de licence.") from exc
        cles[kid_de(cle)] = cle
    return cles


def verifie_bail(
    jeton: str,
    cles: ClesPubliques,
    *,
    maintenant: datetime,
    cle: str,
    machine: str | None,
    nonce: str | None = None,
    accepte_expire: bool = False,
) -> Bail:
    """The lease of this token, believed. Raises `BailRefuse`, and nothing else whatever the token holds.

    `cle` is the licence key that was asked about, `machine` the one that asked. `nonce` is compared when given: for
    an answer just received; a lease kept since then is read without. `accepte_expire` reads a lease that is over
    (the grace period starts from its end).
    """
    entete = _entete(jeton)
    if entete.get("alg") != ALGORITHME:
        raise BailRefuse(Refus.ALGORITHME)
    if entete.get("typ") != TYPE:
        raise BailRefuse(Refus.TYPE)
    kid = entete.get("kid")
    publique = cles.get(kid) if isinstance(kid, str) else None
    if publique is None:
        raise BailRefuse(Refus.CLE_INCONNUE)
    bail = _lit(_contenu_signe(jeton, publique))
    if bail.condense != condense_cle(cle):
        raise BailRefuse(Refus.AUTRE_CLE)
    if bail.machine != machine:
        raise BailRefuse(Refus.AUTRE_MACHINE)
    if nonce is not None and bail.nonce != nonce:
        raise BailRefuse(Refus.AUTRE_DEMANDE)
    if bail.emis > maintenant + AVANCE_ADMISE:
        raise BailRefuse(Refus.DANS_LE_FUTUR)
    if maintenant >= bail.expire and not accepte_expire:
        raise BailRefuse(Refus.EXPIRE)
    return bail


def _entete(jeton: str) -> dict[str, Any]:
    if len(jeton) > TAILLE_MAX:
        raise BailRefuse(Refus.TROP_LONG)
    if not _est_canonique(jeton):
        raise BailRefuse(Refus.ILLISIBLE)
    try:
        return jwt.get_unverified_header(jeton)
    except (jwt.PyJWTError, ValueError, RecursionError) as exc:
        raise BailRefuse(Refus.ILLISIBLE, str(exc)) from exc


def _est_canonique(jeton: str) -> bool:
    """Whether it is three segments, each written the only way it can be: a reader of base64 forgives more."""
    segments = jeton.split(".")
    try:
        return len(segments) == SEGMENTS and all(
            base64.urlsafe_b64encode(base64.b64decode(s + "=" * (-len(s) % 4), altchars=b"-_", validate=True))
            .decode()
            .rstrip("=")
            == s
            for s in segments
        )
    except ValueError:
        return False


def _contenu_signe(jeton: str, publique: Ed25519PublicKey) -> bytes:
    """The payload, once its signature is right."""
    try:
        contenu = jwt.PyJWS(algorithms=[ALGORITHME]).decode(jeton, publique, algorithms=[ALGORITHME])
    except jwt.InvalidSignatureError as exc:
        raise BailRefuse(Refus.SIGNATURE) from exc
    except (jwt.PyJWTError, ValueError, RecursionError) as exc:
        raise BailRefuse(Refus.ILLISIBLE, str(exc)) from exc
    return bytes(contenu)


def _lit(contenu: bytes) -> Bail:
    try:
        claims = json.loads(contenu)
        # The dates are compared with the clock we are given, not by the library with the machine's.
        if claims["iss"] != EMETTEUR or claims["aud"] != DESTINATAIRE:
            raise BailRefuse(Refus.DOMAINE)
        return Bail.de_claims(claims)
    except (ValueError, KeyError, TypeError, RecursionError) as exc:
        raise BailRefuse(Refus.CONTENU, repr(exc)) from exc
