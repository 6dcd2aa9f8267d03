"""A set goes into the Batigest stand-in through Microsoft's driver, and comes out as it is."""

import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import mssql_python
import pytest

from banc.batigest import ServeurBatigest
from banc.donnees import genere, lignes_batigest, remplit_batigest
from sages_commun.postgres_embarque import PostgresEmbarque

SECRET = "Mot-de-passe-1"


@pytest.fixture
def batigest() -> Iterator[ServeurBatigest]:
    with tempfile.TemporaryDirectory(dir="/tmp") as nom:
        Path(nom).chmod(0o755)  # the embedded PostgreSQL's own user must get there
        with (
            PostgresEmbarque(Path(nom) / "pg", durable=False) as postgres,
            ServeurBatigest(postgres.create_base("banc"), identifiants={"banc": SECRET}) as serveur,
        ):
            yield serveur


def test_every_row_comes_out_of_the_dossier_as_it_went_in(batigest: ServeurBatigest) -> None:
    jeu = genere("petit", aujourdhui=date(2025, 12, 3))
    acces = (
        f"Server=127.0.0.1,{batigest.port};Database=BTG_DOS_DEMO;UID=banc;PWD={SECRET};"
        "Encrypt=yes;TrustServerCertificate=yes"
    )
    with closing(mssql_python.connect(acces)) as connexion:
        remplit_batigest(connexion, jeu)
    with closing(mssql_python.connect(acces)) as connexion, closing(connexion.cursor()) as curseur:
        for table, lignes in lignes_batigest(jeu).items():
            curseur.execute(f"SELECT {', '.join(lignes[0])} FROM {table}")
            lues = {tuple(v.rstrip() if isinstance(v, str) else v for v in ligne) for ligne in curseur.fetchall()}
            # char(n) gives blanks that went in without: only those may differ.
            assert lues == {tuple(v.rstrip() if isinstance(v, str) else v for v in ligne.values()) for ligne in lignes}
