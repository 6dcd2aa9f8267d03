"""The three-way merge of a project's fields: what each side said when they agreed, and what each says now.

| Batigest moved | BatiSimply moved | outcome                                                       |
| -------------- | ---------------- | ------------------------------------------------------------- |
| no             | no               | nothing                                                       |
| yes            | no               | sent                                                          |
| no             | yes              | kept, the divergence noted                                    |
| yes            | yes              | nothing when both say the same, else a conflict: left as it is |

Without an agreement yet (a project somebody created by hand with the code of a site), an empty side takes
the other's value and two different values are a conflict.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connecteur.domain.chantier import CHAMPS, Champs


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


@dataclass(frozen=True, slots=True)
class Base:
    """What each side said of the project when both last agreed.

    Two copies, because a server may store what it was given in its own way (trimmed, cut): what it
    answered then is not a change made by a person.
    """

    notres: Champs
    leurs: Champs


@dataclass(frozen=True, slots=True)
class Ecart:
    """One field on which both sides differ: what was agreed, what Batigest says, what BatiSimply says."""

    champ: str
    base: str | None
    notre: str | None
    leur: str | None


@dataclass(frozen=True, slots=True)
class Fusion:
    """What to do with one project."""

    a_envoyer: Champs
    """The fields to write into BatiSimply; empty: no call."""
    divergences: tuple[Ecart, ...]
    """Changed in BatiSimply only: kept."""
    conflits: tuple[Ecart, ...]
    """Changed on both sides: left as they are until settled."""


def fusionne(base: Base | None, notres: Champs, leurs: Champs) -> Fusion:
    """Merge field by field."""
    a_envoyer: Champs = {}
    divergences: list[Ecart] = []
    conflits: list[Ecart] = []
    for champ in CHAMPS:
        notre, leur = notres.get(champ), leurs.get(champ)
        if (notre or None) == (leur or None):
            continue
        if base is None:
            _rencontre(champ, notre, leur, a_envoyer, conflits)
            continue
        ecart = Ecart(champ, base.leurs.get(champ), notre, leur)
        notre_bouge = notre != base.notres.get(champ)
        leur_bouge = (leur or None) != (base.leurs.get(champ) or None)
        if notre_bouge and leur_bouge:
            conflits.append(ecart)
        elif notre_bouge:
            a_envoyer[champ] = notre
        elif leur_bouge:
            divergences.append(ecart)
    return Fusion(a_envoyer, tuple(divergences), tuple(conflits))


def _rencontre(champ: str, notre: str | None, leur: str | None, a_envoyer: Champs, conflits: list[Ecart]) -> None:
    if not leur:
        a_envoyer[champ] = notre
    elif notre:
        conflits.append(Ecart(champ, None, notre, leur))


def nouvelle_base(base: Base | None, fusion: Fusion, notres: Champs, leurs: Champs) -> Base:
    """What is agreed from now on: conflicting fields keep their old agreement, every other takes today's values.

    `leurs` is what BatiSimply answers after our fields were sent. A divergence keeps the old agreement of
    Batigest's side and of theirs, so that it goes on being seen as theirs.
    """
    figes = {ecart.champ for ecart in (*fusion.conflits, *fusion.divergences)}
    if base is None:
        return Base(
            {c: v for c, v in notres.items() if c not in figes},
            {c: v for c, v in leurs.items() if c not in figes},
        )
    return Base(
        {c: base.notres.get(c) if c in figes else notres.get(c) for c in CHAMPS},
        {c: base.leurs.get(c) if c in figes else leurs.get(c) for c in CHAMPS},
    )
