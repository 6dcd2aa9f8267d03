"""The disputed fields of chantiers, and the closing of projects that waits to be confirmed."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from connecteur.domain.chantier import Genre
from connecteur.domain.conflit import Cote
from connecteur.domain.fusion import Ecart
from connecteur.domain.sortie import GardeChantiers


class ConflitChantier(Protocol):
    """One field on which a site and its project stand, or stood, apart."""

    @property
    def id(self) -> int:
        """Its number."""
        ...

    @property
    def genre(self) -> Genre:
        """A chantier or a devis."""
        ...

    @property
    def code(self) -> str:
        """Of the site."""
        ...

    @property
    def libelle(self) -> str:
        """Its name; may be empty."""
        ...

    @property
    def nature(self) -> StrEnum:
        """« conflit »: both sides moved; « divergence »: BatiSimply only."""
        ...

    @property
    def ecart(self) -> Ecart:
        """The field, the three values, the dates, the winner and why."""
        ...

    @property
    def ouvert_le(self) -> datetime:
        """Since when."""
        ...

    @property
    def resolu_le(self) -> datetime | None:
        """When it was settled; None: it stands."""
        ...

    @property
    def run(self) -> str:
        """The run that saw it last, or settled it."""
        ...

    @property
    def decision(self) -> Cote | None:
        """What a person decided."""
        ...

    @property
    def decide_par(self) -> str | None:
        """Who."""
        ...

    @property
    def decision_suite(self) -> str | None:
        """What became of it; None: the next push will see."""
        ...


class Chantiers(Protocol):
    """The disputes of chantiers. Gestures raise `ErreurPermanente` when they come too late."""

    def list_conflits_chantiers(self, *, resolus: bool = False, limite: int = 1000) -> Sequence[ConflitChantier]:
        """The open ones by code; with `resolus`, the settled ones after them, latest first."""
        ...

    def decide_conflit_chantier(self, code: str, champ: str, choix: Cote, qui: str) -> None:
        """Say which side wins this field, also when it was settled otherwise; the next push carries it out."""
        ...

    def read_garde_chantiers(self, genre: Genre = Genre.CHANTIER) -> GardeChantiers | None:
        """The closing of projects that waits to be confirmed, or was and has not happened."""
        ...

    def confirme_garde_chantiers(self, ident: int, qui: str) -> None:
        """Let the next push close them, once."""
        ...
