"""The dates that Batigest writes beside its records: local, by another machine's clock, sometimes without an hour."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import time as heure_du_jour
from zoneinfo import ZoneInfo

from connecteur.batigest.connection import Connexion
from connecteur.batigest.schema import Colonne
from connecteur.domain.datation import Datation, Horloge

DEMI_JOURNEE = timedelta(hours=12)
DEMI_MINUTE = timedelta(seconds=30)
ANNEES = range(1900, 2200)
"""A date out of these says nothing."""


def mesure_horloge(connexion: Connexion) -> float:
    """Seconds this machine's clock is ahead of SQL Server's."""
    avant = time.time()
    ((heure,),) = connexion.read("SELECT SYSUTCDATETIME() AS Heure")
    return (avant + time.time()) / 2 - float(heure.replace(tzinfo=UTC).timestamp())


@dataclass(frozen=True, slots=True)
class Datee:
    """The column that tells when a record last changed, and the clock it was told by."""

    fuseau: ZoneInfo
    horloge: Horloge
    colonne: Colonne | None

    def date(self, valeur: datetime | None) -> Datation | None:
        """When, by our clock. A midnight is a day without its hour; the hour that comes twice is either."""
        if valeur is None or valeur.year not in ANNEES:
            return None
        if valeur.time() == heure_du_jour():
            return self.horloge.date((valeur + DEMI_JOURNEE).replace(tzinfo=self.fuseau).astimezone(UTC), DEMI_JOURNEE)
        marge = DEMI_MINUTE if self.colonne is not None and self.colonne.type == "smalldatetime" else timedelta(0)
        tot, tard = (
            self.horloge.date(valeur.replace(tzinfo=self.fuseau, fold=fold).astimezone(UTC), marge) for fold in (0, 1)
        )
        return Datation(min(tot.depuis, tard.depuis), max(tot.le, tard.le))
