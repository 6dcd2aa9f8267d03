"""After a power cut: what became of the writes we had announced?

Before it writes to Batigest, a run notes in the tampon what it is about to do; after the commit it notes
that it is done. A note left without an answer is settled by looking: the line is as announced, so the
write happened and the line is ours; or it is not, and the write never happened.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from connecteur.domain.heure import CleSuivi, LigneActuelle, LigneSuivi
from connecteur.domain.plan import Action, Geste


@dataclass(frozen=True, slots=True)
class Annonce:
    """The note taken of writes about to be made together."""

    id: int
    actions: Sequence[Action]
    lignes: Sequence[str] = field(default=(), repr=False, compare=False)
    """The actions as the tampon wrote them down, so that they need not be written out again."""


def reprend(
    annoncees: Iterable[Action],
    notres: Mapping[CleSuivi, LigneSuivi],
    actuelles: Mapping[CleSuivi, Sequence[LigneActuelle]],
) -> tuple[dict[CleSuivi, LigneSuivi], list[Action], list[Action]]:
    """The lines we own once the announced writes are settled, those that happened, those that did not."""
    faites: list[Action] = []
    abandonnees: list[Action] = []
    for action in annoncees:
        presentes = [ligne.quantites for ligne in actuelles.get(action.cle, ())]
        # Beside a line typed since, ours may be one of several: they wait for a person, and ours is not forgotten.
        faite = action.apres in presentes if presentes else action.apres is None
        (faites if faite else abandonnees).append(action)
    return apres(notres, faites), faites, abandonnees


def apres(notres: Mapping[CleSuivi, LigneSuivi], faites: Iterable[Action]) -> dict[CleSuivi, LigneSuivi]:
    """The lines we own once these actions are done: emptied, removed or forgotten ones are not ours any more, and a
    line given back is ours as it was before the write that was undone."""
    lignes = dict(notres)
    for action in faites:
        possedee = action.base if action.geste is Geste.RENDRE else action.apres
        if possedee is None or action.geste is Geste.VIDER:
            lignes.pop(action.cle, None)
        else:
            lignes[action.cle] = LigneSuivi(action.cle, possedee, action.creneaux)
    return lignes
