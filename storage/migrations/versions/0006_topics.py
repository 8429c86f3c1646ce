"""What a message of the bot is about."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the change."""
    op.add_column("outbox", sa.Column("topic", sa.String(), nullable=True))
