"""What cannot be delivered, why, and what to do about it: nothing is skipped in silence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any


class MotifRejet(StrEnum):
    """The reason codes; each has a sentence and a remedy below."""

    SANS_PROJET = "sans_projet"
    PROJET_SANS_CODE = "projet_sans_code"
    CHANTIER_INCONNU = "chantier_inconnu"
    SANS_UTILISATEUR = "sans_utilisateur"
    SALARIE_INCONNU = "salarie_inconnu"
    SALARIE_AMBIGU = "salarie_ambigu"
    SALARIE_DISPARU = "salarie_disparu"
    DUREE_INVALIDE = "duree_invalide"
    CRENEAU_ILLISIBLE = "creneau_illisible"
    CHANTIER_REFUSE = "chantier_refuse"
    PROJETS_EN_DOUBLE = "projets_en_double"
    PROJET_SUPPRIME = "projet_supprime"
    CODE_DEJA_PRIS = "code_deja_pris"
    LIGNE_REFUSEE = "ligne_refusee"


PHRASES: dict[MotifRejet, tuple[str, str]] = {
    MotifRejet.SANS_PROJET: (
        "Ce créneau n’est rattaché à aucun projet dans BatiSimply.",
        "Dans BatiSimply, rattachez le créneau à un projet.",
    ),
    MotifRejet.PROJET_SANS_CODE: (
        "Le projet de ce créneau n’a pas de code dans BatiSimply, ou n’existe plus.",
        "Dans BatiSimply, donnez au projet le code du chantier de Batigest.",
    ),
    MotifRejet.CHANTIER_INCONNU: (
        "Le code du projet ne correspond à aucun chantier de ce dossier Batigest.",
        "Créez le chantier dans Batigest, ou corrigez le code du projet dans BatiSimply.",
    ),
    MotifRejet.SANS_UTILISATEUR: (
        "Ce créneau ne porte aucun utilisateur.",
        "Dans BatiSimply, vérifiez à qui appartient ce créneau.",
    ),
    MotifRejet.SALARIE_INCONNU: (
        "L’utilisateur BatiSimply de ce créneau ne correspond à aucun salarié de Batigest.",
        "Associez cet utilisateur à un salarié, ou renseignez son identifiant BatiSimply (codebs) dans Batigest.",
    ),
    MotifRejet.SALARIE_AMBIGU: (
        "Plusieurs salariés de Batigest portent l’identifiant BatiSimply de cet utilisateur.",
        "Ne laissez cet identifiant (codebs) qu’à un seul salarié.",
    ),
    MotifRejet.SALARIE_DISPARU: (
        "Le salarié associé à l’utilisateur BatiSimply de ce créneau n’existe plus dans Batigest.",
        "Associez cet utilisateur à un autre salarié, ou recréez la fiche du salarié dans Batigest avec le même code.",
    ),
    MotifRejet.DUREE_INVALIDE: (
        "La durée de ce créneau est absente, négative ou dépasse 24 heures.",
        "Dans BatiSimply, corrigez la durée du créneau.",
    ),
    MotifRejet.CRENEAU_ILLISIBLE: (
        "BatiSimply a donné de ce créneau une description que le connecteur ne sait pas lire.",
        "Dans BatiSimply, ouvrez le créneau et enregistrez-le de nouveau ; sinon appelez le support.",
    ),
    MotifRejet.CHANTIER_REFUSE: (
        "BatiSimply a refusé ce chantier.",
        "Lisez le détail, corrigez la fiche dans Batigest ; l’envoi sera retenté à la prochaine synchronisation.",
    ),
    MotifRejet.PROJETS_EN_DOUBLE: (
        "Plusieurs projets de BatiSimply portent le code de ce chantier.",
        "Dans BatiSimply, ne laissez ce code qu’à un seul projet.",
    ),
    MotifRejet.PROJET_SUPPRIME: (
        "Le projet de ce chantier n’existe plus dans BatiSimply ; il n’est pas recréé d’office.",
        "Recréez le projet dans BatiSimply avec le code du chantier : il sera repris à la prochaine synchronisation.",
    ),
    MotifRejet.CODE_DEJA_PRIS: (
        "Le code de ce chantier est porté par le projet d’un autre chantier, ou d’un devis.",
        "Dans BatiSimply, rendez à ce projet le code qu’il avait, ou changez l’un des deux codes dans Batigest.",
    ),
    MotifRejet.LIGNE_REFUSEE: (
        "Batigest a refusé cette ligne d’heures.",
        "Lisez le détail ; la ligne sera retentée à la prochaine synchronisation.",
    ),
}
"""Reason > (what happened, what to do)."""


class ObjetRejet(StrEnum):
    """What kind of record was rejected."""

    CRENEAU = "creneau"
    CHANTIER = "chantier"
    LIGNE = "ligne"


@dataclass(frozen=True, slots=True)
class Rejet:
    """One record that could not be delivered. `cle` is the slot's id, the site's code or the line's key as text."""

    objet: ObjetRejet
    cle: str
    motif: MotifRejet
    libelle: str
    """Who, where, when, for a person: « Léa Martin, 24/06/2025 08:00, 7,5 h »."""
    detail: str = ""
    """What the other side answered, or what is wrong with the record."""
    contenu: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """The record itself, as JSON-able values: an ignored rejet comes back when it changes."""

    @property
    def phrase(self) -> str:
        """What happened."""
        return PHRASES[self.motif][0]

    @property
    def remede(self) -> str:
        """What to do."""
        return PHRASES[self.motif][1]


class EtatRejet(StrEnum):
    """Where a rejet stands. Ignored ones are explained by a person and make no run partial."""

    OUVERT = "ouvert"
    IGNORE = "ignoré"
    RESOLU = "résolu"


@dataclass(frozen=True, slots=True)
class RejetSuivi:
    """A rejet with its story. Instants are aware."""

    id: int
    rejet: Rejet
    etat: EtatRejet
    jour: date | None
    """The local day it is about; None for a chantier."""
    tentatives: int
    premier_le: datetime
    dernier_le: datetime
    premier_run: str
    dernier_run: str
    resolu_le: datetime | None
    ignore_le: datetime | None
    ignore_par: str | None
    ignore_raison: str | None
    renvoye_le: datetime | None
    """When a person last asked to try again."""
    renvoye_par: str | None
    reouvertures: int
    """How many times the same record had been rejected, and mended, before."""
