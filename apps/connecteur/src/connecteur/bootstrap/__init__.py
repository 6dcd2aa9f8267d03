"""Build the real things from the settings: the three systems, and the checks of each.

Nothing is opened before `ouvre` (or one of the checks) is called; everything is closed in reverse order.
"""

from connecteur.bootstrap.alertes import AlertesDuDossier, veilleur
from connecteur.bootstrap.codebs import EcritureCodebs, ecriture_codebs
from connecteur.bootstrap.comptes import comptes
from connecteur.bootstrap.controles import Controles, Question, controles_complets, controles_legers, controles_tampon
from connecteur.bootstrap.lecture import LectureSeule, lecture_seule
from connecteur.bootstrap.licence import LicenceDuDossier, fournisseur_de, portail
from connecteur.bootstrap.postgresql import fuseau_nomme
from connecteur.bootstrap.reglages import ReglagesDuDossier
from connecteur.bootstrap.resolution import Resolution, resolution
from connecteur.bootstrap.systemes import Connecteur, Systemes, ouvre, ouvre_tout

__all__ = [
    "AlertesDuDossier",
    "Connecteur",
    "Controles",
    "EcritureCodebs",
    "LectureSeule",
    "LicenceDuDossier",
    "Question",
    "ReglagesDuDossier",
    "Resolution",
    "Systemes",
    "comptes",
    "controles_complets",
    "controles_legers",
    "controles_tampon",
    "ecriture_codebs",
    "fournisseur_de",
    "fuseau_nomme",
    "lecture_seule",
    "ouvre",
    "ouvre_tout",
    "portail",
    "resolution",
    "veilleur",
]
