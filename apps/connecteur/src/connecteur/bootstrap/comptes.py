"""The accounts of the interface, over the tampon and the vault."""

from connecteur.bootstrap.systemes import Connecteur
from connecteur.coffre import Coffre
from connecteur.coffre.scellement import Scellement
from connecteur.tampon.comptes import base_comptes
from sages_commun.acces import Acces, Contexte

PRODUIT = "Connecteur SAGES"


def comptes(connecteur: Connecteur) -> Acces:
    """Whether one must sign in is in the settings (`[web] comptes`); who may is here."""
    donnees = connecteur.premier.reglages.donnees
    scellement = Scellement(Coffre(donnees), donnees)
    return Acces(Contexte(base_comptes(connecteur.connexions), scellement, PRODUIT, horloge=connecteur.horloge))
