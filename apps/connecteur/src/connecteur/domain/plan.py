"""What must happen to SuiviMO: a pure function of what we want, what we wrote and what is there.

The dry run shows this very plan and the live run applies it. A crash needs no special case: the next
plan starts from what is there.

| we want | we wrote | is there      | action                                                              |
| ------- | -------- | ------------- | ------------------------------------------------------------------- |
| w       | -        | -             | INSERER                                                             |
| w       | -        | = w           | ADOPTER: someone (or we, before a power cut) wrote exactly that     |
| w       | -        | other         | CONFLIT: a foreign line sits on our key                             |
| -       | o        | = o           | RETIRER (VIDER when another heading of the line is in use)          |
| = o     | o        | = o           | LAISSER                                                             |
| w       | o        | = o           | CORRIGER                                                            |
| w       | o        | = w           | ADOPTER: already corrected                                          |
| -       | o        | - or emptied  | OUBLIER: already removed                                            |
| = o     | o        | other or gone | REPRISE: edited by hand in Batigest, kept and noted                 |
| other   | o        | other or gone | CONFLIT: both sides changed                                         |
| any     | any      | several lines | CONFLIT: Batigest holds several lines for one key                   |

A CONFLIT is then settled by `Reglement`: Batigest wins, it becomes a REPRISE; BatiSimply wins, our lines are written
over what is there (and a line to remove is emptied, never deleted: somebody typed in it); nobody wins, it waits. What a
person decided about a REPRISE is carried out too. An undone write is taken back first (RENDRE). In a closed period
whatever would change Batigest, or make another's line ours, becomes PERIODE_CLOSE and is only listed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from itertools import chain
from operator import attrgetter

from connecteur.domain.conflit import Cote, Jugement
from connecteur.domain.heure import CleSuivi, LigneActuelle, LigneSuivi, Quantites
from connecteur.domain.reglement import Reglement, Rendu

RIEN = Quantites(Decimal(0), Decimal(0), Decimal(0))


class Geste(StrEnum):
    """What the plan does about one key of SuiviMO."""

    INSERER = "insérer"
    CORRIGER = "corriger"
    RETIRER = "retirer"
    VIDER = "vider"
    RENDRE = "rendre"
    CHANGER_RUBRIQUES = "changer de rubriques"
    ADOPTER = "adopter"
    OUBLIER = "oublier"
    LAISSER = "laisser"
    REPRISE = "reprise"
    CONFLIT = "conflit"
    PERIODE_CLOSE = "période close"


ECRITURES = frozenset(
    {Geste.INSERER, Geste.CORRIGER, Geste.RETIRER, Geste.VIDER, Geste.RENDRE, Geste.CHANGER_RUBRIQUES}
)
"""The actions that write to Batigest."""

CHANGEMENTS = frozenset({Geste.CORRIGER, Geste.RETIRER, Geste.VIDER, Geste.CHANGER_RUBRIQUES})
"""The writes that take something away from what Batigest holds of us: what the guard counts and holds back."""

CONSTATS = frozenset({Geste.REPRISE, Geste.CONFLIT, Geste.PERIODE_CLOSE, Geste.LAISSER})
"""The actions that change nothing anywhere: they stand in every plan until a person decides."""


class MotifConflit(StrEnum):
    """Why a key is left alone until a person decides."""

    LIGNE_ETRANGERE = "ligne étrangère"
    DEUX_COTES = "modifiée des deux côtés"
    LIGNES_MULTIPLES = "plusieurs lignes"
    SUPPRIMEE = "supprimée dans Batigest"


@dataclass(frozen=True, slots=True)
class Action:
    """What happens to one key: what is there before, what there should be after, and whose slots say so.

    `avant` is what Batigest holds (None: no line), `apres` what it should hold (None: no line), `base` what
    we last wrote (for RENDRE: what we owned before the write that is taken back). `deplace_de` names the key these
    slots held before, when they moved within the plan.
    """

    geste: Geste
    cle: CleSuivi
    avant: Quantites | None
    apres: Quantites | None
    base: Quantites | None
    creneaux: tuple[str, ...] = ()
    motif: MotifConflit | None = None
    deplace_de: CleSuivi | None = None
    jugement: Jugement | None = None
    """Who was right and why, on a line that both sides disputed."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The actions for a period, sorted by key; LAISSER is counted and not listed."""

    actions: tuple[Action, ...]
    laissees: int = 0

    @property
    def ecritures(self) -> tuple[Action, ...]:
        """The actions that write to Batigest."""
        return tuple(action for action in self.actions if action.geste in ECRITURES)

    @property
    def vide(self) -> bool:
        """Whether neither Batigest nor the tampon has anything to change."""
        return all(action.geste in CONSTATS for action in self.actions)

    def comptes(self) -> dict[str, int]:
        """How many of each action, in the order of `Geste`; moves are counted apart."""
        comptes = {geste.value: 0 for geste in Geste}
        for action in self.actions:
            comptes[action.geste.value] += 1
        comptes[Geste.LAISSER.value] += self.laissees
        comptes["déplacer"] = sum(action.deplace_de is not None for action in self.actions)
        return comptes


