"""Questions to the network: whom each was brought to, what they answered, and what all may read of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Column, Text, UniqueConstraint, func
from sqlmodel import Field, SQLModel, col, select

from storage.database import JsonColumn, Tx, UtcDateTime


class QuestionState(StrEnum):
    """Where a question to the network is; an answer is welcome in every state."""

    OPEN = "open"
    WIDENED = "widened"  # more members were asked, as nobody had answered
    UNANSWERED = "unanswered"  # moderators and asker were told that nobody answers
    CLOSED = "closed"  # by the asker


class RequestState(StrEnum):
    """Where the request to one person to answer is."""

    WAITING = "waiting"  # for their working hours
    TOLD = "told"
    PASSED = "passed"  # they would rather leave it to others
    DROPPED = "dropped"  # they never heard of it, as something came between
    ANSWERED = "answered"
    VOLUNTEERED = "volunteered"  # answered what they had not been told of


class NetworkQuestion(SQLModel, table=True):
    """A question to those who know most about it.

    `named` is whether who is asked reads the asker's name, `shown` whether the network may read the question
    and what was answered, without names (None: not said yet), `removed` that moderators took it from there.
    `tokens` are what it means (see `storage.search.meaning`), by which it is found.
    `asked_in` is the event in the direct chat `asked_room` under which the answers come.
    """

    __tablename__ = "network_question"
    __table_args__ = {"sqlite_autoincrement": True}

    number: int = Field(default=None, primary_key=True)  # the database gives it
    asker: str | None = Field(default=None, index=True)
    text: str = Field(sa_type=Text)
    tokens: list[str] = Field(default_factory=list, sa_column=Column(JsonColumn, nullable=False))
    language: str
    theme: str
    named: bool
    shown: bool | None = None
    removed: bool = False
    state: str = QuestionState.OPEN
    asked_in: str | None = None
    asked_room: str | None = None
    asked_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))

    @property
    def readable(self) -> bool:
        """Whether the network may read it."""
        return bool(self.shown) and not self.removed


class AnswerRequest(SQLModel, table=True):
    """What one person was asked to answer, and did.

    `kept` is whether the network may read the answer, without names (None: not said yet), `thanked` whether
    the asker said thanks. `tokens` are what the answer means. `follow_up` is what the asker asked
    back, which they can do once.
    """

    __tablename__ = "answer_request"
    __table_args__ = (UniqueConstraint("question", "user_id"), {"sqlite_autoincrement": True})

    id: int = Field(default=None, primary_key=True)  # the database gives it
    question: int = Field(foreign_key="network_question.number", ondelete="CASCADE")
    user_id: str | None = Field(default=None, index=True)
    state: str = RequestState.WAITING
    asked_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))
    answer: str | None = Field(default=None, sa_type=Text)
    tokens: list[str] = Field(default_factory=list, sa_column=Column(JsonColumn, nullable=False))
    answered_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, nullable=True))
    kept: bool | None = None
    thanked: bool = False
    follow_up: str | None = Field(default=None, sa_type=Text)
    follow_up_answer: str | None = Field(default=None, sa_type=Text)


def keep(tx: Tx, row: NetworkQuestion | AnswerRequest) -> None:
    """Insert or update a row; what the database gives is set."""
    tx.session.add(row)
    tx.session.flush()


def question(tx: Tx, number: int) -> NetworkQuestion | None:
    """The question with this number."""
    return tx.session.get(NetworkQuestion, number)


def questions_of(tx: Tx, asker: str) -> list[NetworkQuestion]:
    """What someone asked, newest first."""
    mine = select(NetworkQuestion).where(NetworkQuestion.asker == asker)
    return list(tx.session.exec(mine.order_by(col(NetworkQuestion.number).desc())))


def request(tx: Tx, number: int) -> AnswerRequest | None:
    """The request with this id."""
    return tx.session.get(AnswerRequest, number)


def request_to(tx: Tx, question: int, user_id: str) -> AnswerRequest | None:
    """What someone was asked of a question."""
    return tx.session.exec(
        select(AnswerRequest).where(AnswerRequest.question == question, AnswerRequest.user_id == user_id)
    ).first()


def requests(tx: Tx, question: int) -> list[AnswerRequest]:
    """Whom a question was brought to, in that order."""
    found = select(AnswerRequest).where(AnswerRequest.question == question)
    return list(tx.session.exec(found.order_by(col(AnswerRequest.id))))


def requests_of(tx: Tx, user_id: str) -> list[AnswerRequest]:
    """What someone was asked, newest first."""
    theirs = select(AnswerRequest).where(AnswerRequest.user_id == user_id)
    return list(tx.session.exec(theirs.order_by(col(AnswerRequest.id).desc())))


def asked_since(
    tx: Tx, moment: datetime, *, told: bool = False, of: str | None = None
) -> list[tuple[str, datetime]]:
    """Who was asked to answer something since a moment, or only one of them, and when; with `told` only what
    they have read."""
    heard = (RequestState.TOLD, RequestState.PASSED, RequestState.ANSWERED)
    found = select(AnswerRequest.user_id, AnswerRequest.asked_at).where(
        col(AnswerRequest.asked_at) > moment,
        col(AnswerRequest.user_id).is_not(None),
        col(AnswerRequest.state).in_(heard if told else (RequestState.WAITING, *heard)),
    )
    if of is not None:
        found = found.where(AnswerRequest.user_id == of)
    return [(str(user_id), at) for user_id, at in tx.session.exec(found)]


def count_since(tx: Tx, asker: str, moment: datetime) -> int:
    """How many questions someone has asked since a moment."""
    return tx.session.exec(
        select(func.count())
        .select_from(NetworkQuestion)
        .where(NetworkQuestion.asker == asker, col(NetworkQuestion.asked_at) > moment)
    ).one()


def count_requests(tx: Tx, question: int) -> int:
    """How many people a question was brought to, or will be."""
    return tx.session.exec(
        select(func.count())
        .select_from(AnswerRequest)
        .where(
            AnswerRequest.question == question,
            col(AnswerRequest.state).not_in((RequestState.DROPPED, RequestState.VOLUNTEERED)),
        )
    ).one()


def answers(tx: Tx, question: int) -> list[AnswerRequest]:
    """The answers to a question, oldest first."""
    found = select(AnswerRequest).where(
        AnswerRequest.question == question, col(AnswerRequest.answer).is_not(None)
    )
    return list(tx.session.exec(found.order_by(col(AnswerRequest.answered_at), col(AnswerRequest.id))))


def readable_answers(tx: Tx, limit: int) -> list[tuple[NetworkQuestion, list[AnswerRequest]]]:
    """The newest questions with those of their answers that everyone in the network may read."""
    found = tx.session.exec(
        select(NetworkQuestion, AnswerRequest)
        .join(AnswerRequest, col(AnswerRequest.question) == col(NetworkQuestion.number))
        .where(
            col(NetworkQuestion.shown).is_(True),
            col(NetworkQuestion.removed).is_(False),
            col(AnswerRequest.kept).is_(True),
            col(AnswerRequest.answer).is_not(None),
        )
        .order_by(col(NetworkQuestion.number).desc(), col(AnswerRequest.answered_at), col(AnswerRequest.id))
    )
    together: dict[int, tuple[NetworkQuestion, list[AnswerRequest]]] = {}
    for asked, answered in found:
        if asked.number not in together and len(together) == limit:
            break
        together.setdefault(asked.number, (asked, []))[1].append(answered)
    return list(together.values())


def without_answer(tx: Tx) -> list[NetworkQuestion]:
    """The questions that still wait for their first answer and that the network may read, oldest first."""
    answered = select(AnswerRequest.question).where(col(AnswerRequest.answer).is_not(None))
    return list(
        tx.session.exec(
            select(NetworkQuestion)
            .where(
                col(NetworkQuestion.shown).is_(True),
                col(NetworkQuestion.removed).is_(False),
                NetworkQuestion.state != QuestionState.CLOSED,
                col(NetworkQuestion.number).not_in(answered),
            )
            .order_by(col(NetworkQuestion.number))
        )
    )


def forget(tx: Tx, user_id: str, *, outright: bool) -> None:
    """Delete what someone asked and answered; what the network may read stays, without the name, unless
    `outright`."""
    for asked in questions_of(tx, user_id):
        if _strip(tx, asked, outright=outright):
            asked.asker = asked.asked_in = asked.asked_room = None
            asked.state = QuestionState.CLOSED
    for one in requests_of(tx, user_id):
        asked_by = question(tx, one.question)
        if asked_by and asked_by.readable and one.kept and one.answer and not outright:
            one.user_id = one.follow_up = one.follow_up_answer = None
        else:
            tx.session.delete(one)
    tx.session.flush()
    tx.session.expire_all()


def forget_before(tx: Tx, moment: datetime) -> None:
    """Delete what was asked before a moment and what came of it, but for what the network may read."""
    for asked in tx.session.exec(select(NetworkQuestion).where(col(NetworkQuestion.asked_at) < moment)).all():
        _strip(tx, asked)


def _strip(tx: Tx, asked: NetworkQuestion, *, outright: bool = False) -> bool:
    """Leave of a question and its answers what the network may read; whether there is any."""
    known = requests(tx, asked.number)
    stays = asked.readable and not outright and any(one.kept and one.answer for one in known)
    for one in known:
        if stays and one.kept and one.answer:
            one.follow_up = one.follow_up_answer = None  # what only the two have read
        else:
            tx.session.delete(one)
    tx.session.flush()
    if not stays:
        tx.session.delete(asked)
        tx.session.flush()
    return stays
