"""What `connecteur doctor` finds out about one link of the chain."""

from dataclasses import dataclass
from enum import StrEnum


class EtatControle(StrEnum):
    """How a check ended."""

    OK = "ok"
    ALERTE = "alerte"
    """It works, and something about it should be looked at."""
    ECHEC = "échec"
    IGNORE = "ignoré"
    """Not tried, because an earlier link is broken."""


@dataclass(frozen=True, slots=True)
class Controle:
    """One check: what was looked at, how it went, what to do about it. No secret in any of the texts."""

    nom: str
    """What was looked at, for a person: « Port du serveur Batigest »."""
    etat: EtatControle
    message: str
    """What was found, one French sentence."""
    remede: str = ""
    """What to do; empty when all is well."""
    detail: str = ""
    """The technical text, folded underneath."""

    @classmethod
    def ok(cls, nom: str, message: str, detail: str = "") -> "Controle":
        """All is well."""
        return cls(nom, EtatControle.OK, message, detail=detail)

    @classmethod
    def alerte(cls, nom: str, message: str, remede: str, detail: str = "") -> "Controle":
        """It works, but…"""
        return cls(nom, EtatControle.ALERTE, message, remede, detail)

    @classmethod
    def echec(cls, nom: str, message: str, remede: str, detail: str = "") -> "Controle":
        """This link is broken."""
        return cls(nom, EtatControle.ECHEC, message, remede, detail)

    @classmethod
    def ignore(cls, nom: str, message: str) -> "Controle":
        """Not tried."""
        return cls(nom, EtatControle.IGNORE, message)
