"""A BatiSimply of our own: Keycloak's sign-in, the projects and the time slots of one tenant, with faults on demand."""

from banc.batisimply.compte import Compte
from banc.batisimply.depot import Creneau, Depot, Projet, Utilisateur
from banc.batisimply.pannes import Genre, Panne
from banc.batisimply.reglages import Comportement
from banc.batisimply.serveur import ServeurBatisimply

__all__ = ["Comportement", "Compte", "Creneau", "Depot", "Genre", "Panne", "Projet", "ServeurBatisimply", "Utilisateur"]
