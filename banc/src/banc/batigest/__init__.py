"""A Batigest to develop against: a SQL Server stand-in that real drivers log in to, on PostgreSQL.

In a test or a program::

    with ServeurBatigest(url_postgres, identifiants={"connecteur": "secret"}) as serveur:
        mssql_python.connect(
            f"Server=127.0.0.1,{serveur.port};Database=BTG_DOS_DEMO;UID=connecteur;PWD=secret;"
            "Encrypt=yes;TrustServerCertificate=yes"
        )

As a process of its own, which prints `{"port": …, "base": …}` when ready and stops on SIGTERM::

    BANC_BATIGEST_POSTGRES=postgresql://… BANC_BATIGEST_UTILISATEUR=… BANC_BATIGEST_MOT_DE_PASSE=… \\
        python -m banc.batigest --port 11433 --base BTG_DOS_DEMO

`create_dossier(url, base, ddl)` makes one more dossier from T-SQL; `pannes.programme(url, …)` plans a fault.

The wire protocol is real, the T-SQL an approximation that refuses, by name, what it does not translate (error
40000, « le banc ne sait pas traduire : MERGE »). What differs from SQL Server and is not refused:

* readers never wait for writers, as in a base with READ_COMMITTED_SNAPSHOT;
* HOLDLOCK and TABLOCK lock the whole table against writers, UPDLOCK alone the rows read;
* text sorts by code point without case: accented letters come after `z`;
* DISTINCT and UNION give text of varying length without its trailing blanks.
"""

from banc.batigest.connexion import Identifiant
from banc.batigest.serveur import DossierIllisible, ServeurBatigest, create_dossier

__all__ = ["DossierIllisible", "Identifiant", "ServeurBatigest", "create_dossier"]
