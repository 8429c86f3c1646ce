"""Whether the pages behind `more` are private, and whom they tell of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the change."""
    # Nobody can say of what is kept already whether it is private; asking again makes it anew.
    op.execute("DELETE FROM pages")
    op.add_column("pages", sa.Column("private", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("pages", sa.Column("about", sa.String(), nullable=True))
