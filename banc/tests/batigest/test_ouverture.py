"""Logging in: TLS, password, database; and what strangers send."""

import socket
import struct

import mssql_python
import pymssql
import pytest

from .conftest import MOT_DE_PASSE, Adresse, Client
from .erreurs import numero

PRELOGIN = struct.pack(">BBHHBB", 0x12, 1, 8 + 12, 0, 1, 0)


def test_a_driver_logs_in_over_tls(commun: Client) -> None:
    assert commun("SELECT DB_NAME(), SUSER_SNAME(), @@TRANCOUNT") == [("COMMUNE", "sa", 0)]


def test_encryption_may_cover_the_login_only(commune: Adresse) -> None:
    chaine = commune.chaine().replace("Encrypt=yes", "Encrypt=no")
    with mssql_python.connect(chaine) as connexion:
        assert [tuple(ligne) for ligne in connexion.cursor().execute("SELECT 1").fetchall()] == [(1,)]


def test_a_certificate_nobody_knows_is_refused_by_a_driver_that_checks(commune: Adresse) -> None:
    with pytest.raises(mssql_python.Error, match=r"(?i)certificate"):
        mssql_python.connect(commune.chaine().replace("TrustServerCertificate=yes", "TrustServerCertificate=no"))


@pytest.mark.parametrize(("utilisateur", "mot_de_passe"), [("sa", "faux"), ("inconnu", MOT_DE_PASSE), ("inconnu", "x")])
def test_a_wrong_name_or_password_is_refused_alike(commune: Adresse, utilisateur: str, mot_de_passe: str) -> None:
    with pytest.raises(mssql_python.Error, match=f"Login failed for user '{utilisateur}'"):
        Client(commune, utilisateur=utilisateur, mot_de_passe=mot_de_passe)
    assert numero(commune, "SELECT 1", utilisateur=utilisateur, mot_de_passe=mot_de_passe) == 18456


def test_an_unknown_database_is_refused_by_its_number(commune: Adresse) -> None:
    inconnue = Adresse(commune.port, "INCONNUE", commune.postgres)
    assert numero(inconnue, "SELECT 1") in {4060, 18456}
    with pytest.raises(mssql_python.Error):
        Client(inconnue)


def test_a_session_may_change_its_database(adresse: Adresse, sql: Client) -> None:
    sql("USE master")
    assert sql.un("SELECT DB_NAME()") == "master"
    sql(f"USE [{adresse.base.lower()}]")
    assert sql.un("SELECT DB_NAME()") == adresse.base
    assert numero(adresse, "USE INCONNUE") == 911


def test_freetds_logs_in_and_reads(commune: Adresse) -> None:
    with pymssql.connect(
        server="127.0.0.1", port=str(commune.port), user="sa", password=MOT_DE_PASSE, database="COMMUNE"
    ) as connexion:
        curseur = connexion.cursor()
        curseur.execute("SELECT %s AS texte, %d AS nombre", ("Éloïse", 3))
        assert curseur.fetchall() == [("Éloïse", 3)]


@pytest.mark.parametrize(
    "octets",
    [
        b"GET / HTTP/1.0\r\n\r\n",
        b"\x00" * 64,
        b"\x12\x01\x00\x04",
        struct.pack(">BBHHBB", 0x01, 1, 12, 0, 1, 0) + b"\x00" * 4,
        PRELOGIN + b"\x00\xff\xff\xff\xff\xff" + b"\x00" * 6,
        b"\x12\x00\x10\x00\x00\x00\x01\x00" + b"\x00" * 200_000,
    ],
)
def test_nonsense_closes_its_own_connection_only(commune: Adresse, commun: Client, octets: bytes) -> None:
    with socket.create_connection(("127.0.0.1", commune.port), timeout=20) as prise:
        try:
            prise.sendall(octets)
            prise.shutdown(socket.SHUT_WR)
            while prise.recv(4096):
                pass
        except TimeoutError:
            pytest.fail("le serveur garde la connexion")
        except OSError:
            pass  # cut before we were done
    assert commun.un("SELECT 1") == 1


def test_rights_are_checked_table_by_table(adresse: Adresse, sql: Client) -> None:
    sql("INSERT INTO dbo.Devis (Code) VALUES ('D1')")
    lecteur = Client(adresse, utilisateur="lecteur")
    assert lecteur("SELECT Code FROM dbo.Devis") == [("D1      ",)]
    droits = "HAS_PERMS_BY_NAME('dbo.{}', 'OBJECT', '{}')"
    demandes = [("Devis", "SELECT"), ("Devis", "INSERT"), ("Salarie", "SELECT"), ("Absente", "SELECT")]
    assert lecteur("SELECT " + ", ".join(droits.format(*d) for d in demandes)) == [(1, 0, None, None)]
    lecteur("CREATE TABLE #a (a int)")
    lecteur.connexion.close()
    for refuse in (
        "SELECT Code FROM dbo.Salarie",
        "SELECT d.Code FROM dbo.Devis d WHERE EXISTS (SELECT 1 FROM dbo.Salarie s WHERE s.Code = d.Code)",
        "INSERT INTO dbo.Devis (Code) VALUES ('D2')",
        "UPDATE dbo.Devis SET Nom = 'x'",
        "DELETE FROM dbo.Devis",
    ):
        assert numero(adresse, refuse, utilisateur="lecteur") == 229
    assert numero(adresse, "CREATE TABLE dbo.A (a int)", utilisateur="lecteur") == 262
