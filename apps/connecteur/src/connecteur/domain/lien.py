"""A site and its project: the link between them, and everything a run knows of both."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from connecteur.domain.arbitrage import Decision
from connecteur.domain.chantier import Chantier, Position
from connecteur.domain.datation import Datation
from connecteur.domain.fusion import Base, Ecart


class Cloture(StrEnum):
    """How we closed a project."""

    TERMINE = "terminé"
    ARCHIVE = "archivé"


Drapeaux = Mapping[Cloture, bool]
"""What to write into `isFinished` and `isArchived`; empty: both stay."""


@dataclass(frozen=True, slots=True)
class Vue:
    """A value seen in BatiSimply that is not the agreed one, and when it came there."""

    valeur: str | None
    date: Datation


@dataclass(frozen=True, slots=True)
class Lien:
    """The link of a site to its project, and what both sides agreed."""

    code: str
    projet_id: int
    base: Base
    vues: Mapping[str, Vue] = field(default_factory=dict)
    """Field > what BatiSimply says beside the agreement, since when."""
    cloture: Cloture | None = None
    """How we closed it; None: open, or closed by somebody else."""
    position: Position | None = None
    """The place on the map that we gave it."""


@dataclass(frozen=True, slots=True)
class ChantierSuivi:
    """A site of the tampon with its link to BatiSimply: `projet_id` and `base` are None before the first meeting."""

    chantier: Chantier
    projet_id: int | None
    base: Base | None
    vues: Mapping[str, Vue] = field(default_factory=dict)
    cloture: Cloture | None = None
    position: Position | None = None
    dates: Mapping[str, Datation] = field(default_factory=dict)
    """Field > when Batigest's value came there; a field whose first value still stands is left out."""
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    """Field > what a person decided and no push has carried out yet."""
    present: bool = True
    """Whether it is in the selection."""

    def lien(self) -> Lien | None:
        """The link, as it is noted."""
        if self.projet_id is None or self.base is None:
            return None
        return Lien(self.chantier.code, self.projet_id, self.base, self.vues, self.cloture, self.position)


@dataclass(frozen=True, slots=True)
class ConflitChantier:
    """The fields of one project on which both sides differ."""

    code: str
    ecarts: tuple[Ecart, ...]
    libelle: str = ""
