"""Who is who: the salarié of each BatiSimply user, by `codebs` in Batigest or by a person's hand in the tampon.

| codebs of Batigest        | by hand          | outcome                                                            |
| ------------------------- | ---------------- | ------------------------------------------------------------------ |
| one salarié               | -, or the same   | that salarié                                                       |
| one salarié               | another one      | codebs wins; the one by hand is set aside, shown until a person acts |
| several salariés          | any              | nobody: SALARIE_AMBIGU                                             |
| none                      | a salarié        | that salarié                                                       |
| none                      | one who is gone  | nobody: SALARIE_DISPARU                                            |
| none                      | -                | nobody: SALARIE_INCONNU                                            |

Two users of one salarié may be right (a new phone, a new account): hours of both are delivered, and it is shown until
a person says that it is right.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from connecteur.domain.heure import normalise_code
from connecteur.domain.resolution import indexe_salaries
from connecteur.domain.salarie import Salarie


class EtatCorrespondance(StrEnum):
    """Where a mapping made by hand stands."""

    ACTIVE = "active"
    CONFIRMEE = "confirmée"
    """Batigest says the same."""
    ECARTEE = "écartée"
    """Batigest says otherwise, and wins."""
    ROMPUE = "rompue"
    """The salarié is not in Batigest any more."""
    A_CONFIRMER = "à confirmer"
    """Another user is the same salarié, and nobody said that it is right."""


@dataclass(frozen=True, slots=True)
class Correspondance:
    """One mapping made by hand. `utilisateur` is a UUID in lower case; `partage_par` said that the salarié may have
    several users."""

    utilisateur: str
    code_salarie: str
    par: str
    le: datetime
    partage_par: str | None = None
    etat: EtatCorrespondance = EtatCorrespondance.ACTIVE
    """As the last run found it."""


@dataclass(frozen=True, slots=True)
class Relations:
    """Everything a user is resolved with."""

    codes: Mapping[str, tuple[str, ...]]
    """User > the codes of its salariés: one, or several when Batigest is ambiguous."""
    rompus: frozenset[str]
    """Users whose salarié, mapped by hand, is gone."""
    etats: Mapping[str, EtatCorrespondance]
    """Where each mapping made by hand stands now, by user."""


def relie(salaries: Iterable[Salarie], correspondances: Iterable[Correspondance]) -> Relations:
    """Who is who today."""
    salaries, correspondances = list(salaries), list(correspondances)
    par_codebs = indexe_salaries(salaries)
    presents = {normalise_code(salarie.code): salarie.code for salarie in salaries}
    codes = dict(par_codebs)
    for lien in correspondances:
        code = presents.get(normalise_code(lien.code_salarie))
        if code is not None and lien.utilisateur not in par_codebs:
            codes[lien.utilisateur] = (code,)
    utilisateurs: defaultdict[str, set[str]] = defaultdict(set)
    for utilisateur, siens in codes.items():
        for code in siens:
            utilisateurs[normalise_code(code)].add(utilisateur)
    etats: dict[str, EtatCorrespondance] = {}
    for lien in correspondances:
        cle = normalise_code(lien.code_salarie)
        de_batigest = [normalise_code(code) for code in par_codebs.get(lien.utilisateur, ())]
        if de_batigest:
            etats[lien.utilisateur] = (
                EtatCorrespondance.CONFIRMEE if de_batigest == [cle] else EtatCorrespondance.ECARTEE
            )
        elif cle not in presents:
            etats[lien.utilisateur] = EtatCorrespondance.ROMPUE
        elif len(utilisateurs[cle]) > 1 and not lien.partage_par:
            etats[lien.utilisateur] = EtatCorrespondance.A_CONFIRMER
        else:
            etats[lien.utilisateur] = EtatCorrespondance.ACTIVE
    rompus = frozenset(u for u, etat in etats.items() if etat is EtatCorrespondance.ROMPUE)
    return Relations(codes, rompus, etats)


class RefusAssociation(StrEnum):
    """Why a user may not be mapped to a salarié, as a sentence."""

    UTILISATEUR_INCONNU = "Aucun créneau de cet utilisateur n’a été reçu de BatiSimply."
    SALARIE_INCONNU = "Ce code n’est celui d’aucun salarié de Batigest."
    CODEBS_DIT_AUTREMENT = "Batigest donne déjà cet utilisateur à un autre salarié (codebs) ; Batigest l’emporte."
    DEJA_ASSOCIE = "Cet utilisateur est déjà associé à un autre salarié ; il ne peut pas en être deux."
    PARTAGE = "Ce salarié a déjà un autre utilisateur BatiSimply."
    """May be right: a person must say so."""


REMEDES: dict[RefusAssociation, str] = {
    RefusAssociation.UTILISATEUR_INCONNU: "Vérifiez l’identifiant ; sinon lancez d’abord « connecteur sync heures ».",
    RefusAssociation.SALARIE_INCONNU: "Vérifiez le code, ou créez la fiche du salarié dans Batigest.",
    RefusAssociation.CODEBS_DIT_AUTREMENT: "Corrigez l’identifiant BatiSimply (codebs) dans la fiche du salarié.",
    RefusAssociation.DEJA_ASSOCIE: "Dissociez-le d’abord de l’autre salarié.",
    RefusAssociation.PARTAGE: "Si c’est bien la même personne (nouveau compte, nouveau téléphone), confirmez-le.",
}


def refus_association(
    utilisateur: str,
    code: str,
    connus: Iterable[str],
    salaries: Iterable[Salarie],
    correspondances: Iterable[Correspondance],
) -> RefusAssociation | None:
    """Why this user may not be mapped by hand to this salarié now; None when nothing stands against it. `connus` are
    the users of whom slots were received."""
    salaries, correspondances, cle = list(salaries), list(correspondances), normalise_code(code)
    if cle not in {normalise_code(salarie.code) for salarie in salaries}:
        return RefusAssociation.SALARIE_INCONNU
    de_batigest = [normalise_code(c) for c in indexe_salaries(salaries).get(utilisateur, ())]
    if de_batigest and de_batigest != [cle]:
        return RefusAssociation.CODEBS_DIT_AUTREMENT
    if any(lien.utilisateur == utilisateur and normalise_code(lien.code_salarie) != cle for lien in correspondances):
        return RefusAssociation.DEJA_ASSOCIE
    if utilisateur not in {*connus, *(lien.utilisateur for lien in correspondances)}:
        return RefusAssociation.UTILISATEUR_INCONNU
    autres = relie(salaries, [lien for lien in correspondances if lien.utilisateur != utilisateur]).codes
    if any(u != utilisateur and cle in map(normalise_code, codes) for u, codes in autres.items()):
        return RefusAssociation.PARTAGE
    return None
