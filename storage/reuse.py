"""What becomes of practices: which cities took them over, who said thanks, what was asked and answered."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Column, Text, UniqueConstraint, delete, func, update
from sqlmodel import Field, SQLModel, col, select

from config.words import fold
from storage.database import Tx, UtcDateTime
from storage.practices import VISIBLE, Practice


class AdoptionState(StrEnum):
    """How far a city has come with what it took over (`DOMAIN.md`, Good practice)."""

    PLANNED = "planned"
    UNDER_WAY = "under_way"
    DONE = "done"
    DROPPED = "dropped"


class Adoption(SQLModel, table=True):
    """A city that takes a practice over.

    `user_id` is the member who said so last, and is asked what came of it. `place` is the city in the way
    that cities are compared.
    """

    __tablename__ = "adoption"
    __table_args__ = (UniqueConstraint("practice", "country", "place"), {"sqlite_autoincrement": True})

    id: int = Field(default=None, primary_key=True)  # the database gives it
    practice: int = Field(foreign_key="practice.number", ondelete="CASCADE")
    user_id: str | None = Field(default=None, index=True)
    city: str
    country: str
    place: str
    state: str = AdoptionState.PLANNED
    outcome: str | None = Field(default=None, sa_type=Text)
    outcome_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, nullable=True))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    updated_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class Thanks(SQLModel, table=True):
    """That someone said thanks for a practice; `told_at` is when its author was told."""

    __tablename__ = "thanks"

    practice: int = Field(primary_key=True, foreign_key="practice.number", ondelete="CASCADE")
    user_id: str = Field(primary_key=True, index=True)
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    told_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, nullable=True))


class QuestionState(StrEnum):
    """Where a question on a practice is."""

    OPEN = "open"
    UNANSWERED = "unanswered"  # the asker was told so; an answer is still welcome
    ANSWERED = "answered"


class Question(SQLModel, table=True):
    """A question to who knows a practice, and the answer.

    `asked_in` is the event with which it was asked, where that was in the direct chat. `asker_agrees` and
    `answerer_agrees` say whether it may stand with the practice; None as long as they have not said.
    """

    __tablename__ = "question"
    __table_args__ = {"sqlite_autoincrement": True}

    number: int = Field(default=None, primary_key=True)  # the database gives it
    practice: int = Field(foreign_key="practice.number", index=True, ondelete="CASCADE")
    asker: str | None = Field(default=None, index=True)
    answerer: str | None = Field(default=None, index=True)
    text: str = Field(sa_type=Text)
    answer: str | None = Field(default=None, sa_type=Text)
    state: str = QuestionState.OPEN
    asked_in: str | None = None
    asker_agrees: bool | None = None
    answerer_agrees: bool | None = None
    asked_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    answered_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, nullable=True))

    @property
    def stands(self) -> bool:
        """Whether everyone may read it with the practice."""
        return self.answer is not None and bool(self.asker_agrees) and bool(self.answerer_agrees)


# --- adoptions


def adoption(tx: Tx, number: int) -> Adoption | None:
    """The adoption with this id."""
    return tx.session.get(Adoption, number)


def adoption_by(tx: Tx, practice: int, city: str, country: str) -> Adoption | None:
    """How a city stands to a practice."""
    return tx.session.exec(
        select(Adoption).where(
            Adoption.practice == practice, Adoption.place == fold(city), Adoption.country == country
        )
    ).first()


def adoptions(tx: Tx, practice: int) -> list[Adoption]:
    """The cities that took a practice over, in their order; those that dropped it as well."""
    return list(
        tx.session.exec(select(Adoption).where(Adoption.practice == practice).order_by(col(Adoption.id)))
    )


def adoptions_of(tx: Tx, user_id: str) -> list[Adoption]:
    """What one member's city took over, as far as they said so, newest first."""
    return list(
        tx.session.exec(select(Adoption).where(Adoption.user_id == user_id).order_by(col(Adoption.id).desc()))
    )


