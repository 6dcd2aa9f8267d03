"""The tables of the accounts, in the schema that each program gives them; its connections are the program's own."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib.resources import files
from typing import Any, LiteralString

import psycopg
from psycopg import sql

Ouvre = Callable[[], AbstractContextManager[psycopg.Connection[Any]]]
"""One transaction: committed at the end, rolled back on any exception."""


class Transaction:
    """One transaction. In its queries `{s}` stands for the schema."""

    def __init__(self, connexion: psycopg.Connection[Any], schema: str) -> None:
        self._connexion = connexion
        self._schema = sql.Identifier(schema)

    def execute(self, requete: LiteralString, **valeurs: object) -> psycopg.Cursor[Any]:
        """Run one query; its values by name."""
        composee = sql.SQL(requete).format(s=self._schema)
        return self._connexion.execute(composee, valeurs)

    def une(self, requete: LiteralString, **valeurs: object) -> tuple[Any, ...] | None:
        """The first line, if there is one."""
        ligne: tuple[Any, ...] | None = self.execute(requete, **valeurs).fetchone()
        return ligne

    def toutes(self, requete: LiteralString, **valeurs: object) -> list[tuple[Any, ...]]:
        """Every line."""
        return self.execute(requete, **valeurs).fetchall()


class Base:
    """The way to the tables."""

    def __init__(self, ouvre: Ouvre, schema: str) -> None:
        self._ouvre = ouvre
        self._schema = schema

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """One transaction: committed at the end, rolled back on any exception."""
        with self._ouvre() as connexion:
            yield Transaction(connexion, self._schema)


def schema_sql(schema: str) -> str:
    """The SQL that makes the tables in this schema; may be run again. The programs' migrations are copies of it."""
    texte = (files("sages_commun.acces") / "schema.sql").read_text(encoding="utf-8")
    return texte.replace("\r\n", "\n").replace("{s}", schema)
