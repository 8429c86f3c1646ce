"""Good practices, their history, and the cards that stand for them in rooms."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import Column, Text, bindparam, exists, func, text, update
from sqlmodel import Field, SQLModel, col, select

from storage.database import JsonColumn, Tx, UtcDateTime, driver
from storage.statements import Statement
from storage.translations import PracticeTranslation, Short


class Status(StrEnum):
    """Where a practice is in its life (`DOMAIN.md`, Good practice)."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    CHANGES_REQUESTED = "changes_requested"
    PUBLISHED = "published"
    CURATED = "curated"
    ARCHIVED = "archived"


VISIBLE = (Status.PUBLISHED, Status.CURATED)


class Practice(SQLModel, table=True):
    """A good practice; members write its number as `#12`."""

    __tablename__ = "practice"
    __table_args__ = {"sqlite_autoincrement": True}

    number: int = Field(default=None, primary_key=True)  # the database gives it
    external_id: str | None = Field(default=None, unique=True)
    author: str | None = Field(default=None, index=True)
    status: str = Field(default=Status.PUBLISHED, index=True)
    language: str
    title: str
    summary: str = Field(sa_type=Text)
    challenge: str = Field(sa_type=Text)
    solution: str = Field(sa_type=Text)
    evidence: str = Field(sa_type=Text)
    lessons: str = Field(sa_type=Text)
    transfer: str = Field(sa_type=Text)
    resources: str | None = Field(default=None, sa_type=Text)
    city: str
    country: str
    themes: list[str] = Field(default_factory=list, sa_column=Column(JsonColumn, nullable=False))
    sdgs: list[int] = Field(default_factory=list, sa_column=Column(JsonColumn, nullable=False))
    year_started: int | None = None
    size_class: str | None = None
    links: list[str] = Field(default_factory=list, sa_column=Column(JsonColumn, nullable=False))
    sources: list[str] = Field(default_factory=list, sa_column=Column(JsonColumn, nullable=False))
    seeking_partners: bool = False
    translation_of: int | None = Field(default=None, foreign_key="practice.number", ondelete="SET NULL")
    version: int = 1
    imported: str | None = None  # fingerprint of the record that was imported last
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    updated_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class PracticeStep(SQLModel, table=True):
    """One step in a practice's life: who, when, why."""

    __tablename__ = "practice_step"

    id: int | None = Field(default=None, primary_key=True)
    practice: int = Field(foreign_key="practice.number", index=True, ondelete="CASCADE")
    status: str
    by: str | None = None
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    reason: str | None = None


class PracticeVersion(SQLModel, table=True):
    """What a practice said before it was edited."""

    __tablename__ = "practice_version"

    practice: int = Field(primary_key=True, foreign_key="practice.number", ondelete="CASCADE")
    version: int = Field(primary_key=True)
    content: dict[str, Any] = Field(sa_column=Column(JsonColumn, nullable=False))
    by: str | None = None
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class PracticeAuthor(SQLModel, table=True):
    """A co-author: a member who may change a practice that somebody else shared."""

    __tablename__ = "practice_author"

    practice: int = Field(primary_key=True, foreign_key="practice.number", ondelete="CASCADE")
    user_id: str = Field(primary_key=True, index=True)
    by: str | None = None
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class PracticeCard(SQLModel, table=True):
    """The card of a practice in a room: the bot's message that is pinned there and kept current by edits.

    `language` and `prefix` are how one speaks in the room; a later edit may come from anywhere.
    """

    __tablename__ = "practice_card"

    practice: int = Field(primary_key=True, foreign_key="practice.number", ondelete="CASCADE")
    room_id: str = Field(primary_key=True)
    message: str  # the outbox key of the message
    language: str
    prefix: str
    by: str | None = None
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    reason: str = ""


def get(tx: Tx, number: int) -> Practice | None:
    """The practice with this number, in whatever state."""
    return tx.session.get(Practice, number)


def by_external_id(tx: Tx, external_id: str) -> Practice | None:
    """The practice that was imported under this id."""
    return tx.session.exec(select(Practice).where(Practice.external_id == external_id)).first()


def add(tx: Tx, practice: Practice) -> Practice:
    """Insert a practice; its number is set."""
    tx.session.add(practice)
    tx.session.flush()
    return practice


def flush(tx: Tx) -> None:
    """Write changed practices now, for instance before the search index is renewed."""
    tx.session.flush()


class Listed(NamedTuple):
    """A practice as lists show it, without the weight of an ORM object; hashable."""

    number: int
    language: str
    title: str
    summary: str
    challenge: str
    solution: str
    evidence: str
    lessons: str
    transfer: str
    resources: str | None
    city: str
    country: str
    status: str
    themes: tuple[str, ...]
    in_short: bool  # whether there is a short version in any language
    short: Short | None  # the one in the reader's language


