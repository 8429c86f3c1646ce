"""What the clock does for those who are introduced to each other."""

from __future__ import annotations

from datetime import datetime
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

from commands.core import letters
from commands.core.context import Network
from commands.core.jobs import Job
from commands.matching import introductions, rules, views
from config.languages import ui_language
from storage import matching, members
from storage.database import Tx

_MOST_LOOKS = 120  # an hour or two with a minute and more between them, then some days


def request(tx: Tx, network: Network, payload: dict[str, Any]) -> None:
    """Ask somebody whether they want to meet the others."""
    found = matching.person(tx, payload["person"])
    if found and found[0].state == "open" and found[1].answer is None and found[1].told_at is None:
        introductions.request(tx, network, *found)


def expiry(tx: Tx, network: Network, payload: dict[str, Any]) -> None:
    """Wait no longer for somebody's answer."""
    if found := matching.person(tx, payload["person"]):
        introductions.expire(tx, network, *found)


def ended(tx: Tx, network: Network, payload: dict[str, Any]) -> None:
    """Tell somebody in their working hours that it did not work out."""
    if found := matching.person(tx, payload["person"]):
        introductions.tell_ended(tx, network, *found)


def forgotten(tx: Tx, network: Network, payload: dict[str, Any]) -> None:
    """See what becomes of an introduction of which somebody was forgotten."""
    row = matching.introduction(tx, payload["number"])
    if row is None:
        return
    introductions.settle(tx, network, row)
    if len(matching.introduced(tx, row)) < 2:
        matching.remove(tx, row)


def hello(tx: Tx, network: Network, payload: dict[str, Any]) -> None:
    """Introduce the two in their room, once the room is there."""
    row = matching.introduction(tx, payload["number"])
    if row is None:
        return
    them = [found for one in introductions.meeting(tx, row) if (found := members.get(tx, one))]
    if len(them) < 2:
        return
    room_id = introductions.room_of(tx, row)
    if room_id is None:
        if payload["attempt"] < _MOST_LOOKS:
            introductions.greet_soon(tx, payload["number"], attempt=payload["attempt"] + 1)
        return
    peers = [introductions.as_peer(tx, network, one) for one in them]
    why = [rules.reasons(one, other) for one, other in combinations(peers, 2)]
    zones = [introductions.zone_of(tx, network, one.user_id) for one in them]
    hours = [(moment, _clocks(moment, zones)) for moment in rules.common_hours(tx.now, zones)]
    spoken = [
        ui_language(members.preference(tx, one.user_id).locale, network.default_language) for one in them
    ]
    for language in dict.fromkeys(spoken):
        to = letters.to_room(tx, network, room_id)
        to.language = language
        letters.write(to, views.hello(to, them, why, hours))


def _clocks(moment: datetime, zones: list[str]) -> list[str]:
    """The zones without those whose clocks show the same as another's."""
    return list({moment.astimezone(ZoneInfo(zone)).utcoffset(): zone for zone in reversed(zones)}.values())[
        ::-1
    ]


introduction_request = Job("introduction_request", request)
introduction_expiry = Job("introduction_expiry", expiry)
introduction_ended = Job("introduction_ended", ended)
introduction_forgotten = Job("introduction_forgotten", forgotten)
introduction_hello = Job("introduction_hello", hello)
