"""One run at a time per dossier: a session-level advisory lock, held by a connection of its own.

PostgreSQL frees it when that connection ends, so a program that dies leaves nothing locked.
"""

import contextlib
from collections.abc import Iterator

import psycopg

from connecteur.errors import DossierOccupe
from connecteur.tampon.connexion import Connexion, Connexions, traduit

PREND = "SELECT pg_try_advisory_lock(hashtextextended('connecteur/' || %(dossier)s, 0))"
REND = "SELECT pg_advisory_unlock(hashtextextended('connecteur/' || %(dossier)s, 0))"
# The server of a firm may close sessions that are quiet for long: not this one.
RESTE = "SET idle_session_timeout = 0"
LA = "SELECT 1"
QUI = """
SELECT a.pid, a.client_addr::text, a.backend_start::text FROM pg_locks l JOIN pg_stat_activity a USING (pid)
 WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
   AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
   AND (l.classid::bigint << 32) | l.objid::bigint = hashtextextended('connecteur/' || %(dossier)s, 0)
"""


class VerrouDossier:
    """The lock of one dossier."""

    def __init__(self, connexions: Connexions, dossier: str) -> None:
        self._connexions = connexions
        self._dossier = dossier

    _session: Connexion | None = None
    """What holds the dossier, while this program does."""

    @contextlib.contextmanager
    def exclusif(self) -> Iterator[None]:
        """Hold the dossier; raises `DossierOccupe` at once when another run holds it."""
        self._session = session = self._prend()
        try:
            yield
        finally:
            session, self._session = self._session or session, None
            # Closing frees it too, but only once the server has noticed: the next run may be there before.
            with contextlib.suppress(psycopg.Error):
                session.execute(REND, {"dossier": self._dossier})
            session.close()

    def reste_exclusif(self) -> None:
        """Inside `exclusif`, make sure that the dossier still is held: a server that restarts lets go of it. Raises
        `DossierOccupe` when another program has taken it since; outside, nothing is promised."""
        session = self._session
        if session is None:
            return
        try:
            session.execute(LA)
        except psycopg.Error:
            self._session = self._prend()
            session.close()

    def _prend(self) -> Connexion:
        connexion = self._connexions.ouvre()
        with contextlib.ExitStack() as pile:
            pile.callback(connexion.close)
            with traduit():
                connexion.execute(RESTE)
                pris = connexion.execute(PREND, {"dossier": self._dossier}).fetchone()
                if not (pris and pris[0]):
                    raise DossierOccupe(
                        "Une autre synchronisation de ce dossier est en cours.",
                        remede="Attendez qu’elle se termine, puis recommencez.",
                        detail=self._qui(connexion),
                    )
            pile.pop_all()
        return connexion

    def _qui(self, connexion: Connexion) -> str:
        ligne = connexion.execute(QUI, {"dossier": self._dossier}).fetchone()
        return "" if ligne is None else f"session PostgreSQL {ligne[0]} ({ligne[1]}), ouverte le {ligne[2]}"
