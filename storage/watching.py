"""What people keep an eye on: bookmarks, themes and searches they watch, and searches that found nothing."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Column, Text, delete, func, update
from sqlalchemy.orm import aliased
from sqlmodel import Field, SQLModel, col, select

from config.words import fold
from storage.database import JsonColumn, Tx, UtcDateTime
from storage.members import Member, Preference
from storage.practices import VISIBLE, Practice, PracticeStep, Status
from storage.rooms import RoomMember


class Bookmark(SQLModel, table=True):
    """A practice that someone wants to find again."""

    __tablename__ = "bookmark"

    user_id: str = Field(primary_key=True)
    practice: int = Field(primary_key=True, foreign_key="practice.number", ondelete="CASCADE")
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class Watch(SQLModel, table=True):
    """A theme or a search that someone wants to hear of; their own numbers count from 1.

    `theme` is the theme's id, None for a search; `typed` are the words of a search as they were typed,
    `words` and `facets` what they mean. Practices published up to `seen_until` were told of, or are not
    to be.
    """

    __tablename__ = "watch"

    user_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    theme: str | None = None
    typed: str = Field(default="", sa_type=Text)
    words: str = Field(default="", sa_type=Text)
    facets: dict[str, list[Any]] = Field(default_factory=dict, sa_column=Column(JsonColumn, nullable=False))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    seen_until: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class Gap(SQLModel, table=True):
    """Something that was looked for and not found, whoever it was.

    `asked` is what makes two searches the same: the folded words and the facets, in JSON; `words` is how
    they were written first.
    """

    __tablename__ = "gap"
    __table_args__ = {"sqlite_autoincrement": True}

    number: int = Field(default=None, primary_key=True)  # the database gives it
    asked: str = Field(sa_type=Text, unique=True)
    words: str = Field(sa_type=Text)
    facets: dict[str, list[Any]] = Field(default_factory=dict, sa_column=Column(JsonColumn, nullable=False))
    language: str
    count: int = 1
    first_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    last_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))


# --- bookmarks


def bookmark(tx: Tx, user_id: str, practice: int) -> bool:
    """Keep a bookmark; False if it was there."""
    if tx.session.get(Bookmark, (user_id, practice)):
        return False
    tx.session.add(Bookmark(user_id=user_id, practice=practice, at=tx.now))
    tx.session.flush()
    return True


def remove_bookmark(tx: Tx, user_id: str, practice: int) -> bool:
    """Forget a bookmark; False if there was none."""
    found = tx.session.get(Bookmark, (user_id, practice))
    if found is None:
        return False
    tx.session.delete(found)
    tx.session.flush()
    return True


def bookmarks(tx: Tx, user_id: str) -> list[Bookmark]:
    """Someone's bookmarks, newest first."""
    return list(
        tx.session.exec(
            select(Bookmark)
            .where(Bookmark.user_id == user_id)
            .order_by(col(Bookmark.at).desc(), col(Bookmark.practice).desc())
        )
    )


def bookmarked(tx: Tx, user_id: str) -> list[Practice]:
    """The practices that someone bookmarked and everyone may see, newest bookmark first."""
    return list(
        tx.session.exec(
            select(Practice)
            .join(Bookmark, col(Bookmark.practice) == col(Practice.number))
            .where(Bookmark.user_id == user_id, col(Practice.status).in_(VISIBLE))
            .order_by(col(Bookmark.at).desc(), col(Practice.number).desc())
        )
    )


def bookmarked_before(tx: Tx, user_id: str) -> list[int]:
    """The numbers of practices that someone bookmarked and that only few may see by now."""
    return list(
        tx.session.exec(
            select(Practice.number)
            .join(Bookmark, col(Bookmark.practice) == col(Practice.number))
            .where(Bookmark.user_id == user_id, col(Practice.status).not_in(VISIBLE))
            .order_by(col(Practice.number))
        )
    )


def forget_bookmarks(tx: Tx, user_id: str) -> None:
    """Forget all of someone's bookmarks."""
    tx.session.execute(delete(Bookmark).where(col(Bookmark.user_id) == user_id))
    tx.session.expire_all()


# --- watching


def watches(tx: Tx, user_id: str) -> list[Watch]:
    """What someone watches, by number."""
    return list(tx.session.exec(select(Watch).where(Watch.user_id == user_id).order_by(col(Watch.number))))


def keep_watch(tx: Tx, watch: Watch) -> None:
    """Insert or update a watch."""
    tx.session.add(watch)
    tx.session.flush()


def remove_watch(tx: Tx, watch: Watch) -> None:
    """Watch no longer."""
    tx.session.delete(watch)
    tx.session.flush()


def forget_watches(tx: Tx, user_id: str) -> None:
    """Forget all that someone watches."""
    tx.session.execute(delete(Watch).where(col(Watch.user_id) == user_id))
    tx.session.expire_all()


_zone = func.coalesce(Preference.timezone, "")


