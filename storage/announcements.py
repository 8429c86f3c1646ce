"""Announcements of moderators: what is to be said when, once or by a rule, in which rooms."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, DateTime, Index, Text, text, update
from sqlmodel import Field, SQLModel, col, select

from storage.database import JsonColumn, Tx, UtcDateTime


class Announcement(SQLModel, table=True):
    """Something that is to be said in rooms (`rooms`: their ids), written in Markdown.

    `start` is local time in `timezone`, the first of those that `rrule` gives if there is one. `next_at` is
    when it is said next; None when it was said for the last time, or was cancelled.
    """

    __tablename__ = "announcement"
    __table_args__ = (
        Index(
            "announcement_next",
            "next_at",
            sqlite_where=text("next_at IS NOT NULL"),
            postgresql_where=text("next_at IS NOT NULL"),
        ),
        {"sqlite_autoincrement": True},
    )

    number: int = Field(default=None, primary_key=True)  # the database gives it
    text: str = Field(sa_type=Text)
    rooms: list[str] = Field(sa_column=Column(JsonColumn, nullable=False))
    start: datetime = Field(sa_column=Column(DateTime(), nullable=False))
    timezone: str
    rrule: str | None = None
    by: str | None = Field(default=None, index=True)
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    next_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, nullable=True))


def get(tx: Tx, number: int) -> Announcement | None:
    """The announcement with this number."""
    return tx.session.get(Announcement, number)


def keep(tx: Tx, row: Announcement) -> None:
    """Insert or update an announcement; its number is set."""
    tx.session.add(row)
    tx.session.flush()


def ahead(tx: Tx) -> list[Announcement]:
    """What is still to be said, the next first."""
    return list(
        tx.session.exec(
            select(Announcement)
            .where(col(Announcement.next_at).is_not(None))
            .order_by(col(Announcement.next_at), col(Announcement.number))
        )
    )


def by_person(tx: Tx, user_id: str) -> list[Announcement]:
    """What somebody had announced, or wants to."""
    return list(
        tx.session.exec(
            select(Announcement).where(Announcement.by == user_id).order_by(col(Announcement.number))
        )
    )


def forget_by(tx: Tx, user_id: str) -> None:
    """Forget who wanted these things announced."""
    tx.session.execute(update(Announcement).where(col(Announcement.by) == user_id).values(by=None))
    tx.session.expire_all()


def move_room(tx: Tx, old_room: str, new_room: str) -> None:
    """Let what is to be said in a room be said in the one that took its place."""
    for row in ahead(tx):
        row.rooms = [new_room if room == old_room else room for room in row.rooms]
    tx.session.flush()
