"""One slice looked at from both sides: what the plan is made from."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from connecteur.domain.conflit import Politique
from connecteur.domain.heure import CleSuivi, CreneauResolu, LigneActuelle, LigneSuivi
from connecteur.domain.periode import Tranche
from connecteur.domain.plan import SANS_HISTOIRE, Action, Geste, Plan, plan_heures
from connecteur.domain.reglement import Dates, Reglement
from connecteur.domain.reprise import reprend
from connecteur.sync.ports import CreneauStocke
from connecteur.sync.ports.litiges import Dispute, TamponLitiges


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
    dates: Mapping[CleSuivi, Dates]
    """What the disputed lines were judged by."""


def examine(
    voulues: Mapping[CleSuivi, LigneSuivi],
    notres: Mapping[CleSuivi, LigneSuivi],
    annoncees: Sequence[Action],
    lignes: Iterable[LigneActuelle],
    reglement: Reglement = SANS_HISTOIRE,
) -> Examen:
    """The plan of a slice, once the writes of an interrupted run are settled. Pure: the dry run shows it."""
    actuelles = par_cle(lignes)
    les_notres, faites, abandonnees = reprend(annoncees, notres, actuelles)
    plan = plan_heures(voulues, les_notres, actuelles, reglement)
    return Examen(plan, les_notres, faites, abandonnees, reglement.dates)


def examine_date(
    tampon: TamponLitiges,
    tranche: Tranche,
    *,
    voulues: Mapping[CleSuivi, LigneSuivi],
    notres: Mapping[CleSuivi, LigneSuivi],
    annoncees: Sequence[Action],
    lignes: Sequence[LigneActuelle],
    reglement: Reglement,
) -> Examen:
    """The same, the dates of what is disputed looked up when there is any."""
    examen = examine(voulues, notres, annoncees, lignes, reglement)
    if reglement.politique is not Politique.PLUS_RECENT:
        return examen
    disputes = [
        Dispute(action.cle, action.avant, _creneaux(action, examen.notres))
        for action in examen.plan.actions
        if action.geste is Geste.CONFLIT
    ]
    if not disputes:
        return examen
    modifiees = {ligne.cle: ligne.modifiee_le for ligne in lignes}
    dates = {cle: replace(une, ligne=modifiees.get(cle)) for cle, une in tampon.read_dates(tranche, disputes).items()}
    return examine(voulues, notres, annoncees, lignes, replace(reglement, dates=dates))


def list_quittees(examen: Examen, payes: AbstractSet[str]) -> list[Action]:
    """The lines of a closed period that hold no hour in Batigest any more, without the slots that have left them.

    Such a line pays nothing: the slots that start after the closing are counted where they are now. It stays ours with
    the others, as it was written: that somebody removed it is not forgotten.
    """
    return [
        replace(
            action,
            geste=Geste.ADOPTER,
            apres=action.base,
            creneaux=tuple(i for i in examen.notres[action.cle].creneaux if i not in payes),
        )
        for action in examen.plan.actions
        if action.geste is Geste.PERIODE_CLOSE
        and action.base is not None
        and (action.avant is None or not action.avant.heures)
        and not payes.isdisjoint(examen.notres[action.cle].creneaux)
    ]


def libere(examen: Examen, quittees: Iterable[Action]) -> set[str]:
    """The slots that those lines held and hold no more."""
    return {i for action in quittees for i in examen.notres[action.cle].creneaux if i not in action.creneaux}


def _creneaux(action: Action, notres: Mapping[CleSuivi, LigneSuivi]) -> tuple[str, ...]:
    """The slots that make a line, and those that made it: one that left is a change, too."""
    notre = notres.get(action.cle)
    return action.creneaux + (notre.creneaux if notre is not None else ())


def resolus(stockes: Iterable[CreneauStocke]) -> Iterator[CreneauResolu]:
    """The slots that belong in Batigest: validated, chantier and salarié known."""
    return (resolu for stocke in stockes if (resolu := stocke.resolu) is not None)


def par_cle(lignes: Iterable[LigneActuelle]) -> dict[CleSuivi, list[LigneActuelle]]:
    """Lines by key; other programs may have written several on one."""
    index: defaultdict[CleSuivi, list[LigneActuelle]] = defaultdict(list)
    for ligne in lignes:
        index[ligne.cle].append(ligne)
    return dict(index)
