"""Whose data the tables of events hold, what export and erasure do with it, and what moves with a room."""

from __future__ import annotations

from typing import Any

from commands.core.belongings import Belonging
from commands.core.holdings import Holding
from commands.events import cards
from storage import events
from storage.database import Tx
from storage.events import EventState


def _hosted(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    internal = {"uid", "host", "cards_due_at"}
    return [one.model_dump(mode="json", exclude=internal) for one in events.hosted_by(tx, user_id)]


def _forget_host(tx: Tx, user_id: str, _practices_too: bool) -> None:
    for event in events.hosted_by(tx, user_id):
        if event.state == EventState.DRAFT:
            events.remove(tx, event)  # what nobody else has read, nobody could take over
        else:
            cards.later(tx, event)
    events.forget_host(tx, user_id)


def _answers(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    internal = {"id", "user_id", "calendar_sequence"}
    return [one.model_dump(mode="json", exclude=internal) for one in events.answers_of(tx, user_id)]


def _forget_answers(tx: Tx, user_id: str, _practices_too: bool) -> None:
    answered = [one.event for one in events.answers_of(tx, user_id)]
    events.forget_answers(tx, user_id)
    for number in answered:
        # The clock gives the place to who waits for it, and lets the cards show it.
        if event := events.get(tx, number):
            cards.later(tx, event)


def _taps(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    return [{"event": one.event, "answer": one.answer} for one in events.taps_of(tx, user_id)]


def _cards(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    return [
        {"event": one.event, "room": one.room_id, "at": one.at.isoformat()}
        for one in events.cards_by(tx, user_id)
    ]


def _organiser(tx: Tx, user_id: str) -> dict[str, Any] | None:
    found = events.organiser(tx, user_id)
    return {"since": found.at.isoformat()} if found else None


def _feedback(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    return [one.model_dump(mode="json", exclude={"user_id"}) for one in events.feedbacks_of(tx, user_id)]


def _material(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    return [
        {"event": one.event, "words": one.words, "file": one.name, "at": one.at.isoformat()}
        for one in events.materials_by(tx, user_id)
    ]


EVENT_ANSWER = Holding(
    "event_answer",
    "Who comes to which event, and how early they want to be reminded; its host and moderators see the names,"
    " others only how many come.",
    _answers,
    _forget_answers,
)
EVENT_TAP = Holding(
    "event_tap",
    "Which reactions answered an event, so that taking one back takes the answer back; nobody sees it here.",
    _taps,
    lambda tx, user_id, _practices_too: events.forget_taps(tx, user_id),
)
EVENT_CARD = Holding(
    "event_card",
    "In which rooms an event was announced, and by whom; the card stays, the name goes.",
    _cards,
    lambda tx, user_id, _practices_too: events.forget_cards_by(tx, user_id),
)
EVENT = Holding(
    "event",
    "The events that somebody hosts; drafts are erased, what was announced stays without the name.",
    _hosted,
    _forget_host,
)
EVENT_ORGANISER = Holding(
    "event_organiser",
    "Who may make events without being a moderator, and who said so.",
    _organiser,
    lambda tx, user_id, _practices_too: events.forget_organiser(tx, user_id),
)
EVENT_FEEDBACK = Holding(
    "event_feedback",
    "Who was asked how an event was, and what they said; its host gets it without names.",
    _feedback,
    lambda tx, user_id, _practices_too: events.forget_feedback(tx, user_id),
)
EVENT_MATERIAL = Holding(
    "event_material",
    "The links and files that belong to events, and who added them; the material stays, the name goes.",
    _material,
    lambda tx, user_id, _practices_too: events.forget_material_by(tx, user_id),
)
CARDS_MOVE = Belonging(
    "event_card", "The cards of events ahead are put up again in the new room.", cards.move
)
