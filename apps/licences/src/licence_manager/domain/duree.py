"""Dates as people mean them: « until 31/12/2026 » is the end of that day in Paris.

A licence keeps its last second, in UTC: the change between summer and winter time is the calendar's business.
"""

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

FUSEAU = ZoneInfo("Europe/Paris")
BIENTOT = timedelta(days=30)
DERNIERE_ANNEE = 2199
DEBUT_DES_TEMPS = 1970
_MOIS = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)
_DUREE = re.compile(r"\s*(\d{1,5})\s*(j|jours?|m|mois|a|ans?|années?)\s*", re.IGNORECASE)


class Depart(StrEnum):
    """From when an extension counts."""

    MAINTENANT = "maintenant"
    EXPIRATION = "expiration"


@dataclass(frozen=True, slots=True)
class Duree:
    """So many months and so many days."""

    mois: int = 0
    jours: int = 0


def lit_duree(texte: str) -> Duree:
    """« 30 jours », « 6 mois », « 1 an ». Raises `ValueError` with a French sentence."""
    trouve = _DUREE.fullmatch(texte)
    if trouve is None or int(trouve[1]) == 0:
        raise ValueError("Une durée s’écrit « 30 jours », « 6 mois » ou « 1 an ».")
    nombre, unite = int(trouve[1]), trouve[2].lower()[0]
    return {"j": Duree(jours=nombre), "m": Duree(mois=nombre), "a": Duree(mois=12 * nombre)}[unite]


def lit_date(texte: str) -> date:
    """« 31/12/2026 » or « 2026-12-31 ». Raises `ValueError` with a French sentence."""
    for modele in ("%d/%m/%Y", "%Y-%m-%d"):
        try:
            lue = datetime.strptime(texte.strip(), modele).replace(tzinfo=FUSEAU).date()
        except ValueError:
            continue
        return lue
    raise ValueError("Une date s’écrit « 31/12/2026 ».")


def fin_de_journee(jour: date) -> datetime:
    """The last second of this day in Paris, in UTC. Raises `ValueError` beyond the year 2199."""
    if jour.year > DERNIERE_ANNEE:
        raise ValueError(f"L’échéance dépasse l’année {DERNIERE_ANNEE}.")
    # No change of time in Paris has ever fallen at that second: it exists once in each day.
    return datetime.combine(jour, time(23, 59, 59), FUSEAU).astimezone(UTC)


def jour_de(instant: datetime) -> date:
    """The day it is in Paris."""
    return instant.astimezone(FUSEAU).date()


def ajoute(jour: date, duree: Duree) -> date:
    """So much later; a month later than 31 January is the last day of February. Raises `ValueError` when too far."""
    rang = jour.year * 12 + jour.month - 1 + duree.mois
    annee, mois = divmod(rang, 12)
    if annee > DERNIERE_ANNEE:
        raise ValueError(f"L’échéance dépasse l’année {DERNIERE_ANNEE}.")
    dernier = calendar.monthrange(annee, mois + 1)[1]
    return date(annee, mois + 1, min(jour.day, dernier)) + timedelta(days=duree.jours)


def echeance(maintenant: datetime, duree: Duree) -> datetime:
    """Until when a licence sold now for so long is in force."""
    return fin_de_journee(ajoute(jour_de(maintenant), duree))


def prolonge(expire_le: datetime, maintenant: datetime, duree: Duree, depart: Depart) -> datetime:
    """Until when a licence is in force once extended."""
    base = maintenant if depart is Depart.MAINTENANT else expire_le
    return echeance(base, duree)


def bornes_du_mois(mois: str) -> tuple[datetime, datetime]:
    """When this month (`2026-12`) begins in Paris, and when the next one does. Raises `ValueError`."""
    trouve = _MOIS.fullmatch(mois)
    if trouve is None or not DEBUT_DES_TEMPS <= int(trouve[1]) <= DERNIERE_ANNEE:
        raise ValueError("Un mois s’écrit « 2026-12 ».")
    debut = date(int(trouve[1]), int(trouve[2]), 1)
    suivant = date(debut.year + debut.month // 12, debut.month % 12 + 1, 1)
    de, a = (datetime.combine(jour, time(), FUSEAU).astimezone(UTC) for jour in (debut, suivant))
    return de, a


def bientot(maintenant: datetime) -> datetime:
    """Until when an expiry is near: the end of the thirtieth day from now."""
    return fin_de_journee(jour_de(maintenant) + BIENTOT)
