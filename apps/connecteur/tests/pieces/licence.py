"""A licence in force, as a firm has one: a lease really signed, in a real vault. And who signs it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from licence_manager.signing.signataire import Signataire
from sages_commun.licence import Bail, FaitsLicence, Verdict, condense_cle, lit_cles_publiques, make_cle

FONCTIONS = ("chantier", "devis", "heures")


@dataclass(frozen=True)
class Autorite:
    """Who signs leases: one key, drawn for the test."""

    signataire: Signataire = field(default_factory=Signataire.neuf)

    @property
    def publique(self) -> str:
        """As the settings carry it."""
        return self.signataire.publique()

    @property
    def cles(self) -> Mapping[str, Ed25519PublicKey]:
        """As the connector knows it."""
        return lit_cles_publiques([self.publique])

    def signe(self, bail: Bail) -> str:
        """The lease as it travels."""
        return self.signataire.signe(bail)


def un_bail(
    cle: str,
    machine: str,
    *,
    nonce: str | None = None,
    emis: datetime | None = None,
    verdict: Verdict = Verdict.VALIDE,
    licence_jours: float = 300,
    fonctions: tuple[str, ...] = FONCTIONS,
) -> Bail:
    """As the Licence Manager makes it: a day before it is to be refreshed, seven days, never past the licence."""
    emis = (emis or datetime.now(UTC)).replace(microsecond=0)
    echeance = emis + timedelta(days=licence_jours)
    fin = min(emis + timedelta(days=7), echeance) if verdict is Verdict.VALIDE else emis + timedelta(minutes=5)
    bail = Bail(
        verdict=verdict,
        message="",
        condense=condense_cle(cle),
        machine=machine,
        nonce=nonce,
        emis=emis,
        a_rafraichir=min(emis + timedelta(days=1), fin),
        expire=fin,
        licence=FaitsLicence("C. Lefèvre", "Menuiserie Lefèvre", echeance, fonctions, 3, -1, -1),
    )
    return replace(bail, licence=None) if verdict in {Verdict.INCONNUE, Verdict.MAL_FORMEE} else bail


__all__ = ["FONCTIONS", "Autorite", "make_cle", "un_bail"]
