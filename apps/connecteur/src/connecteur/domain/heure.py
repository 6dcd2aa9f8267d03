"""Slots, and the SuiviMO lines they add up to.

Two slots of one salarié on one chantier can start in the same minute (a correction entered beside
the original, or the hour that comes twice on the last Sunday of October): Batigest has one line for
both, so their hours are added, never replaced.

What comes by the hundred thousand is a named tuple, not a frozen dataclass: as immutable, made and compared several
times faster (decision 0010).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from connecteur.domain.datation import Datation

MINUTES_PAR_JOUR = 24 * 60
ZERO, UN = Decimal(0), Decimal(1)
VALIDE = "VALIDATED"
"""The only BatiSimply status that may reach payroll (DOMAIN.md)."""


@lru_cache(maxsize=1 << 15)
def normalise_code(code: str) -> str:
    """The form in which two codes are compared: SQL Server ignores case and trailing blanks, so do we."""
    return code.strip().upper()


# Few instants, many slots: a firm starts its days at the same hours.
@lru_cache(maxsize=1 << 14)
def debut_local(debut: datetime, fuseau: ZoneInfo) -> datetime:
    """The local start of what starts at this instant (aware), naive: it decides which day and slice it belongs to."""
    return debut.astimezone(fuseau).replace(tzinfo=None)


@lru_cache(maxsize=1 << 14)
def _minute_locale(debut: datetime, fuseau: ZoneInfo) -> datetime:
    return debut_local(debut, fuseau).replace(second=0, microsecond=0, fold=0)


class Creneau(NamedTuple):
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
    plus: tuple[tuple[str, Decimal], ...] = ()
    """The further fields that the settings name, where they say something: (field, value), a yes is 1."""
    modifie_le: datetime | None = None
    """When BatiSimply says that it was changed last, by this machine's clock; None where it says nothing. It is no
    part of what the slot says: a slot is unchanged whatever becomes of it."""

    @property
    def valide(self) -> bool:
        """Whether this slot may reach payroll."""
        return self.statut == VALIDE


class CleSuivi(NamedTuple):
    """What Batigest has one line for. Codes are in their compared form; `debut` is local time, seconds zero."""

    code_chantier: str
    code_salarie: str
    debut: datetime

    @classmethod
    def de(cls, code_chantier: str, code_salarie: str, debut: datetime, fuseau: ZoneInfo) -> "CleSuivi":
        """The key of a slot that starts at this instant (aware)."""
        return cls(normalise_code(code_chantier), normalise_code(code_salarie), _minute_locale(debut, fuseau))


class Quantites(NamedTuple):
    """What one line holds: decimal hours and how many journey and meal allowances."""

    heures: Decimal
    trajet: Decimal
    panier: Decimal
    plus: tuple[tuple[int, Decimal], ...] = ()
    """What further headings hold: (5, …) is NbH5. By number; what is zero is left out, so that equal is equal."""


class LigneSuivi(NamedTuple):
    """A line that SuiviMO should hold, or that we wrote, with the slots that made it (their ids, sorted)."""

    cle: CleSuivi
    quantites: Quantites
    creneaux: tuple[str, ...] = ()


class LigneActuelle(NamedTuple):
    """A line that is in SuiviMO now, whoever wrote it.

    `autres` tells that a heading the connector does not own holds something: such a line is never deleted.
    `modifiee_le` is when Batigest says the line was changed, by this machine's clock, where the dossier has such a
    column.
    """

    cle: CleSuivi
    quantites: Quantites
    autres: bool = False
    modifiee_le: Datation | None = None


@dataclass(frozen=True, slots=True)
class Rubriques:
    """How quantities are stored: the step the columns can hold, so that what is compared is what is stored."""

    pas_heures: Decimal = Decimal("0.000001")
    noms: tuple[str, str, str] = ("NbH0", "NbH3", "NbH4")
    """The columns, as the dossier writes them: hours, trajet, panier."""
    pas_en_plus: tuple[tuple[int, Decimal], ...] = ()
    """The steps of the further headings, by number."""

    def heures(self, minutes: int) -> Decimal:
        """Decimal hours, rounded to what the column holds."""
        return _heures(minutes, self.pas_heures)


@lru_cache(maxsize=4096)  # a year of slots has a few hundred distinct durations
def _heures(minutes: int, pas: Decimal) -> Decimal:
    return (Decimal(minutes) / 60).quantize(pas, rounding=ROUND_HALF_UP).normalize() + 0


class CreneauResolu(NamedTuple):
    """A validated slot whose chantier and salarié are known: what a line is made from. `debut` is aware."""

    id: str
    debut: datetime
    minutes: int | None
    trajet: bool
    panier: bool
    code_chantier: str
    code_salarie: str
    plus: tuple[tuple[str, Decimal], ...] = ()


class Compte(StrEnum):
    """How often an allowance is due."""

    CRENEAU = "créneau"
    """For every slot that has it; slots that start in the same minute on one site count once (a correction beside the
    original)."""
    JOUR = "jour"
    """Once per salarié and local day, on the first of the day's lines whose slots have it."""


