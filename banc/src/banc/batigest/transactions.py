"""The transaction of one session: SQL Server counts nested BEGINs, PostgreSQL has one transaction."""

from typing import TYPE_CHECKING

import psycopg
from pysqlbridge.tds.token import EnvChangeType

from banc.batigest.analyse import Transaction
from banc.batigest.catalogue import Table, cite
from banc.batigest.erreurs import Contexte, ErreurSql, depuis_postgres

if TYPE_CHECKING:
    from banc.batigest.session import Session

_ISOLATIONS = {
    "READ UNCOMMITTED": "READ COMMITTED", "READ COMMITTED": "READ COMMITTED", "REPEATABLE READ": "REPEATABLE READ",
    "SNAPSHOT": "REPEATABLE READ", "SERIALIZABLE": "SERIALIZABLE",
}  # fmt: skip


class Transactions:
    """`niveau` is @@TRANCOUNT."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self._temporaires: dict[str, Table] = {}
        """The #temp tables when the transaction began: a rollback brings them back."""
        self._descripteur = 0
        self.niveau = 0
        self.definitions = False
        """Whether the open transaction changed a table."""

    def execute(self, demande: Transaction) -> None:
        """BEGIN, COMMIT, ROLLBACK, SAVE."""
        if demande.si_ouverte and not self.niveau:
            return
        session = self._session
        with session.panne(demande.verbe):
            match demande.verbe:
                case "BEGIN":
                    self.commence()
                case "COMMIT":
                    self._valide()
                case "SAVE":
                    self._marque(demande.nom)
                case _:
                    self._revient(demande.nom)
        session.sortie.fini(demande.verbe, None)

    def commence(self) -> None:
        """One level more."""
        session = self._session
        if not self.niveau:
            niveau = _ISOLATIONS[session.reglages.get("TRANSACTION ISOLATION LEVEL", "READ COMMITTED")]
            session.lien.simple(f"BEGIN ISOLATION LEVEL {niveau}".encode())
            self._temporaires = dict(session.temporaires)
            self.definitions = False
            self._descripteur += 1
            session.sortie.change(EnvChangeType.BEGIN_TRAN, self._descripteur.to_bytes(8, "little"), b"")
        self.niveau += 1

    def annule_tout(self) -> None:
        """Roll everything back, whatever the level."""
        session = self._session
        session.lien.simple(b"ROLLBACK")
        if session.temporaires != self._temporaires:
            session.temporaires = dict(self._temporaires)
            session.oublie_plans()
        self._fin(EnvChangeType.ROLLBACK_TRAN)
        session.applique_attente()  # PostgreSQL rolls settings back, too

    def _valide(self) -> None:
        if not self.niveau:
            raise ErreurSql(3902, "The COMMIT TRANSACTION request has no corresponding BEGIN TRANSACTION.")
        if self.niveau == 1:
            try:
                self._session.lien.simple(b"COMMIT")
            except psycopg.errors.SerializationFailure as exc:
                self.annule_tout()
                raise depuis_postgres(exc, Contexte(self._session.base)) from exc
            self._fin(EnvChangeType.COMMIT_TRAN)
        else:
            self.niveau -= 1

    def _marque(self, nom: str | None) -> None:
        if not self.niveau or not nom:
            raise ErreurSql(628, "Cannot issue SAVE TRANSACTION when there is no active transaction.")
        self._session.lien.simple(f"SAVEPOINT {cite('s:' + nom)}".encode())

    def _revient(self, nom: str | None) -> None:
        if not self.niveau:
            raise ErreurSql(3903, "The ROLLBACK TRANSACTION request has no corresponding BEGIN TRANSACTION.")
        if not nom:
            self.annule_tout()
            return
        lien = self._session.lien
        lien.simple(b"SAVEPOINT banc")
        try:
            lien.simple(f"ROLLBACK TO SAVEPOINT {cite('s:' + nom)}".encode())
        except psycopg.errors.InvalidSavepointSpecification as exc:
            lien.simple(b"ROLLBACK TO SAVEPOINT banc")
            raise ErreurSql(6401, f"Cannot roll back {nom}. No transaction or savepoint of that name exists.") from exc
        self._session.oublie_temporaires_disparues()

    def _fin(self, genre: EnvChangeType) -> None:
        session = self._session
        self.niveau = 0
        if self.definitions:
            session.partage.change()
        session.sortie.change(genre, b"", self._descripteur.to_bytes(8, "little"))
