"""How places taken lately are found.

Revision ID: 0006
Revises: 0005
"""

from alembic import op

from licence_manager.repository.migrations.execution import execute_sql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make it."""
    execute_sql(op.get_bind(), "0006_neuves.sql")
