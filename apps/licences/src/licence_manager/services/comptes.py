"""The accounts of the people who sell licences: those of the house, over this database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import psycopg

from licence_manager.repository.connexion import transaction
from licence_manager.repository.tables import SCHEMA
from licence_manager.services.contexte import Contexte
from sages_commun.acces import Acces, Base
from sages_commun.acces import Contexte as ContexteAcces

PRODUIT = "Licence Manager"


def cree_acces(contexte: Contexte) -> Acces:
    """Over the connections, the secret and the clock of this program."""

    @contextmanager
    def ouvre() -> Iterator[psycopg.Connection[Any]]:
        with transaction(contexte.moteur) as connexion:
            yield cast("psycopg.Connection[Any]", connexion.connection.driver_connection)

    return Acces(ContexteAcces(Base(ouvre, SCHEMA), contexte.coffre, PRODUIT, horloge=contexte.horloge))