SANS_HISTOIRE = Reglement()


def plan_heures(
    voulues: Mapping[CleSuivi, LigneSuivi],
    notres: Mapping[CleSuivi, LigneSuivi],
    actuelles: Mapping[CleSuivi, Sequence[LigneActuelle]],
    reglement: Reglement = SANS_HISTOIRE,
) -> Plan:
    """What to do so that SuiviMO holds `voulues`, given the lines we wrote and the lines that are there.

    Lines of `actuelles` on keys that we neither want nor wrote are other programs' and do not appear.
    """
    actions: list[Action] = []
    laissees = 0
    sans_histoire = not reglement.decisions and reglement.cloture is None
    autres = notres.keys() | _a_rendre(reglement)
    for cle in chain(voulues, (cle for cle in autres if cle not in voulues)):
        voulue, notre, presentes = voulues.get(cle), notres.get(cle), actuelles.get(cle, ())
        if sans_histoire and voulue is not None and notre is None and not presentes:
            # What `_decide` would say, sooner: a first import is made of nothing else.
            actions.append(Action(Geste.INSERER, cle, None, voulue.quantites, None, voulue.creneaux))
            continue
        action = _decide(cle, voulue, notre, presentes, reglement)
        if action is None:
            laissees += 1
        else:
            actions.append(action)
    return Plan(tuple(sorted(_relie_deplacements(actions, notres), key=attrgetter("cle"))), laissees)


def _a_rendre(reglement: Reglement) -> set[CleSuivi]:
    return {cle for cle, decision in reglement.decisions.items() if decision.rendu is not None}


def _decide(
    cle: CleSuivi,
    voulue: LigneSuivi | None,
    notre: LigneSuivi | None,
    presentes: Sequence[LigneActuelle],
    reglement: Reglement,
) -> Action | None:
    w = voulue.quantites if voulue else None
    o = notre.quantites if notre else None
    a = presentes[0].quantites if presentes else None
    creneaux = voulue.creneaux if voulue else notre.creneaux if notre else ()
    rendu = reglement.rendu(cle, a) if len(presentes) <= 1 else None
    if rendu is not None:
        return _clot(_rend(cle, rendu, presentes, creneaux), reglement, adopte=False)
    if voulue is None and notre is None:
        return None
    geste, motif = _geste(w, o, presentes)
    if geste is Geste.LAISSER and (voulue is None or notre is None or voulue.creneaux == notre.creneaux):
        return None
    # Same quantities made by other slots (one slot replaced by an equal one): only the tampon's note changes.
    if geste is Geste.LAISSER:
        geste = Geste.ADOPTER
    action = Action(geste, cle, avant=a, apres=w, base=o, creneaux=creneaux, motif=motif)
    if geste in {Geste.CONFLIT, Geste.REPRISE}:
        action = _regle(action, reglement)
    if action.geste is Geste.VIDER:
        action = replace(action, apres=RIEN)
    return _clot(action, reglement, adopte=o is None)


def _rend(cle: CleSuivi, rendu: Rendu, presentes: Sequence[LigneActuelle], creneaux: tuple[str, ...]) -> Action:
    """Put back what an undone write had found. Where it had found no line, someone may have typed in ours since."""
    avant = presentes[0].quantites if presentes else None
    occupee = bool(presentes) and presentes[0].autres
    apres = RIEN if rendu.avant is None and occupee else rendu.avant
    return Action(Geste.RENDRE, cle, avant=avant, apres=apres, base=rendu.base, creneaux=creneaux)


