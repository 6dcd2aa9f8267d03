"""What a validation reads, in one function.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

from licence_manager.repository.migrations.execution import execute_sql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make it, or replace it."""
    execute_sql(op.get_bind(), "0002_lecture.sql")