_table = Practice.__table__  # type: ignore[attr-defined]
_short = PracticeTranslation.__table__  # type: ignore[attr-defined]
_any = _short.alias()
_LISTED = select(
    *[_table.c[name] for name in Listed._fields[:-2]],
    *[exists().where(_any.c.practice == _table.c.number)],
    *[_short.c[name] for name in Short._fields],
).select_from(
    _table.outerjoin(
        _short,
        (_short.c.practice == _table.c.number)
        & (_short.c.language == bindparam("language"))
        & (_short.c.language != _table.c.language),
    )
)
# As one parameter: SQLAlchemy takes longer to write a list than the database to read its rows.
_LISTED_SQLITE = Statement(_LISTED.where(text("practice.number IN (SELECT value FROM json_each(:numbers))")))
_LISTED_POSTGRES = Statement(_LISTED.where(text("practice.number = ANY(:numbers)")))


def listed(tx: Tx, numbers: list[int], language: str | None = None) -> list[Listed]:
    """The practices with these numbers, in the same order, in one query; in short where there is a version
    in the reader's `language`."""
    if tx.sqlite:
        rows = _LISTED_SQLITE.rows(tx, {"numbers": json.dumps(numbers), "language": language})
    else:
        rows = _LISTED_POSTGRES.rows(tx, {"numbers": numbers, "language": language})
    found: dict[int, Listed] = {}
    for row in rows:
        *said, themes, in_short, language_of_it, title, summary = row
        short = Short(language_of_it, title, summary) if language_of_it else None
        found[row[0]] = Listed._make((*said, tuple(themes), bool(in_short), short))
    return [found[number] for number in numbers if number in found]


class Facets(NamedTuple):
    """What of a practice a list of results can be narrowed down by."""

    country: str
    language: str
    themes: tuple[str, ...]


_FACETS_SQLITE = """SELECT country, language, themes FROM practice
    WHERE number IN (SELECT value FROM json_each(?))"""
_FACETS_POSTGRES = "SELECT country, language, themes::text FROM practice WHERE number = ANY(%s)"


@lru_cache(4096)
def _read_themes(written: str) -> tuple[str, ...]:
    return tuple(json.loads(written))


def facets(tx: Tx, numbers: list[int]) -> list[Facets]:
    """The facets of the practices with these numbers, in any order."""
    if tx.sqlite:
        rows: Iterable[Any] = driver(tx.connection).execute(_FACETS_SQLITE, (json.dumps(numbers),))
    else:
        rows = tx.connection.exec_driver_sql(_FACETS_POSTGRES, (numbers,))
    return [Facets(country, language, _read_themes(written)) for country, language, written in rows]


class Dated(NamedTuple):
    """A practice in a list by date: when it was published, or when and why it was curated."""

    number: int
    at: datetime
    reason: str = ""


def newest(tx: Tx, limit: int, themes: set[str] | None = None) -> list[Dated]:
    """What was published last, on any of these themes if there are any, newest first."""
    first = func.min(PracticeStep.at)
    rows = tx.session.exec(
        select(Practice.number, Practice.themes, first)
        .join(PracticeStep, col(PracticeStep.practice) == Practice.number)
        .where(col(Practice.status).in_(VISIBLE), PracticeStep.status == Status.PUBLISHED)
        .group_by(col(Practice.number))
        .order_by(first.desc(), col(Practice.number).desc())
    )
    fitting = (Dated(number, at) for number, on, at in rows if themes is None or not themes.isdisjoint(on))
    return list(islice(fitting, limit))


def curated(tx: Tx, themes: set[str] | None = None) -> list[Dated]:
    """What moderators marked as curated, on any of these themes if there are any, the latest first."""
    rows = tx.session.exec(
        select(Practice.number, Practice.themes, PracticeStep.at, PracticeStep.reason)
        .join(PracticeStep, col(PracticeStep.practice) == Practice.number)
        .where(Practice.status == Status.CURATED, PracticeStep.status == Status.CURATED)
        .order_by(col(PracticeStep.id))
    )
    found: dict[int, Dated] = {}
    for number, on, at, reason in rows:
        if themes is None or not themes.isdisjoint(on):
            # The last reason that was given still holds.
            before = found.get(number)
            found[number] = Dated(number, at, reason or (before.reason if before else ""))
    return sorted(found.values(), key=lambda one: (one.at, one.number), reverse=True)


