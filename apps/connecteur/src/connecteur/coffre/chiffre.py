"""One key of the vault: encrypts each secret for its own place, and seals the whole document.

From the 32 bytes of the key come three others (HKDF), so that no key serves two purposes: one encrypts (AES-256-GCM),
one seals (HMAC-SHA256), one only gives the key a name that can be shown.
"""

import base64
import binascii
import hmac
import json
import os
import secrets
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

TAILLE_CLE = 32
TAILLE_NONCE = 12
TAILLE_IDENT = 8


class ValeurIllisible(Exception):
    """This value was not encrypted by this key, for this place."""


class Cle:
    """A key. Its `repr` shows its name only."""

    def __init__(self, octets: bytes) -> None:
        if len(octets) != TAILLE_CLE:
            raise ValueError("a key has 32 bytes")
        self._octets = octets
        self._chiffre = AESGCM(self._derive(b"chiffrement"))
        self._sceau = self._derive(b"sceau")
        self.ident = self._derive(b"identite")[:TAILLE_IDENT].hex()
        """Names the key without telling anything of it."""

    def __repr__(self) -> str:
        return f"Cle({self.ident})"

    @classmethod
    def neuve(cls) -> "Cle":
        """From the cryptographic source of the system."""
        return cls(secrets.token_bytes(TAILLE_CLE))

    @classmethod
    def du_texte(cls, texte: str) -> "Cle":
        """The key that is written; lines that begin with « # » are comments. Raises `ValueError`, without the text."""
        utiles = [ligne.strip() for ligne in texte.splitlines() if ligne.strip() and not ligne.startswith("#")]
        try:
            return cls(base64.b64decode("".join(utiles).replace("-", "+").replace("_", "/"), validate=True))
        except binascii.Error:
            raise ValueError("a key is 32 bytes in base64") from None

    def texte(self) -> str:
        """The key itself, for its source."""
        return base64.b64encode(self._octets).decode()

    def chiffre(self, place: tuple[object, ...], valeur: str) -> str:
        """This value, to be opened at this very place only."""
        nonce = os.urandom(TAILLE_NONCE)
        return base64.b64encode(nonce + self._chiffre.encrypt(nonce, valeur.encode(), _lie(place))).decode()

    def dechiffre(self, place: tuple[object, ...], valeur: str) -> str:
        """Raises `ValeurIllisible`."""
        try:
            octets = base64.b64decode(valeur, validate=True)
            clair = self._chiffre.decrypt(octets[:TAILLE_NONCE], octets[TAILLE_NONCE:], _lie(place))
            return clair.decode()
        except (InvalidTag, ValueError):  # base64 and UTF-8 errors are ValueErrors too
            raise ValeurIllisible from None

    def scelle(self, octets: bytes) -> str:
        """The seal of these bytes."""
        return hmac.new(self._sceau, octets, sha256).hexdigest()

    def a_scelle(self, octets: bytes, sceau: str) -> bool:
        """Whether this is their seal."""
        return hmac.compare_digest(self.scelle(octets).encode(), sceau.encode())

    def _derive(self, usage: bytes) -> bytes:
        return HKDF(SHA256(), TAILLE_CLE, salt=None, info=b"coffre-sages/1/" + usage).derive(self._octets)


def _lie(place: tuple[object, ...]) -> bytes:
    """The place as associated data, without two places that read the same."""
    return json.dumps(place, ensure_ascii=True).encode()
