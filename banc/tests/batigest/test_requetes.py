"""Reads and writes as the connector and a person with a SQL client send them."""

from decimal import Decimal

import pytest

from .conftest import Client, local

LUNDI = local(2025, 6, 23, 8)


@pytest.fixture
def donnees(sql: Client) -> Client:
    sql("ALTER TABLE dbo.Devis ADD CodeChantier char(8) NULL")
    sql("INSERT INTO dbo.ChantierDef (Code, CodeClient, Libelle, MontantHT) VALUES "
        "('CH1', 'C1', 'Villa', 10.50), ('CH2', 'C1', 'Mur', 20), ('CH3', NULL, 'Toit', NULL)")  # fmt: skip
    sql("INSERT INTO dbo.Devis (Code, CodeClient, CodeChantier, TempsMO, Etat) VALUES "
        "('D1', 'C1', 'ch1', 7.5, 3), ('D2', 'C1', 'CH1', 2.5, 3), ('D3', 'C1', 'CH2', 4, 0)")  # fmt: skip
    return sql


def test_joins_groups_and_having(donnees: Client) -> None:
    assert donnees(
        "SELECT c.Code, SUM(d.TempsMO) AS heures, COUNT(*) FROM dbo.ChantierDef AS c "
        "INNER JOIN [dbo].[Devis] d ON d.CodeChantier = c.Code WHERE d.Etat = 3 "
        "GROUP BY c.Code HAVING SUM(d.TempsMO) > 5"
    ) == [("CH1     ", 10.0, 2)]
    assert donnees(
        "SELECT c.Code, MAX(d.Code), COUNT(d.Code) FROM ChantierDef c LEFT JOIN Devis d ON d.CodeChantier = c.Code AND "
        "d.Etat = ? GROUP BY c.Code ORDER BY COUNT(d.Code) DESC, c.Code DESC",
        (3,),
    ) == [("CH1     ", "D2      ", 2), ("CH3     ", None, 0), ("CH2     ", None, 0)]


def test_top_offset_and_subqueries(donnees: Client) -> None:
    assert donnees("SELECT TOP 2 Code FROM dbo.ChantierDef ORDER BY Code DESC") == [("CH3     ",), ("CH2     ",)]
    assert donnees("SELECT TOP (?) Code FROM dbo.ChantierDef ORDER BY 1", (1,)) == [("CH1     ",)]
    assert donnees("SELECT Code FROM dbo.ChantierDef ORDER BY Code OFFSET 1 ROWS FETCH NEXT 1 ROWS ONLY") == [
        ("CH2     ",)
    ]
    assert donnees.un(
        "SELECT COUNT(*) FROM dbo.ChantierDef c "
        "WHERE NOT EXISTS (SELECT 1 FROM dbo.Devis d WHERE d.CodeChantier = c.Code)"
    ) == 1  # fmt: skip
    assert donnees.un(
        "SELECT COUNT(*) FROM dbo.ChantierDef WHERE Code IN (SELECT CodeChantier FROM dbo.Devis WHERE Etat = 0)"
    ) == 1  # fmt: skip
    assert donnees("WITH q AS (SELECT Code AS K FROM dbo.Devis) SELECT x.K FROM (SELECT K FROM q) AS x ORDER BY K") == [
        ("D1      ",), ("D2      ",), ("D3      ",),
    ]  # fmt: skip
    assert donnees(
        "SELECT Code, ROW_NUMBER() OVER (PARTITION BY CodeChantier ORDER BY Code DESC) AS r "
        "FROM dbo.Devis ORDER BY Code"
    ) == [("D1      ", 2), ("D2      ", 1), ("D3      ", 1)]


