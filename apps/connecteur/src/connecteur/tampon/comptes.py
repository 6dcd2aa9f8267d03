"""The tables of the accounts, in the schema of the tampon."""

from connecteur.tampon.connexion import Connexions
from sages_commun.acces import Base

SCHEMA = "sages"


def base_comptes(connexions: Connexions) -> Base:
    """Over the connections of this program, with its errors. The accounts are the program's, not a dossier's."""
    return Base(connexions.transaction, SCHEMA)
