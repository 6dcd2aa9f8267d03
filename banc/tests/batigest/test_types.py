"""Every type goes in and comes back as SQL Server would give it."""

from datetime import date, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from .conftest import Adresse, Client, local
from .erreurs import numero

U = UUID("6f9619ff-8b86-d011-b42d-00c04fc964ff")
ALLERS_RETOURS: list[tuple[str, Any, Any]] = [
    ("bit", True, True),
    ("tinyint", 255, 255),
    ("smallint", -32768, -32768),
    ("int", 2147483647, 2147483647),
    ("bigint", -9223372036854775808, -9223372036854775808),
    ("decimal(9,2)", Decimal("-1234567.89"), Decimal("-1234567.89")),
    ("decimal(38,10)", Decimal("1234567890123456789012345678.0123456789"), None),
    ("numeric(5,0)", Decimal(99999), Decimal(99999)),
    ("money", Decimal("-922337203685477.5807"), Decimal("-922337203685477.5807")),
    ("smallmoney", Decimal("214748.3647"), Decimal("214748.3647")),
    ("float", 7.1, 7.1),
    ("real", 0.5, 0.5),
    ("date", date(1753, 1, 1), date(1753, 1, 1)),
    ("time(3)", time(23, 59, 59, 999000), time(23, 59, 59, 999000)),
    ("datetime", local(2025, 6, 24, 8, 30), local(2025, 6, 24, 8, 30)),
    ("datetime", local(1753, 1, 1), local(1753, 1, 1)),
    ("datetime2(6)", local(1753, 1, 1, 0, 0, 0, 1), local(1753, 1, 1, 0, 0, 0, 1)),
    ("smalldatetime", local(2025, 6, 24, 8, 30, 31), local(2025, 6, 24, 8, 31)),
    ("uniqueidentifier", U, U),
    ("char(5)", "é'\"\\", "é'\"\\ "),
    ("varchar(8)", "à{},NULL"[:8], "à{},NULL"),
    ("varchar(max)", "x" * 9000, "x" * 9000),
    ("nvarchar(10)", "日本 €ő", "日本 €ő"),
    ("nvarchar(max)", "日" * 5000, "日" * 5000),
    ("nchar(3)", "ő", "ő  "),
    ("varbinary(4)", b"\x00\xff\x01", b"\x00\xff\x01"),
    ("varbinary(max)", b"\x01" * 9000, b"\x01" * 9000),
]


@pytest.mark.parametrize(("declare", "valeur", "attendu"), ALLERS_RETOURS)
def test_a_value_comes_back(commun: Client, declare: str, valeur: Any, attendu: Any) -> None:
    commun("DROP TABLE IF EXISTS #v")
    commun(f"CREATE TABLE #v (n int, v {declare})")
    commun("INSERT INTO #v VALUES (?, ?)", (1, valeur))
    commun("INSERT INTO #v (n) VALUES (2)")
    attendu = valeur if attendu is None else attendu
    assert commun("SELECT v FROM #v ORDER BY n") == [(attendu,), (None,)]


def test_datetime_keeps_three_hundredths_of_a_second(commun: Client) -> None:
    for micros, attendu in ((1000, 0), (2000, 3000), (5000, 7000), (9000, 10000), (998000, 997000)):
        lu = commun.un("SELECT CAST(? AS datetime)", (local(2025, 6, 24, 8, 0, 0, micros),))
        assert lu == local(2025, 6, 24, 8, 0, 0, attendu)
    assert commun.un("SELECT CAST('2025-06-24T23:59:59.999' AS datetime)") == local(2025, 6, 25)


def test_characters_outside_the_code_page_become_question_marks(commun: Client) -> None:
    assert commun("SELECT CAST(? AS varchar(9)), CAST(? AS nvarchar(9))", ("a€ő日", "a€ő日")) == [("a€??", "a€ő日")]


def test_numbers_of_expressions_follow_the_types(commun: Client) -> None:
    assert commun("SELECT 7 / 2, 7 % 2, -7 / 2, 7 / 2.0, 1.10 * 3, 0.1 + 0.2") == [
        (3, 1, -3, Decimal("3.5"), Decimal("3.30"), Decimal("0.3"))
    ]
    assert commun("SELECT CAST(2.7 AS int), CAST(-2.7e0 AS int), ROUND(2.567, 2), FLOOR(-2.5), CEILING(2.1)") == [
        (2, -2, Decimal("2.570"), Decimal(-3), Decimal(3))
    ]


@pytest.mark.parametrize(
    ("instruction", "attendu"),
    [
        ("INSERT INTO dbo.Salarie (Code) VALUES ('ABCDEFGHI')", 8152),
        ("INSERT INTO dbo.Salarie (Code, Nom) VALUES ('A', REPLICATE('x', 31))", 8152),
        ("INSERT INTO dbo.Salarie (Nom) VALUES ('A')", 515),
        ("INSERT INTO dbo.Salarie (Code) VALUES ('A'), ('a ')", 2627),
        ("SELECT Absente FROM dbo.Salarie", 207),
        ("SELECT x.Code FROM dbo.Salarie s", 4104),
        ("SELECT Code FROM dbo.Salarie s, dbo.Devis d", 209),
        ("SELECT * FROM dbo.Absente", 208),
        ("SELECT * FROM autre.Salarie", 208),
        ("INSERT INTO dbo.Salarie (Code, Absente) VALUES ('A', 1)", 207),
        ("INSERT INTO dbo.Salarie (Code, Nom) VALUES ('A')", 109),
        ("SELECT CAST('abc' AS int)", 245),
        ("SELECT CAST('abc' AS float)", 8114),
        ("SELECT CAST('abc' AS datetime)", 241),
        ("SELECT CAST('1600-01-01' AS datetime)", 242),
        ("SELECT CAST(300 AS tinyint)", 8115),
        ("SELECT CAST(99999999999 AS int)", 8115),
        ("SELECT 1 / 0", 8134),
        ("SELECT (SELECT Code FROM (SELECT 1 AS Code UNION ALL SELECT 2) q)", 512),
        ("SELECT @inconnue", 137),
        ("COMMIT", 3902),
        ("ROLLBACK", 3903),
        ("CREATE TABLE dbo.Salarie (a int)", 2714),
        ("DROP TABLE dbo.Absente", 3701),
        ("CREATE DATABASE [COMMUNE]", 1801),
    ],
)
def test_errors_have_sql_servers_numbers(commune: Adresse, instruction: str, attendu: int) -> None:
    assert numero(commune, instruction) == attendu


def test_a_unique_index_has_a_number_of_its_own(adresse: Adresse, sql: Client) -> None:
    sql("CREATE UNIQUE INDEX IX_Nom ON dbo.Salarie (Nom)")
    sql("INSERT INTO dbo.Salarie (Code, Nom) VALUES ('A', 'Durand')")
    assert numero(adresse, "INSERT INTO dbo.Salarie (Code, Nom) VALUES ('B', 'DURAND  ')") == 2601
