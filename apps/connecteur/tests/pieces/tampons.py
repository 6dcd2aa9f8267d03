"""A tampon as on the first morning, without making its tables again: that is what takes time."""

import psycopg


def vide(url: str) -> None:
    """Nothing in any table of this database, the engine's included; whoever is still connected to it is sent away."""
    with psycopg.connect(url) as connexion:
        connexion.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        connexion.execute("SET session_replication_role = replica")  # the histories refuse to be emptied
        connexion.execute(
            "DO $$ BEGIN EXECUTE (SELECT 'TRUNCATE ' || string_agg(format('%I.%I', schemaname, tablename), ', ')"
            " || ' RESTART IDENTITY' FROM pg_tables"
            " WHERE schemaname IN ('sages', 'dbos', 'public') AND tablename NOT LIKE '%migrations'); END $$"
        )
