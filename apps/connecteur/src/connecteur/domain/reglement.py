"""How a line on which both sides disagree is settled: policy, dates, and what a person decided.

A decision is about what was shown: the quantities the slots gave and those Batigest held. « Garder Batigest » stands
until the slots change again, whatever is typed in Batigest meanwhile. « BatiSimply » is carried out only while both
still are what the person saw.

A foreign line (never ours) is only overwritten when a person says so for that very line, or when the dossier's policy
is BatiSimply. That the slots are newer is not enough: another program may count on what it typed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from connecteur.domain.conflit import Cote, Jugement, Politique, juge
from connecteur.domain.datation import MARGE_INCONNUE, MARGE_MESUREE, Datation
from connecteur.domain.heure import CleSuivi, Quantites


@dataclass(frozen=True, slots=True)
class Rendu:
    """What an undone write must put back: the quantities Batigest held (None: no line), and what we owned before."""

    avant: Quantites | None
    base: Quantites | None


@dataclass(frozen=True, slots=True)
class Decision:
    """Who is right about one line, decided by a person, by the undoing of a write, or by the policy in the past."""

    choix: Cote
    voulue: Quantites | None
    """What the slots gave when it was decided (None: no line)."""
    vue: Quantites | None
    """What Batigest held when it was decided (None: no line)."""
    rendu: Rendu | None = None
    """Set while an undone write has not been taken back yet."""
    par_politique: bool = False

    def vaut(self, voulue: Quantites | None, vue: Quantites | None) -> bool:
        """Whether it still is about what is there now."""
        return voulue == self.voulue and (self.choix is Cote.BATIGEST or vue == self.vue)


@dataclass(frozen=True, slots=True)
class Dates:
    """When each side of one line changed, as far as anybody knows; instants are aware, by this machine's clock.

    A difference seen in Batigest happened after the last look that did not show it (`intacte_le`, None: unknown) and
    before the first that did (`vue_le`); likewise one of the slots.
    """

    ligne: Datation | None = None
    """From Batigest itself, where a column says it."""
    intacte_le: datetime | None = None
    vue_le: datetime | None = None
    creneaux: datetime | None = None
    """When the latest change of the slots was first seen."""
    creneaux_intacts_le: datetime | None = None
    """The last reading of BatiSimply that did not show it; None: unknown."""
    modifies: Datation | None = None
    """When that change was, from BatiSimply itself, where it dates its slots."""

    @property
    def date_batigest(self) -> datetime | None:
        """What a person is shown of the line."""
        return self.ligne.montree if self.ligne is not None else self.vue_le

    @property
    def date_batisimply(self) -> datetime | None:
        """What a person is shown of the slots."""
        return self.modifies.montree if self.modifies is not None else self.creneaux

    def comparees(self) -> tuple[datetime | None, datetime | None, timedelta]:
        """Both dates, and the difference below which nobody can tell which came first."""
        ligne = self._ligne_crue()
        ici = self.vue_le if ligne is None else ligne.milieu
        la = self.creneaux if self.modifies is None else self.modifies.milieu
        if ici is None or la is None:
            return ici, la, timedelta(0)
        if ligne is not None and self.modifies is not None:
            return ici, la, ligne.marge + self.modifies.marge
        return ici, la, timedelta(0) if self._ordonnees(ligne, ici, la) else timedelta.max

    def _ligne_crue(self) -> Datation | None:
        """A date that did not move when the line was changed says nothing of that change."""
        if self.ligne is None or self.intacte_le is None or self.ligne.le + MARGE_INCONNUE >= self.intacte_le:
            return self.ligne
        return None

    def _ordonnees(self, ligne: Datation | None, ici: datetime, la: datetime) -> bool:
        """Whether one of these dates surely is the later one, although a look is among them."""
        if ligne is not None:
            avant = self.creneaux_intacts_le
            return ligne.depuis > la or (avant is not None and ligne.le <= avant)
        if self.modifies is not None:
            return self.modifies.depuis > ici or (self.intacte_le is not None and self.modifies.le <= self.intacte_le)
        return la > ici or (self.intacte_le is not None and la <= self.intacte_le)


@dataclass(frozen=True, slots=True)
class Changement:
    """When one slot last changed in what makes a line: seen then, not yet so at `intact_le`, and on the date that
    BatiSimply gives it."""

    vu_le: datetime
    intact_le: datetime | None = None
    modifie_le: datetime | None = None


def dates_de(intacte_le: datetime | None, vue_le: datetime | None, changements: Iterable[Changement]) -> Dates:
    """The dates of a line and of its slots: theirs is that of the last one that changed."""
    changements = list(changements)
    if not changements:
        return Dates(None, intacte_le, vue_le)
    dates = [c.modifie_le for c in changements if c.modifie_le is not None]
    vues = [c.vu_le for c in changements if c.modifie_le is None]
    vu_le = max(c.vu_le for c in changements)
    if dates and (not vues or max(dates) > max(vues)):
        return Dates(None, intacte_le, vue_le, vu_le, modifies=Datation.a(max(dates), MARGE_MESUREE))
    avant = [quand for c in changements if (quand := c.modifie_le or c.intact_le) is not None]
    return Dates(None, intacte_le, vue_le, max(vues), max(avant, default=None))


@dataclass(frozen=True, slots=True)
class Reglement:
    """Everything the planner needs beside the lines."""

    politique: Politique = Politique.PLUS_RECENT
    decisions: Mapping[CleSuivi, Decision] = field(default_factory=dict)
    dates: Mapping[CleSuivi, Dates] = field(default_factory=dict)
    cloture: date | None = None
    """Nothing before this day is ever changed in Batigest: the payroll is done."""

    def clos(self, cle: CleSuivi) -> bool:
        """Whether this line belongs to a closed period."""
        return self.cloture is not None and cle.debut.date() < self.cloture

    def decision(self, cle: CleSuivi, voulue: Quantites | None, vue: Quantites | None) -> Decision | None:
        """The decision that holds for this line as it is now."""
        decision = self.decisions.get(cle)
        return decision if decision is not None and decision.vaut(voulue, vue) else None

    def rendu(self, cle: CleSuivi, vue: Quantites | None) -> Rendu | None:
        """What must be put back on this line, when it still is what the undone write left there."""
        decision = self.decisions.get(cle)
        if decision is None or decision.rendu is None or vue != decision.vue:
            return None
        return decision.rendu

    def juge(self, cle: CleSuivi, decision: Decision | None, *, etrangere: bool) -> Jugement:
        """Settle one conflict."""
        if decision is not None:
            return _decide(decision)
        batigest, batisimply, marge = self.dates.get(cle, _SANS_DATES).comparees()
        jugement = juge(self.politique, batigest, batisimply, marge=marge)
        if etrangere and self.politique is Politique.PLUS_RECENT and jugement.gagnant is Cote.BATISIMPLY:
            return Jugement(
                None,
                "Les créneaux sont plus récents, mais cette ligne a été saisie par un autre programme ou une "
                "personne : le connecteur ne la remplace pas de lui-même. À vous de décider.",
            )
        return jugement


_SANS_DATES = Dates()


def _decide(decision: Decision) -> Jugement:
    if decision.par_politique:
        return Jugement(decision.choix, f"Réglé plus tôt : la valeur de {decision.choix.value} est gardée.")
    return juge(Politique.DEMANDER, None, None, decision.choix)
