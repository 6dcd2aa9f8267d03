"""The server as a process of its own: started by hand, killed, restarted; and the other native driver."""

import subprocess
import sys

import mssql_python
import pytest

from .conftest import Client
from .processus import ServeurAPart, lance

AJOUT = "INSERT INTO dbo.Salarie (Code) VALUES (?)"


def test_a_killed_server_has_what_was_committed_and_nothing_else(postgres: str) -> None:
    with ServeurAPart(postgres, "TUE") as serveur:
        valide, ouvert = Client(serveur.adresse), Client(serveur.adresse, autocommit=False)
        valide.plusieurs(AJOUT, [(f"A{i}",) for i in range(50)])
        ouvert.plusieurs(AJOUT, [(f"B{i}",) for i in range(50)])
        valide("CREATE TABLE dbo.Apres (a char(3) NOT NULL DEFAULT 'x')")
        ouvert("CREATE TABLE dbo.Perdue (a int)")
        serveur.tue()
    with ServeurAPart(postgres, "TUE") as serveur:
        client = Client(serveur.adresse)
        client("SET LOCK_TIMEOUT 10000")
        client.plusieurs(AJOUT, [("B0",)])  # once the lost transaction is undone
        assert client("SELECT LEFT(Code, 1), COUNT(*) FROM dbo.Salarie GROUP BY LEFT(Code, 1) ORDER BY 1") == [
            ("A", 50), ("B", 1),
        ]  # fmt: skip
        assert client("SELECT OBJECT_ID('dbo.Perdue')") == [(None,)]
        client("INSERT INTO dbo.Apres DEFAULT VALUES")
        assert client("SELECT a FROM dbo.Apres") == [("x  ",)]
        client.connexion.close()


def test_a_stopped_server_ends_without_error(postgres: str) -> None:
    with ServeurAPart(postgres, "ARRET") as serveur:
        client = Client(serveur.adresse, autocommit=False)
        client(AJOUT, ("A",))
    assert serveur.processus.returncode == 0
    with pytest.raises(mssql_python.Error):
        client("SELECT 1")
    client.ferme()


def test_two_servers_may_start_at_once_on_one_new_dossier(postgres: str) -> None:
    lances = [ServeurAPart(postgres, "DEUX") for _ in range(2)]
    for lance_ in lances:
        lance_.demarre()
    with lances[0] as un, lances[1] as autre:
        clients = [Client(serveur.adresse) for serveur in (un, autre)]
        clients[0](AJOUT, ("A",))
        clients[0]("ALTER TABLE dbo.Salarie ADD Age int")
        assert clients[1]("SELECT Code FROM dbo.Salarie") == [("A       ",)]
        for client in clients:
            client.ferme()


def test_missing_variables_are_named() -> None:
    resultat = subprocess.run(
        [sys.executable, "-m", "banc.batigest"], capture_output=True, text=True, check=False, env={}
    )  # fmt: skip
    assert resultat.returncode == 2
    assert "BANC_BATIGEST_MOT_DE_PASSE" in resultat.stderr


# What the first driver does all along these tests, done with the second.
SECOND = """
import sys
from datetime import datetime
import mssql_python
mssql_python.pooling(enabled=False)
connexion = mssql_python.connect(sys.argv[1], autocommit=False)
k = connexion.cursor()
k.execute("CREATE TABLE #plan (n int NOT NULL PRIMARY KEY, ch char(8) COLLATE DATABASE_DEFAULT, d datetime, h float)")
lot = [(i, f"CH{i}", datetime(2025, 1, 1, 8, i % 60), 7.5) for i in range(3000)]
k.executemany("INSERT INTO #plan VALUES (?, ?, ?, ?)", lot)
suivi = "INSERT INTO dbo.SuiviMO (CodeChantier, CodeSalarie, Date, NbH0) "
k.execute(suivi + "SELECT ch, 'S1', d, h FROM #plan WHERE n < ?", (2000,))
print(k.rowcount)
jointure = "FROM dbo.SuiviMO s JOIN #plan p ON p.ch = s.CodeChantier"
k.execute(f"UPDATE s SET NbH0 = 8 {jointure} WHERE p.n < 10; SELECT @@ROWCOUNT")
while not k.description:
    k.nextset()
print(k.fetchone()[0])
connexion.commit()
try:
    k.execute(suivi + "VALUES ('CH1', 'S1', ?, 1)", (datetime(2025, 1, 1, 8, 1),))
except mssql_python.IntegrityError:
    print("doublon")
k.execute("DELETE FROM dbo.SuiviMO")
connexion.rollback()
print(tuple(k.execute("SELECT COUNT(*), SUM(NbH0), MAX(Date) FROM dbo.SuiviMO").fetchone()))
connexion.close()
try:
    mssql_python.connect(sys.argv[1].replace("UID=sa", "UID=inconnu"))
except mssql_python.Error:
    print("refuse")
"""


@pytest.mark.parametrize("pilote", ["msodbcsql18", "mssql-odbc"])
def test_both_native_drivers_of_microsoft_work(postgres: str, pilote: str) -> None:
    with ServeurAPart(postgres, f"PILOTE_{pilote}") as serveur:
        sortie = lance(SECOND, serveur.adresse.chaine(), MSSQL_PYTHON_NATIVE_PROVIDER=pilote)
    assert sortie.split("\n")[:-1] == [
        "2000", "10", "doublon", "(2000, 15005.0, datetime.datetime(2025, 1, 1, 8, 59))", "refuse",
    ]  # fmt: skip
