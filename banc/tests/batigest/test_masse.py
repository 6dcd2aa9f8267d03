"""Many rows at once: executemany, one message of thousands of calls; bulk loads."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import mssql_python
import pymssql
import pytest

from .conftest import MOT_DE_PASSE, Client, local
from .processus import ServeurAPart, lance

DEBUT = local(2025, 1, 1)
SUIVI = "INSERT INTO dbo.SuiviMO (CodeChantier, CodeSalarie, Date, NbH0) VALUES (?, ?, ?, ?)"


def lignes(n: int) -> list[tuple[Any, ...]]:
    return [(f"CH{i % 50}", "S1", DEBUT + timedelta(minutes=i), i / 4) for i in range(n)]


def test_executemany_inserts_every_row_once(sql: Client) -> None:
    sql.plusieurs(SUIVI, lignes(12_000))
    assert sql("SELECT COUNT(*), SUM(NbH0), MIN(Date), MAX(Date) FROM dbo.SuiviMO") == [
        (12_000, sum(i / 4 for i in range(12_000)), DEBUT, DEBUT + timedelta(minutes=11_999))
    ]
    lues = sql("SELECT CodeChantier, CodeSalarie, Date, NbH0 FROM dbo.SuiviMO ORDER BY Date")
    assert lues == [(ch.ljust(8), s.ljust(8), date, h) for ch, s, date, h in lignes(12_000)]


def test_odd_texts_and_nulls_survive_a_group(sql: Client) -> None:
    textes = ["{a,b}", '"', "\\", "NULL", "", "null", "é€", "a'b", "%s $1", None, " x ", "\t\n"]
    sql.plusieurs("INSERT INTO dbo.Salarie (Code, Nom) VALUES (?, ?)", [(f"S{i:02}", t) for i, t in enumerate(textes)])
    assert [nom for (nom,) in sql("SELECT Nom FROM dbo.Salarie ORDER BY Code")] == textes


def test_one_bad_row_of_a_group_is_told_and_the_others_stay(sql: Client) -> None:
    lot = [(f"S{i}", None) for i in range(20)]
    lot[7] = ("TROP_LONG", None)
    with pytest.raises(mssql_python.Error, match="truncated"):
        sql.plusieurs("INSERT INTO dbo.Salarie (Code, Nom) VALUES (?, ?)", lot)
    assert sql.un("SELECT COUNT(*) FROM dbo.Salarie") == 19


def test_a_group_inside_a_transaction_is_rolled_back_with_it(ouvre: Callable[..., Client]) -> None:
    client = ouvre(autocommit=False)
    client.plusieurs(SUIVI, lignes(100))
    with pytest.raises(mssql_python.IntegrityError):
        client.plusieurs(SUIVI, lignes(3))
    assert client.un("SELECT COUNT(*) FROM dbo.SuiviMO") == 100
    client.connexion.rollback()
    assert client.un("SELECT COUNT(*) FROM dbo.SuiviMO") == 0


def test_executemany_of_updates_and_deletes(sql: Client) -> None:
    sql.plusieurs(SUIVI, lignes(10))
    curseur = sql.connexion.cursor()
    curseur.executemany("UPDATE dbo.SuiviMO SET NbH3 = ? WHERE Date = ?", [(1.0, ligne[2]) for ligne in lignes(4)])
    curseur.executemany("DELETE FROM dbo.SuiviMO WHERE Date = ?", [(ligne[2],) for ligne in lignes(3)])
    assert sql("SELECT COUNT(*), SUM(NbH3) FROM dbo.SuiviMO") == [(7, 1.0)]


def test_expressions_around_parameters_are_kept_in_a_group(sql: Client) -> None:
    sql("CREATE TABLE #p (n int, c varchar(9))")
    sql.plusieurs("INSERT INTO #p (c, n) VALUES (UPPER(?) + '!', ? * 2)", [("a", 1), ("b", 2)])
    assert sql("SELECT n, c FROM #p ORDER BY n") == [(2, "A!"), (4, "B!")]


# A bulk copy, Microsoft's and FreeTDS's alike, does not let other threads of its process run: the server must be
# in another one.
COPIE = """
import sys
from datetime import datetime
import mssql_python
mssql_python.pooling(enabled=False)
connexion = mssql_python.connect(sys.argv[1], autocommit=True)
curseur = connexion.cursor()
lot = [(f"CH{i}", "S1", datetime(2025, 1, 1, 8, i % 60), i / 2) for i in range(200)]
correspondances = [(0, "CodeChantier"), (1, "CodeSalarie"), (2, "Date"), (3, "NbH0")]
print(curseur.bulkcopy("dbo.SuiviMO", lot, column_mappings=correspondances)["rows_copied"])
try:
    lot = [("NOUVEAU", "S1", datetime(2025, 1, 1), 1.0), *lot]
    curseur.bulkcopy("dbo.SuiviMO", lot, column_mappings=correspondances)
except Exception as exc:
    print("2627" in str(exc) or "duplicate" in str(exc))
print(tuple(curseur.execute("SELECT COUNT(*), SUM(NbH0), MAX(Facture + 0) FROM dbo.SuiviMO").fetchone()))
curseur.close()
connexion.close()
"""


def test_freetds_bulk_copy(postgres: str) -> None:
    with ServeurAPart(postgres, "MASSE_FREETDS") as serveur:
        port = str(serveur.adresse.port)
        with pymssql.connect(
            server="127.0.0.1", port=port, user="sa", password=MOT_DE_PASSE, database="MASSE_FREETDS"
        ) as connexion:
            connexion.bulk_copy("dbo.Salarie", [("S1", "Zoe", None, None), ("S2", None, "A", "x")])
            curseur = connexion.cursor()
            curseur.executemany("INSERT INTO dbo.Salarie (Code, Nom) VALUES (%s, %s)", [("S3", "É"), ("S4", None)])
            connexion.commit()
        client = Client(serveur.adresse)
        assert client("SELECT Code, Nom, Prenom FROM dbo.Salarie ORDER BY Code") == [
            ("S1      ", "Zoe", None), ("S2      ", None, "A"), ("S3      ", "É", None), ("S4      ", None, None),
        ]  # fmt: skip
        client.ferme()


def test_the_drivers_bulk_copy_is_all_or_nothing(postgres: str) -> None:
    with ServeurAPart(postgres, "MASSE") as serveur:
        assert lance(COPIE, serveur.adresse.chaine()).split("\n")[:3] == ["200", "True", "(200, 9950.0, 0)"]
