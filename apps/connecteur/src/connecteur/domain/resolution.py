"""From a slot's project and user to Batigest's codes, or to the reason why not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from connecteur.domain.heure import MINUTES_PAR_JOUR, CleSuivi, Creneau, normalise_code
from connecteur.domain.rejet import MotifRejet
from connecteur.domain.salarie import Salarie


class Livre(NamedTuple):
    """Where a slot is delivered: as the tampon last knew it, and the line of ours that holds it."""

    utilisateur: str
    """UUID, lower case."""
    nom_utilisateur: str
    code_salarie: str
    code_chantier: str
    projet_id: int | None
    code_projet: str | None
    cle: CleSuivi
    ancien_code: str | None = None
    """The code under which that line stood before Batigest gave its chantier another one."""

    @property
    def de_son_salarie(self) -> bool:
        """Whether that line is of the slot's salarié: given to somebody else, it may stand with the first still."""
        return normalise_code(self.code_salarie) == self.cle.code_salarie


class Codes(NamedTuple):
    """Where a slot goes, as Batigest writes it."""

    chantier: str
    salarie: str


@dataclass(frozen=True, slots=True)
class Annuaire:
    """Who is who: everything a slot is resolved with, read once per run.

    Two equal directories resolve every slot alike; that is what lets unchanged slices be skipped.
    """

    codes_projets: Mapping[int, str]
    """BatiSimply project id > its code, as written there."""
    chantiers: Mapping[str, str]
    """Compared form of a code > the code as Batigest writes it; every site, over or not."""
    salaries: Mapping[str, tuple[str, ...]]
    """BatiSimply user UUID > the codes of the employees who carry it."""
    rompus: frozenset[str] = frozenset()
    """Users mapped by hand to an employee who is not in Batigest any more."""
    livres: Mapping[str, Livre] = field(default_factory=dict)
    """Delivered slots whose user leads to nobody now, by id: a person who left takes no hour along. They add nothing
    to what makes two directories equal: a slot is among them only because it was resolved so already."""
    en_place: Mapping[str, Livre] = field(default_factory=dict)
    """Delivered slots whose project leads to no chantier now, by id, while their line still stands in SuiviMO: a code
    that nobody carries any more takes no hour along."""
    a_revoir: frozenset[str] = frozenset()
    """Those of them that go elsewhere than the tampon says although nothing of them changed: they set two directories
    apart."""

    def resout(self, creneau: Creneau) -> Codes | MotifRejet:
        """Its codes, or the reason why it cannot be delivered."""
        code_chantier = self._chantier(creneau)
        if isinstance(code_chantier, MotifRejet):
            return code_chantier
        code_salarie = self._salarie(creneau)
        if isinstance(code_salarie, MotifRejet):
            return code_salarie
        if creneau.minutes is None or not 0 <= creneau.minutes <= MINUTES_PAR_JOUR:
            return MotifRejet.DUREE_INVALIDE
        return Codes(code_chantier, code_salarie)

    def _chantier(self, creneau: Creneau) -> str | MotifRejet:
        if creneau.projet_id is None and not creneau.code_projet:
            return MotifRejet.SANS_PROJET
        # The project's own page is newer than the copy of its code that some slots carry.
        code = self.codes_projets.get(creneau.projet_id or 0) or creneau.code_projet
        if not code or not code.strip():
            return self._demeure(creneau, MotifRejet.PROJET_SANS_CODE)
        return self.chantiers.get(normalise_code(code)) or self._demeure(creneau, MotifRejet.CHANTIER_INCONNU)

    def _demeure(self, creneau: Creneau, motif: MotifRejet) -> str | MotifRejet:
        """Nothing says where this slot goes: it stays where it was delivered, if it still is of the same project."""
        livre = self.en_place.get(creneau.id)
        if livre is None or livre.projet_id != creneau.projet_id:
            return motif
        memes = creneau.projet_id is not None or livre.code_projet == creneau.code_projet
        return livre.code_chantier if memes else motif

    def _salarie(self, creneau: Creneau) -> str | MotifRejet:
        if not creneau.utilisateur:
            return MotifRejet.SANS_UTILISATEUR
        utilisateur = creneau.utilisateur.lower()
        codes = self.salaries.get(utilisateur, ())
        if len(codes) > 1:
            return self._reste(creneau, utilisateur, MotifRejet.SALARIE_AMBIGU)
        if not codes:
            motif = MotifRejet.SALARIE_DISPARU if utilisateur in self.rompus else MotifRejet.SALARIE_INCONNU
            return self._reste(creneau, utilisateur, motif)
        return codes[0]

    def _reste(self, creneau: Creneau, utilisateur: str, motif: MotifRejet) -> str | MotifRejet:
        """Nobody says whose this slot is: it stays with whom it was delivered to, if it still is of the same user."""
        livre = self.livres.get(creneau.id)
        return livre.code_salarie if livre is not None and livre.utilisateur == utilisateur else motif


def indexe_salaries(salaries: Iterable[Salarie]) -> dict[str, tuple[str, ...]]:
    """BatiSimply user UUID > the codes of the employees who carry it, sorted."""
    index: dict[str, tuple[str, ...]] = {}
    for salarie in salaries:
        if salarie.utilisateur:
            cle = salarie.utilisateur.lower()
            index[cle] = tuple(sorted({*index.get(cle, ()), salarie.code}))
    return index
