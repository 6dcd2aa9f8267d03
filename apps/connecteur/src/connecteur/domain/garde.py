"""The guard: a wrong answer must not empty a payroll.

An answer of BatiSimply may be well-formed and wrong: a list that comes back empty, an account that lost its rights, a
status with a new name. Before anything is written, the lines of ours that would be corrected or removed over the whole
window are counted. Past the threshold nothing of that kind is written until a person has seen the figures.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import blake2b

from connecteur.domain.heure import CleSuivi, LigneSuivi, Quantites
from connecteur.domain.reglement import Reglement


@dataclass(frozen=True, slots=True)
class Seuil:
    """Both must be passed: more than `lignes` lines, and more than `part` % of the lines we own in the window."""

    part: int = 20
    lignes: int = 50

    def franchi(self, changees: int, possedees: int) -> bool:
        """Whether so many changes wait for a person."""
        return changees > self.lignes and changees * 100 > self.part * possedees


@dataclass(frozen=True, slots=True)
class Changement:
    """One line of ours that would no longer be what it is."""

    cle: CleSuivi
    avant: Quantites
    apres: Quantites | None
    creneaux: tuple[str, ...]
    """The slots that made it: they must not be counted elsewhere while it stays."""

    @property
    def empreinte(self) -> int:
        """What a confirmation remembers of it: 64 bits, signed as PostgreSQL's bigint."""
        texte = repr((tuple(self.cle.debut.timetuple()), self.cle.code_chantier, self.cle.code_salarie, self.apres))
        return int.from_bytes(blake2b(texte.encode(), digest_size=8).digest(), signed=True)


@dataclass(frozen=True, slots=True)
class Retenues:
    """What an open request for confirmation holds back."""

    cles: frozenset[int] = frozenset()
    creneaux: frozenset[str] = frozenset()
    """The slots of the lines that stay: they must not be counted elsewhere."""

    def retient(self, cle: CleSuivi, voulue: LigneSuivi | None, notre: LigneSuivi | None) -> bool:
        """Whether this key is not what the slots say because the request has no answer yet."""
        if notre is None:
            return voulue is not None and not self.creneaux.isdisjoint(voulue.creneaux)
        apres = voulue.quantites if voulue else None
        return apres != notre.quantites and Changement(cle, notre.quantites, apres, ()).empreinte in self.cles


def list_changements(
    voulues: Mapping[CleSuivi, LigneSuivi], notres: Mapping[CleSuivi, LigneSuivi], reglement: Reglement
) -> list[Changement]:
    """What the plan of a slice would correct or remove, at most: what turns out to be edited by hand is counted too."""
    changes = []
    for cle, notre in notres.items():
        voulue = voulues.get(cle)
        if (voulue is None or voulue.quantites != notre.quantites) and not reglement.clos(cle):
            apres = voulue.quantites if voulue else None
            changes.append(Changement(cle, notre.quantites, apres, notre.creneaux))
    return changes


@dataclass(frozen=True, slots=True)
class Compte:
    """What a run would change over the whole window."""

    cles: frozenset[int]
    possedees: int
    """How many lines we own in the window."""
    heures_avant: Decimal
    heures_apres: Decimal
    debut: date
    fin: date
    """First and last day concerned."""


@dataclass(frozen=True, slots=True)
class Garde:
    """A request for confirmation, open until a push has gone through."""

    id: int
    compte: Compte
    run: str
    ouverte_le: datetime
    confirmee_le: datetime | None = None
    confirmee_par: str | None = None

    @property
    def lignes(self) -> int:
        """How many lines would change."""
        return len(self.compte.cles)

    def permet(self, cles: Collection[int], possedees: int, seuil: Seuil) -> bool:
        """Whether somebody confirmed these changes; what came since must not pass the threshold by itself."""
        if self.confirmee_le is None:
            return False
        return not seuil.franchi(sum(cle not in self.compte.cles for cle in cles), possedees)
