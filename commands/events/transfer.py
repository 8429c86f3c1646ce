"""Events from a file, such as those of the demo."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

from commands.core.context import Network
from commands.events import dates
from commands.events.service import plan_end
from config.themes import themes
from storage import events, practices, trainings
from storage.database import Tx
from storage.events import Event, EventKind, EventState
from storage.trainings import Training, TrainingQuestion

T = TypeVar("T")
# What the tags of a record say about its kind; the first that fits.
_KINDS = {
    "summit": EventKind.SUMMIT,
    "training": EventKind.TRAINING,
    "peer-learning": EventKind.PEER_EXCHANGE,
    "community": EventKind.KICK_OFF,
}


def import_event(tx: Tx, record: dict[str, Any], network: Network) -> bool:
    """Load one event of `network.json`, announced to the network; False if it is there already."""
    if events.by_source(tx, record["id"]):
        return False
    known = {theme.id for theme in themes()}
    place = record["place"] or {}
    event = Event(
        uid=f"{record['id']}@{network.server}",
        source=record["id"],
        kind=_kind(record),
        state=EventState.ANNOUNCED,
        title=_in_order(record["title"], network.default_language),
        summary=_in_order(record["summary"], network.default_language),
        start=datetime.fromisoformat(record["start_local"]),
        timezone=record["timezone"],
        minutes=record["duration_minutes"],
        rrule=record["rrule"],
        place=place.get(network.default_language) or next(iter(place.values()), None),
        link=record["online_url"],
        capacity=record["capacity"],
        themes=[tag for tag in record["tags"] if tag in known],
        created_at=tx.now,
        updated_at=tx.now,
    )
    event.last_at = dates.last_ends(event)
    if dates.coming(event, tx.now) is None:
        event.state = EventState.OVER
    plan_end(tx, events.keep(tx, event))
    _import_training(tx, event, record, network.default_language)
    return True


def _import_training(tx: Tx, event: Event, record: dict[str, Any], language: str) -> None:
    """What is to be read before a training, as far as it is in the library, and its quiz."""
    found = [practices.by_external_id(tx, name) for name in record.get("reading", ())]
    if found:
        trainings.keep(tx, Training(event=event.number, reading=[one.number for one in found if one]))
    for place, asked in enumerate(record.get("quiz", ()), 1):
        question = TrainingQuestion(
            event=event.number,
            place=place,
            question=_in_order(asked["question"], language),
            choices=_in_order(asked["choices"], language),
            correct=asked["correct"],
            explanation=_in_order(asked["explanation"], language),
        )
        trainings.keep_question(tx, question)


def _kind(record: dict[str, Any]) -> EventKind:
    if record["rrule"] and "community" in record["tags"]:
        return EventKind.PEER_EXCHANGE  # a kick-off does not come again
    return next((kind for tag, kind in _KINDS.items() if tag in record["tags"]), EventKind.WORKING_GROUP)


def _in_order(texts: dict[str, T], first: str) -> dict[str, T]:
    """Texts by language, those of the network's language first."""
    return dict(sorted(texts.items(), key=lambda pair: pair[0] != first))
