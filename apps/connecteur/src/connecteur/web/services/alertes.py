"""What was told to whom, and whether it arrives."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol


class MessageAlerte(Protocol):
    """One alert, sent or waiting."""

    @property
    def titre(self) -> str:
        """What it says."""
        ...

    @property
    def cree_le(self) -> datetime:
        """Since when it waits, or waited."""
        ...

    @property
    def envoye_le(self) -> datetime | None:
        """When it left; None: it did not."""
        ...

    @property
    def prochain_le(self) -> datetime | None:
        """When it is tried again; None: it left, or was given up."""
        ...

    @property
    def essais(self) -> int:
        """How often it was tried."""
        ...

    @property
    def erreur(self) -> str:
        """Why it did not leave; may be empty."""
        ...


class Alertes(Protocol):
    """The alerts of one dossier."""

    def list_adresses(self) -> Sequence[str]:
        """Where they go, without what is secret in it; none: nobody is told anything."""
        ...

    def list_messages(self) -> Sequence[MessageAlerte]:
        """The latest, most recent first."""
        ...

    def essaie(self) -> Sequence[tuple[str, str]]:
        """Send a trial to each address now: its name, and why it did not leave (empty: it did). May take seconds."""
        ...
