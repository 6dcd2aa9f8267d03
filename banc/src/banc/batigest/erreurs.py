"""SQL Server's error numbers, and which of PostgreSQL's errors they stand for."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import psycopg
from psycopg.errors import Diagnostic

REFUS = 40000
"""The number of « le banc ne sait pas traduire … »: no such statement reaches PostgreSQL."""

SYNTAXE = 15
"""The severity of what was not understood."""

FIN_DE_LOT = frozenset({102, 156, 207, 208, 209, 241, 242, 245, 8114, 1205, 4104, 2812, REFUS})
"""These end the whole batch; after the others the next statement runs, as on SQL Server."""
FIN_DE_TRANSACTION = frozenset({241, 242, 245, 8114, 1205})
"""These roll the transaction back even without XACT_ABORT."""


class ErreurSql(Exception):
    """One error as a client receives it. `classe` is SQL Server's severity."""

    def __init__(self, numero: int, message: str, *, classe: int = 16, etat: int = 1) -> None:
        super().__init__(message)
        self.numero = numero
        self.message = message
        self.classe = classe
        self.etat = etat


class Annulee(Exception):
    """The client cancelled: no error is sent, the acknowledgement is the answer."""


def refus(quoi: str) -> ErreurSql:
    """What the bench does not translate, by name."""
    return ErreurSql(REFUS, f"le banc ne sait pas traduire : {quoi}")


def syntaxe(pres_de: str, *, mot_cle: bool = False) -> ErreurSql:
    """102, or 156 near a keyword."""
    if mot_cle:
        return ErreurSql(156, f"Incorrect syntax near the keyword '{pres_de}'.", classe=15)
    return ErreurSql(102, f"Incorrect syntax near '{pres_de}'.", classe=15)


@dataclass(frozen=True, slots=True)
class Contexte:
    """What a message names: the database, the table written to, and the verb."""

    base: str
    table: str = "?"
    verbe: str = "INSERT"


def depuis_postgres(erreur: psycopg.Error, contexte: Contexte) -> ErreurSql:
    """The SQL Server error a client would have seen. A number for each cause the connector can meet."""
    if erreur.sqlstate in _COMPOSEES:
        return _COMPOSEES[erreur.sqlstate](erreur.diag, contexte)
    texte = erreur.diag.message_primary or str(erreur)
    if erreur.sqlstate == "22P02" and "integer" in texte:
        return ErreurSql(245, "Conversion failed when converting the varchar value to data type int.")
    numero, message, classe = _SIMPLES.get(erreur.sqlstate or "", (REFUS, f"PostgreSQL : {texte}", 16))
    return ErreurSql(numero, message, classe=classe)


def _doublon(diag: Diagnostic, contexte: Contexte) -> ErreurSql:
    cle = re.search(r"=\((.*)\) ", diag.message_detail or "")
    genre, _, nom = (diag.constraint_name or "?").partition("_")
    valeur = f"The duplicate key value is ({cle.group(1) if cle else '?'})."
    if genre == "ix":
        debut = f"Cannot insert duplicate key row in object 'dbo.{contexte.table}' with unique index '{nom}'."
        return ErreurSql(2601, f"{debut} {valeur}", classe=14)
    debut = f"Violation of {'PRIMARY' if genre == 'pk' else 'UNIQUE'} KEY constraint '{nom}'."
    return ErreurSql(
        2627, f"{debut} Cannot insert duplicate key in object 'dbo.{contexte.table}'. {valeur}", classe=14
    )  # fmt: skip


def _nul(diag: Diagnostic, contexte: Contexte) -> ErreurSql:
    return ErreurSql(
        515,
        f"Cannot insert the value NULL into column '{diag.column_name}', table '{contexte.base}.dbo.{contexte.table}'; "
        f"column does not allow nulls. {contexte.verbe} fails.",
    )


def _controle(diag: Diagnostic, contexte: Contexte) -> ErreurSql:
    """A check of a column: of its length, or of what a tinyint holds."""
    contrainte = diag.constraint_name or "?"
    if contrainte.startswith("l_"):
        return ErreurSql(8152, "String or binary data would be truncated.", etat=13)
    if contrainte.startswith("n_"):
        return ErreurSql(8115, "Arithmetic overflow error converting expression to data type tinyint.")
    return ErreurSql(547, f'The {contexte.verbe} statement conflicted with the constraint "{contrainte}".')


_COMPOSEES: dict[str | None, Callable[[Diagnostic, Contexte], ErreurSql]] = {
    "23505": _doublon,
    "23502": _nul,
    "23514": _controle,
    "23503": _controle,
}
_SIMPLES: dict[str, tuple[int, str, int]] = {
    "22001": (8152, "String or binary data would be truncated.", 16),
    "22003": (8115, "Arithmetic overflow error converting expression.", 16),
    "22012": (8134, "Divide by zero error encountered.", 16),
    "22P02": (8114, "Error converting data type varchar to the type asked for.", 16),
    "22007": (241, "Conversion failed when converting date and/or time from character string.", 16),
    "22008": (242, "The conversion to a datetime data type resulted in an out-of-range value.", 16),
    "21000": (512, "Subquery returned more than 1 value.", 16),
    "40P01": (1205, "Transaction was deadlocked on lock resources and has been chosen as the deadlock victim.", 13),
    "40001": (1205, "Transaction was deadlocked on lock resources and has been chosen as the deadlock victim.", 13),
    "55P03": (1222, "Lock request time out period exceeded.", 16),
    "53100": (1105, "Could not allocate space in the database: the disk is full.", 17),
    "42P01": (208, "Invalid object name.", 16),
    "42703": (207, "Invalid column name.", 16),
    "42P07": (2714, "There is already an object with that name in the database.", 16),
    "42501": (229, "The permission was denied on the object.", 14),
}  # fmt: skip

MESSAGES: dict[int, tuple[str, int]] = {
    **{numero: (message, classe) for numero, message, classe in _SIMPLES.values()},
    2627: ("Violation of PRIMARY KEY constraint. Cannot insert duplicate key.", 14),
    515: ("Cannot insert the value NULL into column; column does not allow nulls.", 16),
    8152: ("String or binary data would be truncated.", 16),
    547: ("The statement conflicted with a constraint.", 16),
}
"""Number > message and severity, for faults on demand."""