def keep(tx: Tx, row: Adoption | Thanks | Question) -> None:
    """Insert or update a row; what the database gives is set."""
    tx.session.add(row)
    tx.session.flush()


def forget_adoptions(tx: Tx, user_id: str, *, outright: bool) -> None:
    """Let someone's adoptions stand for their city without the name, or delete them."""
    mine = col(Adoption.user_id) == user_id
    change = delete(Adoption).where(mine) if outright else update(Adoption).where(mine).values(user_id=None)
    tx.session.execute(change)
    tx.session.expire_all()


# --- thanks


def thanks_by(tx: Tx, practice: int, user_id: str) -> Thanks | None:
    """Whether someone said thanks for a practice already."""
    return tx.session.get(Thanks, (practice, user_id))


def count_thanks(tx: Tx, practice: int) -> int:
    """How many people said thanks for a practice."""
    return tx.session.exec(select(func.count()).select_from(Thanks).where(Thanks.practice == practice)).one()


def thanks_of(tx: Tx, user_id: str) -> list[Thanks]:
    """For what someone said thanks."""
    return list(
        tx.session.exec(select(Thanks).where(Thanks.user_id == user_id).order_by(col(Thanks.practice)))
    )


def thanks_told_at(tx: Tx, practice: int) -> datetime | None:
    """When the author was last told of thanks for a practice."""
    return tx.session.exec(select(func.max(Thanks.told_at)).where(Thanks.practice == practice)).one()


def tell_thanks(tx: Tx, practice: int) -> list[Thanks]:
    """The thanks that the author was not told of yet; from now on they count as told."""
    found = list(
        tx.session.exec(
            select(Thanks)
            .where(Thanks.practice == practice, col(Thanks.told_at).is_(None))
            .order_by(col(Thanks.at))
        )
    )
    for one in found:
        one.told_at = tx.now
    tx.session.flush()
    return found


def forget_thanks(tx: Tx, user_id: str) -> None:
    """Forget that someone said thanks."""
    tx.session.execute(delete(Thanks).where(col(Thanks.user_id) == user_id))
    tx.session.expire_all()


# --- questions


def question(tx: Tx, number: int) -> Question | None:
    """The question with this number."""
    return tx.session.get(Question, number)


def questions(tx: Tx, practice: int) -> list[Question]:
    """All questions on a practice, oldest first."""
    return list(
        tx.session.exec(select(Question).where(Question.practice == practice).order_by(col(Question.number)))
    )


def questions_of(tx: Tx, user_id: str) -> list[Question]:
    """What someone asked or was asked, oldest first."""
    return list(
        tx.session.exec(
            select(Question)
            .where((col(Question.asker) == user_id) | (col(Question.answerer) == user_id))
            .order_by(col(Question.number))
        )
    )


def count_open_questions(tx: Tx, asker: str) -> int:
    """How many questions of someone wait for an answer; none comes while a practice is not to be seen."""
    return tx.session.exec(
        select(func.count())
        .select_from(Question)
        .join(Practice, col(Practice.number) == col(Question.practice))
        .where(
            Question.asker == asker,
            Question.state == QuestionState.OPEN,
            col(Practice.status).in_(VISIBLE),
        )
    ).one()


def forget_questions(tx: Tx, user_id: str, *, outright: bool) -> None:
    """Delete what someone asked, and what they answered from the question; what stands with a practice stays
    without the name unless `outright`."""
    for one in questions_of(tx, user_id):
        stays = one.stands and not outright
        if one.asker == user_id and not stays:
            tx.session.delete(one)
        elif one.asker == user_id:
            one.asker = None
        else:
            one.answerer = None
            if one.answer is not None and not stays:
                one.answer, one.state = None, QuestionState.UNANSWERED
    tx.session.flush()
    tx.session.expire_all()
