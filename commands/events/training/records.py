"""Who took part in trainings, each in their own record, and who may do the quiz of one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from commands.core.context import Network, Role, holds
from commands.events import dates
from storage import events, trainings
from storage.database import Tx
from storage.events import AHEAD, Answer, Event, EventKind, EventState
from storage.trainings import QuizOpens, TrainingRecord

FEWEST_QUESTIONS = 2  # in a quiz; with less there is none yet


def took_part(tx: Tx, network: Network, event: Event, original: datetime, people: Sequence[str]) -> None:
    """Write a date of a training into the record of those who took part, once; its host only held it."""
    one = dates.on(event, original)
    if event.kind != EventKind.TRAINING or one is None:
        return
    for user_id in people:
        if (
            user_id == event.host
            or not holds(tx, network, user_id, Role.GUEST)
            or trainings.record(tx, event.number, original, user_id)
        ):
            continue
        line = TrainingRecord(
            user_id=user_id,
            event=event.number,
            start=original,
            title=event.title,
            held_at=one.at,
            timezone=one.timezone,
        )
        done = trainings.result(tx, event.number, user_id)
        # Of a series, what was done since an earlier date counts for that one.
        if done and not trainings.records(tx, user_id, event.number):
            line.score, line.total = done.score, done.total
        trainings.keep_record(tx, line)


def was_absent(tx: Tx, event: Event, original: datetime, user_id: str) -> None:
    """Take a date out of the record of somebody who was not there."""
    if line := trainings.record(tx, event.number, original, user_id):
        trainings.remove_record(tx, line)


def came(tx: Tx, event: Event, user_id: str) -> bool:
    """Whether somebody took part in a date of a training, even if they took it out of their record."""
    asked = [one for one in events.feedbacks_of(tx, user_id) if one.event == event.number]
    there = any(one.verdict != "absent" for one in asked)
    return there or bool(trainings.records(tx, user_id, event.number))


def has_quiz(tx: Tx, event: Event) -> bool:
    """Whether an event has a quiz that can be done."""
    is_training = event.kind == EventKind.TRAINING
    return is_training and trainings.count_questions(tx, event.number) >= FEWEST_QUESTIONS


def opens_before(tx: Tx, event: Event) -> bool:
    """Whether an event has a quiz that is open from the announcement on."""
    return has_quiz(tx, event) and trainings.get(tx, event.number).opens == QuizOpens.BEFORE


def why_no_quiz(tx: Tx, event: Event, user_id: str) -> str | None:
    """Why somebody can't do the quiz of an event, None if they can.

    That is `none`, `cancelled`, `later` or `not_going`.
    """
    if not has_quiz(tx, event):
        return "none"
    if came(tx, event, user_id):
        return None
    if event.state == EventState.CANCELLED:
        return "cancelled"
    own = events.answer(tx, event.number, user_id)
    if own is None or own.answer != Answer.GOING or event.state not in AHEAD:
        return "not_going"
    return None if trainings.get(tx, event.number).opens == QuizOpens.BEFORE else "later"
