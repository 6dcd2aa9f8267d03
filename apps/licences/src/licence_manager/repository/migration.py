"""Bring the database to the schema this program needs, once, whoever else tries at the same time."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from licence_manager.errors import ConfigurationInvalide
from licence_manager.repository import migrations
from licence_manager.repository.connexion import transaction
from licence_manager.repository.migrations.execution import execute_sql
from licence_manager.repository.tables import SCHEMA

VERROU = 7_255_190_417_113_002
"""Number of the advisory lock; any number that no other program uses."""


def migre(moteur: Engine) -> str:
    """Apply what is missing and the access rights; the revision. All of it or nothing.

    Raises `ConfigurationInvalide` when a later program has been there.
    """
    with transaction(moteur) as connexion:
        # Held by the transaction, not by the session: a transaction pooler would lend the session to others.
        connexion.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": VERROU})
        _revision(connexion)
        connexion.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        command.upgrade(_configuration(connexion), "head")
        execute_sql(connexion, "acces.sql")
    return derniere()


def derniere() -> str:
    """The revision this program needs."""
    revision = _revisions().get_current_head()
    if revision is None:
        raise RuntimeError("the program has lost its migrations")
    return revision


def est_a_jour(moteur: Engine) -> bool:
    """Whether the database has that revision. Raises `ConfigurationInvalide` when a later program has been there."""
    with transaction(moteur) as connexion:
        return _revision(connexion) == derniere()


def _revision(connexion: Connection) -> str | None:
    """The revision of the database; None before the first. Raises `ConfigurationInvalide` for one unknown here."""
    if connexion.scalar(text("SELECT to_regclass(:t)"), {"t": f"{SCHEMA}.alembic_version"}) is None:
        return None
    lue = connexion.scalar(text(f"SELECT version_num FROM {SCHEMA}.alembic_version"))  # noqa: S608
    if lue is not None and lue not in {r.revision for r in _revisions().walk_revisions()}:
        raise ConfigurationInvalide(
            "La base des licences a été mise à jour par un programme plus récent que celui-ci.",
            remede="Mettez à jour ce programme, sur cette machine aussi.",
        )
    return None if lue is None else str(lue)


def _revisions() -> ScriptDirectory:
    return ScriptDirectory.from_config(_configuration(None))


def _configuration(connexion: Connection | None) -> Config:
    configuration = Config()
    configuration.set_main_option("script_location", str(Path(migrations.__file__).parent).replace("%", "%%"))
    configuration.attributes["connexion"] = connexion
    return configuration
