"""Short versions of practices in other languages: a title and a summary."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Column, Text, update
from sqlmodel import Field, SQLModel, col, select

from storage.database import Tx, UtcDateTime


class Short(NamedTuple):
    """A title and a summary in some language."""

    language: str
    title: str
    summary: str


class PracticeTranslation(SQLModel, table=True):
    """A practice's title and summary in a language that is not its own.

    `outdated` tells that the practice's own title or summary has changed since.
    """

    __tablename__ = "practice_translation"

    practice: int = Field(primary_key=True, foreign_key="practice.number", ondelete="CASCADE")
    language: str = Field(primary_key=True)
    title: str
    summary: str = Field(sa_type=Text)
    outdated: bool = False
    by: str | None = None
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


def get(tx: Tx, number: int, language: str) -> PracticeTranslation | None:
    """A practice's short version in a language."""
    return tx.session.get(PracticeTranslation, (number, language))


def of(tx: Tx, number: int) -> list[PracticeTranslation]:
    """All short versions of a practice, by language."""
    return list(
        tx.session.exec(
            select(PracticeTranslation)
            .where(PracticeTranslation.practice == number)
            .order_by(PracticeTranslation.language)
        )
    )


def everything(tx: Tx) -> dict[int, list[PracticeTranslation]]:
    """All short versions by the number of their practice."""
    found: dict[int, list[PracticeTranslation]] = {}
    rows = select(PracticeTranslation).order_by(
        col(PracticeTranslation.practice), PracticeTranslation.language
    )
    for one in tx.session.exec(rows):
        found.setdefault(one.practice, []).append(one)
    return found


def keep(tx: Tx, translation: PracticeTranslation) -> None:
    """Insert or replace a short version."""
    tx.session.merge(translation)
    tx.session.flush()


def remove(tx: Tx, translation: PracticeTranslation) -> None:
    """Delete a short version."""
    tx.session.delete(translation)
    tx.session.flush()


def mark_outdated(tx: Tx, number: int) -> None:
    """Note that a practice's short versions may no longer say what it says."""
    for one in of(tx, number):
        one.outdated = True
    tx.session.flush()


def by_person(tx: Tx, user_id: str) -> list[PracticeTranslation]:
    """The short versions that one person wrote last."""
    return list(
        tx.session.exec(
            select(PracticeTranslation)
            .where(PracticeTranslation.by == user_id)
            .order_by(col(PracticeTranslation.practice), PracticeTranslation.language)
        )
    )


def forget_by(tx: Tx, user_id: str) -> None:
    """Forget who wrote these short versions."""
    tx.session.execute(
        update(PracticeTranslation).where(col(PracticeTranslation.by) == user_id).values(by=None)
    )
    tx.session.expire_all()
