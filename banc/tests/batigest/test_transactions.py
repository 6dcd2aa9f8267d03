"""Transactions, locks, and what a failed statement leaves behind."""

import threading
from collections.abc import Callable

import mssql_python
import psycopg
import pytest

from .conftest import Adresse, Client
from .erreurs import numero

Ouvre = Callable[..., Client]
COMPTE = "SELECT COUNT(*) FROM dbo.Salarie"
AJOUT = "INSERT INTO dbo.Salarie (Code) VALUES (?)"
A, B = (f"INSERT INTO dbo.Salarie (Code) VALUES ('{code}')" for code in "AB")


def test_a_transaction_is_seen_by_others_once_committed(ouvre: Ouvre) -> None:
    ecrivain, lecteur = ouvre(autocommit=False), ouvre()
    ecrivain(AJOUT, ("A",))
    assert (ecrivain.un(COMPTE), lecteur.un(COMPTE)) == (1, 0)
    ecrivain.connexion.commit()
    assert lecteur.un(COMPTE) == 1
    ecrivain(AJOUT, ("B",))
    ecrivain.connexion.rollback()
    assert lecteur.un(COMPTE) == 1


def test_a_failed_statement_leaves_the_transaction_usable(ouvre: Ouvre) -> None:
    client = ouvre(autocommit=False)
    client(AJOUT, ("A",))
    with pytest.raises(mssql_python.IntegrityError):
        client(AJOUT, ("a",))
    assert client.un("SELECT @@TRANCOUNT") == 1
    client(AJOUT, ("B",))
    client.connexion.commit()
    assert client.un(COMPTE) == 2


def test_xact_abort_rolls_everything_back(ouvre: Ouvre) -> None:
    client = ouvre()
    client("SET XACT_ABORT ON")
    client("BEGIN TRANSACTION")
    client(AJOUT, ("A",))
    with pytest.raises(mssql_python.IntegrityError):
        client(AJOUT, ("A",))
    assert client("SELECT @@TRANCOUNT, COUNT(*) FROM dbo.Salarie") == [(0, 0)]


def test_a_batch_goes_on_after_an_error_of_one_statement(adresse: Adresse, sql: Client) -> None:
    assert numero(adresse, f"{A}; {A}; {B}") == 2627
    assert sql.un(COMPTE) == 2


def test_a_batch_ends_at_a_missing_table(adresse: Adresse, sql: Client) -> None:
    assert numero(adresse, f"{A}; SELECT * FROM dbo.Absente; {B}") == 208
    assert sql.un(COMPTE) == 1


def test_nested_begins_count_and_savepoints_return(sql: Client) -> None:
    sql("BEGIN TRAN; BEGIN TRAN")
    assert sql.un("SELECT @@TRANCOUNT") == 2
    sql("COMMIT; SAVE TRAN avant")
    sql(AJOUT, ("A",))
    sql("SELECT 1 AS a INTO #t")
    sql("ROLLBACK TRAN avant")
    assert sql("SELECT @@TRANCOUNT, COUNT(*) FROM dbo.Salarie") == [(1, 0)]
    sql("CREATE TABLE #t (a int)")
    sql("IF @@TRANCOUNT > 0 ROLLBACK TRAN")
    assert sql.un("SELECT @@TRANCOUNT") == 0
    sql("IF @@TRANCOUNT > 0 COMMIT TRAN")
    assert sql.un("SELECT OBJECT_ID('tempdb..#t')") is None


def test_a_rollback_brings_dropped_and_changed_tables_back(sql: Client) -> None:
    sql("CREATE TABLE #t (a int)")
    sql("BEGIN TRAN; DROP TABLE #t; DROP TABLE dbo.Devis; ALTER TABLE dbo.Salarie ADD x int")
    assert len(sql.connexion.cursor().execute("SELECT * FROM dbo.Salarie").description or []) == 5
    sql("ROLLBACK")
    assert sql("SELECT (SELECT COUNT(*) FROM #t), (SELECT COUNT(*) FROM dbo.Devis)") == [(0, 0)]
    assert len(sql.connexion.cursor().execute("SELECT * FROM dbo.Salarie").description or []) == 4


def test_implicit_transactions_begin_with_the_first_statement_on_a_table(sql: Client) -> None:
    sql("SET IMPLICIT_TRANSACTIONS ON")
    assert sql.un("SELECT @@TRANCOUNT") == 0
    sql(AJOUT, ("A",))
    assert sql.un("SELECT @@TRANCOUNT") == 1
    sql("ROLLBACK")
    assert sql.un("SELECT 0 WHERE @@TRANCOUNT = 0") == 0


def test_a_lock_timeout_is_error_1222_and_keeps_the_transaction(adresse: Adresse, ouvre: Ouvre) -> None:
    un, autre = ouvre(autocommit=False), ouvre()
    un(AJOUT, ("A",))
    un.connexion.commit()
    un("UPDATE dbo.Salarie SET Nom = 'x' WHERE Code = 'A'")
    assert numero(adresse, "UPDATE dbo.Salarie SET Nom = 'y' WHERE Code = 'A'", avant="SET LOCK_TIMEOUT 50") == 1222
    assert numero(adresse, "UPDATE dbo.Salarie SET Nom = 'y'", avant="SET LOCK_TIMEOUT 0") == 1222
    autre("SET LOCK_TIMEOUT 30")
    assert autre.un("SELECT @@LOCK_TIMEOUT") == 30
    autre("BEGIN TRAN")
    with pytest.raises(mssql_python.Error, match="Lock request time out"):
        autre("DELETE FROM dbo.Salarie")
    assert autre("SELECT @@TRANCOUNT, COUNT(*) FROM dbo.Salarie WHERE Nom IS NULL") == [(1, 1)]
    autre("ROLLBACK")
    un.connexion.rollback()
    assert autre.compte("DELETE FROM dbo.Salarie") == 1


