"""The three-way merge of a project's fields: what each side said when they agreed, and what each says now.

| Batigest moved | BatiSimply moved | outcome                                              |
| -------------- | ---------------- | ---------------------------------------------------- |
| no             | no               | nothing                                              |
| yes            | no               | sent                                                 |
| no             | yes              | kept, the divergence noted                           |
| yes            | yes              | nothing when both say the same, else a conflict      |

Without an agreement yet (a project somebody created by hand with the code of a site), an empty side takes
the other's value and two different values are a conflict. The code is what the heures find their site by: changed
in BatiSimply alone, it is a conflict, too. `arbitrage` settles the conflicts.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connecteur.domain.chantier import CHAMPS, Champs, Position
from connecteur.domain.conflit import Cote
from connecteur.domain.heure import normalise_code


@dataclass(frozen=True, slots=True)
class Projet:
    """A project of BatiSimply: the fields we compare, and the whole object as the server gave it.

    `brut` belongs to the BatiSimply end (nobody else looks inside): a PUT lays our fields over it.
    """

    id: int
    champs: Champs
    brut: dict[str, Any]
    archive: bool = False
    termine: bool = False
    modifie_le: datetime | None = None
    """By BatiSimply's clock."""
    position: Position | None = None


@dataclass(frozen=True, slots=True)
class Base:
    """What each side said of the project when both last agreed.

    Two copies, because a server may store what it was given in its own way (trimmed, cut): what it
    answered then is not a change made by a person. A field that is in neither was never agreed upon.
    """

    notres: Champs
    leurs: Champs


@dataclass(frozen=True, slots=True)
class Ecart:
    """One field on which both sides differ: what was agreed, what Batigest says, what BatiSimply says.

    Once it has been judged: when each side changed, who wins (None: a person must say), and why.
    """

    champ: str
    base: str | None
    notre: str | None
    leur: str | None
    date_batigest: datetime | None = None
    date_batisimply: datetime | None = None
    gagnant: Cote | None = None
    raison: str = ""
    decide: bool = False
    """Whether it was a person who said so."""

    def memes_valeurs(self, notre: str | None, leur: str | None) -> bool:
        """Whether both sides still say that."""
        return (self.notre or None, self.leur or None) == (notre or None, leur or None)


@dataclass(frozen=True, slots=True)
class Fusion:
    """What to do with one project."""

    a_envoyer: Champs
    """The fields to write into BatiSimply; empty: no call."""
    divergences: tuple[Ecart, ...]
    """Changed in BatiSimply only: kept."""
    conflits: tuple[Ecart, ...]
    """Changed on both sides: left as they are until settled."""
    regles: tuple[Ecart, ...] = ()
    """Settled now, with their winner; where Batigest wins, the field is in `a_envoyer`."""
    retenus: frozenset[str] = field(default_factory=frozenset)
    """Changed in Batigest only and not sent all the same, because the record waits for a person."""


def fusionne(base: Base | None, notres: Champs, leurs: Champs) -> Fusion:
    """Merge the fields that Batigest has something to say about."""
    a_envoyer: Champs = {}
    divergences: list[Ecart] = []
    conflits: list[Ecart] = []
    for champ in CHAMPS:
        if champ not in notres:
            continue
        notre, leur = notres[champ], leurs.get(champ)
        if egaux(champ, notre, leur):
            continue
        if base is None or champ not in base.notres:
            _rencontre(champ, notre, leur, a_envoyer, conflits)
            continue
        ecart = Ecart(champ, base.leurs.get(champ), notre, leur)
        notre_bouge = notre != base.notres[champ]
        leur_bouge = not egaux(champ, leur, base.leurs.get(champ))
        if leur_bouge and (notre_bouge or champ == "code"):
            conflits.append(ecart)
        elif notre_bouge:
            a_envoyer[champ] = notre
        elif leur_bouge:
            divergences.append(ecart)
    return Fusion(a_envoyer, tuple(divergences), tuple(conflits))


def egaux(champ: str, un: str | None, autre: str | None) -> bool:
    """Whether two values of a field are one: nothing is nothing, and a code has no case."""
    if champ == "code" and un and autre:
        return normalise_code(un) == normalise_code(autre)
    return (un or None) == (autre or None)


def _rencontre(champ: str, notre: str | None, leur: str | None, a_envoyer: Champs, conflits: list[Ecart]) -> None:
    if not leur:
        a_envoyer[champ] = notre
    elif notre:
        conflits.append(Ecart(champ, None, notre, leur))


def nouvelle_base(base: Base | None, fusion: Fusion, notres: Champs, leurs: Champs) -> Base:
    """What is agreed from now on: what waits keeps its old agreement, every other field takes today's values.

    `leurs` is what BatiSimply answers after our fields were sent. A divergence keeps the old agreement of
    Batigest's side and of theirs, so that it goes on being seen as theirs. Where BatiSimply won, today's values are
    agreed although they differ: the field is theirs until Batigest moves again.
    """
    figes = {ecart.champ for ecart in (*fusion.conflits, *fusion.divergences)} | fusion.retenus
    accord = Base(dict(base.notres), dict(base.leurs)) if base is not None else Base({}, {})
    for champ in CHAMPS:
        if champ in notres and champ not in figes:
            accord.notres[champ] = notres[champ]
            accord.leurs[champ] = leurs.get(champ)
    return accord