class DateLigne(StrEnum):
    """What `Date` of a line says."""

    DEBUT = "début"
    """The local start of the slot, seconds zero."""
    JOUR = "jour"
    """The local day, at midnight: the slots of a day on one chantier add up."""


class Unite(StrEnum):
    """What the number in a further field of a slot says."""

    MINUTES = "minutes"
    """Minutes, which become hours."""
    OUI_NON = "oui/non"
    """Anything but zero is one."""
    NOMBRE = "nombre"
    """What Batigest is to hold."""


@dataclass(frozen=True, slots=True)
class EnPlus:
    """A further field of the slots, and the heading that holds it."""

    champ: str
    numero: int
    """5: NbH5."""
    unite: Unite
    compte: Compte

    def du(self, creneaux: Iterable[CreneauResolu]) -> Decimal:
        """What slots of one start are due: their sum; counted by the day, the largest of them."""
        if self.compte is Compte.JOUR:
            return max(self.somme([creneau]) for creneau in creneaux)
        return self.somme(creneaux)

    def somme(self, groupe: Iterable[CreneauResolu]) -> Decimal:
        """What slots that start in the same minute on one site say together."""
        valeurs = [valeur for creneau in groupe for nom, valeur in creneau.plus if nom == self.champ]
        return (UN if any(valeurs) else ZERO) if self.unite is Unite.OUI_NON else sum(valeurs, ZERO)

    def range(self, brut: Decimal, rubriques: Rubriques) -> Decimal:
        """What the heading holds of it, to the step of its column."""
        pas = dict(rubriques.pas_en_plus).get(self.numero, rubriques.pas_heures)
        exact = brut / 60 if self.unite is Unite.MINUTES else brut
        return exact.quantize(pas, rounding=ROUND_HALF_UP).normalize() + 0


@dataclass(frozen=True, slots=True)
class Forme:
    """How slots become lines; the defaults are what the existing installations hold."""

    date: DateLigne = DateLigne.DEBUT
    panier: Compte = Compte.CRENEAU
    trajet: Compte = Compte.CRENEAU
    en_plus: tuple[EnPlus, ...] = ()


FORME = Forme()


def lignes_voulues(
    creneaux: Iterable[CreneauResolu], rubriques: Rubriques, fuseau: ZoneInfo, forme: Forme = FORME
) -> dict[CleSuivi, LigneSuivi]:
    """The lines SuiviMO should hold for these validated, resolved slots.

    Minutes are added before they become hours, so that no rounding adds up. Days must come whole: an allowance that
    is due once a day stands on one line of the day.
    """
    par_cle: defaultdict[CleSuivi, list[CreneauResolu]] = defaultdict(list)
    for creneau in creneaux:
        _, debut, _, _, _, chantier, salarie, _ = creneau
        cle = CleSuivi(normalise_code(chantier), normalise_code(salarie), _minute_locale(debut, fuseau))
        par_cle[cle].append(creneau)
    lignes = {cle: _somme(cle, groupe, rubriques) for cle, groupe in par_cle.items()}
    return lignes if forme == FORME else _met_en_forme(lignes, par_cle, rubriques, forme)


def _somme(cle: CleSuivi, groupe: list[CreneauResolu], rubriques: Rubriques) -> LigneSuivi:
    if len(groupe) == 1:
        ident, _, minutes, trajet, panier, _, _, _ = groupe[0]
        return LigneSuivi(cle, _quantites(minutes or 0, trajet, panier, rubriques.pas_heures), (ident,))
    return LigneSuivi(
        cle,
        _quantites(
            sum(creneau.minutes or 0 for creneau in groupe),
            any(creneau.trajet for creneau in groupe),
            any(creneau.panier for creneau in groupe),
            rubriques.pas_heures,
        ),
        tuple(sorted(creneau.id for creneau in groupe)),
    )


