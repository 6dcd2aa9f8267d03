"""A set of invented data for both systems: what it holds, in which sizes, and the awkward cases inside."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from datetime import date, datetime

from banc.batisimply.depot import Creneau, Projet, Utilisateur

Valeur = str | int | float | datetime | None
Ligne = Mapping[str, Valeur]
"""One row of Batigest: column > value."""


@dataclass(frozen=True, slots=True)
class Taille:
    """How much of it."""

    nom: str
    chantiers: int
    salaries: int
    jours: int
    """The days of work before the day of reference."""
    un_projet_sur: int
    """One site in so many is a project of BatiSimply from the start; slots hang on those."""
    creneaux_par_jour: tuple[int, ...]
    """How many slots a person enters in a day: one of these, drawn."""


TAILLES = {
    "petit": Taille("petit", 40, 12, 90, 2, (2, 2, 2, 3)),
    "moyen": Taille("moyen", 800, 80, 180, 3, (2, 2, 3)),
    "grand": Taille("grand", 5000, 250, 180, 7, (3, 4, 4, 4)),
}

CAS: dict[str, str] = {
    # Batigest
    "accents": "chantiers dont le client ou le libellé porte des accents",
    "apostrophes": "chantiers dont le client, le libellé ou l’adresse porte une apostrophe",
    "code_court": "codes de chantier de moins de huit caractères, que char(8) complète de blancs",
    "code_casse_melangee": "codes de chantier en majuscules et minuscules",
    "code_client_blancs": "chantiers dont le code client finit par des blancs",
    "nom_client_coupe": "noms de client trop longs, coupés à 30 caractères",
    "libelle_coupe": "libellés trop longs, coupés à 50 caractères",
    "date_debut_nulle": "chantiers sans date de début",
    "date_fin_nulle": "chantiers sans date de fin",
    "adresse_nulle": "chantiers sans adresse",
    "chantier_ouvert": "chantiers qui ne sont pas finis",
    "chantier_fini": "chantiers dont la date de fin est passée",
    "chantier_finit_aujourdhui": "chantiers dont la date de fin est le jour même",
    "client_double": "clients de deux chantiers ouverts ou plus, avec un devis accepté : heures vendues ambiguës",
    "devis_accepte": "devis acceptés (état 3)",
    "devis_autre_etat": "devis dans un autre état",
    "devis_sans_date": "devis accepté ou non dont DateConcretis est nulle",
    "salarie_sans_codebs": "salariés sans identifiant BatiSimply",
    "codebs_majuscules": "identifiants BatiSimply saisis en majuscules",
    "suivi_etrangere": "lignes de SuiviMO d’autres programmes, sur d’autres clés que celles des créneaux",
    "suivi_a_adopter": "lignes de SuiviMO déjà là, égales à ce que les créneaux veulent",
    "suivi_en_conflit": "lignes de SuiviMO déjà là, différentes de ce que les créneaux veulent",
    # BatiSimply
    "projet_existant": "projets qui portent le code d’un chantier",
    "projet_regle_par_une_personne": "projets dont couleur, responsable, budget ou point sur la carte sont réglés",
    "projet_code_ecrit_autrement": "projets dont le code diffère par la casse ou par des blancs",
    "projet_nom_different": "projets dont le nom n’est pas celui du chantier",
    "projet_sans_code": "projets sans code, ou dont le code est blanc",
    "projet_code_inconnu": "projets dont le code n’est celui d’aucun chantier",
    "creneau_valide": "créneaux validés",
    "creneau_non_valide": "créneaux à valider ou refusés",
    "creneau_meme_minute": "créneaux de plus, sur le même salarié, le même chantier et la même minute qu’un autre",
    "creneau_sur_minuit": "créneaux qui finissent le lendemain",
    "creneau_sans_projet": "créneaux sans projet",
    "creneau_projet_sans_code": "créneaux sur un projet sans code",
    "creneau_chantier_inconnu": "créneaux sur un projet dont le code n’est celui d’aucun chantier",
    "creneau_salarie_inconnu": "créneaux d’une personne qu’aucun salarié ne porte",
    "creneau_chantier_fini": "créneaux sur un chantier fini depuis",
    "creneau_zero_minute_panier": "créneaux de zéro minute avec un panier",
    "creneau_sans_duree": "créneaux sans durée",
    "creneau_futur": "créneaux après le jour de référence",
    "creneau_heure_ete": "créneaux sur le passage à l’heure d’été",
    "creneau_heure_hiver": "créneaux sur le passage à l’heure d’hiver",
    "creneau_heure_double": "créneaux qui commencent dans l’heure qui vient deux fois, en octobre",
}
"""Name of each counted case > what it is."""


@dataclass(frozen=True, slots=True)
class Jeu:
    """Everything, in the order it is to be loaded. The same size, seed and day always give the same set."""

    taille: Taille
    graine: int
    aujourdhui: date
    chantiers: tuple[Ligne, ...]
    devis_list: tuple[Ligne, ...]
    salaries: tuple[Ligne, ...]
    suivi: tuple[Ligne, ...]
    """Lines of SuiviMO written by others before the connector came."""
    utilisateurs: tuple[Utilisateur, ...]
    projets: tuple[Projet, ...]
    creneaux: tuple[Creneau, ...]
    cas: Mapping[str, int]
    """How many of each case of `CAS`; a record may be counted in several."""

    def empreinte(self) -> str:
        """A digest of all of it."""
        tout = (
            self.taille.nom,
            self.graine,
            self.aujourdhui,
            [dict(ligne) for table in lignes_batigest(self).values() for ligne in table],
            [astuple(utilisateur) for utilisateur in self.utilisateurs],
            self.projets,
            [astuple(creneau) for creneau in self.creneaux],
            dict(self.cas),
        )
        return hashlib.sha256(json.dumps(tout, default=str).encode()).hexdigest()


def lignes_batigest(jeu: Jeu) -> dict[str, tuple[Ligne, ...]]:
    """Table of Batigest > its rows; every row of a table has the same columns."""
    return {
        "dbo.ChantierDef": jeu.chantiers,
        "dbo.Devis": jeu.devis_list,
        "dbo.Salarie": jeu.salaries,
        "dbo.SuiviMO": jeu.suivi,
    }
