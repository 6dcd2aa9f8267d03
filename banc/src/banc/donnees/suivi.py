"""Lines of SuiviMO that others wrote before the connector came."""

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from random import Random

from banc.donnees.creneaux import FUSEAU, VALIDE, Saisie
from banc.donnees.dossier import a_minuit
from banc.donnees.jeu import Ligne, Taille, Valeur

RUBRIQUES = tuple(f"NbH{numero}" for numero in range(10))
Cle = tuple[str, str, datetime]


def cle_suivi(saisie: Saisie) -> Cle | None:
    """The key of the line that this slot makes; None when it makes none (not validated, not resolved, no duration)."""
    if saisie.statut != VALIDE or saisie.minutes is None or saisie.lie is None or saisie.lie.chantier is None:
        return None
    if saisie.personne.code_salarie is None:
        return None
    local = saisie.debut.astimezone(FUSEAU).replace(tzinfo=None, second=0, fold=0)
    return str(saisie.lie.chantier["Code"]), saisie.personne.code_salarie, local


def genere_suivi(
    taille: Taille, graine: int, aujourdhui: date, saisies: list[Saisie]
) -> tuple[list[Ligne], Counter[str]]:
    """The lines, and how many of each kind: equal to a slot's, different from a slot's, on keys of their own."""
    hasard = Random(f"{graine}/suivi")  # noqa: S311 - data, not a secret
    par_cle: defaultdict[Cle, list[Saisie]] = defaultdict(list)
    for saisie in saisies:
        if cle := cle_suivi(saisie):
            par_cle[cle].append(saisie)
    premier = a_minuit(aujourdhui - timedelta(days=taille.jours))
    # Whole quarters of an hour of one slot alone: their hours are exact in a float.
    exactes = [
        (cle, groupe[0])
        for cle, groupe in par_cle.items()
        if len(groupe) == 1 and not groupe[0].cas and (groupe[0].minutes or 1) % 15 == 0 and cle[2] >= premier
    ]
    a_adopter, en_conflit = max(2, len(saisies) // 500), max(2, len(saisies) // 2000)
    choisies = hasard.sample(exactes, a_adopter + en_conflit)
    lignes = [_ligne_du_creneau(cle, saisie, 0.0) for cle, saisie in choisies[:a_adopter]]
    lignes += [_ligne_du_creneau(cle, saisie, 1.5) for cle, saisie in choisies[a_adopter:]]
    etrangeres = _etrangeres(hasard, taille, aujourdhui, list(par_cle), max(6, len(saisies) // 50))
    comptes = {"suivi_a_adopter": a_adopter, "suivi_en_conflit": en_conflit, "suivi_etrangere": len(etrangeres)}
    return lignes + etrangeres, Counter(comptes)


def _ligne(cle: Cle, quantites: dict[str, float]) -> Ligne:
    code_chantier, code_salarie, quand = cle
    valeurs: dict[str, Valeur] = {"CodeChantier": code_chantier, "CodeSalarie": code_salarie, "Date": quand}
    return valeurs | {rubrique: quantites.get(rubrique, 0.0) for rubrique in RUBRIQUES}


def _ligne_du_creneau(cle: Cle, saisie: Saisie, heures_de_plus: float) -> Ligne:
    heures = (saisie.minutes or 0) / 60 + heures_de_plus
    return _ligne(cle, {"NbH0": heures, "NbH3": float(saisie.trajet), "NbH4": float(saisie.panier)})


def _etrangeres(hasard: Random, taille: Taille, aujourdhui: date, cles: list[Cle], combien: int) -> list[Ligne]:
    """A person types hours per day, without a time: no slot starts at midnight in these sets."""
    vues: set[Cle] = set()
    while len(vues) < combien:
        code_chantier, code_salarie, _ = hasard.choice(cles)
        vues.add((code_chantier, code_salarie, a_minuit(aujourdhui - timedelta(days=hasard.randrange(taille.jours)))))
    return [
        _ligne(
            cle, {hasard.choice(("NbH0", "NbH1", "NbH5")): hasard.randint(2, 34) / 4, "NbH4": hasard.choice((0.0, 1.0))}
        )
        for cle in sorted(vues)
    ]