def everything(tx: Tx) -> list[Practice]:
    """All practices by number."""
    return list(tx.session.exec(select(Practice).order_by(col(Practice.number))))


def by_author(tx: Tx, user_id: str) -> list[Practice]:
    """What one member wrote, newest first."""
    return list(
        tx.session.exec(
            select(Practice).where(Practice.author == user_id).order_by(col(Practice.number).desc())
        )
    )


def written_by(tx: Tx, user_id: str) -> list[Practice]:
    """What one member wrote, alone or as a co-author, newest first."""
    theirs = select(PracticeAuthor.practice).where(PracticeAuthor.user_id == user_id)
    return list(
        tx.session.exec(
            select(Practice)
            .where((col(Practice.author) == user_id) | col(Practice.number).in_(theirs))
            .order_by(col(Practice.number).desc())
        )
    )


def submitted(tx: Tx) -> list[tuple[Practice, PracticeStep]]:
    """What waits for a review, each with the step of its submission, the longest-waiting first."""
    last = select(func.max(PracticeStep.id)).group_by(col(PracticeStep.practice))
    return list(
        tx.session.exec(
            select(Practice, PracticeStep)
            .join(PracticeStep, col(PracticeStep.practice) == col(Practice.number))
            .where(Practice.status == Status.SUBMITTED, col(PracticeStep.id).in_(last))
            .order_by(col(PracticeStep.id))
        )
    )


def shared_since(tx: Tx, author: str, moment: datetime) -> list[Practice]:
    """What one member has shared since a moment and is not archived, oldest first."""
    return list(
        tx.session.exec(
            select(Practice)
            .where(
                Practice.author == author,
                col(Practice.created_at) >= moment,
                Practice.status != Status.ARCHIVED,
            )
            .order_by(col(Practice.number))
        )
    )


def cities(tx: Tx) -> list[str]:
    """The cities whose practices everyone can see."""
    return list(
        tx.session.exec(
            select(Practice.city).where(col(Practice.status).in_(VISIBLE)).distinct().order_by(Practice.city)
        )
    )


def count(tx: Tx) -> int:
    """How many practices everyone can see."""
    return tx.session.exec(
        select(func.count()).select_from(Practice).where(col(Practice.status).in_(VISIBLE))
    ).one()


def add_step(tx: Tx, practice: Practice, by: str | None, reason: str | None = None) -> PracticeStep:
    """Note the practice's present status as a step of its life."""
    step = PracticeStep(practice=practice.number, status=practice.status, by=by, at=tx.now, reason=reason)
    tx.session.add(step)
    tx.session.flush()
    return step


def steps(tx: Tx, number: int) -> list[PracticeStep]:
    """A practice's life so far."""
    return list(
        tx.session.exec(
            select(PracticeStep).where(PracticeStep.practice == number).order_by(col(PracticeStep.id))
        )
    )


def steps_of(tx: Tx, author: str) -> dict[int, list[PracticeStep]]:
    """The lives of one member's practices so far, by the practice's number."""
    found: defaultdict[int, list[PracticeStep]] = defaultdict(list)
    theirs = select(Practice.number).where(Practice.author == author)
    for step in tx.session.exec(
        select(PracticeStep).where(col(PracticeStep.practice).in_(theirs)).order_by(col(PracticeStep.id))
    ):
        found[step.practice].append(step)
    return found


def last_step(tx: Tx, number: int) -> PracticeStep | None:
    """The step that brought a practice to where it is."""
    return tx.session.exec(
        select(PracticeStep)
        .where(PracticeStep.practice == number)
        .order_by(col(PracticeStep.id).desc())
        .limit(1)
    ).first()


def coauthors(tx: Tx, number: int) -> list[str]:
    """The user ids of a practice's co-authors, in the order in which they came."""
    found = select(PracticeAuthor).where(PracticeAuthor.practice == number)
    ordered = found.order_by(col(PracticeAuthor.at), PracticeAuthor.user_id)
    return [one.user_id for one in tx.session.exec(ordered)]


def coauthorships(tx: Tx, user_id: str) -> list[PracticeAuthor]:
    """Where one person is a co-author."""
    return list(
        tx.session.exec(
            select(PracticeAuthor)
            .where(PracticeAuthor.user_id == user_id)
            .order_by(col(PracticeAuthor.practice))
        )
    )


def add_coauthor(tx: Tx, number: int, user_id: str, by: str) -> None:
    """Let somebody be a co-author."""
    tx.session.add(PracticeAuthor(practice=number, user_id=user_id, by=by, at=tx.now))
    tx.session.flush()


