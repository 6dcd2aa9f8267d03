"""Invented data for the bench: deterministic, in three sizes, with real life's awkward cases inside, and counted."""

from banc.donnees.chargement import ConnexionSql, remplit_batigest, remplit_batisimply
from banc.donnees.generation import est_ouvert, genere
from banc.donnees.jeu import CAS, TAILLES, Jeu, Ligne, Taille, lignes_batigest

__all__ = [
    "CAS",
    "TAILLES",
    "ConnexionSql",
    "Jeu",
    "Ligne",
    "Taille",
    "est_ouvert",
    "genere",
    "lignes_batigest",
    "remplit_batigest",
    "remplit_batisimply",
]
