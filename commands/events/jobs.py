"""What the clock does about events."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from commands.core.context import Network
from commands.core.jobs import Job
from commands.events import afterwards, answers, cards, service
from storage import events
from storage.database import Tx
from storage.events import Event

_Do = Callable[[Tx, Network, Event, dict[str, Any]], None]


def _about_event(do: _Do) -> Callable[[Tx, Network, dict[str, Any]], None]:
    """What is done for the event that the payload names, if there still is one."""

    def run(tx: Tx, network: Network, payload: dict[str, Any]) -> None:
        event = events.get(tx, payload["event"])
        if event:
            do(tx, network, event, payload)

    return run


def _renew(tx: Tx, network: Network, event: Event, _payload: dict[str, Any]) -> None:
    answers.fill_places(tx, network, event)
    cards.renew(tx, network, event)


def _end(tx: Tx, network: Network, event: Event, payload: dict[str, Any]) -> None:
    afterwards.ended(tx, network, event, datetime.fromisoformat(payload["start"]))


def _thank(tx: Tx, network: Network, event: Event, payload: dict[str, Any]) -> None:
    start = datetime.fromisoformat(payload["start"])
    afterwards.thank(tx, network, event, start, payload["zone"], payload["told"])


def _summarise(tx: Tx, network: Network, event: Event, payload: dict[str, Any]) -> None:
    afterwards.summarise(tx, network, event, datetime.fromisoformat(payload["start"]))


def _tell_of_material(tx: Tx, network: Network, event: Event, payload: dict[str, Any]) -> None:
    afterwards.tell_of_material(tx, network, event, payload["told"])


def _look_for_leavers(tx: Tx, network: Network, _payload: dict[str, Any]) -> None:
    for event in events.not_over(tx):
        answers.without_leavers(tx, network, event)


event_cards = Job("event_cards", _about_event(_renew))
event_news = Job("event_news", service.tell_some)
event_end = Job("event_end", _about_event(_end))
event_thanks = Job("event_thanks", _about_event(_thank))
event_summary = Job("event_summary", _about_event(_summarise))
event_material = Job("event_material", _about_event(_tell_of_material))
event_leavers = Job("event_leavers", _look_for_leavers, daily_at=4)
