"""Accounts of the people who sell licences.

Revision ID: 0007
Revises: 0006
"""

from alembic import op

from licence_manager.repository.migrations.execution import execute_sql

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make everything that is not there yet."""
    execute_sql(op.get_bind(), "0007_comptes.sql")
