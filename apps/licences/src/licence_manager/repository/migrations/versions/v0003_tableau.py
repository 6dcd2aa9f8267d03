"""Indexes of the dashboard.

Revision ID: 0003
Revises: 0002
"""

from alembic import op

from licence_manager.repository.migrations.execution import execute_sql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make them."""
    execute_sql(op.get_bind(), "0003_tableau.sql")