def test_stars_names_and_metadata(donnees: Client) -> None:
    curseur = donnees.connexion.cursor()
    curseur.execute("SELECT s.*, 1 AS [le nombre], MontantHT * 2 AS d FROM dbo.Salarie s CROSS JOIN dbo.ChantierDef")
    noms = [colonne[0] for colonne in curseur.description or []]
    assert noms == ["Code", "Nom", "Prenom", "codebs", "le nombre", "d"]
    assert [colonne[3] for colonne in curseur.description or []][:2] == [8, 30]
    assert donnees.un("SELECT SUM(MontantHT) FROM dbo.ChantierDef") == Decimal("30.50")


def test_the_staged_write_of_the_connector(donnees: Client) -> None:
    donnees("INSERT INTO dbo.Salarie (Code) VALUES ('S1')")
    donnees("CREATE TABLE #plan (N int NOT NULL PRIMARY KEY, Ch char(8) COLLATE French_CI_AS NOT NULL, "
            "Sal varchar(8) COLLATE DATABASE_DEFAULT NOT NULL, Debut datetime NOT NULL, H float NOT NULL)")  # fmt: skip
    donnees.plusieurs(
        "INSERT INTO #plan VALUES (?, ?, ?, ?, ?)", [(1, "CH1", "s1", LUNDI, 7.0), (2, "CH2", "S1", LUNDI, 1.0)]
    )
    assert donnees(
        "INSERT INTO dbo.SuiviMO (CodeChantier, CodeSalarie, Date, NbH0) SELECT RTRIM(c.Code), e.Code, p.Debut, p.H "
        "FROM #plan p JOIN dbo.ChantierDef c ON c.Code = p.Ch JOIN dbo.Salarie e ON e.Code = p.Sal WHERE NOT EXISTS "
        "(SELECT 1 FROM dbo.SuiviMO s WITH (UPDLOCK, HOLDLOCK) WHERE s.CodeChantier = p.Ch AND s.CodeSalarie = p.Sal "
        "AND s.Date >= p.Debut AND s.Date < DATEADD(minute, 1, p.Debut)) AND p.N < ?; SELECT @@ROWCOUNT AS n",
        (10,),
    ) == [(2,)]
    assert donnees(
        "UPDATE s SET NbH0 = p.H + 1, s.NbH3 = 1 FROM dbo.SuiviMO s JOIN #plan p ON s.CodeChantier = p.Ch AND "
        "s.Date = p.Debut WHERE p.N = ? AND ABS(COALESCE(CAST(s.NbH0 AS float), 0) - p.H) <= 0.00000075; "
        "SELECT @@ROWCOUNT",
        (1,),
    ) == [(1,)]
    assert donnees.compte(
        "DELETE s FROM dbo.SuiviMO s JOIN #plan p ON s.CodeChantier = p.Ch WHERE p.N = 2 AND COALESCE(s.NbH1, 0) = 0"
    ) == 1  # fmt: skip
    assert donnees("SELECT CodeChantier, CodeSalarie, Date, NbH0, NbH3, Facture FROM dbo.SuiviMO") == [
        ("CH1     ", "S1      ", LUNDI, 8.0, 1.0, False)
    ]


def test_select_into_keeps_the_declared_types(donnees: Client) -> None:
    donnees("SELECT Code, MontantHT, Libelle INTO #copie FROM dbo.ChantierDef WHERE Code <> 'CH3'")
    assert donnees.un("SELECT COUNT(*) FROM #copie WHERE Code = 'ch1'") == 1
    assert donnees("SELECT * FROM #copie ORDER BY Code") == [
        ("CH1     ", Decimal("10.50"), "Villa"), ("CH2     ", Decimal("20.00"), "Mur"),
    ]  # fmt: skip


def test_a_temp_table_of_a_remote_call_ends_with_it(donnees: Client) -> None:
    donnees("SELECT Code INTO #perdue FROM dbo.ChantierDef WHERE Code = ?", ("CH1",))
    with pytest.raises(Exception, match="#perdue"):
        donnees("SELECT * FROM #perdue")


