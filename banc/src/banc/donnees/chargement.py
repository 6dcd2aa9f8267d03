"""Put a set into both systems, by the doors they have."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

from banc.batisimply.depot import Depot
from banc.batisimply.serveur import ServeurBatisimply
from banc.donnees.jeu import Jeu, lignes_batigest

LOT = 1000


class CurseurSql(Protocol):
    """The part of a DB-API cursor that loading uses."""

    def executemany(self, requete: str, lignes: Sequence[Any], /) -> Any:
        """Run it once per row."""
        ...

    def close(self) -> Any:
        """Free it."""
        ...


class ConnexionSql(Protocol):
    """The part of a DB-API connection that loading uses: any SQL Server driver's, autocommit off."""

    def cursor(self) -> CurseurSql:
        """A new cursor."""
        ...

    def commit(self) -> Any:
        """Make it durable."""
        ...


def remplit_batisimply(cible: Path | ServeurBatisimply, jeu: Jeu) -> None:
    """Put the set in the place of whatever the tenant held: its file (made when missing), or the running server."""
    if isinstance(cible, ServeurBatisimply):
        cible.depot.charge(jeu.utilisateurs, jeu.projets, jeu.creneaux)
        return
    with closing(Depot(cible)) as depot:
        depot.charge(jeu.utilisateurs, jeu.projets, jeu.creneaux)


def remplit_batigest(connexion: ConnexionSql, jeu: Jeu) -> None:
    """Add the set's rows to the dossier's tables, which are there and empty, in one transaction.

    The connection's driver writes a parameter `?`, as mssql-python and pyodbc do.
    """
    with closing(connexion.cursor()) as curseur:
        for table, lignes in lignes_batigest(jeu).items():
            colonnes = tuple(lignes[0])
            requete = f"INSERT INTO {table} ({', '.join(colonnes)}) VALUES ({', '.join(['?'] * len(colonnes))})"  # noqa: S608 - our own names
            for debut in range(0, len(lignes), LOT):
                curseur.executemany(requete, [tuple(ligne.values()) for ligne in lignes[debut : debut + LOT]])
    connexion.commit()
