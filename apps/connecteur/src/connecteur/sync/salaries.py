"""Who is who, for the person who completes it: the list, suggestions by name, and writing `codebs` back.

Nothing here is automatic: two people of one firm may bear nearly the same name.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import Protocol

from rapidfuzz import fuzz

from connecteur.domain.correspondance import Correspondance, EtatCorrespondance, relie
from connecteur.domain.heure import normalise_code
from connecteur.domain.salarie import Salarie, Utilisateur
from connecteur.errors import GesteRefuse, Introuvable
from connecteur.sync.ports import Evenement

RESSEMBLANCE_MIN = 70
"""Out of 100; below, a suggestion would only mislead."""
SUGGESTIONS = 3
PARTICULES = frozenset({"de", "du", "des", "le", "la", "les", "d", "l", "m", "mme", "mr", "mlle"})


class TamponSalariesSuivis(Protocol):
    """The tampon, as the page of the salariés sees it."""

    def list_salaries(self, *, partis: bool = False) -> list[Salarie]:
        """The employees as last read."""
        ...

    def list_utilisateurs(self) -> list[Utilisateur]:
        """Every user of whom a slot is known."""
        ...

    def list_correspondances(self) -> list[Correspondance]:
        """The mappings made by hand."""
        ...


class TamponCodebs(TamponSalariesSuivis, Protocol):
    """The same, with the audit trail."""

    def note(self, evenement: Evenement) -> None:
        """Keep this event."""
        ...


class EcritCodebs(Protocol):
    """The Batigest end, when a person asks to write an identifier there."""

    def write_codebs(self, code: str, utilisateur: str) -> bool:
        """Fill the empty cell of this salarié; False when it holds this identifier already. Raises `GesteRefuse`."""
        ...


@dataclass(frozen=True, slots=True)
class UtilisateurRelie:
    """A BatiSimply user with the salarié he or she is."""

    utilisateur: Utilisateur
    salaries: tuple[Salarie, ...]
    """None, one, or several when Batigest is ambiguous."""
    correspondance: Correspondance | None
    """The mapping made by hand, if there is one, with its state now."""

    @property
    def source(self) -> str:
        """« codebs », « main » or nothing."""
        if not self.salaries:
            return ""
        a_la_main = self.correspondance and self.correspondance.etat in {
            EtatCorrespondance.ACTIVE,
            EtatCorrespondance.A_CONFIRMER,
        }
        return "main" if a_la_main else "codebs"

    @property
    def a_regarder(self) -> bool:
        """Whether a person should do something."""
        litige = self.correspondance is not None and self.correspondance.etat not in {
            EtatCorrespondance.ACTIVE,
            EtatCorrespondance.CONFIRMEE,
        }
        return litige or len(self.salaries) != 1


@dataclass(frozen=True, slots=True)
class VueSalaries:
    """Everyone: users with their salarié, salariés without a user."""

    utilisateurs: list[UtilisateurRelie]
    """Those who wait for a person first, then by name."""
    sans_utilisateur: list[Salarie]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A salarié who may be this user. `ressemblance` is out of 100."""

    utilisateur: Utilisateur
    salarie: Salarie
    ressemblance: int


def vue_salaries(tampon: TamponSalariesSuivis) -> VueSalaries:
    """Who is who, as the tampon knows it."""
    salaries, liens = tampon.list_salaries(), tampon.list_correspondances()
    relations = relie(salaries, liens)
    par_code = {normalise_code(salarie.code): salarie for salarie in salaries}
    a_la_main = {lien.utilisateur: replace(lien, etat=relations.etats[lien.utilisateur]) for lien in liens}
    relies = [
        UtilisateurRelie(
            utilisateur,
            tuple(par_code[normalise_code(code)] for code in relations.codes.get(utilisateur.id, ())),
            a_la_main.get(utilisateur.id),
        )
        for utilisateur in tampon.list_utilisateurs()
    ]
    pris = {normalise_code(code) for codes in relations.codes.values() for code in codes}
    libres = [salarie for salarie in salaries if normalise_code(salarie.code) not in pris]
    return VueSalaries(sorted(relies, key=lambda r: not r.a_regarder), libres)


