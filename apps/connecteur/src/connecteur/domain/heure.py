"""Slots, and the SuiviMO lines they add up to.

Two slots of one salarié on one chantier can start in the same minute (a correction entered beside
the original, or the hour that comes twice on the last Sunday of October): Batigest has one line for
both, so their hours are added, never replaced.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

MINUTES_PAR_JOUR = 24 * 60
ZERO, UN = Decimal(0), Decimal(1)
VALIDE = "VALIDATED"
"""The only BatiSimply status that may reach payroll (DOMAIN.md)."""


def normalise_code(code: str) -> str:
    """The form in which two codes are compared: SQL Server ignores case and trailing blanks, so do we."""
    return code.strip().upper()


@dataclass(frozen=True, slots=True)
class Creneau:
    """One worked slot of BatiSimply, as read. Instants are UTC and aware; `minutes` is the worked time."""

    id: str
    debut: datetime
    fin: datetime | None
    utilisateur: str | None
    """UUID of the BatiSimply user, lower case."""
    nom_utilisateur: str
    projet_id: int | None
    code_projet: str | None
    statut: str
    minutes: int | None
    trajet: bool
    panier: bool

    @property
    def valide(self) -> bool:
        """Whether this slot may reach payroll."""
        return self.statut == VALIDE


@dataclass(frozen=True, slots=True, order=True)
class CleSuivi:
    """What Batigest has one line for. Codes are in their compared form; `debut` is local time, seconds zero."""

    code_chantier: str
    code_salarie: str
    debut: datetime

    @classmethod
    def de(cls, code_chantier: str, code_salarie: str, debut: datetime, fuseau: ZoneInfo) -> "CleSuivi":
        """The key of a slot that starts at this instant (aware)."""
        local = debut.astimezone(fuseau).replace(tzinfo=None, second=0, microsecond=0, fold=0)
        return cls(normalise_code(code_chantier), normalise_code(code_salarie), local)


@dataclass(frozen=True, slots=True)
class Quantites:
    """What one line holds: decimal hours and how many journey and meal allowances."""

    heures: Decimal
    trajet: Decimal
    panier: Decimal


@dataclass(frozen=True, slots=True)
class LigneSuivi:
    """A line that SuiviMO should hold, or that we wrote, with the slots that made it (their ids, sorted)."""

    cle: CleSuivi
    quantites: Quantites
    creneaux: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LigneActuelle:
    """A line that is in SuiviMO now, whoever wrote it.

    `autres` tells that a heading the connector does not own holds something: such a line is never deleted.
    """

    cle: CleSuivi
    quantites: Quantites
    autres: bool = False


@dataclass(frozen=True, slots=True)
class Rubriques:
    """How quantities are stored: the step the columns can hold, so that what is compared is what is stored."""

    pas_heures: Decimal = Decimal("0.000001")

    def heures(self, minutes: int) -> Decimal:
        """Decimal hours, rounded to what the column holds."""
        return _heures(minutes, self.pas_heures)


@lru_cache(maxsize=4096)  # a year of slots has a few hundred distinct durations
def _heures(minutes: int, pas: Decimal) -> Decimal:
    return (Decimal(minutes) / 60).quantize(pas, rounding=ROUND_HALF_UP).normalize() + 0


@dataclass(frozen=True, slots=True)
class CreneauResolu:
    """A validated slot whose chantier and salarié are known."""

    creneau: Creneau
    code_chantier: str
    code_salarie: str


def lignes_voulues(
    creneaux: Iterable[CreneauResolu], rubriques: Rubriques, fuseau: ZoneInfo
) -> dict[CleSuivi, LigneSuivi]:
    """The lines SuiviMO should hold for these validated, resolved slots.

    Minutes are added before they become hours, so that no rounding adds up; allowances count once per line.
    """
    par_cle: defaultdict[CleSuivi, list[Creneau]] = defaultdict(list)
    for resolu in creneaux:
        cle = CleSuivi.de(resolu.code_chantier, resolu.code_salarie, resolu.creneau.debut, fuseau)
        par_cle[cle].append(resolu.creneau)
    return {cle: _somme(cle, groupe, rubriques) for cle, groupe in par_cle.items()}


def _somme(cle: CleSuivi, groupe: list[Creneau], rubriques: Rubriques) -> LigneSuivi:
    return LigneSuivi(
        cle,
        Quantites(
            heures=rubriques.heures(sum(creneau.minutes or 0 for creneau in groupe)),
            trajet=UN if any(creneau.trajet for creneau in groupe) else ZERO,
            panier=UN if any(creneau.panier for creneau in groupe) else ZERO,
        ),
        tuple(sorted(creneau.id for creneau in groupe)) if len(groupe) > 1 else (groupe[0].id,),
    )
