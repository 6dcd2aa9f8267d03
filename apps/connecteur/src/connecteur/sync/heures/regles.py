"""How this run turns slots into lines, and settles what is disputed: read once, before the first slice."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import blake2b
from zoneinfo import ZoneInfo

from connecteur.domain.heure import CleSuivi, CreneauResolu, Forme, LigneSuivi, Rubriques, debut_local, lignes_voulues
from connecteur.domain.periode import Tranche
from connecteur.domain.reglement import Reglement
from connecteur.settings import ReglagesHeures
from connecteur.sync.ports.litiges import TamponLitiges


@dataclass(frozen=True, slots=True)
class Regles:
    """All that the plan of a slice depends on beside the slice itself."""

    rubriques: Rubriques
    fuseau: ZoneInfo
    forme: Forme
    reglement: Reglement
    plusieurs_rubriques: bool = True
    """Whether lines of ours may stand in other headings than those of today."""
    depuis: date = date.min
    """The first day that is looked at: lines that stand before are left as they are."""
    payes: frozenset[str] = frozenset()
    """Slots whose hours a line holds that is left as it is: in a closed period, or older than what is looked at. Those
    that start after it now are counted there, and not wanted again; the difference stands with the closed period."""
    anciens: Mapping[str, date] = field(default_factory=dict)
    """Those of them whose line is merely too old, and its day."""

    def voulues(self, creneaux: Iterable[CreneauResolu]) -> dict[CleSuivi, LigneSuivi]:
        """The lines these slots should make."""
        if self.payes:
            limite = max(self.depuis, self.reglement.cloture or self.depuis)
            creneaux = (creneau for creneau in creneaux if not self._paye(creneau, limite))
        return lignes_voulues(creneaux, self.rubriques, self.fuseau, self.forme)

    def paye(self, notres: Iterable[LigneSuivi]) -> "Regles":
        """The same, the slots of these lines paid where the lines are in a closed period."""
        if self.reglement.cloture is None:
            return self
        payes = {i for ligne in notres if self.reglement.clos(ligne.cle) for i in ligne.creneaux}
        return replace(self, payes=self.payes | payes)

    def _paye(self, creneau: CreneauResolu, limite: date) -> bool:
        return creneau.id in self.payes and debut_local(creneau.debut, self.fuseau).date() >= limite

    @property
    def _en_plus(self) -> str:
        if not self.forme.en_plus and not self.rubriques.pas_en_plus:
            return ""
        regles = "/".join(f"{un.champ}>{un.numero},{un.unite},{un.compte}" for un in self.forme.en_plus)
        return f"{regles}/{'/'.join(f'{numero}={pas}' for numero, pas in self.rubriques.pas_en_plus)}:"

    @property
    def prefixe(self) -> str:
        """What a slice's digest begins with: settled by other rules, it must be looked at again."""
        forme, reglement = self.forme, self.reglement
        # A line of the closed period that is ours no more frees its slots, wherever they start now.
        payes = blake2b("\n".join(sorted(self.payes)).encode(), digest_size=8).hexdigest() if self.payes else ""
        return (
            f"{self.rubriques.pas_heures}:{forme.date}:{forme.panier}:{forme.trajet}:{reglement.politique}"
            f":{reglement.cloture or ''}:{payes}:{'/'.join(self.rubriques.noms)}:{self._en_plus}"
        )


def read_regles(
    tampon: TamponLitiges,
    reglages: ReglagesHeures,
    rubriques: Rubriques,
    fuseau: ZoneInfo,
    tranches: Sequence[Tranche],
) -> Regles:
    """The rules of this run. The dates of disputed lines are looked up when they are needed."""
    depuis, cloture = tranches[0].debut, reglages.periode_close
    decisions = tampon.list_decisions(depuis)
    payes = tampon.list_payes(depuis, cloture)
    anciens = {i: jour for i, jour in payes.items() if jour < depuis and (cloture is None or jour >= cloture)}
    reglement = Reglement(reglages.conflits, decisions, {}, cloture)
    return Regles(rubriques, fuseau, reglages.forme, reglement, depuis=depuis, payes=frozenset(payes), anciens=anciens)
