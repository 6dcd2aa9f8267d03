"""Licences, machines, history, validations, signing keys.

Revision ID: 0001
Revises:
"""

from alembic import op

from licence_manager.repository.migrations.execution import execute_sql

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make everything that is not there yet."""
    execute_sql(op.get_bind(), "0001_fondation.sql")
