"""After a power cut: what became of the writes we had announced?

Before it writes to Batigest, a run notes in the tampon what it is about to do; after the commit it notes
that it is done. A note left without an answer is settled by looking: the line is as announced, so the
write happened and the line is ours; or it is not, and the write never happened.
"""

from collections.abc import Iterable, Mapping, Sequence

from connecteur.domain.heure import CleSuivi, LigneActuelle, LigneSuivi
from connecteur.domain.plan import Action, Geste


def reprend(
    annoncees: Iterable[Action],
    notres: Mapping[CleSuivi, LigneSuivi],
    actuelles: Mapping[CleSuivi, Sequence[LigneActuelle]],
) -> tuple[dict[CleSuivi, LigneSuivi], list[Action], list[Action]]:
    """The lines we own once the announced writes are settled, those that happened, those that did not."""
    faites: list[Action] = []
    abandonnees: list[Action] = []
    for action in annoncees:
        la = actuelles.get(action.cle, ())
        presente = la[0].quantites if len(la) == 1 else None
        if len(la) > 1 or presente != action.apres:
            abandonnees.append(action)
            continue
        faites.append(action)
    return apres(notres, faites), faites, abandonnees


def apres(notres: Mapping[CleSuivi, LigneSuivi], faites: Iterable[Action]) -> dict[CleSuivi, LigneSuivi]:
    """The lines we own once these actions are done: emptied, removed or forgotten ones are not ours any more."""
    lignes = dict(notres)
    for action in faites:
        if action.apres is None or action.geste is Geste.VIDER:
            lignes.pop(action.cle, None)
        else:
            lignes[action.cle] = LigneSuivi(action.cle, action.apres, action.creneaux)
    return lignes
