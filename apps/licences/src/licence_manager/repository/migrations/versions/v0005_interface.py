"""What the pages show first.

Revision ID: 0005
Revises: 0004
"""

from alembic import op

from licence_manager.repository.migrations.execution import execute_sql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make it."""
    execute_sql(op.get_bind(), "0005_interface.sql")
