"""What happens once: a use that is asked for twice, a reminder to each of those who get it.

Revision ID: 0004
Revises: 0003
"""

from alembic import op

from licence_manager.repository.migrations.execution import execute_sql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make room for both."""
    execute_sql(op.get_bind(), "0004_une_fois.sql")
