"""What end-to-end encryption remembers, and events that wait for their key."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.database import UtcDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "crypto",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", UtcDateTime, nullable=False),
        sa.Column("person", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("kind", "key"),
    )
    op.create_index("ix_crypto_person", "crypto", ["person"])
    op.add_column("inbox", sa.Column("megolm", sa.String(), nullable=True))
    op.create_index("inbox_megolm", "inbox", ["megolm"])
    # That a room is encrypted was told once a room; from now on its messages are read.
    op.execute("DELETE FROM inbox WHERE kind = 'encrypted'")