@pytest.mark.parametrize("indications", ["UPDLOCK, HOLDLOCK", "TABLOCKX", "SERIALIZABLE"])
def test_a_held_lock_keeps_others_from_adding_rows(ouvre: Ouvre, indications: str) -> None:
    un, autre = ouvre(autocommit=False), ouvre()
    assert un.un(f"SELECT COUNT(*) FROM dbo.Salarie WITH ({indications}) WHERE Code = 'A'") == 0
    autre("SET LOCK_TIMEOUT 30")
    with pytest.raises(mssql_python.Error, match="Lock request time out"):
        autre(AJOUT, ("A",))
    un.connexion.commit()
    autre(AJOUT, ("A",))


def test_updlock_keeps_the_rows_read(ouvre: Ouvre) -> None:
    un, autre = ouvre(autocommit=False), ouvre()
    autre.plusieurs(AJOUT, [("A",), ("B",)])
    assert len(un("SELECT Code FROM dbo.Salarie WITH (UPDLOCK, ROWLOCK) WHERE Code = 'A'")) == 1
    autre("SET LOCK_TIMEOUT 30")
    assert autre.compte("UPDATE dbo.Salarie SET Nom = 'x' WHERE Code = 'B'") == 1
    with pytest.raises(mssql_python.Error, match="Lock request time out"):
        autre("UPDATE dbo.Salarie SET Nom = 'x' WHERE Code = 'A'")


def test_of_two_that_wait_for_each_other_one_is_the_victim(ouvre: Ouvre) -> None:
    un, autre = ouvre(autocommit=False), ouvre(autocommit=False)
    un.plusieurs(AJOUT, [("A",), ("B",)])
    un.connexion.commit()
    un("UPDATE dbo.Salarie SET Nom = 'un' WHERE Code = 'A'")
    autre("UPDATE dbo.Salarie SET Nom = 'autre' WHERE Code = 'B'")
    victimes: list[str] = []

    def croise(client: Client, code: str) -> None:
        try:
            client("UPDATE dbo.Salarie SET Nom = 'x' WHERE Code = ?", (code,))
        except mssql_python.OperationalError as exc:
            victimes.append(str(exc))

    fils = [threading.Thread(target=croise, args=couple) for couple in ((un, "B"), (autre, "A"))]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert len(victimes) == 1
    assert "deadlock victim" in victimes[0]
    un.connexion.commit()
    autre.connexion.commit()
    noms = un("SELECT Nom FROM dbo.Salarie ORDER BY Code")
    assert noms in ([("un",), ("x",)], [("x",), ("autre",)])  # all of one, nothing of the other


def test_a_client_that_leaves_loses_what_it_had_not_committed(ouvre: Ouvre, adresse: Adresse, postgres: str) -> None:
    parti = Client(adresse, autocommit=False)
    parti(AJOUT, ("A",))
    parti.connexion.close()
    sql = ouvre()
    sql("SET LOCK_TIMEOUT 10000")
    assert sql.compte(AJOUT, ("A",)) == 1  # waits for the rollback, does not clash


def test_a_pooled_session_comes_back_clean(adresse: Adresse) -> None:
    """Asked for in another process: the pool is decided once per process."""
    from .processus import lance

    sortie = lance(
        "import mssql_python, sys\n"
        "mssql_python.pooling(max_size=1, idle_timeout=60)\n"
        "chaine = sys.argv[1]\n"
        "def ouvre(): return mssql_python.connect(chaine, autocommit=True)\n"
        "c = ouvre(); k = c.cursor()\n"
        "k.execute('CREATE TABLE #t (a int)'); k.execute('SET LOCK_TIMEOUT 7; SET XACT_ABORT ON; BEGIN TRAN')\n"
        "k.execute(\"INSERT INTO dbo.Salarie (Code) VALUES ('A')\")\n"
        "premier = k.execute('SELECT @@SPID').fetchone()[0]; k.close(); c.close()\n"
        "c = ouvre(); k = c.cursor()\n"
        "etat = \"@@TRANCOUNT, @@LOCK_TIMEOUT, OBJECT_ID('tempdb..#t'), (SELECT COUNT(*) FROM dbo.Salarie)\"\n"
        "k.execute('SELECT @@SPID, ' + etat)\n"
        "ligne = tuple(k.fetchone()); print(ligne[0] == premier, ligne[1:]); k.close(); c.close()\n",
        adresse.chaine(),
    )
    assert sortie.strip() == "True (0, -1, None, 0)"


def test_no_session_stays_behind(adresse: Adresse, postgres: str) -> None:
    client = Client(adresse)
    pid = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'banc-batigest'"
    with psycopg.connect(postgres, autocommit=True) as pg:
        (avant,) = pg.execute(pid).fetchone() or (0,)
        client.connexion.close()
        apres = avant
        while apres >= avant:
            (apres,) = pg.execute(pid).fetchone() or (0,)
