"""The accounts: who may enter an interface of the house, as what, and the trail of what they did.

A program gives its connections (`Base`), a key (`Scellement`) and a clock; `Acces` does the rest, over the tables of
`schema.sql`, which the program's own migrations make. `web` has the pages and what protects the program's own.
"""

from sages_commun.acces.acces import Acces
from sages_commun.acces.base import Base, schema_sql
from sages_commun.acces.contexte import Contexte
from sages_commun.acces.domaine import (
    Client,
    DernierAdministrateur,
    Durees,
    Encombrement,
    ErreurAcces,
    Identite,
    Inconnu,
    JetonApi,
    Portee,
    Refuse,
    Role,
    SaisieRefusee,
    Session,
    TropDeTentatives,
    Utilisateur,
)
from sages_commun.acces.mots_de_passe import MotsDePasse
from sages_commun.acces.totp import Scellement

__all__ = [
    "Acces",
    "Base",
    "Client",
    "Contexte",
    "DernierAdministrateur",
    "Durees",
    "Encombrement",
    "ErreurAcces",
    "Identite",
    "Inconnu",
    "JetonApi",
    "MotsDePasse",
    "Portee",
    "Refuse",
    "Role",
    "SaisieRefusee",
    "Scellement",
    "Session",
    "TropDeTentatives",
    "Utilisateur",
    "schema_sql",
]
