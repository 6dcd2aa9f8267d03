"""What is worth an alert: a change of state, never a state that lasts."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from connecteur.domain.run import Verdict

SEMAINES = 4
"""How many past days of the same name are looked at."""
HABITUEL = 3
"""On how many of them something must have come for a day to be expected not to be empty."""
RECHERCHE = 8
"""How many weeks back they are looked for: public holidays tell nothing."""


class Genre(StrEnum):
    """The kinds of alert."""

    ECHEC = "échec"
    PARTIEL = "partiel"
    RETABLI = "rétabli"
    SILENCE = "silence"
    REJETS = "rejets"
    LICENCE = "licence"
    ESSAI = "essai"


@dataclass(frozen=True, slots=True)
class Courrier:
    """What is told, in French, without a secret and without anybody's name."""

    genre: Genre
    titre: str
    corps: str


def transition(annonce: Verdict | None, vu: Verdict) -> Genre | None:
    """The alert that this verdict is worth, when `annonce` is the last one that was told (None: nothing yet)."""
    if vu is annonce or vu is Verdict.ANNULE:
        return None
    match vu:
        case Verdict.ECHEC:
            return Genre.ECHEC
        case Verdict.PARTIEL:
            return Genre.PARTIEL
        case Verdict.REUSSI:
            return None if annonce is None else Genre.RETABLI


def habituel(jour: date, recus: Mapping[date, int], feries: Container[date]) -> int | None:
    """How many slots such a day usually has (the median of the past ones that had any); None when none is expected.

    `recus`: how many slots each past day has. A public holiday is not expected to have any, and tells nothing.
    """
    if jour in feries:
        return None
    passes = [jour - timedelta(weeks=n) for n in range(1, RECHERCHE + 1)]
    comptes = [recus.get(passe, 0) for passe in passes if passe not in feries][:SEMAINES]
    pleins = sorted(compte for compte in comptes if compte)
    return pleins[len(pleins) // 2] if len(pleins) >= HABITUEL else None
