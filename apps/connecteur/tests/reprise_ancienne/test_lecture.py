"""Whatever a hand-made database may hold, the rest of it is read, and nothing is written into it."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import psycopg
import pytest

from connecteur.domain.ancienne import AncienneLigne
from connecteur.domain.heure import CleSuivi
from connecteur.errors import AccesRefuse, ErreurConnecteur, ServiceInjoignable
from connecteur.tampon.ancienne import read_ancienne

from .ancien import PARIS

LEA = "5B6F3C1E-0000-4000-8000-000000000001"
HUIT_HEURES = datetime(2025, 6, 24, 8)  # noqa: DTZ001 - as SuiviMO holds it
Sql = Callable[[str], None]


@pytest.fixture
def sql(source: str) -> Sql:
    def execute(texte: str) -> None:
        with psycopg.connect(source, autocommit=True) as connexion:
            connexion.execute(texte.encode())

    return execute


def test_an_empty_database_says_which_tables_are_missing(source: str) -> None:
    ancienne = read_ancienne(source, PARIS)
    assert (ancienne.chantiers, ancienne.creneaux, ancienne.lignes) == ([], {}, [])
    assert len(ancienne.fautes) == 4
    assert "batigest_heures_map" in ancienne.fautes[3]


def test_texts_numbers_and_dates_of_any_kind_are_understood(source: str, sql: Sql) -> None:
    sql(
        "CREATE TABLE batigest_heures (id_heure numeric, date_debut text, id_utilisateur text, id_projet text,"
        " status_management text, total_heure text, panier text, trajet integer);"
        "INSERT INTO batigest_heures VALUES"
        f" (12.0, '2025-06-24T06:00:00Z', '{LEA}', '7', 'VALIDATED', '90,0', 'oui', 0),"
        " (13, '24/06/2025 08:00', '', NULL, NULL, 'n/a', 'peut-être', NULL)"
    )
    ancienne = read_ancienne(source, PARIS)
    un, deux = ancienne.creneaux["12"], ancienne.creneaux["13"]
    assert un.debut == datetime(2025, 6, 24, 6, tzinfo=UTC)
    assert (un.utilisateur, un.projet_id, un.total, un.panier, un.trajet) == (
        LEA.lower(),
        7,
        Decimal("90.0"),
        True,
        False,
    )
    assert (deux.debut, deux.projet_id, deux.total, deux.panier, deux.trajet) == (
        datetime(2025, 6, 24, 8, tzinfo=UTC), None, None, None, None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("type_sql", "valeur"),
    [
        ("timestamp", "2025-06-24 08:00:31"),
        ("timestamptz", "2025-06-24 06:00:00+00"),
        ("text", "24/06/2025 08:00"),
        ("text", "2025-06-24T08:00:00"),
        ("text", "2025-06-24T06:00:00Z"),
    ],
)
def test_the_start_of_a_line_is_local_time_whatever_its_type(source: str, sql: Sql, type_sql: str, valeur: str) -> None:
    sql(
        "CREATE TABLE batigest_heures_map (id_heure text, code_chantier text, code_salarie text,"
        f" date_sqlserver {type_sql});"
        f"INSERT INTO batigest_heures_map VALUES (' 12 ', 'ch1  ', 'Dup', '{valeur}')"
    )
    assert read_ancienne(source, PARIS).lignes == [AncienneLigne("12", CleSuivi("CH1", "DUP", HUIT_HEURES))]


def test_rows_without_what_makes_them_useful_are_named_and_duplicates_counted(source: str, sql: Sql) -> None:
    sql(
        "CREATE SCHEMA vieux; CREATE TABLE vieux.batigest_heures_map (id_heure bigint, code_chantier text,"
        " code_salarie text, date_sqlserver text);"
        "INSERT INTO vieux.batigest_heures_map VALUES (1, 'CH1', 'DUP', '2025-06-24 08:00'), (1, 'CH1', 'DUP',"
        " '2025-06-24 08:00'), (2, NULL, 'DUP', '2025-06-24 08:00'), (3, 'CH1', 'DUP', 'hier');"
        "CREATE TABLE vieux.batigest_heures (id_heure bigint, total_heure integer);"
        "INSERT INTO vieux.batigest_heures VALUES (1, 60), (1, 90), (NULL, 30);"
        "CREATE TABLE vieux.batigest_chantiers (nom_client text)"
    )
    ancienne = read_ancienne(source, PARIS)
    assert len(ancienne.lignes) == 1
    assert set(ancienne.creneaux) == {"1"}
    texte = " ".join(ancienne.fautes)
    assert "batigest_heures_map : 2 lignes illisibles, laissées de côté (2, 3)" in texte
    assert "batigest_heures : 1 lignes en double" in texte
    assert "batigest_chantiers n’a pas de colonne code" in texte


def test_the_old_database_cannot_be_written_while_it_is_read(source: str, sql: Sql) -> None:
    # A table that is a trap: reading it writes.
    sql(
        "CREATE TABLE piege (n int); CREATE FUNCTION pris() RETURNS text LANGUAGE sql AS"
        " $$ INSERT INTO piege VALUES (1) RETURNING 'x' $$;"
        "CREATE VIEW batigest_chantiers AS SELECT pris() AS code"
    )
    with pytest.raises(ErreurConnecteur, match="lecture seule"):
        read_ancienne(source, PARIS)


@pytest.mark.parametrize(
    ("remplace", "erreur"), [(("sages:", "personne:"), AccesRefuse), (("127.0.0.1:", "127.0.0.1:1"), ErreurConnecteur)]
)
def test_a_database_that_cannot_be_reached_is_not_taken_for_our_own(
    source: str, remplace: tuple[str, str], erreur: type[ErreurConnecteur]
) -> None:
    with pytest.raises(erreur, match="ancien connecteur"):
        read_ancienne(source.replace(*remplace), PARIS)


def test_nobody_listening_is_a_server_that_does_not_answer() -> None:
    with pytest.raises(ServiceInjoignable, match="La base de l’ancien connecteur"):
        read_ancienne("postgresql://x:y@127.0.0.1:1/z", PARIS)
