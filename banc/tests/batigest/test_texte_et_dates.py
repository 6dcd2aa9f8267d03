"""Text compares without case nor trailing blanks; dates are counted as SQL Server counts them."""

import pytest

from .conftest import Client, local


@pytest.fixture
def noms(sql: Client) -> Client:
    sql("INSERT INTO dbo.Salarie (Code, Nom) VALUES ('a1', 'Été'), ('B2', 'ÉTÉ  '), ('C3', NULL), ('D4', 'Ete')")
    return sql


def test_char_is_padded_and_varchar_keeps_its_blanks(noms: Client) -> None:
    assert noms("SELECT Code, Nom, DATALENGTH(Nom), LEN(Nom), DATALENGTH(Code) FROM dbo.Salarie WHERE Code = 'b2'") == [
        ("B2      ", "ÉTÉ  ", 5, 3, 8)
    ]
    assert noms.un("SELECT Code + '|' + RTRIM(Code) FROM dbo.Salarie WHERE Nom = 'Ete'") == "D4      |D4"


@pytest.mark.parametrize("texte", ["été", "ÉTÉ", "été   "])
def test_text_compares_without_case_nor_trailing_blanks(noms: Client, texte: str) -> None:
    for condition in ("Nom = ?", "Nom IN (?, 'x')", "Nom LIKE RTRIM(?) + '%'", "Nom BETWEEN ? AND 'été'"):
        assert noms.un(f"SELECT COUNT(*) FROM dbo.Salarie WHERE {condition}", (texte,)) == 2, condition
    assert noms.un("SELECT COUNT(*) FROM dbo.Salarie WHERE Nom <> ?", (texte,)) == 1


def test_groups_joins_and_distinct_follow_the_same_rule(noms: Client) -> None:
    assert noms("SELECT COUNT(*) FROM dbo.Salarie WHERE Nom IS NOT NULL GROUP BY Nom ORDER BY COUNT(*)") == [(1,), (2,)]
    assert noms.un("SELECT COUNT(*) FROM dbo.Salarie a JOIN dbo.Salarie b ON a.Nom = b.Nom") == 5
    assert noms.un("SELECT COUNT(DISTINCT Nom) FROM dbo.Salarie") == 2
    assert len(noms("SELECT DISTINCT Nom FROM dbo.Salarie")) == 3
    assert len(noms("SELECT Nom FROM dbo.Salarie UNION SELECT 'ete'")) == 3
    lignes = noms("SELECT Nom, COUNT(*) AS n FROM dbo.Salarie GROUP BY Nom HAVING COUNT(*) > 1")
    assert [(nom.rstrip().lower(), n) for nom, n in lignes] == [("été", 2)]


def test_null_sorts_first(noms: Client) -> None:
    assert [c for (c,) in noms("SELECT Code FROM dbo.Salarie ORDER BY Nom DESC")][-1] == "C3      "
    assert noms("SELECT TOP 1 Code FROM dbo.Salarie ORDER BY Nom")[0][0] == "C3      "


def test_quotes_and_backslashes_are_plain_characters(commun: Client) -> None:
    assert commun.un("SELECT 'l''été \\ \"x\" %s $1 {a}'") == 'l\'été \\ "x" %s $1 {a}'
    assert commun.un("SELECT ?", ('l\'été \\ "x" $1',)) == 'l\'été \\ "x" $1'
    assert commun.un("SELECT CASE WHEN 'a\\b' LIKE 'a\\b' THEN 1 ELSE 0 END") == 1
    assert commun.un("SELECT CASE WHEN 'a%b' LIKE 'a!%_' ESCAPE '!' THEN 1 ELSE 0 END") == 1


def test_text_functions(commun: Client) -> None:
    assert commun(
        "SELECT UPPER('é'), LOWER('É'), LEFT('abc', 2), RIGHT('abc', 2), SUBSTRING('abcd', 2, 2), LTRIM('  a '), "
        "REPLACE('aXbx', 'x', '-'), CHARINDEX('B', 'abc'), CONCAT('a', NULL, 1), ISNULL(NULL, 'x'), "
        "COALESCE(NULL, NULL, 'y'), NULLIF('a', 'A '), IIF(1 = 1, 'o', 'n'), 'a' + NULL, LEN(' a  ')"
    ) == [("É", "é", "ab", "bc", "bc", "a ", "a-b-", 2, "a1", "x", "y", None, "o", None, 2)]


@pytest.mark.parametrize(
    ("unite", "debut", "fin", "attendu"),
    [
        ("year", "2024-12-31T23:59:59", "2025-01-01T00:00:00", 1),
        ("quarter", "2025-03-31", "2025-04-01", 1),
        ("month", "2025-01-31", "2025-02-01", 1),
        ("day", "2025-06-24T23:59:00", "2025-06-25T00:01:00", 1),
        ("week", "2025-06-28", "2025-06-29", 1),
        ("hour", "2025-06-24T08:59:59", "2025-06-24T09:00:00", 1),
        ("minute", "2025-06-24T08:30:59", "2025-06-24T08:31:00", 1),
        ("mi", "2025-06-24T08:30:00", "2025-06-24T08:30:59", 0),
        ("second", "2025-06-24T08:30:00", "2025-06-24T08:30:59", 59),
        ("dd", "2025-06-25", "2025-06-24", -1),
    ],
)
def test_datediff_counts_boundaries(commun: Client, unite: str, debut: str, fin: str, attendu: int) -> None:
    assert commun.un(f"SELECT DATEDIFF({unite}, '{debut}', '{fin}')") == attendu


def test_date_functions(commun: Client) -> None:
    assert commun(
        "SELECT DATEADD(month, 1, '2025-01-31'), DATEADD(minute, -1, CAST('2025-01-01' AS datetime)), "
        "YEAR('2025-06-24'), MONTH('2025-06-24'), DAY('2025-06-24'), DATEPART(hour, '2025-06-24T08:30:00'), "
        "CONVERT(varchar(10), CAST('2025-06-24' AS datetime), 103), CONVERT(char(8), CAST('2025-06-24' AS date), 112), "
        "CONVERT(varchar(19), CAST('2025-06-24T08:30:00' AS datetime), 120), CAST('20250624' AS datetime) + 1"
    ) == [
        (
            local(2025, 2, 28), local(2024, 12, 31, 23, 59), 2025, 6, 24, 8, "24/06/2025", "20250624",
            "2025-06-24 08:30:00", local(2025, 6, 25),
        )
    ]  # fmt: skip


def test_clocks_agree_and_know_their_zone(commun: Client) -> None:
    locale, utc, decalee = commun("SELECT GETDATE(), SYSUTCDATETIME(), SYSDATETIMEOFFSET()")[0]
    assert abs((decalee.replace(tzinfo=None) - locale).total_seconds()) < 1
    assert abs((decalee.replace(tzinfo=None) - decalee.utcoffset() - utc).total_seconds()) < 1
    assert decalee.utcoffset().total_seconds() in {3600, 7200}
