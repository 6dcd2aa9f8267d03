"""A driver's own housekeeping that is more than plain T-SQL, recognised by its exact text.

Microsoft's bulk copy (SqlBulkCopy and what descends from it, `mssql-python` among them) asks for the shape of its
target with a small procedure. Its four answers are given here; the procedure itself is not run.
"""

import re

from banc.batigest.analyse import sans_crochets
from banc.batigest.catalogue import Table
from banc.batigest.erreurs import ErreurSql
from banc.batigest.jetons import Colonne
from banc.batigest.session import Session
from banc.batigest.types_sql import COLLATION, INT, NOM_COLLATION, SYSNAME, TypeSql

_COPIE_EN_MASSE = re.compile(
    r"\s*SELECT @@TRANCOUNT;\s+DECLARE @Column_Names NVARCHAR\(MAX\) = NULL;\s+"
    r"DECLARE @object_id INT = OBJECT_ID\(N'[^']+'\);"
    r".*SELECT @CN = COALESCE\(@CN.*SET FMTONLY ON;\s+"
    r"EXEC\(N'SELECT ' \+ @Column_Names \+ N' FROM (?P<table>[^']+)'\);\s+"
    r"SET FMTONLY OFF;\s+EXEC (?:\S+\.\.)?sp_tablecollations_100 N'(?P=table)';?\s*",
    re.DOTALL,
)
_PIECE = re.compile(r"\[(?:[^\]]|\]\])+\]|[^.\[\]]+")


_FORME = re.compile(r"\s*SET FMTONLY ON select \* from (?P<table>\S+) SET FMTONLY OFF\s*", re.IGNORECASE)
"""What FreeTDS asks before a bulk load."""


def repond(session: Session, texte: str) -> bool:
    """Answer this batch if it is housekeeping; returns whether it was."""
    trouve = _COPIE_EN_MASSE.fullmatch(texte) or _FORME.fullmatch(texte)
    if trouve is None:
        return False
    table = session.trouve_table(None, sans_crochets(_PIECE.findall(trouve["table"])[-1]))
    if table is None:
        session.sortie.erreur(ErreurSql(208, f"Invalid object name '{trouve['table']}'."))
        session.sortie.fini("", None, erreur=True)
    elif trouve.re is _FORME:
        _forme(session, table)
    else:
        session.sortie.colonnes([Colonne("", INT)])
        session.sortie.lignes([INT], [(session.niveau,)])
        session.sortie.fini("SELECT", 1)
        _forme(session, table)
        _collations(session, table)
    return True


def _forme(session: Session, table: Table) -> None:
    session.sortie.colonnes([Colonne(c.nom, c.type, c.nullable) for c in table.colonnes])
    session.sortie.fini("SELECT", 0)


def _collations(session: Session, table: Table) -> None:
    formes = [Colonne("colid", INT), Colonne("name", SYSNAME), Colonne("tds_collation", TypeSql("binary", 5)),
              Colonne("collation", SYSNAME)]  # fmt: skip
    lignes = [
        (rang, c.nom, COLLATION if c.type.texte else None, NOM_COLLATION if c.type.texte else None)
        for rang, c in enumerate(table.colonnes, 1)
    ]
    session.sortie.colonnes(formes)
    session.sortie.lignes([f.type for f in formes], lignes)
    session.sortie.fini("SELECT", len(lignes))