def remove_coauthor(tx: Tx, number: int, user_id: str) -> None:
    """Let somebody no longer be a co-author."""
    known = tx.session.get(PracticeAuthor, (number, user_id))
    if known:
        tx.session.delete(known)
        tx.session.flush()


def keep_version(tx: Tx, practice: Practice, content: dict[str, Any], by: str | None) -> None:
    """Keep what the practice said until now."""
    tx.session.add(
        PracticeVersion(practice=practice.number, version=practice.version, content=content, by=by, at=tx.now)
    )


def versions(tx: Tx, number: int) -> list[PracticeVersion]:
    """A practice's earlier versions, oldest first."""
    return list(
        tx.session.exec(
            select(PracticeVersion)
            .where(PracticeVersion.practice == number)
            .order_by(col(PracticeVersion.version))
        )
    )


def versions_of(tx: Tx, author: str) -> dict[int, list[PracticeVersion]]:
    """The earlier versions of one member's practices, oldest first, by the practice's number."""
    found: defaultdict[int, list[PracticeVersion]] = defaultdict(list)
    theirs = select(Practice.number).where(Practice.author == author)
    for version in tx.session.exec(
        select(PracticeVersion)
        .where(col(PracticeVersion.practice).in_(theirs))
        .order_by(col(PracticeVersion.version))
    ):
        found[version.practice].append(version)
    return found


def remove(tx: Tx, practice: Practice) -> None:
    """Delete a practice with its history and cards."""
    tx.session.delete(practice)
    tx.session.flush()
    tx.session.expire_all()


def steps_by(tx: Tx, user_id: str) -> list[PracticeStep]:
    """The steps that one person took, on anyone's practices."""
    return list(
        tx.session.exec(select(PracticeStep).where(PracticeStep.by == user_id).order_by(col(PracticeStep.id)))
    )


def versions_by(tx: Tx, user_id: str) -> list[PracticeVersion]:
    """The versions that one person replaced by an edit."""
    return list(
        tx.session.exec(
            select(PracticeVersion)
            .where(PracticeVersion.by == user_id)
            .order_by(col(PracticeVersion.practice), col(PracticeVersion.version))
        )
    )


def cards_by(tx: Tx, user_id: str) -> list[PracticeCard]:
    """The cards that one person pinned."""
    return list(
        tx.session.exec(
            select(PracticeCard)
            .where(PracticeCard.by == user_id)
            .order_by(col(PracticeCard.practice), PracticeCard.room_id)
        )
    )


def hand_over(tx: Tx, user_id: str) -> None:
    """Let a person's practices belong to the network."""
    _forget(tx, Practice, "author", user_id)


def forget_coauthor(tx: Tx, user_id: str) -> None:
    """Forget where somebody is a co-author, and whom they made one."""
    for known in coauthorships(tx, user_id):
        tx.session.delete(known)
    tx.session.flush()
    _forget(tx, PracticeAuthor, "by", user_id)


def forget_steps_by(tx: Tx, user_id: str) -> None:
    """Forget who took these steps."""
    _forget(tx, PracticeStep, "by", user_id)


def forget_versions_by(tx: Tx, user_id: str) -> None:
    """Forget who made these edits."""
    _forget(tx, PracticeVersion, "by", user_id)


def forget_cards_by(tx: Tx, user_id: str) -> None:
    """Forget who pinned these cards."""
    _forget(tx, PracticeCard, "by", user_id)


def _forget(tx: Tx, table: type[SQLModel], column: str, user_id: str) -> None:
    tx.session.execute(update(table).where(getattr(table, column) == user_id).values({column: None}))
    tx.session.expire_all()


def card(tx: Tx, number: int, room_id: str) -> PracticeCard | None:
    """The practice's card in a room."""
    return tx.session.get(PracticeCard, (number, room_id))


def cards_in(tx: Tx, room_id: str) -> list[PracticeCard]:
    """The cards in a room, in the order in which they were pinned."""
    return list(
        tx.session.exec(
            select(PracticeCard)
            .where(PracticeCard.room_id == room_id)
            .order_by(col(PracticeCard.at), col(PracticeCard.practice))
        )
    )


def cards(tx: Tx, number: int) -> list[PracticeCard]:
    """The practice's cards in all rooms."""
    return list(
        tx.session.exec(
            select(PracticeCard).where(PracticeCard.practice == number).order_by(PracticeCard.room_id)
        )
    )


def keep_card(tx: Tx, card: PracticeCard) -> None:
    """Insert or update a card."""
    tx.session.merge(card)
    tx.session.flush()


def remove_card(tx: Tx, card: PracticeCard) -> None:
    """Forget a card."""
    tx.session.delete(card)
    tx.session.flush()
