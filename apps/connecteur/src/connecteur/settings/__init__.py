"""Every setting of the connector, from environment variables, one TOML file and the vault.

Environment variables win over the file, which wins over the vault: `CONNECTEUR_BATIGEST__SERVEUR=…` is `serveur` of
`[batigest]`.
A wrong or missing one is named at start with `ConfigurationInvalide`, in French. One file per table.
"""

from connecteur.settings.alertes import ReglagesAlertes, ReglagesAlertesDossier
from connecteur.settings.chantiers import ReglagesAdresses, ReglagesChantiers, ReglagesCreation
from connecteur.settings.chargement import (
    NOMENCLATURE,
    Configuration,
    Reglages,
    ReglagesWeb,
    charge,
    charge_configuration,
    dossier_de_donnees,
)
from connecteur.settings.dossier import ReglagesDossier, ReglagesRubriques
from connecteur.settings.heures import ReglagesHeures
from connecteur.settings.licence import ReglagesLicence
from connecteur.settings.systemes import ReglagesBatigest, ReglagesBatisimply, ReglagesTampon

__all__ = [
    "NOMENCLATURE",
    "Configuration",
    "Reglages",
    "ReglagesAdresses",
    "ReglagesAlertes",
    "ReglagesAlertesDossier",
    "ReglagesBatigest",
    "ReglagesBatisimply",
    "ReglagesChantiers",
    "ReglagesCreation",
    "ReglagesDossier",
    "ReglagesHeures",
    "ReglagesLicence",
    "ReglagesRubriques",
    "ReglagesTampon",
    "ReglagesWeb",
    "charge",
    "charge_configuration",
    "dossier_de_donnees",
]
