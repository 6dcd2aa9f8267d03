"""Settle what both sides changed, field by field: policies, dates, and what a person decided.

A person's decision is about the values that were seen. When one of them has moved since, it decides nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from connecteur.domain.chantier import Champs
from connecteur.domain.conflit import Cote, Politique, juge
from connecteur.domain.datation import Datation
from connecteur.domain.fusion import Ecart, Fusion


@dataclass(frozen=True, slots=True)
class Regles:
    """How the conflicts of one dossier are settled."""

    politique: Politique = Politique.PLUS_RECENT
    par_champ: Mapping[str, Politique] = field(default_factory=dict)
    fiche_entiere: bool = False
    """Whether a field that waits for a person keeps the other fields of its record from being sent."""

    def pour(self, champ: str) -> Politique:
        """The policy of one field."""
        return self.par_champ.get(champ, self.politique)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person said of one field whose two values were these.

    `gagnant` is who had won when the person decided otherwise; None: the conflict was still open.
    """

    champ: str
    choix: Cote
    notre: str | None
    leur: str | None
    gagnant: Cote | None = None
    qui: str = ""


@dataclass(frozen=True, slots=True)
class Faits:
    """What is known of one record beside its values."""

    dates_batigest: Mapping[str, Datation] = field(default_factory=dict)
    dates_batisimply: Mapping[str, Datation] = field(default_factory=dict)
    decisions: Mapping[str, Decision] = field(default_factory=dict)


def arbitre(fusion: Fusion, notres: Champs, regles: Regles, faits: Faits) -> Fusion:
    """The same merge with its conflicts settled as far as they can be, and a person's decisions carried out."""
    a_envoyer = dict(fusion.a_envoyer)
    juges = [_juge(ecart, regles, faits) for ecart in fusion.conflits]
    ouverts = [ecart for ecart in juges if ecart.gagnant is None]
    regles_la = [ecart for ecart in juges if ecart.gagnant is not None]
    divergences: list[Ecart] = []
    for ecart in fusion.divergences:
        decision = _decision(faits, ecart)
        if decision is None:
            divergences.append(_date(ecart, faits))
        else:
            regles_la.append(_juge(ecart, regles, faits))
    a_envoyer |= {ecart.champ: ecart.notre for ecart in regles_la if ecart.gagnant is Cote.BATIGEST}
    for ecart in _revirements(fusion, notres, faits):
        a_envoyer[ecart.champ] = ecart.notre if ecart.gagnant is Cote.BATIGEST else ecart.leur
        regles_la.append(ecart)
    if ouverts and regles.fiche_entiere:
        return _retient(fusion, a_envoyer, divergences, ouverts, regles_la)
    return Fusion(a_envoyer, tuple(divergences), tuple(ouverts), tuple(regles_la))


def _retient(
    fusion: Fusion, a_envoyer: Champs, divergences: list[Ecart], ouverts: list[Ecart], regles: list[Ecart]
) -> Fusion:
    """Nothing of this record is sent: what Batigest had won waits with it."""
    attendent = [
        replace(ecart, gagnant=None, raison=f"{ecart.raison} La fiche attend une décision sur un autre champ.")
        for ecart in regles
        if ecart.champ in a_envoyer
    ]
    return Fusion(
        {},
        tuple(divergences),
        (*ouverts, *attendent),
        tuple(ecart for ecart in regles if ecart.champ not in a_envoyer),
        frozenset(fusion.a_envoyer),
    )


def _date(ecart: Ecart, faits: Faits) -> Ecart:
    ici, la = faits.dates_batigest.get(ecart.champ), faits.dates_batisimply.get(ecart.champ)
    return replace(ecart, date_batigest=ici.montree if ici else None, date_batisimply=la.montree if la else None)


def _decision(faits: Faits, ecart: Ecart) -> Decision | None:
    decision = faits.decisions.get(ecart.champ)
    return decision if decision is not None and ecart.memes_valeurs(decision.notre, decision.leur) else None


def _juge(ecart: Ecart, regles: Regles, faits: Faits) -> Ecart:
    ici, la = faits.dates_batigest.get(ecart.champ), faits.dates_batisimply.get(ecart.champ)
    decision = _decision(faits, ecart)
    jugement = juge(
        regles.pour(ecart.champ),
        ici.milieu if ici else None,
        la.milieu if la else None,
        decision.choix if decision else None,
        ici.marge + la.marge if ici and la else timedelta(0),
    )
    return replace(_date(ecart, faits), gagnant=jugement.gagnant, raison=jugement.raison, decide=decision is not None)


def _revirements(fusion: Fusion, notres: Champs, faits: Faits) -> list[Ecart]:
    """Conflicts that had been settled and that a person settles otherwise: nothing may have moved since."""
    en_cause = {ecart.champ for ecart in (*fusion.conflits, *fusion.divergences)} | fusion.a_envoyer.keys()
    revirements = []
    for champ, decision in faits.decisions.items():
        if decision.gagnant is None or decision.gagnant is decision.choix or champ in en_cause:
            continue
        if champ in notres and (notres[champ] or None) == (decision.notre or None):
            jugement = juge(Politique.DEMANDER, None, None, decision.choix)
            ecart = _date(Ecart(champ, None, decision.notre, decision.leur), faits)
            revirements.append(replace(ecart, gagnant=jugement.gagnant, raison=jugement.raison, decide=True))
    return revirements
