"""Who has come far in a process, and lets others be introduced to them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.database import UtcDateTime

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "assessment_offer",
        sa.Column("user_id", sa.String(), primary_key=True),
        sa.Column("process", sa.String(), primary_key=True),
        sa.Column("asked_at", UtcDateTime, nullable=False),
        sa.Column("willing", sa.Boolean(), nullable=True),
    )
    op.create_index("ix_assessment_offer_process", "assessment_offer", ["process"])
