"""The only file that touches the driver (`mssql-python`): opening, executing, and finding out what went wrong.

Importing it loads Microsoft's native driver, so `connection` does it when the first session is opened.
"""

import re
from typing import Any

import mssql_python
from mssql_python import ddbc_bindings
from mssql_python.exceptions import sqlstate_to_exception

from connecteur.batigest.driver_errors import Panne
from connecteur.settings import ReglagesBatigest

ERREURS: tuple[type[Exception], ...] = (mssql_python.Error, mssql_python.Warning, RuntimeError)
"""What the driver raises. `RuntimeError` is what it lets through when it fails while cleaning up after a failure."""

ETATS: list[str] = re.findall(
    r"\w{5}",
    "01S00 01S01 01S02 08001 08002 08003 08004 08007 08S01 22001 22003 22007 22008 22012 22018 23000 28000 3D000 40001"
    " 40003 42000 42S02 42S22 HY008 HYT00 HYT01 IM002 IM003 IM004 IM005 IM006",
)
"""The SQLSTATEs that decide something in `driver_errors`."""
TETE = re.compile(r"^\[(?P<etat>\w{5})\] \((?P<numero>-?\d+)\)$")
"""How the driver writes the head of a diagnostic record: `[42S02] (208)`."""
ETAT_NATIF = re.compile(r"^SQLSTATE:(?P<etat>\w{5}):")


class Curseur(mssql_python.Cursor):
    """A cursor that keeps SQL Server's error number.

    The driver's exceptions forget the number and the SQLSTATE (mssql-python issue 581), and `execute` frees the
    statement, with its diagnostics, before it raises: so they are read just before it is freed.
    """

    diagnostics: list[tuple[str, str]]

    def annonce_textes(self, combien: int, longueur: int) -> None:
        """The parameters of the next statement are so many Unicode texts of at most so many characters."""
        self.setinputsizes([(mssql_python.SQL_WVARCHAR, longueur, 0)] * combien)

    def _reset_cursor(self) -> None:
        self.diagnostics = _diagnostics(self)
        super()._reset_cursor()


def _diagnostics(curseur: mssql_python.Cursor) -> list[tuple[str, str]]:
    natif: Any = ddbc_bindings  # its functions are native and have no declaration
    return list(natif.DDBCSQLGetAllDiagRecords(curseur.hstmt)) if curseur.hstmt else []


def open_session(reglages: ReglagesBatigest) -> mssql_python.Connection:
    """Log in, in autocommit mode. The driver escapes the values: none can add or replace a keyword."""
    # A pool would keep the session, its login and its locks alive after `close`.
    mssql_python.pooling(enabled=False)
    session = mssql_python.connect(
        "",
        autocommit=True,
        timeout=reglages.delai_connexion_s,
        Server=adresse(reglages.serveur, reglages.port),
        Database=reglages.base,
        UID=reglages.utilisateur,
        PWD=reglages.mot_de_passe.get_secret_value(),
        Encrypt="yes" if reglages.chiffrement else "no",
        TrustServerCertificate="yes" if reglages.certificat_de_confiance else "no",
        # Never reconnect in silence: the #temp table and the lock time-out would be gone.
        ConnectRetryCount="0",
    )
    session.timeout = reglages.delai_requete_s
    return session


def adresse(serveur: str, port: int | None) -> str:
    """The driver's `Server` value. An explicit port wins over the instance's name, which only SQL Browser knows."""
    hote = serveur.strip()
    if port is None:
        return hote
    nom = re.split(r"[\\,]", hote.removeprefix("tcp:"))[0]
    return f"tcp:{nom},{port}"


def open_curseur(session: mssql_python.Connection) -> Curseur:
    """A new cursor with the session's query time-out."""
    curseur = Curseur(session, timeout=session.timeout)
    curseur.diagnostics = []
    return curseur


def lit_panne(exc: Exception, curseur: Curseur | None = None) -> Panne:
    """What happened: from the diagnostic records where there are some, else from the kind of exception."""
    for tete, suite in _records(curseur) if curseur is not None else ():
        trouve = TETE.match(tete)
        # 01xxx are warnings and prints that came before the error; 0 is the driver speaking, not the server.
        if trouve and not trouve["etat"].startswith("01"):
            numero = int(trouve["numero"])
            return Panne(trouve["etat"], numero if numero > 0 else None, f"{tete} {suite}")
    return Panne(_sqlstate(exc), None, str(exc))


def _records(curseur: Curseur) -> list[tuple[str, str]]:
    if curseur.diagnostics:
        return curseur.diagnostics
    return [*curseur.messages, *_diagnostics(curseur)]


def _sqlstate(exc: Exception) -> str:
    """The SQLSTATE from which the driver chose this exception: its own table says which one gives it."""
    natif = ETAT_NATIF.match(str(exc))
    if natif:
        return str(natif["etat"])
    erreur: Any = getattr(exc, "driver_error", None)
    if not isinstance(erreur, str):
        return ""
    for etat in ETATS:
        modele = sqlstate_to_exception(etat, "")
        if modele is not None and modele.driver_error == erreur and type(modele) is type(exc):
            return etat
    inconnu = re.search(r"\b([0-9A-Z]{5})$", erreur)
    return str(inconnu[1]) if inconnu else ""
