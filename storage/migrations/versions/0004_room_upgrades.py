"""Rooms remember which room replaces them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the change."""
    with op.batch_alter_table("room", schema=None) as batch_op:
        batch_op.add_column(sa.Column("replacement", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("moved_to", sa.String(), nullable=True))
