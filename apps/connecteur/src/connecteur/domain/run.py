"""A run: one flow on one dossier, its steps, its counters and its verdict."""

from dataclasses import dataclass, field
from enum import StrEnum


class Flux(StrEnum):
    """The two directions a person knows."""

    CHANTIERS = "chantiers"
    HEURES = "heures"


class Fleche(StrEnum):
    """The four arrows of the house."""

    PULL_CHANTIERS = "pull_chantiers"
    PUSH_CHANTIERS = "push_chantiers"
    PULL_HEURES = "pull_heures"
    PUSH_HEURES = "push_heures"


FLECHES: dict[Flux, tuple[Fleche, ...]] = {
    Flux.CHANTIERS: (Fleche.PULL_CHANTIERS, Fleche.PUSH_CHANTIERS),
    Flux.HEURES: (Fleche.PULL_HEURES, Fleche.PUSH_HEURES),
}


def flux_de(quoi: "Flux | Fleche") -> Flux:
    """The flow to which an arrow belongs; a flow is its own."""
    return quoi if isinstance(quoi, Flux) else next(flux for flux in Flux if quoi in FLECHES[flux])


TITRES: dict[Fleche, str] = {
    Fleche.PULL_CHANTIERS: "Lecture des chantiers dans Batigest",
    Fleche.PUSH_CHANTIERS: "Envoi des chantiers à BatiSimply",
    Fleche.PULL_HEURES: "Lecture des heures dans BatiSimply",
    Fleche.PUSH_HEURES: "Écriture des heures dans Batigest",
}


class Verdict(StrEnum):
    """How a run ended. Partial is never called success."""

    REUSSI = "réussi"
    PARTIEL = "partiel"
    ECHEC = "échec"
    ANNULE = "annulé"


REFUS_LICENCE = "licence"
"""The code of a run that the licence did not let begin."""


@dataclass(frozen=True, slots=True)
class Incident:
    """Something a person should know: a sentence, what to do, and the technical detail folded underneath."""

    message: str
    remede: str = ""
    detail: str = ""
    code: str = ""
    """A word for programs: `REFUS_LICENCE`; empty for most."""


@dataclass(slots=True)
class Bilan:
    """What one arrow did. Counters are named in French, as they are shown."""

    fleche: Fleche
    comptes: dict[str, int] = field(default_factory=dict)
    rejets: int = 0
    conflits: int = 0
    incidents: list[Incident] = field(default_factory=list)
    """What went wrong for some records or slices while the rest went on; any of them makes the run partial."""
    remarques: list[Incident] = field(default_factory=list)
    """What is worth knowing and harms nothing."""
    ecritures: int = 0
    """How many records were written at the far end (Batigest lines, BatiSimply projects)."""

    def compte(self, nom: str, combien: int = 1) -> None:
        """Add to a counter."""
        self.comptes[nom] = self.comptes.get(nom, 0) + combien

    @property
    def verdict(self) -> Verdict:
        """Success only when nothing is left waiting for a person."""
        entier = not (self.incidents or self.rejets or self.conflits)
        return Verdict.REUSSI if entier else Verdict.PARTIEL


def pire(verdicts: list[Verdict]) -> Verdict:
    """The verdict of a run from those of its steps."""
    for verdict in (Verdict.ECHEC, Verdict.ANNULE, Verdict.PARTIEL):
        if verdict in verdicts:
            return verdict
    return Verdict.REUSSI
