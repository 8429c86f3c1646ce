"""Rounds of matching, and who was put together with whom in them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.database import JsonColumn, UtcDateTime

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "matching_round",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("local_time", sa.String(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("announced_at", UtcDateTime, nullable=True),
        sa.Column("wanted_by", JsonColumn, nullable=False),
        sa.Column("drawn_at", UtcDateTime, nullable=True),
        sa.Column("digest", sa.String(), nullable=True),
        sa.Column("peers", sa.Integer(), nullable=False),
        sa.Column("pairs", sa.Integer(), nullable=False),
        sa.Column("threes", sa.Integer(), nullable=False),
        sa.Column("alone", sa.Integer(), nullable=False),
    )
    op.create_table(
        "round_place",
        sa.Column("round_id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("user_id", sa.String(), primary_key=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("sort", sa.String(), nullable=True),
        sa.Column("dealt_with", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_round_place_user_id", "round_place", ["user_id"])
    op.create_index("round_place_number", "round_place", ["round_id", "number"])
