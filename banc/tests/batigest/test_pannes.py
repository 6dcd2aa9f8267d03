"""Faults on demand, cancellation and time-outs."""

import time
from collections.abc import Callable

import mssql_python
import psycopg
import pymssql
import pytest

from banc.batigest import pannes

from .conftest import MOT_DE_PASSE, Adresse, Client
from .erreurs import numero

Programme = Callable[..., None]
AJOUT = "INSERT INTO dbo.Salarie (Code) VALUES ('A')"
COMPTE = "SELECT COUNT(*) FROM dbo.Salarie"


@pytest.mark.parametrize("attendu", [1205, 1222, 1105, 2627, 547, 8152, 515])
def test_an_error_strikes_when_asked(commune: Adresse, panne: Programme, attendu: int) -> None:
    panne("erreur", numero=attendu, sur="7 AS panne")
    assert numero(commune, "SELECT 7 AS PANNE") == attendu


def test_a_fault_may_be_counted_and_postponed(sql: Client, panne: Programme, postgres: str) -> None:
    panne("erreur", numero=1222, sur="update dbo.salarie", sauter=1, fois=2)
    modifie = "UPDATE dbo.Salarie SET Nom = 'x'"
    sql(modifie)
    for _ in range(2):
        with pytest.raises(mssql_python.Error, match="Lock request"):
            sql(modifie)
    assert pannes.restantes(postgres) == 0
    sql(modifie)


def test_a_deadlock_on_demand_rolls_back(ouvre: Callable[..., Client], panne: Programme) -> None:
    client = ouvre(autocommit=False)
    client(AJOUT)
    panne("erreur", numero=1205, sur="SELECT")
    with pytest.raises(mssql_python.OperationalError, match="deadlock"):
        client("SELECT 1")
    assert client.un(COMPTE) == 0


def test_a_full_disk_leaves_the_transaction_open(ouvre: Callable[..., Client], panne: Programme) -> None:
    client = ouvre(autocommit=False)
    client(AJOUT)
    panne("erreur", numero=1105, sur="UPDATE")
    with pytest.raises(mssql_python.Error, match="disk is full"):
        client("UPDATE dbo.Salarie SET Nom = 'x'")
    client.connexion.commit()
    assert client.un(COMPTE) == 1


def test_a_cut_before_the_commit_loses_the_transaction(
    ouvre: Callable[..., Client], sql: Client, panne: Programme
) -> None:
    client = ouvre(autocommit=False)
    client(AJOUT)
    panne("coupure", sur="COMMIT")
    with pytest.raises(mssql_python.Error):
        client.connexion.commit()
    sql("SET LOCK_TIMEOUT 10000")
    sql("INSERT INTO dbo.Salarie (Code, Nom) VALUES ('A', 'après')")  # once the lost transaction is undone
    assert sql("SELECT Nom FROM dbo.Salarie") == [("après",)]


def test_a_cut_after_the_commit_keeps_it(ouvre: Callable[..., Client], sql: Client, panne: Programme) -> None:
    client = ouvre(autocommit=False)
    client(AJOUT)
    panne("coupure_apres", sur="COMMIT")
    with pytest.raises(mssql_python.Error):
        client.connexion.commit()
    assert sql.un(COMPTE) == 1


def test_a_cut_in_the_middle_of_a_batch_insert(ouvre: Callable[..., Client], sql: Client, panne: Programme) -> None:
    client = ouvre(autocommit=False)
    panne("coupure", sur="INSERT INTO dbo.Salarie", sauter=3)
    with pytest.raises(mssql_python.Error):
        client.plusieurs("INSERT INTO dbo.Salarie (Code) VALUES (?)", [(f"S{i}",) for i in range(10)])
    assert sql.un(COMPTE) == 0


def test_a_query_timeout_really_stops(adresse: Adresse, panne: Programme, postgres: str) -> None:
    client = Client(adresse)
    client("BEGIN TRAN")
    client(AJOUT)
    panne("lenteur", secondes=60, sur="7 AS lente")
    client.connexion.timeout = 1
    debut = time.monotonic()
    with pytest.raises(mssql_python.OperationalError, match=r"(?i)timeout"):
        client("SELECT 7 AS lente")
    assert time.monotonic() - debut < 20
    with psycopg.connect(postgres) as pg:
        actives = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep($1%' AND pid <> pg_backend_pid()"
        actives += " AND state = 'active'"
        assert pg.execute(actives).fetchone() == (0,)
    assert client("SELECT @@TRANCOUNT, COUNT(*) FROM dbo.Salarie") == [(1, 1)]
    client.ferme()


def test_freetds_cancels_too(commune: Adresse, panne: Programme) -> None:
    panne("lenteur", secondes=60, sur="7 AS lente")
    connexion = pymssql.connect(
        server="127.0.0.1", port=str(commune.port), user="sa", password=MOT_DE_PASSE, database="COMMUNE", timeout=1
    )
    debut = time.monotonic()
    with pytest.raises(pymssql.Error):
        connexion.cursor().execute("SELECT 7 AS lente")
    assert time.monotonic() - debut < 20
    connexion.close()


def test_a_slow_statement_ends_well_when_nobody_cancels(commun: Client, panne: Programme) -> None:
    panne("lenteur", secondes=0.2, sur="8 AS lente")
    debut = time.monotonic()
    assert commun.un("SELECT 8 AS lente") == 8
    assert time.monotonic() - debut >= 0.2


def test_a_login_is_refused_on_demand(adresse: Adresse, ouvre: Callable[..., Client], panne: Programme) -> None:
    deja_la = ouvre()
    panne("erreur", numero=18456, sur="LOGIN sa")
    panne("erreur", numero=1205, sur="")
    with pytest.raises(mssql_python.OperationalError, match="Login failed"):
        Client(adresse)
    with pytest.raises(mssql_python.Error, match="deadlock"):  # the one for every statement let the login through
        deja_la("SELECT 1")
    assert ouvre().un("SELECT 1") == 1


def test_a_login_cannot_be_cut_or_slowed(panne: Programme) -> None:
    with pytest.raises(ValueError, match="incohérente"):
        panne("coupure", sur="LOGIN sa")
