"""How a line on which both sides disagree is settled: policy, dates, and what a person decided.

A decision is about what was shown: the quantities the slots gave and those Batigest held. « Garder Batigest » stands
until the slots change again, whatever is typed in Batigest meanwhile. « BatiSimply » is carried out only while both
still are what the person saw.

A foreign line (never ours) is only overwritten when a person says so for that very line, or when the dossier's policy
is BatiSimply. That the slots are newer is not enough: another program may count on what it typed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from connecteur.domain.conflit import Cote, Jugement, Politique, juge
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
    """When each side of one line changed, as far as anybody knows; instants are aware.

    A difference seen in Batigest happened after the last look that did not show it (`intacte_le`, None: unknown) and
    before the first that did (`vue_le`).
    """

    ligne: datetime | None = None
    """From Batigest itself, where a column says it."""
    intacte_le: datetime | None = None
    vue_le: datetime | None = None
    creneaux: datetime | None = None
    """The latest change of the slots."""


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
        jugement = juge(self.politique, *self._dates(cle))
        if etrangere and self.politique is Politique.PLUS_RECENT and jugement.gagnant is Cote.BATISIMPLY:
            return Jugement(
                None,
                "Les créneaux sont plus récents, mais cette ligne a été saisie par un autre programme ou une "
                "personne : le connecteur ne la remplace pas de lui-même. À vous de décider.",
            )
        return jugement

    def _dates(self, cle: CleSuivi) -> tuple[datetime | None, datetime | None]:
        """Both dates as they compare: equal when nobody can tell which change came first."""
        dates = self.dates.get(cle, _SANS_DATES)
        if dates.ligne is not None or dates.creneaux is None or dates.vue_le is None:
            return dates.ligne, dates.creneaux
        if dates.creneaux > dates.vue_le or (dates.intacte_le is not None and dates.creneaux <= dates.intacte_le):
            return dates.vue_le, dates.creneaux
        return dates.creneaux, dates.creneaux


_SANS_DATES = Dates()


def _decide(decision: Decision) -> Jugement:
    if decision.par_politique:
        return Jugement(decision.choix, f"Réglé plus tôt : la valeur de {decision.choix.value} est gardée.")
    return juge(Politique.DEMANDER, None, None, decision.choix)