def _regle(action: Action, reglement: Reglement) -> Action:
    """Settle a disputed line as far as it can be."""
    decision = reglement.decision(action.cle, action.apres, action.avant)
    if action.geste is Geste.REPRISE and decision is None:
        return action
    jugement = reglement.juge(action.cle, decision, etrangere=action.base is None)
    if jugement.gagnant is Cote.BATIGEST:
        return replace(action, geste=Geste.REPRISE, jugement=jugement)
    if jugement.gagnant is None or action.motif is MotifConflit.LIGNES_MULTIPLES:
        # Which of several lines is meant, nobody can say.
        return replace(action, jugement=jugement if jugement.gagnant is None else _PLUSIEURS)
    geste = Geste.VIDER if action.apres is None else Geste.CORRIGER if action.avant is not None else Geste.INSERER
    return replace(action, geste=geste, jugement=jugement)


_PLUSIEURS = Jugement(None, "Batigest tient plusieurs lignes pour cette clé : corrigez-les dans Batigest.")


def _clot(action: Action, reglement: Reglement, *, adopte: bool) -> Action:
    """The same action, or what it becomes in a closed period; `adopte`: it would make another's line ours."""
    if not reglement.clos(action.cle):
        return action
    if action.geste in ECRITURES | {Geste.CONFLIT} or (action.geste is Geste.ADOPTER and adopte):
        return replace(action, geste=Geste.PERIODE_CLOSE)
    return action


def _geste(
    w: Quantites | None, o: Quantites | None, presentes: Sequence[LigneActuelle]
) -> tuple[Geste, MotifConflit | None]:
    if len(presentes) > 1:
        return Geste.CONFLIT, MotifConflit.LIGNES_MULTIPLES
    a = presentes[0].quantites if presentes else None
    if o is None:
        return _geste_nouvelle(w, a)
    if a == o:
        return _geste_intacte(w, o, autres=bool(presentes) and presentes[0].autres)
    return _geste_touchee(w, o, a)


def _geste_nouvelle(w: Quantites | None, a: Quantites | None) -> tuple[Geste, MotifConflit | None]:
    if a is None:
        return Geste.INSERER, None
    return (Geste.ADOPTER, None) if a == w else (Geste.CONFLIT, MotifConflit.LIGNE_ETRANGERE)


def _geste_intacte(w: Quantites | None, o: Quantites, *, autres: bool) -> tuple[Geste, MotifConflit | None]:
    if w is None:
        if not autres:
            return Geste.RETIRER, None
        # Someone typed into another heading of our line: deleting it would lose their entry. Ours go to zero.
        return (Geste.OUBLIER if o == RIEN else Geste.VIDER), None
    return (Geste.LAISSER if w == o else Geste.CORRIGER), None


def _geste_touchee(w: Quantites | None, o: Quantites, a: Quantites | None) -> tuple[Geste, MotifConflit | None]:
    if a == w or (w is None and a == RIEN):
        return (Geste.OUBLIER if w is None else Geste.ADOPTER), None
    if w == o:
        return Geste.REPRISE, (MotifConflit.SUPPRIMEE if a is None else None)
    return Geste.CONFLIT, (MotifConflit.SUPPRIMEE if a is None else MotifConflit.DEUX_COTES)


def _relie_deplacements(actions: list[Action], notres: Mapping[CleSuivi, LigneSuivi]) -> Iterable[Action]:
    """Say of an inserted or corrected line where its slots come from, when the plan takes them away there."""
    quittees = {a.cle for a in actions if a.geste in CHANGEMENTS}
    return _deplacees(actions, quittees, notres) if quittees else actions


def _deplacees(
    actions: list[Action], quittees: set[CleSuivi], notres: Mapping[CleSuivi, LigneSuivi]
) -> Iterable[Action]:
    ancienne = {ident: cle for cle in quittees if cle in notres for ident in notres[cle].creneaux}
    for action in actions:
        origines = {ancienne[i] for i in action.creneaux if i in ancienne} - {action.cle}
        if action.geste in {Geste.INSERER, Geste.CORRIGER} and origines:
            yield replace(action, deplace_de=min(origines))
        else:
            yield action
