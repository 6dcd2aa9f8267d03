"""When a flow of a dossier is synchronised by itself.

Pure arithmetic on instants: `dernier` is the last instant that was served, and what comes next follows from it. An
instant that is past is due: once, however many were missed. Intervals count in real time, hours of the day in the
dossier's own: on the last Sunday of March 02:30 does not exist and is served at 03:30, as late after midnight as any
other day; on the last Sunday of October it comes twice and is served the first time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from zoneinfo import ZoneInfo

JOURS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
"""As `date.weekday()` counts them."""
TOUS_LES_JOURS = frozenset(range(7))

DECLENCHEUR = "horaire"
"""What asked for a run that began by itself."""
TEMPS_REEL_S = (15, 300)
"""The shortest and the longest « temps réel », in seconds."""
MINUTES = (1, 24 * 60)
AVANCE_MAX = timedelta(hours=1)
"""A last instant further in the future than this was noted by a clock that was wrong."""

RECUL_S = 60.0
"""How long after its end a first failure is tried again; then twice as long each time."""
RECUL_MAX_S = 3600.0
ESSAIS_RAPPROCHES = 4
"""After so many failures in a row, what has hours of its own waits for the next of them: a password that is wrong
tried all night long locks the account."""


class Cadence(StrEnum):
    """The kinds of schedule."""

    A_LA_DEMANDE = "à la demande"
    TEMPS_REEL = "temps réel"
    MINUTES = "minutes"
    JOURS = "jours"
    """At hours of the day, every day or on some days of the week."""


class HoraireInvalide(ValueError):
    """Why this is no schedule, in French."""


@dataclass(frozen=True, slots=True)
class Plage:
    """Working hours: on these days, from `debut` until before `fin`, local time."""

    jours: frozenset[int]
    debut: time
    fin: time

    def __post_init__(self) -> None:
        _verifie_jours(self.jours)
        if self.debut >= self.fin:
            raise HoraireInvalide("La plage doit finir après son début, le même jour.")

    def contient(self, local: datetime) -> bool:
        """Whether this local time is within."""
        return local.weekday() in self.jours and self.debut <= local.time() < self.fin


@dataclass(frozen=True, slots=True)
class Horaire:
    """One schedule. Raises `HoraireInvalide` when it says nothing sensible."""

    cadence: Cadence = Cadence.A_LA_DEMANDE
    secondes: int = 0
    """Between two runs, TEMPS_REEL only."""
    minutes: int = 0
    """Between two runs, MINUTES only."""
    heures: tuple[time, ...] = ()
    """Of the day, local, JOURS only."""
    jours: frozenset[int] = frozenset()
    """Of the week, JOURS only."""
    plage: Plage | None = None
    """TEMPS_REEL and MINUTES only: nothing outside."""
    en_pause: bool = False

    def __post_init__(self) -> None:
        match self.cadence:
            case Cadence.TEMPS_REEL:
                _verifie(self.secondes, TEMPS_REEL_S, "Le temps réel va de {} à {} secondes.")
            case Cadence.MINUTES:
                _verifie(self.minutes, MINUTES, "L’intervalle va de {} à {} minutes.")
            case Cadence.JOURS:
                _verifie_jours(self.jours)
                if not self.heures:
                    raise HoraireInvalide("Dites au moins une heure : « 20:00 ».")
                if self.plage is not None:
                    raise HoraireInvalide("Une plage ne va pas avec des heures fixes : elles disent déjà quand.")

    @property
    def intervalle(self) -> timedelta | None:
        """Between two runs, for those that have no hours of their own."""
        match self.cadence:
            case Cadence.TEMPS_REEL:
                return timedelta(seconds=self.secondes)
            case Cadence.MINUTES:
                return timedelta(minutes=self.minutes)
            case _:
                return None

    @property
    def marche(self) -> bool:
        """Whether anything happens by itself."""
        return self.cadence is not Cadence.A_LA_DEMANDE and not self.en_pause


def prochaine_echeance(horaire: Horaire, dernier: datetime, maintenant: datetime, fuseau: ZoneInfo) -> datetime | None:
    """The next instant to serve (UTC); due when it is not after `maintenant`. None: never by itself.

    `dernier` is the last instant served, or the one from which the schedule counts. Both are compared with the same
    clock; when that clock was put back by more than an hour, it is due at once.
    """
    if not horaire.marche:
        return None
    if dernier - maintenant > AVANCE_MAX:
        return maintenant.astimezone(UTC)  # else nothing would run before that day comes again
    intervalle = horaire.intervalle
    if intervalle is None:
        return next(instant for instant in _heures_fixes(horaire, dernier, fuseau) if instant > dernier)
    voulu = (dernier + intervalle).astimezone(UTC)
    if horaire.plage is None:
        return voulu
    dedans = _dans_plage(horaire.plage, voulu, fuseau)
    if dedans <= maintenant and not horaire.plage.contient(_local(maintenant, fuseau)):
        return _dans_plage(horaire.plage, maintenant.astimezone(UTC), fuseau)
    return dedans


def depart(horaire: Horaire, maintenant: datetime) -> datetime:
    """From when a schedule counts that begins now: what goes by intervals begins at once."""
    return maintenant - (horaire.intervalle or timedelta())


def servie(horaire: Horaire, echeance: datetime, maintenant: datetime) -> datetime:
    """The `dernier` to keep once this instant is served: what was missed meanwhile is not made up for again."""
    intervalle = horaire.intervalle
    return echeance if intervalle is not None and maintenant - echeance < intervalle else maintenant


@dataclass(frozen=True, slots=True)
class Echecs:
    """The failures in a row of what runs by itself, up to now: how many (at least one), and the end of the last."""

    combien: int
    fin: datetime

    @property
    def recul(self) -> datetime:
        """Before when it is not worth trying again (UTC)."""
        secondes = min(RECUL_S * 2 ** min(self.combien - 1, 30), RECUL_MAX_S)
        return self.fin.astimezone(UTC) + timedelta(seconds=secondes)


def prochain_essai(
    horaire: Horaire, echeance: datetime, echecs: Echecs, maintenant: datetime, fuseau: ZoneInfo
) -> datetime:
    """When to try after these failures; `echeance` is what the schedule says."""
    recul = echecs.recul
    if horaire.intervalle is None:
        return min(recul, echeance) if echecs.combien <= ESSAIS_RAPPROCHES else echeance
    essai = max(recul, echeance)
    return essai if horaire.plage is None else _dans_plage(horaire.plage, max(essai, maintenant), fuseau)


def phrase(horaire: Horaire) -> str:
    """The schedule as a person says it."""
    match horaire.cadence:
        case Cadence.A_LA_DEMANDE:
            dite = "à la demande seulement"
        case Cadence.TEMPS_REEL:
            dite = f"en temps réel, toutes les {horaire.secondes} secondes"
        case Cadence.MINUTES:
            dite = "chaque minute" if horaire.minutes == 1 else f"toutes les {horaire.minutes} minutes"
        case Cadence.JOURS:
            heures = _liste([f"{heure:%H:%M}" for heure in sorted(horaire.heures)])
            dite = f"{_jours(horaire.jours)} à {heures}"
    if horaire.plage is not None and horaire.intervalle is not None:
        dite += f", {_jours(horaire.plage.jours)} de {horaire.plage.debut:%H:%M} à {horaire.plage.fin:%H:%M}"
    return f"{dite} (en pause)" if horaire.en_pause else dite


def _heures_fixes(horaire: Horaire, depuis: datetime, fuseau: ZoneInfo) -> Iterator[datetime]:
    """Its instants in order, from the day before `depuis` on: an hour that does not exist comes later than it says."""
    jour = _local(depuis, fuseau).date() - timedelta(days=1)
    while True:
        if jour.weekday() in horaire.jours:
            yield from sorted({_instant(jour, heure, fuseau) for heure in horaire.heures})
        jour += timedelta(days=1)


def _dans_plage(plage: Plage, instant: datetime, fuseau: ZoneInfo) -> datetime:
    """The instant itself when it is within, else the next beginning."""
    local = _local(instant, fuseau)
    if plage.contient(local):
        return instant
    jour = local.date()
    while True:
        debut = _instant(jour, plage.debut, fuseau)
        # On the day the clock is put forward, the hours of a short plage may not exist at all.
        if debut >= instant and plage.contient(_local(debut, fuseau)):
            return debut
        jour += timedelta(days=1)


def _instant(jour: date, heure: time, fuseau: ZoneInfo) -> datetime:
    return datetime.combine(jour, heure, tzinfo=fuseau).astimezone(UTC)


def _local(instant: datetime, fuseau: ZoneInfo) -> datetime:
    return instant.astimezone(fuseau).replace(tzinfo=None)


def _verifie(valeur: int, bornes: tuple[int, int], message: str) -> None:
    if not bornes[0] <= valeur <= bornes[1]:
        raise HoraireInvalide(message.format(*bornes))


def _verifie_jours(jours: frozenset[int]) -> None:
    if not jours or not jours <= TOUS_LES_JOURS:
        raise HoraireInvalide("Dites au moins un jour de la semaine : « lundi ».")


def _jours(jours: frozenset[int]) -> str:
    """« chaque jour », « du lundi au vendredi », « le lundi et le jeudi »."""
    if jours == TOUS_LES_JOURS:
        return "chaque jour"
    rangs = sorted(jours)
    if len(rangs) > 2 and all(b == a + 1 for a, b in pairwise(rangs)):  # noqa: PLR2004 -- « du lundi au mardi » is odd
        return f"du {JOURS[rangs[0]]} au {JOURS[rangs[-1]]}"
    return _liste([f"le {JOURS[rang]}" for rang in rangs])


def _liste(mots: list[str]) -> str:
    return mots[0] if len(mots) == 1 else f"{', '.join(mots[:-1])} et {mots[-1]}"
