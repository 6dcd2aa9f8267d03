"""Runs one of the SQL files in the transaction under way."""

from importlib.resources import files

from sqlalchemy import Connection


def execute_sql(connexion: Connection, fichier: str) -> None:
    """All its statements, as they are written."""
    texte = (files("licence_manager.repository.migrations.sql") / fichier).read_text(encoding="utf-8")
    # The driver's own cursor, without parameters: several statements at once, and « % » is a character like others.
    curseur = connexion.connection.cursor()
    try:
        curseur.execute(texte)
    finally:
        curseur.close()
