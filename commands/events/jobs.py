"""What the clock does about events."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from commands.core.context import Network
from commands.core.jobs import Job
from commands.events import answers, calendars, cards, reminders, service
from commands.events.afterwards import service as afterwards
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


def _renew(tx: Tx, network: Network, event: Event, payload: dict[str, Any]) -> None:
    answers.fill_places(tx, network, event)
    cards.renew(tx, network, event, timedelta(seconds=payload["waited"]))


def _end(tx: Tx, network: Network, event: Event, payload: dict[str, Any]) -> None:
    start, end = (datetime.fromisoformat(payload[name]) for name in ("start", "end"))
    afterwards.ended(tx, network, event, start, end)


def _thank(tx: Tx, network: Network, event: Event, payload: dict[str, Any]) -> None:
    start = datetime.fromisoformat(payload["start"])
    afterwards.thank(tx, network, event, start, payload["zone"], payload["told"])


def _summarise(tx: Tx, network: Network, event: Event, payload: dict[str, Any]) -> None:
    afterwards.summarise(tx, network, event, datetime.fromisoformat(payload["start"]))


def _tell_of_material(tx: Tx, network: Network, event: Event, payload: dict[str, Any]) -> None:
    afterwards.tell_of_material(tx, network, event, payload["told"])


def _tell_of_place(tx: Tx, network: Network, event: Event, payload: dict[str, Any]) -> None:
    answers.tell_of_place(tx, network, event, payload["answer"])


def _send_calendar(tx: Tx, network: Network, event: Event, payload: dict[str, Any]) -> None:
    calendars.send_some(tx, network, event, payload["cause"], payload["after"])


def _look_after(tx: Tx, network: Network, _payload: dict[str, Any]) -> None:
    service.look_after(tx, network)


event_cards = Job("event_cards", _about_event(_renew))
event_news = Job("event_news", service.tell_some)
event_end = Job("event_end", _about_event(_end))
event_thanks = Job("event_thanks", _about_event(_thank))
event_summary = Job("event_summary", _about_event(_summarise))
event_material = Job("event_material", _about_event(_tell_of_material))
event_place = Job("event_place", _about_event(_tell_of_place))
event_remind = Job("event_remind", _about_event(reminders.remind))
event_calendar = Job("event_calendar", _about_event(_send_calendar))
look_after_events = Job("look_after_events", _look_after, daily_at=4)