@lru_cache(maxsize=4096)
def _quantites(minutes: int, trajet: bool, panier: bool, pas: Decimal) -> Quantites:  # noqa: FBT001  a key of the cache
    return Quantites(_heures(minutes, pas), UN if trajet else ZERO, UN if panier else ZERO)


def _met_en_forme(
    lignes: Mapping[CleSuivi, LigneSuivi],
    par_cle: Mapping[CleSuivi, list[CreneauResolu]],
    rubriques: Rubriques,
    forme: Forme,
) -> dict[CleSuivi, LigneSuivi]:
    """The same lines, by start, with allowances and dates as this dossier wants them."""
    dues = _une_par_jour(lignes, forme)
    plus = _en_plus(par_cle, forme)
    groupes: defaultdict[CleSuivi, list[CleSuivi]] = defaultdict(list)
    for cle in sorted(lignes):
        groupes[_date(cle, forme)].append(cle)
    return {
        cle: LigneSuivi(
            cle,
            Quantites(
                rubriques.heures(sum(c.minutes or 0 for origine in origines for c in par_cle[origine])),
                trajet=sum((dues[origine].trajet for origine in origines), ZERO),
                panier=sum((dues[origine].panier for origine in origines), ZERO),
                plus=_range([plus[origine] for origine in origines], rubriques) if plus else (),
            ),
            tuple(sorted(ident for origine in origines for ident in lignes[origine].creneaux)),
        )
        for cle, origines in groupes.items()
    }


def _une_par_jour(lignes: Mapping[CleSuivi, LigneSuivi], forme: Forme) -> dict[CleSuivi, Quantites]:
    """What each line by start is due: an allowance counted by the day stays on the first line that has it."""
    dues: dict[CleSuivi, Quantites] = {}
    trajets: set[tuple[str, date]] = set()
    paniers: set[tuple[str, date]] = set()
    for cle in sorted(lignes, key=lambda cle: (cle.debut, cle.code_chantier, cle.code_salarie)):
        quantites, jour = lignes[cle].quantites, (cle.code_salarie, cle.debut.date())
        trajet, panier = quantites.trajet, quantites.panier
        if forme.trajet is Compte.JOUR and trajet:
            trajet = ZERO if jour in trajets else UN
            trajets.add(jour)
        if forme.panier is Compte.JOUR and panier:
            panier = ZERO if jour in paniers else UN
            paniers.add(jour)
        dues[cle] = Quantites(quantites.heures, trajet, panier)
    return dues


def _en_plus(par_cle: Mapping[CleSuivi, list[CreneauResolu]], forme: Forme) -> dict[CleSuivi, dict[EnPlus, Decimal]]:
    """What each line by start has in further headings, not converted yet. Counted by the day, the largest of a day
    stands on the first line that has any."""
    if not forme.en_plus:
        return {}
    dus = {cle: {un: un.du(groupe) for un in forme.en_plus} for cle, groupe in par_cle.items()}
    for un in forme.en_plus:
        if un.compte is Compte.CRENEAU:
            continue
        jours: defaultdict[tuple[str, date], list[CleSuivi]] = defaultdict(list)
        for cle in dus:
            if dus[cle][un]:
                jours[cle.code_salarie, cle.debut.date()].append(cle)
        for cles in jours.values():
            premiere = min(cles, key=lambda cle: (cle.debut, cle.code_chantier))
            plus_grand = max(dus[cle][un] for cle in cles)
            for cle in cles:
                dus[cle][un] = plus_grand if cle == premiere else ZERO
    return dus


def _range(parts: list[dict[EnPlus, Decimal]], rubriques: Rubriques) -> tuple[tuple[int, Decimal], ...]:
    rangs = ((un.numero, un.range(sum((part[un] for part in parts), ZERO), rubriques)) for un in parts[0])
    return tuple(sorted((numero, quantite) for numero, quantite in rangs if quantite))


def _date(cle: CleSuivi, forme: Forme) -> CleSuivi:
    if forme.date is DateLigne.DEBUT:
        return cle
    return CleSuivi(cle.code_chantier, cle.code_salarie, datetime.combine(cle.debut.date(), time()))