def test_update_and_delete_without_from(donnees: Client) -> None:
    assert donnees.compte("UPDATE dbo.Devis SET TempsMO = TempsMO * 2 WHERE Etat = ?", (3,)) == 2
    assert (
        donnees.compte(
            "UPDATE Devis SET Nom = (SELECT MAX(Libelle) FROM dbo.ChantierDef c WHERE c.Code = CodeChantier)"
        )
        == 3
    )
    assert donnees("SELECT Code, TempsMO, Nom FROM dbo.Devis WHERE Devis.Etat = 3 ORDER BY Code") == [
        ("D1      ", 15.0, "Villa"), ("D2      ", 5.0, "Villa"),
    ]  # fmt: skip
    assert donnees.compte("DELETE FROM dbo.Devis WHERE Code LIKE 'D[12]%'".replace("[12]", "")) == 3


def test_the_dictionary_tells_the_declared_types(commun: Client) -> None:
    assert commun(
        "SELECT COLUMN_NAME, DATA_TYPE, CHARACTER_MAXIMUM_LENGTH, NUMERIC_PRECISION, NUMERIC_SCALE, IS_NULLABLE, "
        "COLUMN_DEFAULT, COLLATION_NAME, DATETIME_PRECISION FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA = 'dbo' "
        "AND TABLE_NAME IN ('SuiviMO', 'ChantierDef') AND COLUMN_NAME IN ('Date', 'NbH0', 'Facture', 'MontantHT', "
        "'Observations') OR (TABLE_NAME = 'chantierdef' AND COLUMN_NAME = 'code') ORDER BY COLUMN_NAME"
    ) == [
        ("Code", "char", 8, None, None, "NO", None, "French_CI_AS", None),
        ("Date", "datetime", None, None, None, "NO", None, None, 3),
        ("Facture", "bit", None, None, None, "NO", "((0))", None, None),
        ("MontantHT", "decimal", None, 14, 2, "YES", None, None, None),
        ("NbH0", "float", None, 53, None, "YES", None, None, None),
        ("Observations", "nvarchar", -1, None, None, "YES", None, "French_CI_AS", None),
    ]
    assert commun(
        "SELECT k.COLUMN_NAME FROM INFORMATION_SCHEMA.KEY_COLUMN_USAGE k JOIN INFORMATION_SCHEMA.TABLE_CONSTRAINTS c "
        "ON c.CONSTRAINT_NAME = k.CONSTRAINT_NAME WHERE c.TABLE_NAME = 'SuiviMO' AND c.CONSTRAINT_TYPE = 'PRIMARY KEY' "
        "ORDER BY k.ORDINAL_POSITION"
    ) == [("CodeChantier",), ("CodeSalarie",), ("Date",)]
    assert commun(
        "SELECT c.name, c.default_object_id FROM sys.columns c WHERE c.object_id = OBJECT_ID('dbo.SuiviMO') AND "
        "c.is_identity = 0 AND c.default_object_id <> 0"
    )[0][0] == "Facture"  # fmt: skip
    assert commun("SELECT OBJECT_ID('dbo.Absente'), OBJECT_ID(N'[dbo].[Devis]', 'V')") == [(None, None)]


def test_tables_may_change(sql: Client) -> None:
    sql("INSERT INTO dbo.Salarie (Code) VALUES ('A')")
    sql("ALTER TABLE dbo.Salarie ADD Taux decimal(5, 2) NOT NULL DEFAULT (1.5), Note varchar(10) NULL DEFAULT 'x'")
    sql("INSERT INTO dbo.Salarie (Code) VALUES ('B')")
    assert sql("SELECT Code, Taux, Note FROM dbo.Salarie ORDER BY Code") == [
        ("A       ", Decimal("1.50"), None), ("B       ", Decimal("1.50"), "x"),
    ]  # fmt: skip
    sql("ALTER TABLE dbo.Salarie DROP COLUMN codebs")
    assert len(sql("SELECT * FROM dbo.Salarie")[0]) == 5
    sql("DROP TABLE dbo.Salarie")
    with pytest.raises(Exception, match="Salarie"):
        sql("SELECT * FROM dbo.Salarie")
