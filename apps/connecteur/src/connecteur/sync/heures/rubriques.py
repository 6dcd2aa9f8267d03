"""The settings name other headings than those our lines stand in: move what is ours, and only that.

A line is moved when Batigest still holds in the old headings exactly what we wrote there, and nothing in the new ones:
in one statement the new headings take our quantities and the old ones go to zero. Any other line stays in its old
headings, is looked at there, and is never written: a person must decide in Batigest.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from connecteur.domain.heure import CleSuivi, LigneActuelle
from connecteur.domain.periode import Tranche
from connecteur.domain.plan import Action, Geste
from connecteur.domain.run import Bilan, Incident
from connecteur.sync.heures.examen import par_cle
from connecteur.sync.heures.regles import Regles
from connecteur.sync.ports import DossierHeures, TamponHeures

Noms = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Anciennes:
    """The lines of one slice that stand in other headings, as they are there (no row: gone)."""

    lignes: Mapping[CleSuivi, Sequence[LigneActuelle]] = field(default_factory=dict)

    def superpose(self, lignes: Sequence[LigneActuelle]) -> Sequence[LigneActuelle]:
        """What the plan looks at: these lines in their old headings, the others in the new ones."""
        if not self.lignes:
            return lignes
        vues = [ligne for ligne in lignes if ligne.cle not in self.lignes]
        return vues + [ligne for presentes in self.lignes.values() for ligne in presentes]


RIEN_D_ANCIEN = Anciennes()


def read_anciennes(dossier: DossierHeures, tampon: TamponHeures, regles: Regles, tranche: Tranche) -> Anciennes:
    """The lines of this slice that stand in other headings."""
    if not regles.plusieurs_rubriques:
        return RIEN_D_ANCIEN
    lignes: dict[CleSuivi, Sequence[LigneActuelle]] = {}
    for noms, cles in _par_noms(tampon, regles, tranche).items():
        vues = par_cle(dossier.read_anciennes(tranche, noms))
        lignes |= {cle: vues.get(cle, []) for cle in cles}
    return Anciennes(lignes)


def a_changer(tampon: TamponHeures, regles: Regles, tranche: Tranche, anciennes: Anciennes) -> list[Action]:
    """The lines that can be moved to the new headings: ours, as we left them, outside a closed period."""
    actions = []
    en_suspens = {action.cle for action in tampon.list_annoncees(tranche)}
    for notre in tampon.list_lignes(tranche):
        presentes, q = anciennes.lignes.get(notre.cle, ()), notre.quantites
        intacte = len(presentes) == 1 and presentes[0].quantites == q
        if intacte and not regles.reglement.clos(notre.cle) and notre.cle not in en_suspens:
            actions.append(Action(Geste.CHANGER_RUBRIQUES, notre.cle, q, q, q, notre.creneaux))
    return actions


def change_rubriques(
    dossier: DossierHeures,
    tampon: TamponHeures,
    regles: Regles,
    *,
    tranches: Sequence[Tranche],
    run: str,
    bilan: Bilan,
) -> None:
    """Move what can be moved, slice by slice, each in one transaction."""
    restent = 0
    for tranche in tranches:
        par_noms = _par_noms(tampon, regles, tranche)
        if not par_noms:
            continue
        anciennes = read_anciennes(dossier, tampon, regles, tranche)
        actions = {action.cle: action for action in a_changer(tampon, regles, tranche, anciennes)}
        ouvertes = sum(not regles.reglement.clos(cle) for cle in anciennes.lignes)
        faites = 0
        for noms, cles in par_noms.items():
            lot = [actions[cle] for cle in cles if cle in actions]
            if lot:
                annonce = tampon.announce(run, lot)
                ecrites = dossier.change_rubriques(lot, noms)
                sauf = [*ecrites.depassees, *(refus.action for refus in ecrites.refusees)]
                tampon.confirm_annonce(run, annonce, sauf=sauf)
                faites += len(ecrites.faites)
        if faites:
            bilan.compte("changées de rubriques", faites)
            bilan.ecritures += faites
        restent += ouvertes - faites
    if restent:
        bilan.incidents.append(
            Incident(
                f"{restent} lignes d’heures restent dans leurs anciennes rubriques : elles ont été modifiées à la "
                "main, ou quelqu’un se sert déjà des nouvelles.",
                "Corrigez-les dans Batigest : remettez-y ce que disent les créneaux, ou supprimez-les.",
            )
        )


def _par_noms(tampon: TamponHeures, regles: Regles, tranche: Tranche) -> dict[Noms, list[CleSuivi]]:
    par_noms: defaultdict[Noms, list[CleSuivi]] = defaultdict(list)
    for cle, noms in tampon.list_anciennes(tranche, regles.rubriques.noms).items():
        par_noms[noms].append(cle)
    return dict(par_noms)
