"""The lease: what the Licence Manager said of one key to one machine, until when it holds, as claims of a JWT."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sages_commun.licence.verdict import Verdict

TYPE = "sages-bail+jwt"
"""The `typ` of the header: a signature made for another purpose is not a lease."""
EMETTEUR = "licence-manager.groupe-sages"
DESTINATAIRE = "connecteur.groupe-sages/bail/1"
"""`aud`: the domain of these signatures and the version of these claims."""
ALGORITHME = "EdDSA"
TAILLE_MAX = 8192
"""Bytes of a signed lease; a longer one is not read at all."""


@dataclass(frozen=True, slots=True)
class FaitsLicence:
    """What whoever holds the key may know of the licence. -1 is « no limit »."""

    client: str
    entreprise: str
    expire: datetime
    fonctions: tuple[str, ...]
    utilisations: int
    utilisations_max: int
    machines_max: int


@dataclass(frozen=True, slots=True)
class Bail:
    """A verdict and how long it holds. Times are UTC, in whole seconds."""

    verdict: Verdict
    message: str
    condense: str
    """`condense_cle` of the key that was asked about."""
    machine: str | None
    nonce: str | None
    emis: datetime
    a_rafraichir: datetime
    expire: datetime
    licence: FaitsLicence | None
    """None when the key is unknown or malformed."""

    @property
    def valide(self) -> bool:
        """Whether the licence could be used when the lease was issued."""
        return self.verdict is Verdict.VALIDE

    def claims(self) -> dict[str, Any]:
        """As claims of a JWT."""
        return {
            "iss": EMETTEUR,
            "aud": DESTINATAIRE,
            "sub": self.condense,
            "iat": _secondes(self.emis),
            "ref": _secondes(self.a_rafraichir),
            "exp": _secondes(self.expire),
            "valid": self.valide,
            "code": self.verdict.value,
            "message": self.message,
            "machine": self.machine,
            "nonce": self.nonce,
            "licence": None if self.licence is None else _claims_licence(self.licence),
        }

    @classmethod
    def de_claims(cls, claims: Mapping[str, Any]) -> "Bail":
        """The lease of these claims. Raises `ValueError`, `KeyError` or `TypeError` when they are not those of one."""
        verdict = Verdict(claims["code"])
        if claims["valid"] is not (verdict is Verdict.VALIDE):
            raise ValueError("valid and code disagree")
        licence = claims["licence"]
        if (licence is None) is not (verdict in {Verdict.INCONNUE, Verdict.MAL_FORMEE}):
            raise ValueError("facts and code disagree")
        emis, a_rafraichir, expire = (_instant(claims[nom]) for nom in ("iat", "ref", "exp"))
        if not emis <= a_rafraichir <= expire:
            raise ValueError("times out of order")
        return cls(
            verdict=verdict,
            message=_texte(claims["message"]),
            condense=_texte(claims["sub"]),
            machine=_texte_ou_rien(claims["machine"]),
            nonce=_texte_ou_rien(claims["nonce"]),
            emis=emis,
            a_rafraichir=a_rafraichir,
            expire=expire,
            licence=None if licence is None else _faits(licence),
        )


def _claims_licence(faits: FaitsLicence) -> dict[str, Any]:
    return {
        "client": faits.client,
        "company": faits.entreprise,
        "exp": _secondes(faits.expire),
        "features": list(faits.fonctions),
        "usage_count": faits.utilisations,
        "max_usage": faits.utilisations_max,
        "max_machines": faits.machines_max,
    }


def _faits(claims: Mapping[str, Any]) -> FaitsLicence:
    return FaitsLicence(
        client=_texte(claims["client"]),
        entreprise=_texte(claims["company"]),
        expire=_instant(claims["exp"]),
        fonctions=tuple(_texte(fonction) for fonction in claims["features"]),
        utilisations=_entier(claims["usage_count"]),
        utilisations_max=_entier(claims["max_usage"]),
        machines_max=_entier(claims["max_machines"]),
    )


def _secondes(instant: datetime) -> int:
    return int(instant.timestamp())


def _instant(valeur: object) -> datetime:
    try:
        return datetime.fromtimestamp(_entier(valeur), UTC)
    except (OverflowError, OSError) as exc:
        raise ValueError("not a time") from exc


def _entier(valeur: object) -> int:
    if not isinstance(valeur, int) or isinstance(valeur, bool):
        raise TypeError("not a whole number")
    return valeur


def _texte(valeur: object) -> str:
    if not isinstance(valeur, str):
        raise TypeError("not a text")
    return valeur


def _texte_ou_rien(valeur: object) -> str | None:
    return None if valeur is None else _texte(valeur)
