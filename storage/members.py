"""Members of the network, what they offer and need, and what guests prefer before they register."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Literal

from sqlalchemy import Column, delete, func
from sqlmodel import Field, SQLModel, col, select

from storage.database import JsonColumn, Tx, UtcDateTime


class Member(SQLModel, table=True):
    """A registered member, as `DOMAIN.md` describes one."""

    __tablename__ = "member"

    user_id: str = Field(primary_key=True)
    name: str
    organisation: str
    kind: str
    city: str
    country: str
    population: int | None = None
    languages: list[str] = Field(default_factory=list, sa_column=Column(JsonColumn, nullable=False))
    themes: list[str] = Field(default_factory=list, sa_column=Column(JsonColumn, nullable=False))
    consent_version: str
    consent_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    contact_visible: bool = False
    # When they agreed that the weekly digest greets them by name as somebody new; None: it doesn't.
    greeted_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, nullable=True))
    registered_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    updated_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class Line(SQLModel, table=True):
    """One thing that a member offers or needs, with its theme."""

    __tablename__ = "line"

    id: int | None = Field(default=None, primary_key=True)
    user_id: str = Field(foreign_key="member.user_id", index=True, ondelete="CASCADE")
    side: str  # offer or need
    theme: str
    text: str


class Preference(SQLModel, table=True):
    """How someone wants to be spoken to: set by members and guests alike."""

    __tablename__ = "preference"

    user_id: str = Field(primary_key=True)
    locale: str | None = None
    timezone: str | None = None


Side = Literal["offer", "need"]
MOST_LINES = 10  # on each side


def get(tx: Tx, user_id: str) -> Member | None:
    """The member with this Matrix id."""
    return tx.session.get(Member, user_id)


def keep(tx: Tx, member: Member) -> Member:
    """Insert or update a member."""
    kept = tx.session.merge(member)
    tx.session.flush()
    return kept


def remove(tx: Tx, user_id: str) -> None:
    """Delete a member with their offers, needs and preferences."""
    tx.session.execute(delete(Line).where(col(Line.user_id) == user_id))
    tx.session.execute(delete(Member).where(col(Member.user_id) == user_id))
    tx.session.execute(delete(Preference).where(col(Preference.user_id) == user_id))
    tx.session.expire_all()


def everyone(tx: Tx) -> list[Member]:
    """All members, by name."""
    return list(tx.session.exec(select(Member).order_by(func.lower(Member.name), Member.user_id)))


def among(tx: Tx, user_ids: Collection[str]) -> dict[str, Member]:
    """The members among people with these Matrix ids, by their id."""
    found = tx.session.exec(select(Member).where(col(Member.user_id).in_(user_ids)))
    return {member.user_id: member for member in found}


def names(tx: Tx) -> list[tuple[str, str]]:
    """The Matrix id and the name of every member, by name, without the rest."""
    ordered = select(Member.user_id, Member.name).order_by(func.lower(Member.name), Member.user_id)
    return list(tx.session.exec(ordered))


def count(tx: Tx) -> int:
    """How many members there are."""
    return tx.session.exec(select(func.count()).select_from(Member)).one()


def lines(tx: Tx, user_id: str, side: Side) -> list[Line]:
    """What a member offers or needs, in the order in which they said it."""
    return list(
        tx.session.exec(select(Line).where(Line.user_id == user_id, Line.side == side).order_by(col(Line.id)))
    )


def replace_lines(tx: Tx, user_id: str, side: Side, new: list[tuple[str, str]]) -> None:
    """Exchange what a member offers or needs for `new`: pairs of theme and text."""
    tx.session.execute(delete(Line).where(col(Line.user_id) == user_id, col(Line.side) == side))
    for theme, words in new:
        tx.session.add(Line(user_id=user_id, side=side, theme=theme, text=words))
    tx.session.flush()


def add_line(tx: Tx, user_id: str, side: Side, theme: str, words: str) -> int:
    """Add to what a member offers or needs; returns its number."""
    known = [(line.theme, line.text) for line in lines(tx, user_id, side)]
    replace_lines(tx, user_id, side, [*known, (theme, words)])
    return len(known) + 1


def preference(tx: Tx, user_id: str) -> Preference:
    """How someone wants to be spoken to; an empty preference for who never said."""
    return tx.session.get(Preference, user_id) or Preference(user_id=user_id)


def zones(tx: Tx) -> dict[str, str]:
    """The time zones of all who said where they live, by Matrix id."""
    said = select(Preference.user_id, Preference.timezone).where(col(Preference.timezone).is_not(None))
    return {user_id: zone for user_id, zone in tx.session.exec(said) if zone}


def keep_preference(tx: Tx, preference: Preference) -> None:
    """Insert or update a preference."""
    tx.session.merge(preference)
    tx.session.flush()