def zones_of_watchers(tx: Tx) -> list[str]:
    """The time zones that watchers chose; an empty one stands for those who chose none."""
    found = tx.session.exec(
        select(_zone)
        .select_from(Watch)
        .outerjoin(Preference, col(Preference.user_id) == col(Watch.user_id))
        .distinct()
    )
    return sorted(found)


def watched_since(tx: Tx, zone: str, until: datetime) -> datetime | None:
    """The moment up to which all watchers of a time zone were told; None if all were up to `until`."""
    return tx.session.exec(
        select(func.min(Watch.seen_until))
        .outerjoin(Preference, col(Preference.user_id) == col(Watch.user_id))
        .where(_zone == zone, Watch.seen_until < until)
    ).one()


def watchers(tx: Tx, zone: str, until: datetime, limit: int) -> list[str]:
    """Some watchers of a time zone who were not told of everything up to a moment, by id."""
    return list(
        tx.session.exec(
            select(Watch.user_id)
            .outerjoin(Preference, col(Preference.user_id) == col(Watch.user_id))
            .where(_zone == zone, Watch.seen_until < until)
            .distinct()
            .order_by(Watch.user_id)
            .limit(limit)
        )
    )


def watches_of(tx: Tx, user_ids: list[str]) -> dict[str, list[Watch]]:
    """What each of these people watches, by number."""
    found = tx.session.exec(
        select(Watch).where(col(Watch.user_id).in_(user_ids)).order_by(Watch.user_id, col(Watch.number))
    )
    by_person: dict[str, list[Watch]] = {}
    for watch in found:
        by_person.setdefault(watch.user_id, []).append(watch)
    return by_person


def mark_seen(tx: Tx, user_ids: list[str], moment: datetime) -> None:
    """Say that these people were told of what was published up to a moment."""
    tx.session.execute(update(Watch).where(col(Watch.user_id).in_(user_ids)).values(seen_until=moment))
    tx.session.expire_all()


_PUBLISHED = (Status.PUBLISHED, Status.CURATED)


class New(NamedTuple):
    """A practice that was published for the first time: when, and by whom it was written."""

    number: int
    author: str | None
    published_at: datetime


def new_practices(tx: Tx, since: datetime, until: datetime) -> list[New]:
    """What was published for the first time after one moment and up to another, and everyone can see now."""
    shown, earlier = col(PracticeStep.status).in_(_PUBLISHED), aliased(PracticeStep)
    known = select(earlier.id).where(
        earlier.practice == PracticeStep.practice,
        col(earlier.status).in_(_PUBLISHED),
        col(earlier.at) <= since,
    )
    first = (
        select(PracticeStep.practice, func.min(PracticeStep.at).label("published_at"))
        .where(shown, col(PracticeStep.at) > since, col(PracticeStep.at) <= until, ~known.exists())
        .group_by(col(PracticeStep.practice))
        .subquery()
    )
    found = tx.session.exec(
        select(Practice.number, Practice.author, first.c.published_at)
        .join(first, first.c.practice == Practice.number)
        .where(col(Practice.status).in_(VISIBLE))
        .order_by(first.c.published_at, col(Practice.number))
    )
    return [New(*row) for row in found]


# --- gaps


def count_gap(
    tx: Tx, words: str, facets: dict[str, list[Any]], language: str, *, not_since: datetime
) -> None:
    """Count a search that found nothing, unless the same was counted since a moment."""
    asked = json.dumps([fold(words), facets], sort_keys=True, ensure_ascii=False)
    known = tx.session.exec(select(Gap).where(Gap.asked == asked)).first()
    if known is None:
        known = Gap(
            asked=asked, words=words, facets=facets, language=language, first_at=tx.now, last_at=tx.now
        )
    elif known.last_at <= not_since:
        known.count += 1
        known.last_at = tx.now
    tx.session.add(known)
    tx.session.flush()


def gaps(tx: Tx, limit: int) -> list[Gap]:
    """What was looked for and not found, most often first."""
    return list(
        tx.session.exec(
            select(Gap).order_by(col(Gap.count).desc(), col(Gap.last_at).desc(), col(Gap.number)).limit(limit)
        )
    )


def gap(tx: Tx, number: int) -> Gap | None:
    """The gap with this number."""
    return tx.session.get(Gap, number)


def remove_gap(tx: Tx, gap: Gap) -> None:
    """Forget a gap."""
    tx.session.delete(gap)
    tx.session.flush()


def forget_gaps_before(tx: Tx, moment: datetime) -> int:
    """Forget what nobody has looked for since a moment; returns how much."""
    result = tx.session.execute(delete(Gap).where(col(Gap.last_at) < moment))
    return int(result.rowcount)  # type: ignore[attr-defined]


def names(tx: Tx) -> list[str]:
    """What members and the people in the bot's rooms are called."""
    found = [
        *tx.session.exec(select(Member.name)),
        *tx.session.exec(select(RoomMember.display_name).distinct()),
    ]
    return [name for name in found if name]
