"""Signs leases with the private key of the moment."""

import base64
import json
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sages_commun.licence.bail import ALGORITHME, TYPE, Bail
from sages_commun.licence.verification import kid_de


class _Compact(json.JSONEncoder):
    """Characters as they are: escaped, the longest names would make a lease that no connector reads (`TAILLE_MAX`)."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options | {"ensure_ascii": False})


class Signataire:
    """One private key, ready to sign."""

    def __init__(self, privee: Ed25519PrivateKey) -> None:
        self._privee = privee
        self.kid = kid_de(privee.public_key())
        self._entetes = {"kid": self.kid, "typ": TYPE}

    @classmethod
    def neuf(cls) -> "Signataire":
        """A new key, from the operating system's cryptographic source."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def de_octets(cls, privee: bytes) -> "Signataire":
        """The key of these 32 bytes."""
        return cls(Ed25519PrivateKey.from_private_bytes(privee))

    def octets(self) -> bytes:
        """The 32 bytes of the private key: to be hidden at once."""
        return self._privee.private_bytes_raw()

    def publique(self) -> str:
        """The public key, as connectors carry it: 32 bytes in URL-safe base64."""
        octets = self._privee.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return base64.urlsafe_b64encode(octets).decode().rstrip("=")

    def signe(self, bail: Bail) -> str:
        """The lease as connectors read it."""
        return jwt.encode(
            bail.claims(), self._privee, algorithm=ALGORITHME, headers=self._entetes, json_encoder=_Compact
        )
