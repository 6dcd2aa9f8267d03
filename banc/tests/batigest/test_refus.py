"""What the bench does not translate is refused by name, and nothing of its batch runs."""

import re

import mssql_python
import pytest

from .conftest import Adresse, Client
from .erreurs import numero

T = "SELECT Code FROM dbo.Salarie"
REFUSES = {
    "MERGE dbo.Salarie USING dbo.Devis d ON 1 = 1 WHEN MATCHED THEN DELETE;": "MERGE",
    "EXEC sp_who": "EXEC",
    "EXECUTE dbo.proc_inconnue @a = 1": "EXEC",
    "IF 1 = 1 SELECT 1": "IF",
    "IF EXISTS (SELECT 1 FROM dbo.Salarie) DELETE FROM dbo.Salarie": "IF",
    "WHILE 1 = 1 SELECT 1": "WHILE",
    "DECLARE @x int = 1": "DECLARE",
    "DECLARE c CURSOR FOR SELECT 1": "DECLARE",
    "BEGIN TRY SELECT 1 END TRY BEGIN CATCH SELECT 2 END CATCH": "BEGIN TRY",
    "WAITFOR DELAY '00:00:01'": "WAITFOR",
    "PRINT 'a'": "PRINT",
    "RAISERROR('a', 16, 1)": "RAISERROR",
    "THROW 50000, 'a', 1": "THROW",
    "GOTO fin": "GOTO",
    "OPEN c": "OPEN",
    "FETCH NEXT FROM c": "FETCH",
    "GRANT SELECT ON dbo.Salarie TO public": "GRANT",
    "DENY SELECT ON dbo.Salarie TO public": "DENY",
    "KILL 52": "KILL",
    "DBCC CHECKDB": "DBCC",
    "BACKUP DATABASE x TO DISK = 'a'": "BACKUP",
    "TRUNCATE TABLE dbo.Salarie": "TRUNCATE",
    "UPDATE STATISTICS dbo.Salarie": "UPDATE STATISTICS",
    "CREATE PROCEDURE p AS SELECT 1": "PROCEDURE",
    "CREATE VIEW v AS SELECT 1 AS a": "VIEW",
    "CREATE LOGIN x WITH PASSWORD = 'y'": "CREATE",
    "CREATE TABLE dbo.A (a int IDENTITY(1, 1))": "IDENTITY",
    "CREATE TABLE dbo.A (a int, b AS a + 1)": "calculée",
    "CREATE TABLE dbo.A (a int CHECK (a > 0))": "CHECK",
    "CREATE TABLE dbo.A (a int REFERENCES dbo.B (b))": "REFERENCES",
    "CREATE TABLE dbo.A (a xml)": "xml",
    "CREATE TABLE dbo.A (a sql_variant)": "SQL_VARIANT",
    "CREATE TABLE ##a (a int)": "##",
    "CREATE TABLE autre.A (a int)": "dbo",
    "CREATE INDEX ix ON dbo.Salarie (Code) WHERE Code > 'A'": "INDEX",
    "ALTER TABLE dbo.Salarie ALTER COLUMN Nom varchar(50)": "ALTER COLUMN",
    "SET ROWCOUNT 10": "SET",
    "SET IDENTITY_INSERT dbo.Salarie ON": "SET",
    "SET FMTONLY ON": "SET",
    "SET @x = 1": "SET",
    "SET ANSI_NULLS OFF": "ANSI_NULLS",
    "SET DATEFORMAT dmy": "DATEFORMAT",
    "SET LANGUAGE French": "LANGUAGE",
    f"{T} FOR XML PATH('')": "FOR XML",
    f"{T} FOR JSON AUTO": "FOR XML/JSON",
    f"{T} OPTION (RECOMPILE)": "OPTION",
    f"{T} TABLESAMPLE (10 PERCENT)": "TABLESAMPLE",
    f"{T} WITH (INDEX(1))": "INDEX",
    f"{T} WITH (READPAST)": "READPAST",
    "SELECT TOP 10 PERCENT Code FROM dbo.Salarie": "PERCENT",
    "SELECT TOP 1 WITH TIES Code FROM dbo.Salarie ORDER BY Nom": "WITH TIES",
    "SELECT * FROM dbo.Salarie s CROSS APPLY (SELECT 1 AS a) x": "APPLY",
    "SELECT * FROM dbo.Salarie s OUTER APPLY dbo.f(s.Code)": "APPLY",
    "SELECT * FROM OPENROWSET('a', 'b', 'c')": "FROM",
    "SELECT * FROM OPENQUERY(serveur, 'SELECT 1')": "FROM",
    "SELECT * FROM dbo.fonction(1)": "FROM",
    "SELECT * FROM (VALUES (1)) AS v (a)": "VALUES",
    "SELECT * FROM (SELECT Code, Nom FROM dbo.Salarie) s PIVOT (COUNT(Nom) FOR Code IN ([a])) p": "PIVOT",
    "SELECT Code FROM dbo.Salarie GROUP BY ROLLUP(Code)": "ROLLUP",
    "SELECT Code FROM dbo.Salarie GROUP BY GROUPING SETS ((Code), ())": "GROUPING SETS",
    "SELECT * FROM serveur.base.dbo.Salarie": "fonction d’un schéma",
    "SELECT STRING_AGG(Code, ',') FROM dbo.Salarie": "STRING_AGG",
    "SELECT FORMAT(GETDATE(), 'N')": "FORMAT",
    "SELECT DATENAME(month, GETDATE())": "DATENAME",
    "SELECT EOMONTH(GETDATE())": "EOMONTH",
    "SELECT TRY_CAST('a' AS int)": "TRY_CAST",
    "SELECT TRY_CONVERT(int, 'a')": "safe",
    "SELECT CHECKSUM(Code) FROM dbo.Salarie": "CHECKSUM",
    "SELECT STUFF('abc', 1, 1, 'x')": "STUFF",
    "SELECT dbo.fonction(1)": "fonction",
    "SELECT NEXT VALUE FOR dbo.s": "NEXT VALUE",
    "SELECT GETDATE() AT TIME ZONE 'UTC'": "AT TIME ZONE",
    "SELECT @@IDENTITY": "@@IDENTITY",
    "SELECT CAST(1.5e0 AS varchar(20))": "float",
    "SELECT CONVERT(varchar(20), GETDATE(), 130)": "style 130",
    "SELECT CONVERT(datetime, '24/06/2025', 103)": "style 103",
    "SELECT Code FROM dbo.Salarie WHERE Nom LIKE '[a-z]%'": "LIKE",
    "SELECT Code FROM dbo.Salarie WHERE Nom = 'a' COLLATE Latin1_General_BIN": "COLLATE",
    "SELECT Code FROM dbo.Salarie WHERE Code = ANY (SELECT Code FROM dbo.Devis)": "ANY",
    "SELECT Code FROM dbo.Salarie WHERE CONTAINS(Nom, 'a')": "",
    "SELECT DATEPART(weekday, GETDATE())": "weekday",
    "SELECT 5 & 3": "BITWISEAND",
    "INSERT INTO dbo.Salarie (Code) OUTPUT inserted.Code VALUES ('A')": "OUTPUT",
    "UPDATE s SET Nom = 'x' FROM dbo.Salarie s LEFT JOIN dbo.Devis d ON d.Code = s.Code": "side",
    "DELETE FROM INFORMATION_SCHEMA.COLUMNS": "DELETE",
    "SELECT * FROM sys.objects": "la vue sys.objects",
    "SELECT 1 FROM dbo.Devis d LEFT JOIN Salarie s JOIN ChantierDef c ON c.Code = s.Code ON s.Code = ''": "imbriquées",
    "SELECT AVG(Etat) OVER (ORDER BY Code) FROM dbo.Devis": "AVG",
    f"CREATE TABLE dbo.{'x' * 64} (a int)": "63 octets",
    "CREATE TABLE dbo.A (a int DEFAULT (DB_ID()))": "DEFAULT",
    "UPDATE s WITH (READPAST) SET Nom = 'x' FROM dbo.Salarie s": "READPAST",
}
PAS_DU_TSQL = (
    "SELECT 1 COMMIT",
    "SELECT Code FROM dbo.Salarie ROLLBACK",
    "DELETE TOP (5) FROM dbo.Salarie",
    "INSERT INTO dbo.Salarie EXEC p",
    "UPDATE TOP (5) dbo.Salarie SET Nom = 'x'",
    "SELECT 1 SELECT 2",
    "SELECT FROM dbo.Salarie",
    "SELECT 'abc",
)
"""Or T-SQL that sqlglot does not read: refused as a syntax error, never run in part."""


