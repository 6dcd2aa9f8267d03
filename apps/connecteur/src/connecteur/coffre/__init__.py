"""The vault: `credentials.json` of the data folder, every secret in it encrypted.

`Coffre` reads and writes it. What it protects, and from whom: docs/decisions/0029.
"""

from connecteur.coffre.cles import Source
from connecteur.coffre.coffre import Coffre, EtatCoffre
from connecteur.errors import CoffreAbime, CoffreEtranger, CoffreIllisible, CoffreInutilisable

__all__ = [
    "Coffre",
    "CoffreAbime",
    "CoffreEtranger",
    "CoffreIllisible",
    "CoffreInutilisable",
    "EtatCoffre",
    "Source",
]
