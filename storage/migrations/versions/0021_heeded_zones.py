"""Which rules of a zone were heeded stands in a table of its own, no longer among the positions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "heeded_zone",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("rules", sa.String(), nullable=False),
    )
    op.execute("INSERT INTO heeded_zone SELECT substr(name, 6), value FROM cursor WHERE name LIKE 'zone:%'")
    op.execute("DELETE FROM cursor WHERE name LIKE 'zone:%'")
