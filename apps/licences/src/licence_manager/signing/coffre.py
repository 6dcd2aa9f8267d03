"""Everything secret at rest follows from one secret of 32 bytes, which is not in the database.

A key of its own for each use (HKDF): the look-up of licence keys (HMAC), their display (AES-GCM), the private keys
(AES-GCM), the second factors of the accounts (AES-GCM). A stolen database shows neither a licence key nor anything to
try guesses against.
"""

import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE = 12
VERSION = b"\1"


class MauvaisSecret(Exception):
    """What was kept cannot be read with this secret: it is another one's, or it was changed."""


class Coffre:
    """Derives, hides and shows. Safe to share between threads."""

    def __init__(self, secret: bytes) -> None:
        self._recherche = _derive(secret, "recherche des clés de licence")
        self._affichage = AESGCM(_derive(secret, "affichage des clés de licence"))
        self._signature = AESGCM(_derive(secret, "clés privées de signature"))
        self._reperes = _derive(secret, "reconnaissance des adresses")
        self._facteur = AESGCM(_derive(secret, "second facteur des comptes"))
        self.poivre_sql = _derive(secret, "recherche depuis SQL")
        """What the SQL function `validate_licence` is given to find keys with, when it is wanted at all."""
        self.pages = _derive(secret, "jetons des pages")
        """What the forms of the pages are signed with."""

    def empreinte(self, cle: str) -> bytes:
        """What a licence key is looked up by."""
        return hmac.digest(self._recherche, cle.encode(), "sha256")

    def empreinte_sql(self, cle: str) -> bytes:
        """What the SQL function looks the same key up by."""
        return hmac.digest(self.poivre_sql, cle.encode(), "sha256")

    def repere(self, adresse: str) -> bytes:
        """What tells an address from the others, when the address itself must not be kept."""
        return hmac.digest(self._reperes, adresse.encode(), "sha256")

    def chiffre_cle(self, cle: str) -> bytes:
        """A licence key, hidden; it can only be shown again beside its own look-up."""
        return _chiffre(self._affichage, cle.encode(), self.empreinte(cle))

    def montre_cle(self, chiffree: bytes, empreinte: bytes) -> str:
        """The licence key. Raises `MauvaisSecret`."""
        return _dechiffre(self._affichage, chiffree, empreinte).decode()

    def chiffre_privee(self, privee: bytes, kid: str) -> bytes:
        """A private key, hidden, under its id."""
        return _chiffre(self._signature, privee, kid.encode())

    def montre_privee(self, chiffree: bytes, kid: str) -> bytes:
        """The private key. Raises `MauvaisSecret`."""
        return _dechiffre(self._signature, chiffree, kid.encode())

    def scelle(self, clair: bytes, place: str) -> bytes:
        """A secret of an account, hidden, to be shown again at this place only."""
        return _chiffre(self._facteur, clair, place.encode())

    def ouvre(self, scelle: bytes, place: str) -> bytes:
        """The secret of an account. Raises `MauvaisSecret`."""
        return _dechiffre(self._facteur, scelle, place.encode())


def _derive(secret: bytes, usage: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"licence-manager/1/{usage}".encode()).derive(secret)


def _chiffre(aes: AESGCM, clair: bytes, lie_a: bytes) -> bytes:
    nonce = os.urandom(NONCE)
    return VERSION + nonce + aes.encrypt(nonce, clair, VERSION + lie_a)


def _dechiffre(aes: AESGCM, chiffre: bytes, lie_a: bytes) -> bytes:
    if chiffre[:1] != VERSION:
        raise MauvaisSecret
    try:
        return aes.decrypt(chiffre[1 : 1 + NONCE], chiffre[1 + NONCE :], VERSION + lie_a)
    except (InvalidTag, ValueError) as exc:
        raise MauvaisSecret from exc
