"""What every service works with."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine

from licence_manager.domain.duree import bientot
from licence_manager.repository.connexion import transaction
from licence_manager.repository.licences import DepotLicences
from licence_manager.signing.coffre import Coffre

Horloge = Callable[[], datetime]


def horloge_systeme() -> datetime:
    """The time, in UTC with its zone."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Contexte:
    """The database, the secrets, the clock."""

    moteur: Engine
    """Its connections are checked before they are used."""
    rapide: Engine
    """For the validation endpoint: nothing but the question travels."""
    coffre: Coffre
    horloge: Horloge = horloge_systeme
    sql_ouvert: bool = False
    """Whether the SQL function `validate_licence` may find keys."""

    def maintenant(self) -> datetime:
        """Now, in whole seconds."""
        return self.horloge().replace(microsecond=0)

    def bornes(self) -> tuple[datetime, datetime]:
        """Now, and until when an expiry is near."""
        maintenant = self.maintenant()
        return maintenant, bientot(maintenant)

    @contextmanager
    def transaction(self) -> Iterator[tuple[Connection, DepotLicences]]:
        """One transaction and the licences in it. Raises `BaseIndisponible`."""
        with transaction(self.moteur) as connexion:
            yield connexion, DepotLicences(connexion, self.coffre, sql_ouvert=self.sql_ouvert)
