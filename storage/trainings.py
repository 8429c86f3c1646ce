"""What belongs to trainings: practices to read before, a quiz, how somebody did in it, and who took part."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Column, DateTime, UniqueConstraint, delete, func
from sqlmodel import Field, SQLModel, col, select

from storage.database import JsonColumn, Tx, UtcDateTime


class QuizOpens(StrEnum):
    """From when on the quiz of a training can be done."""

    BEFORE = "before"  # by who comes, as soon as it is announced
    AFTER = "after"  # by who took part


class Training(SQLModel, table=True):
    """What goes with an event that is a training: the numbers of practices to read before, in order."""

    __tablename__ = "training"

    event: int = Field(primary_key=True, foreign_key="event.number", ondelete="CASCADE")
    reading: list[int] = Field(default_factory=list, sa_column=Column(JsonColumn, nullable=False))
    opens: str = QuizOpens.AFTER


class TrainingQuestion(SQLModel, table=True):
    """A question of a training's quiz; its texts by language, that of who wrote them first.

    `correct` are the numbers of the right choices, counted from 1; `right` of `answered` people chose them
    the first time, as far as that is summed up. A question that is changed becomes another row at the same
    `place`, as what was answered was said to other words.
    """

    __tablename__ = "training_question"
    __table_args__ = {"sqlite_autoincrement": True}

    id: int = Field(default=None, primary_key=True)  # the database gives it
    event: int = Field(foreign_key="event.number", ondelete="CASCADE", index=True)
    place: int
    question: dict[str, str] = Field(sa_column=Column(JsonColumn, nullable=False))
    choices: dict[str, list[str]] = Field(sa_column=Column(JsonColumn, nullable=False))
    correct: list[int] = Field(sa_column=Column(JsonColumn, nullable=False))
    explanation: dict[str, str] = Field(sa_column=Column(JsonColumn, nullable=False))
    answered: int = 0
    right: int = 0


class TrainingResult(SQLModel, table=True):
    """How somebody did in the quiz of a training.

    `answers` are what they chose the first time, by the id of the question, until that is in the sums of the
    question; `score` of `total` is the best time, and `at` the last.
    """

    __tablename__ = "training_result"
    __table_args__ = (UniqueConstraint("event", "user_id"), {"sqlite_autoincrement": True})

    id: int = Field(default=None, primary_key=True)  # the database gives it
    event: int = Field(foreign_key="event.number", ondelete="CASCADE")
    user_id: str = Field(index=True)
    answers: dict[str, list[int]] = Field(sa_column=Column(JsonColumn, nullable=False))
    score: int
    total: int
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class TrainingRecord(SQLModel, table=True):
    """That somebody took part in a date of a training, for themselves; it outlives the event.

    `start` is local, as the rule has it, and `held_at` when it was; `title` is by language. `score` of
    `total` is the quiz, if they did it.
    """

    __tablename__ = "training_record"
    __table_args__ = (UniqueConstraint("user_id", "event", "start"), {"sqlite_autoincrement": True})

    id: int = Field(default=None, primary_key=True)  # the database gives it
    user_id: str
    event: int
    start: datetime = Field(sa_column=Column(DateTime(), nullable=False))
    title: dict[str, str] = Field(sa_column=Column(JsonColumn, nullable=False))
    held_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    timezone: str
    score: int | None = None
    total: int | None = None


def get(tx: Tx, event: int) -> Training:
    """What goes with a training; an empty one if nothing was added yet."""
    return tx.session.get(Training, event) or Training(event=event)


def keep(tx: Tx, training: Training) -> None:
    """Insert or update what goes with a training."""
    tx.session.add(training)
    tx.session.flush()


# --- the quiz


def questions(tx: Tx, event: int) -> list[TrainingQuestion]:
    """The questions of a quiz, in order."""
    found = select(TrainingQuestion).where(TrainingQuestion.event == event)
    return list(tx.session.exec(found.order_by(col(TrainingQuestion.place), col(TrainingQuestion.id))))


def hold_questions(tx: Tx, event: int) -> list[TrainingQuestion]:
    """The questions of a quiz as they are now, which nobody else changes until this transaction ends."""
    found = select(TrainingQuestion).where(TrainingQuestion.event == event).with_for_update()
    found = found.order_by(col(TrainingQuestion.id)).execution_options(populate_existing=True)
    return list(tx.session.exec(found))


def count_questions(tx: Tx, event: int) -> int:
    """How many questions a quiz has."""
    found = select(func.count()).select_from(TrainingQuestion).where(TrainingQuestion.event == event)
    return tx.session.exec(found).one()


def keep_question(tx: Tx, question: TrainingQuestion) -> None:
    """Add a question."""
    tx.session.add(question)
    tx.session.flush()


def remove_questions(tx: Tx, found: list[TrainingQuestion]) -> None:
    """Delete questions."""
    for one in found:
        tx.session.delete(one)
    tx.session.flush()


def result(tx: Tx, event: int, user_id: str) -> TrainingResult | None:
    """How somebody did in a quiz, if they did it."""
    found = select(TrainingResult).where(TrainingResult.event == event, TrainingResult.user_id == user_id)
    return tx.session.exec(found).first()


def results(tx: Tx, event: int) -> list[TrainingResult]:
    """How all did in a quiz, in the order in which they first did it."""
    found = select(TrainingResult).where(TrainingResult.event == event)
    return list(tx.session.exec(found.order_by(col(TrainingResult.id))))


def count_results(tx: Tx, event: int) -> int:
    """How many people did a quiz."""
    found = select(func.count()).select_from(TrainingResult).where(TrainingResult.event == event)
    return tx.session.exec(found).one()


def results_of(tx: Tx, user_id: str) -> list[TrainingResult]:
    """How somebody did in all quizzes."""
    found = select(TrainingResult).where(TrainingResult.user_id == user_id)
    return list(tx.session.exec(found.order_by(col(TrainingResult.event))))


def keep_result(tx: Tx, one: TrainingResult) -> None:
    """Insert or update how somebody did."""
    tx.session.add(one)
    tx.session.flush()


# --- who took part


def record(tx: Tx, event: int, start: datetime, user_id: str) -> TrainingRecord | None:
    """The line on a date of a training in somebody's record."""
    found = select(TrainingRecord).where(
        TrainingRecord.user_id == user_id, TrainingRecord.event == event, TrainingRecord.start == start
    )
    return tx.session.exec(found).first()


def records(tx: Tx, user_id: str, event: int | None = None) -> list[TrainingRecord]:
    """Somebody's record, or its lines on one training, the oldest first."""
    found = select(TrainingRecord).where(TrainingRecord.user_id == user_id)
    if event is not None:
        found = found.where(TrainingRecord.event == event)
    return list(tx.session.exec(found.order_by(col(TrainingRecord.held_at), col(TrainingRecord.id))))


def keep_record(tx: Tx, one: TrainingRecord) -> None:
    """Insert or update a line."""
    tx.session.add(one)
    tx.session.flush()


def remove_record(tx: Tx, one: TrainingRecord) -> None:
    """Delete a line."""
    tx.session.delete(one)
    tx.session.flush()


# --- being forgotten


def forget_results(tx: Tx, user_id: str) -> None:
    """Forget how somebody did in quizzes."""
    tx.session.execute(delete(TrainingResult).where(col(TrainingResult.user_id) == user_id))
    tx.session.expire_all()


def forget_records(tx: Tx, user_id: str) -> None:
    """Forget in which trainings somebody took part."""
    tx.session.execute(delete(TrainingRecord).where(col(TrainingRecord.user_id) == user_id))
    tx.session.expire_all()
