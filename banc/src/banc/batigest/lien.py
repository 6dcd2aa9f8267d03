"""One PostgreSQL connection, and how what runs on it is stopped from another thread or undone."""

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import psycopg

from banc.batigest.erreurs import Annulee, Contexte, depuis_postgres, refus

if TYPE_CHECKING:
    from banc.batigest.catalogue import Connexion

FUSEAU = "Europe/Paris"
Curseur = psycopg.Cursor[tuple[Any, ...]]


class Coupure(Exception):
    """The client's connection must be cut now, without an answer."""


class Lien:
    """Not for two threads at once, except `annule`."""

    def __init__(self, url: str) -> None:
        self.pg: Connexion = psycopg.connect(
            url, autocommit=True, application_name="banc-batigest", options=f"-c timezone={FUSEAU}"
        )
        self._verrou = threading.Lock()
        self._occupe = False
        self.annule_demande = False
        """The client asked to stop, and was not yet told that it is done."""

    def execute(self, sql: str, valeurs: Sequence[str | None] = ()) -> Curseur:
        """Run one statement, which can be cancelled."""
        with self._verrou:
            if self.annule_demande:
                raise Annulee
            self._occupe = True
        try:
            return psycopg.RawCursor(self.pg).execute(sql.encode(), valeurs)
        finally:
            with self._verrou:
                self._occupe = False

    def simple(self, commande: bytes) -> None:
        """A command of PostgreSQL's own that waits for nothing (SAVEPOINT and the like)."""
        self.pg.execute(commande)

    def annule(self) -> None:
        """From another thread: stop what is running; what follows in this message does not run."""
        with self._verrou:
            self.annule_demande = True
            if self._occupe:
                self.pg.cancel_safe(timeout=10)

    def reprend(self) -> None:
        """The cancellation is about to be acknowledged. A cancel that came too late is swallowed here."""
        with self._verrou:
            annule, self.annule_demande = self.annule_demande, False
        while annule and not self.pg.closed:
            try:
                self.pg.execute("SELECT 1")
                break
            except psycopg.errors.QueryCanceled:
                continue


class Protection:
    """Around one statement: foreign errors mapped, and what it did undone when it fails.

    Inside a transaction it stands behind a savepoint; `seul` gives it a transaction of its own.
    """

    def __init__(self, lien: Lien, contexte: Contexte, *, en_transaction: bool, seul: bool = False) -> None:
        self._lien = lien
        self._contexte = contexte
        self._commandes = (b"", b"", b"")
        if en_transaction:
            self._commandes = (
                b"SAVEPOINT banc",
                b"RELEASE SAVEPOINT banc",
                b"ROLLBACK TO SAVEPOINT banc; RELEASE SAVEPOINT banc",
            )
        elif seul:
            self._commandes = (b"BEGIN", b"COMMIT", b"ROLLBACK")

    def __enter__(self) -> None:
        self._lance(0)

    def __exit__(self, genre: type[BaseException] | None, exc: BaseException | None, trace: object) -> None:
        if self._lien.pg.closed:
            raise Coupure from exc
        if exc is None:
            self._lance(1)
            return
        self._lance(2)
        if isinstance(exc, psycopg.errors.QueryCanceled) and self._lien.annule_demande:
            raise Annulee from exc
        if isinstance(exc, psycopg.Error):
            if exc.sqlstate == "BANC1":
                raise refus(exc.diag.message_primary or "?") from exc
            raise depuis_postgres(exc, self._contexte) from exc

    def _lance(self, rang: int) -> None:
        if self._commandes[rang]:
            self._lien.simple(self._commandes[rang])
