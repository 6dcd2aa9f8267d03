"""What is kept of the licence beside the lease: where time stands, what failed, what happened."""

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

INSTANTS = ("atteint", "horloge", "contact", "sommet", "atteint_au_sommet")


@dataclass(frozen=True, slots=True)
class Repere:
    """Where time stood at the last look. All aware."""

    atteint: datetime
    """The latest time that is known to have come."""
    horloge: datetime
    """What this machine's clock said then."""
    contact: datetime | None = None
    """The server's time in its last answer: a later answer is the only thing that brings `atteint` back."""
    reculs: int = 0
    """How many times the clock was set back since."""
    sommet: datetime | None = None
    """While the clock is behind what it once said: that, and `atteint_au_sommet` then."""
    atteint_au_sommet: datetime | None = None

    @property
    def en_arriere(self) -> bool:
        """Whether the clock is behind what it once said."""
        return self.sommet is not None

    def en_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            nom: valeur.isoformat() if isinstance(valeur, datetime) else valeur for nom, valeur in asdict(self).items()
        }

    @classmethod
    def de_json(cls, valeurs: Any) -> "Repere | None":
        """From these JSON values; None when they are not those of one: changed by hand, or by another version."""
        try:
            instants = {nom: datetime.fromisoformat(valeurs[nom]) if valeurs[nom] else None for nom in INSTANTS}
            atteint, horloge = instants.pop("atteint"), instants.pop("horloge")
            if atteint is None or horloge is None or any(un and un.tzinfo is None for un in (atteint, horloge)):
                return None
            return cls(atteint, horloge, reculs=int(valeurs["reculs"]), **instants)
        except (KeyError, TypeError, ValueError):
            return None


@dataclass(frozen=True, slots=True)
class EchecContact:
    """A contact with the licence server that failed."""

    le: datetime
    """By this machine's clock."""
    message: str
    remede: str = ""
    detail: str = ""


class Passage(StrEnum):
    """What became of the use that a run makes of the licence."""

    COMPTE = "compté"
    DU = "dû"
    """It is not known to be counted: it is asked for again at the next contact, under the same name."""


@dataclass(frozen=True, slots=True)
class Trace:
    """Something that happened to the licence. No secret in it."""

    le: datetime
    geste: str
    qui: str
    detail: str
