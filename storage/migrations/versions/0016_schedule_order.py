"""What is due stands in the order in which it is done, and what ended can be found by when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Make the change."""
    waiting, ended = sa.text("state = 'waiting'"), sa.text("state <> 'waiting'")
    op.drop_index("schedule_due", "schedule")
    op.create_index(
        "schedule_due", "schedule", ["due_at", "key"], sqlite_where=waiting, postgresql_where=waiting
    )
    op.create_index("schedule_ended", "schedule", ["done_at"], sqlite_where=ended, postgresql_where=ended)
