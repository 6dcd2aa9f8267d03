"""Which programs carry out runs on this tampon.

Each holds an advisory lock of its own name on a connection of its own: PostgreSQL frees it the moment the program
dies, so whoever holds its lock is there. The table only says what it does.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

import psycopg
from psycopg.sql import SQL

from connecteur.domain.executant import Executant
from connecteur.errors import ServiceInjoignable
from connecteur.tampon.connexion import Connexion, Connexions, traduit
from connecteur.tampon.verrou import RESTE

if TYPE_CHECKING:
    from datetime import datetime

PREND = "SELECT pg_try_advisory_lock(hashtextextended('connecteur/executant/' || %s, 0))"
INSCRIT = """
INSERT INTO sages.executants (id, dossiers, passager) VALUES (%s, %s, %s) ON CONFLICT (id) DO NOTHING
"""
TIENT = "UPDATE sages.executants SET en_cours = %s WHERE id = %s"
LA = "SELECT 1"
PART = "DELETE FROM sages.executants WHERE id = %s"
# Held by a session of this very database, whatever the machine it comes from.
TENUS = SQL("""
EXISTS (SELECT FROM pg_locks l
         WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
           AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
           AND (l.classid::bigint << 32) | l.objid::bigint = hashtextextended('connecteur/executant/' || e.id, 0))
""")
VIVANTS = SQL(
    "SELECT id, dossiers, passager, en_cours, depuis FROM sages.executants e WHERE {tenus} ORDER BY depuis, id"
).format(tenus=TENUS)
# A day, not at once: their names explain the journal of yesterday.
OUBLIE = SQL("DELETE FROM sages.executants e WHERE depuis < now() - interval '1 day' AND NOT {tenus}").format(
    tenus=TENUS
)


class Executants:
    """The programs that carry out runs, for every dossier."""

    def __init__(self, connexions: Connexions) -> None:
        self._connexions = connexions

    @contextmanager
    def presence(self, executant: Executant) -> Iterator["Presence"]:
        """Be there until the end, or until this program dies."""
        presence = Presence(self._connexions, executant)
        try:
            presence.tient(0)
            yield presence
        finally:
            presence.part()

    def list_vivants(self) -> list[Executant]:
        """Those that are there now, oldest first."""
        with self._connexions.transaction() as connexion:
            lignes = connexion.execute(VIVANTS).fetchall()
        return [
            Executant(ident, tuple(dossiers), passager=passager, en_cours=en_cours, depuis=depuis)
            for ident, dossiers, passager, en_cours, depuis in cast(
                "list[tuple[str, list[str], bool, int, datetime]]", lignes
            )
        ]


class Presence:
    """A program that is there."""

    def __init__(self, connexions: Connexions, executant: Executant) -> None:
        self._connexions = connexions
        self._executant = executant
        self._connexion: Connexion | None = None
        self._dit: int | None = None
        """What the table says this program carries out."""

    def tient(self, en_cours: int) -> None:
        """Say so again, with how many runs it carries out; take the name back when PostgreSQL has restarted."""
        try:
            connexion = self._connexion or self._entre()
            with traduit():
                if en_cours == self._dit:
                    connexion.execute(LA)
                else:
                    connexion.execute(TIENT, (en_cours, self._executant.id))
                    self._dit = en_cours
        except Exception:
            self.part()
            raise

    def part(self) -> None:
        """Be there no more."""
        connexion, self._connexion, self._dit = self._connexion, None, None
        if connexion is None:
            return
        try:
            connexion.execute(PART, (self._executant.id,))
        except psycopg.Error:
            pass  # the server went away, and took the lock with it
        finally:
            connexion.close()

    def _entre(self) -> Connexion:
        executant = self._executant
        self._connexion = connexion = self._connexions.ouvre()
        with traduit():
            connexion.execute(RESTE)
            pris = connexion.execute(PREND, (executant.id,)).fetchone()
            if not (pris and pris[0]):
                # Our own session, cut and not yet noticed by the server.
                raise ServiceInjoignable("La base tampon n’a pas encore libéré la place de ce programme.")
            connexion.execute(OUBLIE)
            connexion.execute(INSCRIT, (executant.id, list(executant.dossiers), executant.passager))
        return connexion
