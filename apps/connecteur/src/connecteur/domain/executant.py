"""A program that carries out runs, among others that do the same."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Executant:
    """One program that carries out runs."""

    id: str
    """Its own, never another's: machine, process, and something drawn by lot."""
    dossiers: tuple[str, ...]
    passager: bool = False
    """Whether it will soon end (the command line), beside those that stay (the service)."""
    en_cours: int = 0
    """How many runs it carries out now."""
    depuis: datetime | None = None
