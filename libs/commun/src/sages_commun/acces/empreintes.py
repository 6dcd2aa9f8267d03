"""Secrets that are given once and recognised afterwards: drawn here, kept by their digest only.

They are long enough (58 bits and more) that a plain digest of one cannot be turned back; passwords are not, and go
through Argon2 (`mots_de_passe.py`). Each use has its own digest: a secret of one kind is never taken for another.
"""

import hashlib
import secrets

from sages_commun.licence.cle import ALPHABET, SOSIES

GROUPE = 4
CARACTERES_CODE = 12


def tire_secret() -> str:
    """For machines: 256 bits."""
    return secrets.token_urlsafe(32)


def tire_code() -> str:
    """For people: `XXXX-XXXX-XXXX`, 58 bits, without look-alikes."""
    nu = "".join(secrets.choice(ALPHABET) for _ in range(CARACTERES_CODE))
    return "-".join(nu[rang : rang + GROUPE] for rang in range(0, CARACTERES_CODE, GROUPE))


def lit_code(saisie: str) -> str:
    """The code as it was drawn, however it was typed; what is no code at all gives what matches none."""
    nu = "".join(SOSIES.get(c, c) for c in saisie.upper() if c.isalnum())[: 2 * CARACTERES_CODE]
    return "-".join(nu[rang : rang + GROUPE] for rang in range(0, len(nu), GROUPE))


def empreinte(usage: str, secret: str) -> bytes:
    """What is kept of it."""
    return hashlib.sha256(f"sages-acces/1/{usage}\0{secret}".encode("utf-8", "replace")).digest()
