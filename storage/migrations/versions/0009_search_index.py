"""A search index that knows short versions in other languages; the program fills it at its next start."""

from __future__ import annotations

from alembic import op

from storage import search

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the change."""
    for table in ("search_text", "search_document", "search_word", "search_state"):
        op.execute(f"DROP TABLE IF EXISTS {table}")
    search.create(op.get_bind())
    op.execute("UPDATE search_state SET fingerprint = '' WHERE EXISTS (SELECT 1 FROM practice)")