@pytest.fixture(scope="module")
def peuple(commun: Client) -> Client:
    commun("INSERT INTO dbo.Salarie (Code, Nom) VALUES ('A', 'Durand')")
    return commun


@pytest.mark.parametrize("texte", REFUSES)
def test_what_is_not_translated_is_refused_by_name(peuple: Client, texte: str) -> None:
    with pytest.raises(mssql_python.Error, match=f"(?i){re.escape(REFUSES[texte])}"):
        peuple(texte)
    assert peuple("SELECT Code, Nom FROM dbo.Salarie") == [("A       ", "Durand")]


def test_a_refusal_has_its_own_number(commune: Adresse) -> None:
    assert numero(commune, "MERGE dbo.Salarie USING dbo.Devis d ON 1 = 1 WHEN MATCHED THEN DELETE;") == 40000


@pytest.mark.parametrize("texte", PAS_DU_TSQL)
def test_a_reserved_word_is_no_alias(peuple: Client, commune: Adresse, texte: str) -> None:
    assert numero(commune, texte) in {102, 156}
    assert peuple.un("SELECT COUNT(*) FROM dbo.Salarie") == 1


@pytest.mark.parametrize(
    "refuse",
    [
        "MERGE dbo.Salarie USING dbo.Devis d ON 1 = 1 WHEN MATCHED THEN DELETE",
        "EXEC p",
        "SELECT 1 OPTION (RECOMPILE)",
        "SELECT CHECKSUM(Code) FROM dbo.Salarie",
        "SELECT TOP 10 PERCENT Code FROM dbo.Salarie",
    ],
)
def test_a_batch_with_one_refused_statement_does_not_run_at_all(peuple: Client, refuse: str) -> None:
    with pytest.raises(mssql_python.Error, match="ne sait pas traduire"):
        peuple(f"INSERT INTO dbo.Salarie (Code) VALUES ('B'); {refuse}")
    assert peuple.un("SELECT COUNT(*) FROM dbo.Salarie") == 1


def test_a_like_pattern_with_brackets_is_refused_even_as_a_parameter(peuple: Client) -> None:
    assert peuple("SELECT Code FROM dbo.Salarie WHERE Nom LIKE ?", ("dur%",)) == [("A       ",)]
    with pytest.raises(mssql_python.Error, match=r"LIKE avec \[ \]"):
        peuple("SELECT Code FROM dbo.Salarie WHERE Nom LIKE ?", ("[d]%",))


def test_catalogue_procedures_are_refused_by_name(peuple: Client) -> None:
    with pytest.raises(mssql_python.Error, match=r"la procédure .*sp_tables"):
        peuple.connexion.cursor().tables()  # type: ignore[no-untyped-call]  # the driver's
