"""One slice looked at from both sides: what the plan is made from."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from connecteur.domain.heure import CleSuivi, CreneauResolu, LigneActuelle, LigneSuivi
from connecteur.domain.plan import Action, Plan, plan_heures
from connecteur.domain.reprise import reprend
from connecteur.sync.ports import CreneauStocke


@dataclass(frozen=True, slots=True)
class Examen:
    """One slice looked at from both sides."""

    plan: Plan
    notres: dict[CleSuivi, LigneSuivi]
    """The lines we own, those of an interrupted run included."""
    faites: list[Action]
    """Writes announced before a power cut that turn out to have happened."""
    abandonnees: list[Action]
    """Writes announced before a power cut that never happened."""


def examine(
    voulues: Mapping[CleSuivi, LigneSuivi],
    notres: Mapping[CleSuivi, LigneSuivi],
    annoncees: Sequence[Action],
    lignes: Iterable[LigneActuelle],
) -> Examen:
    """The plan of a slice, once the writes of an interrupted run are settled. Pure: the dry run shows it."""
    actuelles = par_cle(lignes)
    les_notres, faites, abandonnees = reprend(annoncees, notres, actuelles)
    return Examen(plan_heures(voulues, les_notres, actuelles), les_notres, faites, abandonnees)


def resolus(stockes: Iterable[CreneauStocke]) -> Iterator[CreneauResolu]:
    """The slots that belong in Batigest: validated, chantier and salarié known."""
    for stocke in stockes:
        if stocke.creneau.valide and stocke.code_chantier and stocke.code_salarie and stocke.motif is None:
            yield CreneauResolu(stocke.creneau, stocke.code_chantier, stocke.code_salarie)


def par_cle(lignes: Iterable[LigneActuelle]) -> dict[CleSuivi, list[LigneActuelle]]:
    """Lines by key; other programs may have written several on one."""
    index: defaultdict[CleSuivi, list[LigneActuelle]] = defaultdict(list)
    for ligne in lignes:
        index[ligne.cle].append(ligne)
    return dict(index)
