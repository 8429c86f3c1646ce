"""The first tables and the search index."""

from __future__ import annotations

from alembic import op
from sqlmodel import SQLModel

from storage import search

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the change."""
    SQLModel.metadata.create_all(op.get_bind())
    search.create(op.get_bind())