def suggere(
    tampon: TamponSalariesSuivis, utilisateur: str | None = None, limite: int = SUGGESTIONS
) -> list[Suggestion]:
    """For one user, or for each who has no salarié: the free salariés whose name is like his or hers, best first."""
    vue = vue_salaries(tampon)
    voulus = [
        relie_a.utilisateur
        for relie_a in vue.utilisateurs
        if (relie_a.utilisateur.id == utilisateur if utilisateur else not relie_a.salaries)
    ]
    trouvees: list[Suggestion] = []
    for voulu in voulus:
        notes = [Suggestion(voulu, salarie, ressemblance(voulu.nom, salarie)) for salarie in vue.sans_utilisateur]
        bonnes = [suggestion for suggestion in notes if suggestion.ressemblance >= RESSEMBLANCE_MIN]
        bonnes.sort(key=lambda s: (-s.ressemblance, s.salarie.nom, s.salarie.prenom, s.salarie.code))
        trouvees += bonnes[:limite]
    return trouvees


def ressemblance(nom: str, salarie: Salarie) -> int:
    """How much a name is like an employee's, out of 100, whatever the case, the accents and the order of its parts.

    A compound name of which a part is left out (« Jean Dupont » for « Jean-Pierre Dupont ») stays like the whole, less
    than the same name does.
    """
    a, b = mots(nom), mots(f"{salarie.prenom} {salarie.nom}")
    if not a or not b:
        return 0
    entier = fuzz.token_sort_ratio(" ".join(a), " ".join(b))
    # One common word is no likeness: half of the building trade bears the same few first names.
    partiel = fuzz.token_set_ratio(" ".join(a), " ".join(b)) if len(set(a) & set(b)) > 1 else 0.0
    colle = fuzz.ratio("".join(sorted(a)), "".join(sorted(b)))
    return round(max(entier, colle, 0.6 * entier + 0.4 * partiel))


def mots(texte: str) -> list[str]:
    """The words of a name: no accents, no case, no hyphens, no particles."""
    plat = "".join(c for c in unicodedata.normalize("NFKD", texte.casefold()) if not unicodedata.combining(c))
    tous = re.findall(r"[^\W_]+", plat)
    return [mot for mot in tous if mot not in PARTICULES] or tous


def list_codebs_a_ecrire(tampon: TamponSalariesSuivis) -> list[UtilisateurRelie]:
    """Those mapped by hand, alone with their salarié, whose cell is empty in Batigest: what one may offer to write."""
    seuls = [relie for relie in vue_salaries(tampon).utilisateurs if relie.source == "main"]
    combien = Counter(normalise_code(relie.salaries[0].code) for relie in seuls)
    return [
        relie
        for relie in seuls
        if not relie.salaries[0].utilisateur and combien[normalise_code(relie.salaries[0].code)] == 1
    ]


def ecris_codebs(tampon: TamponCodebs, batigest: EcritCodebs, code: str, qui: str, *, permis: bool) -> bool:
    """Write into Batigest the identifier of the user mapped by hand to this salarié; False when it is there already.

    Raises `GesteRefuse` unless the setting permits it (`ecrire_codebs`) and exactly one user is mapped to the salarié;
    `Introuvable` when none is. The event is noted before and after: a cut in between leaves the first.
    """
    if not permis:
        raise GesteRefuse(
            "L’écriture des identifiants dans Batigest n’est pas permise par les réglages.",
            remede="Si vous la voulez : « connecteur reglages change ecrire_codebs oui ».",
        )
    relies = _mappes(tampon, code)
    if not relies:
        raise Introuvable(
            f"Aucun utilisateur n’est associé à la main au salarié « {code} ».",
            remede="Associez-le d’abord : « connecteur salaries associe ».",
        )
    if len(relies) > 1:
        raise GesteRefuse(
            f"Plusieurs utilisateurs sont associés au salarié « {code} » : Batigest ne peut en garder qu’un.",
            remede="Dissociez ceux qui ne servent plus.",
        )
    lien = relies[0]
    apres = {"salarie": lien.code_salarie, "codebs": lien.utilisateur}
    tampon.note(Evenement(qui, "demander l’écriture de codebs", "salarie", lien.utilisateur, apres=apres))
    ecrit = batigest.write_codebs(lien.code_salarie, lien.utilisateur)
    geste = "écrire codebs" if ecrit else "codebs déjà écrit"
    avant = {"salarie": lien.code_salarie, "codebs": None if ecrit else lien.utilisateur}
    tampon.note(Evenement(qui, geste, "salarie", lien.utilisateur, avant=avant, apres=apres))
    return ecrit


def _mappes(tampon: TamponSalariesSuivis, code: str) -> list[Correspondance]:
    par_code: defaultdict[str, list[Correspondance]] = defaultdict(list)
    for lien in tampon.list_correspondances():
        par_code[normalise_code(lien.code_salarie)].append(lien)
    return par_code[normalise_code(code)]
