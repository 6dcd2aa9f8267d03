"""The invariant, in one place.

For each dossier, the lines we own in SuiviMO add up, per salarié, chantier and day, to the validated,
resolved slots of the window; every other slot is either not validated or stands in the rejets. Lines a
person has taken over in Batigest, keys in conflict, what a closed period keeps from being changed, and what the guard
holds back, are listed apart with their difference: they are explained, not equal.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from connecteur.domain.conflit import Cote
from connecteur.domain.garde import Retenues
from connecteur.domain.heure import CleSuivi, LigneActuelle, LigneSuivi
from connecteur.domain.plan import RIEN, SANS_HISTOIRE
from connecteur.domain.reglement import Reglement


@dataclass(frozen=True, slots=True)
class Cumul:
    """One salarié, one chantier, one day: what the slots say and what our lines hold, in decimal hours."""

    code_salarie: str
    code_chantier: str
    jour: date
    attendu: Decimal
    present: Decimal
    lignes: int

    @property
    def ecart(self) -> Decimal:
        """Hours in Batigest beyond (or, negative, short of) what the slots say."""
        return self.present - self.attendu


class Nature(StrEnum):
    """Why a line is listed apart."""

    REPRISE = "reprise"
    """Batigest was right, or nobody contradicted it: its line stays as it was typed."""
    CONFLIT = "conflit"
    """A person must decide."""
    PERIODE_CLOSE = "période close"
    """The payroll of these days is done: nothing is changed any more."""
    RETENUE = "retenue par la garde"
    """A person must confirm."""


@dataclass(frozen=True, slots=True)
class LigneAPart:
    """A key whose line is not what the slots say, with a reason a person can act on."""

    cle: CleSuivi
    nature: Nature
    raison: str
    attendu: Decimal
    present: Decimal

    @property
    def ecart(self) -> Decimal:
        """Hours in Batigest beyond (or, negative, short of) what the slots say."""
        return self.present - self.attendu


@dataclass(slots=True)
class Constat:
    """The outcome for one dossier. It can be added up slice by slice."""

    cumuls: list[Cumul] = field(default_factory=list)
    a_part: list[LigneAPart] = field(default_factory=list)
    inexpliques: list[str] = field(default_factory=list)
    """Ids of slots that are neither delivered, nor awaiting validation, nor in the rejets."""
    pas_heures: Decimal = Decimal("0.000001")

    @property
    def faux(self) -> list[Cumul]:
        """The sums that do not hold, beyond what the column's rounding explains."""
        return [c for c in self.cumuls if abs(c.ecart) > self.pas_heures * max(1, c.lignes)]

    @property
    def tient(self) -> bool:
        """Whether the invariant holds."""
        return not self.faux and not self.inexpliques

    def ajoute(self, autre: "Constat") -> None:
        """Add the findings of another slice."""
        self.cumuls += autre.cumuls
        self.a_part += autre.a_part
        self.inexpliques += autre.inexpliques
        self.pas_heures = autre.pas_heures


RIEN_DE_RETENU = Retenues()


def verifie(
    voulues: Mapping[CleSuivi, LigneSuivi],
    notres: Mapping[CleSuivi, LigneSuivi],
    actuelles: Mapping[CleSuivi, Sequence[LigneActuelle]],
    inexpliques: Iterable[str],
    pas_heures: Decimal,
    *,
    reglement: Reglement = SANS_HISTOIRE,
    retenues: Retenues = RIEN_DE_RETENU,
) -> Constat:
    """Check one slice. `inexpliques` are the validated slots that are neither resolved nor in the rejets."""
    constat = Constat(inexpliques=sorted(inexpliques), pas_heures=pas_heures)
    attendu: defaultdict[tuple[str, str, date], Decimal] = defaultdict(Decimal)
    present: defaultdict[tuple[str, str, date], Decimal] = defaultdict(Decimal)
    lignes: defaultdict[tuple[str, str, date], int] = defaultdict(int)
    for cle in voulues.keys() | notres.keys():
        voulue, notre, la = voulues.get(cle), notres.get(cle), actuelles.get(cle, ())
        heures_voulues = voulue.quantites.heures if voulue else Decimal(0)
        heures_la = sum((ligne.quantites.heures for ligne in la), Decimal(0))
        raison = _raison(voulue, notre, la)
        nature = _nature(cle, voulue, notre, la, reglement, dispute=bool(raison))
        if nature is not None:
            raison = raison or "ce que disent les créneaux a changé après la clôture"
            constat.a_part.append(LigneAPart(cle, nature, raison, heures_voulues, heures_la))
            continue
        if (notre is None) == (not la) and retenues.retient(cle, voulue, notre):
            raison = "beaucoup de lignes changeraient d’un coup : une personne doit le confirmer"
            constat.a_part.append(LigneAPart(cle, Nature.RETENUE, raison, heures_voulues, heures_la))
            continue
        groupe = (cle.code_salarie, cle.code_chantier, cle.debut.date())
        attendu[groupe] += heures_voulues
        present[groupe] += heures_la
        lignes[groupe] += 1
    for groupe in sorted(lignes):
        constat.cumuls.append(Cumul(*groupe, attendu[groupe], present[groupe], lignes[groupe]))
    constat.a_part.sort(key=lambda ligne: ligne.cle)
    return constat


def _raison(voulue: LigneSuivi | None, notre: LigneSuivi | None, la: Sequence[LigneActuelle]) -> str:
    """Why this key is disputed; empty when its line is ours to answer for."""
    if len(la) > 1:
        return "plusieurs lignes dans Batigest pour la même clé"
    if notre is None:
        etrangere = bool(la) and voulue is not None and la[0].quantites != voulue.quantites
        return "ligne saisie par un autre programme ou une personne" if etrangere else ""
    if not la:
        return "ligne supprimée dans Batigest" if voulue is not None else ""
    deja_juste = la[0].quantites == (voulue.quantites if voulue else RIEN)
    return "" if la[0].quantites == notre.quantites or deja_juste else "ligne modifiée dans Batigest"


def _nature(
    cle: CleSuivi,
    voulue: LigneSuivi | None,
    notre: LigneSuivi | None,
    la: Sequence[LigneActuelle],
    reglement: Reglement,
    *,
    dispute: bool,
) -> Nature | None:
    """How this key is listed apart; None when its line is ours to answer for."""
    w, a = voulue.quantites if voulue else None, la[0].quantites if la else None
    if reglement.clos(cle) and (dispute or (w or RIEN) != (a or RIEN)):
        return Nature.PERIODE_CLOSE
    if not dispute:
        return None
    decision = reglement.decision(cle, w, a)
    inchangee = notre is not None and w == notre.quantites and len(la) <= 1
    if (decision is None and inchangee) or (decision is not None and decision.choix is Cote.BATIGEST):
        return Nature.REPRISE
    return Nature.CONFLIT
