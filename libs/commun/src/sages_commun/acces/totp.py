"""The second factor: six digits of an application on a phone (RFC 6238), and codes for the day the phone is lost."""

import hmac
from datetime import datetime
from typing import Protocol

import pyotp
import segno

from sages_commun.acces.base import Transaction
from sages_commun.acces.empreintes import empreinte, lit_code, tire_code

PERIODE_S = 30
CHIFFRES = 6
TOLERANCE = 1
"""Periods before and after: phones are not on time."""
CODES_SECOURS = 8


class Scellement(Protocol):
    """Encrypts what is kept, by a key that is not in the database. Each program gives its own."""

    def scelle(self, clair: bytes, place: str) -> bytes:
        """Encrypted, to be opened at this place only."""
        ...

    def ouvre(self, scelle: bytes, place: str) -> bytes:
        """What was encrypted for this place; any exception when it was not, or by another key."""
        ...


def tire_secret_totp() -> str:
    """160 bits, in base 32: what applications take."""
    return pyotp.random_base32()


def adresse_totp(secret: str, courriel: str, produit: str) -> str:
    """`otpauth://…`, as applications read it."""
    return pyotp.TOTP(secret).provisioning_uri(name=courriel, issuer_name=produit)


def qr_svg(adresse: str) -> str:
    """The picture of it, for a phone's camera: dark on light whatever the colours of the page."""
    return segno.make(adresse, error="m").svg_inline(
        scale=5, border=4, dark="#000", light="#fff", svgclass="mx-auto h-auto w-full max-w-60 rounded-lg",
        lineclass=None, omitsize=True, title="Code QR du second facteur",
    )  # fmt: skip


def periode_du_code(secret: str, code: str, maintenant: datetime) -> int | None:
    """The period whose code this is; None when it is that of none now. Every candidate is compared, in full."""
    totp = pyotp.TOTP(secret)
    actuelle = int(maintenant.timestamp()) // PERIODE_S
    nu = "".join(code.split())
    trouvee = None
    for periode in range(actuelle - TOLERANCE, actuelle + TOLERANCE + 1):
        if hmac.compare_digest(totp.generate_otp(periode).encode(), nu.encode("utf-8", "replace")):
            trouvee = periode
    return trouvee


def consomme_periode(t: Transaction, utilisateur_id: int, periode: int) -> bool:
    """Use this code up. False when it, or a later one, was used: whoever looks over a shoulder comes too late."""
    return (
        t.execute(
            "UPDATE {s}.acces_utilisateurs SET totp_dernier = %(periode)s "
            "WHERE id = %(id)s AND totp_dernier < %(periode)s",
            id=utilisateur_id, periode=periode,
        ).rowcount
        == 1
    )  # fmt: skip


def renouvelle_codes(t: Transaction, utilisateur_id: int) -> list[str]:
    """New recovery codes in place of the others; shown this once."""
    efface_codes(t, utilisateur_id)
    codes = [tire_code() for _ in range(CODES_SECOURS)]
    for code in codes:
        t.execute(
            "INSERT INTO {s}.acces_codes_secours (utilisateur_id, empreinte) VALUES (%(id)s, %(empreinte)s)",
            id=utilisateur_id, empreinte=_empreinte(utilisateur_id, code),
        )  # fmt: skip
    return codes


def consomme_code(t: Transaction, utilisateur_id: int, saisie: str) -> bool:
    """Use a recovery code up. False when it is not one, or was used."""
    return (
        t.execute(
            "DELETE FROM {s}.acces_codes_secours WHERE utilisateur_id = %(id)s AND empreinte = %(empreinte)s",
            id=utilisateur_id, empreinte=_empreinte(utilisateur_id, lit_code(saisie)),
        ).rowcount
        == 1
    )  # fmt: skip


def efface_codes(t: Transaction, utilisateur_id: int) -> None:
    """None is left."""
    t.execute("DELETE FROM {s}.acces_codes_secours WHERE utilisateur_id = %(id)s", id=utilisateur_id)


def compte_codes(t: Transaction, utilisateur_id: int) -> int:
    """How many are left."""
    ligne = t.une("SELECT count(*) FROM {s}.acces_codes_secours WHERE utilisateur_id = %(id)s", id=utilisateur_id)
    return int(ligne[0]) if ligne else 0


def place(utilisateur_id: int) -> str:
    """Where this user's secret is encrypted for: a line copied onto another account opens nothing."""
    return f"acces/totp/{utilisateur_id}"


def _empreinte(utilisateur_id: int, code: str) -> bytes:
    return empreinte("secours", f"{utilisateur_id}\0{code}")
