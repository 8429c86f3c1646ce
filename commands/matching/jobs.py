"""What the clock does for those who are introduced to each other."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from commands.core import letters
from commands.core.context import Network, Role, holds
from commands.core.jobs import Job
from commands.matching import introductions, rules, service, views
from config.languages import ui_language
from storage import matching, members
from storage.database import Tx

_MOST_LOOKS = 120  # an hour or two with a minute and more between them, then some days


def request(tx: Tx, network: Network, payload: dict[str, Any]) -> None:
    """Ask somebody whether they want to meet who asked, if both still could."""
    row = matching.introduction(tx, payload["number"])
    if row is None or row.state != "open":
        return
    asker, asked = members.get(tx, row.asker), members.get(tx, row.asked)
    if asker is None or asked is None:
        return
    us = [introductions.as_peer(tx, network, one) for one in (asked, asker)]
    past = service.past_of(tx, without=row.id)
    if rules.obstacle(us[0], us[1], past):
        row.state, row.answered_at = "withdrawn", tx.now
        tx.flush()
        if holds(tx, network, row.asker, Role.MEMBER):
            to = letters.to_person(tx, network, row.asker)
            named = matching.participation(tx, row.asked).named
            letters.write(to, views.did_not_work_out(to, asked, named=named), about=row.asked)
        return
    row.told = True
    tx.flush()
    to = letters.to_person(tx, network, row.asked)
    named = matching.participation(tx, row.asker).named
    blocks = views.request(to, asker, named=named, why=rules.reasons(us[0], us[1]), number=row.id or 0)
    topic = f"{introductions.TOPIC}:{row.id}"
    letters.write(to, blocks, about=row.asker, topic=topic, reactions=(views.YES, views.NO))


def hello(tx: Tx, network: Network, payload: dict[str, Any]) -> None:
    """Introduce the two in their room, once the room is there."""
    row = matching.introduction(tx, payload["number"])
    if row is None:
        return
    asker, asked = members.get(tx, row.asker), members.get(tx, row.asked)
    if asker is None or asked is None:
        return
    room_id = introductions.room_of(tx, row)
    if room_id is None:
        if payload["attempt"] < _MOST_LOOKS:
            introductions.greet_soon(tx, payload["number"], attempt=payload["attempt"] + 1)
        return
    two = (asker, asked)
    why = rules.reasons(*(introductions.as_peer(tx, network, one) for one in two))
    zones = [introductions.zone_of(tx, network, one.user_id) for one in two]
    hours = [(moment, _clocks(moment, zones)) for moment in rules.common_hours(tx.now, zones)]
    spoken = [
        ui_language(members.preference(tx, one.user_id).locale, network.default_language) for one in two
    ]
    for language in dict.fromkeys(spoken):
        to = letters.to_room(tx, network, room_id)
        to.language = language
        letters.write(to, views.hello(to, two, why, hours))


def _clocks(moment: datetime, zones: list[str]) -> list[str]:
    """The zones without those whose clocks show the same as another's."""
    return list({moment.astimezone(ZoneInfo(zone)).utcoffset(): zone for zone in reversed(zones)}.values())[
        ::-1
    ]


introduction_request = Job("introduction_request", request)
introduction_hello = Job("introduction_hello", hello)
