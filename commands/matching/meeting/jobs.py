"""What the clock does for those who meet."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import structlog

from commands.core import letters
from commands.core.context import Network, Role, holds
from commands.core.jobs import Job
from commands.matching import people, rules
from commands.matching.meeting import service, views
from storage import matching, rooms
from storage.database import Tx
from storage.matching import Introduction

log = structlog.get_logger("meeting")

_MOST_LOOKS = 120  # an hour or two with a minute and more between them, then some days


def hello(tx: Tx, network: Network, payload: dict[str, Any]) -> None:
    """Introduce them in their room, once the room is there."""
    row = matching.introduction(tx, payload["number"])
    if row is None or row.room_id:
        return
    meeting = service.of(tx, network, row)
    # Whoever was blocked since is not told so; the room is simply as quiet as the two of them.
    if len(meeting.people) < 2 or service.blocked_among(tx, meeting.ids):
        return
    room_id = service.room_of(tx, row)
    if room_id is None:
        if payload["attempt"] < _MOST_LOOKS and not service.refused(tx, row):
            service.greet_soon(tx, payload["number"], attempt=payload["attempt"] + 1)
            return
        log.error("introduction_without_room", introduction=row.id)
        for person in meeting.people:
            people.in_working_hours(tx, network, "introduction_no_room", person)
        return
    service.begin(tx, network, meeting, room_id)
    peers = [people.as_peer(tx, network, one) for one in meeting.members]
    why = [rules.reasons(one, other, tx.now) for one, other in combinations(peers, 2)]
    for language in meeting.languages:
        to = letters.to_room(tx, network, room_id)
        to.language = language
        reactions = views.keycaps(len(row.hours))
        topic = f"{service.HOURS}:{row.id}"
        letters.write(to, views.hello(to, meeting, why), about=meeting.ids, topic=topic, reactions=reactions)


def no_room(tx: Tx, network: Network, payload: dict[str, Any]) -> None:
    """Tell one of them that no room could be opened, and how they meet anyway."""
    found = matching.person(tx, payload["person"])
    if found is None:
        return
    row, person = found
    meeting = service.of(tx, network, row)
    others = [one for one in meeting.members if one.user_id != person.user_id]
    if not others or service.blocked_among(tx, meeting.ids):
        return
    if not holds(tx, network, person.user_id, Role.MEMBER):
        return
    to = letters.to_person(tx, network, person.user_id)
    about = tuple(one.user_id for one in others)
    letters.write(to, [views.no_room(to, others)], about=about)


def nudge(tx: Tx, network: Network, payload: dict[str, Any]) -> None:
    """Say something in a room in which nobody else has, once."""
    row = matching.introduction(tx, payload["number"])
    room = rooms.get(tx, row.room_id) if row and row.room_id else None
    if row is None or room is None or room.spoken or row.meets_at or room.membership != "join":
        return
    meeting = service.of(tx, network, row)
    if not service.present(tx, meeting):
        return
    for language in meeting.languages:
        to = letters.to_room(tx, network, room.room_id)
        to.language = language
        letters.write(to, [views.nudge(to, meeting)])


def follow_up(tx: Tx, network: Network, payload: dict[str, Any]) -> None:
    """Ask one of them alone whether they met; after the hour that they agreed on, if that is still ahead."""
    found = matching.person(tx, payload["person"])
    if found is None:
        return
    row, person = found
    if row.meets_at and row.meets_at > tx.now:
        after = row.meets_at + service.AFTER_MEETING
        people.in_working_hours(tx, network, "introduction_followup", person, after=after)
        return
    meeting = service.of(tx, network, row)
    others = [one for one in meeting.members if one.user_id != person.user_id]
    if not others or person.met is not None or service.blocked_among(tx, meeting.ids):
        return
    if not holds(tx, network, person.user_id, Role.MEMBER):
        return
    to = letters.to_person(tx, network, person.user_id)
    about = tuple(one.user_id for one in others)
    topic = f"{service.MET}:{row.id}"
    letters.write(to, views.follow_up(to, others), about=about, topic=topic, reactions=(views.YES, views.NO))


def reminder(tx: Tx, network: Network, payload: dict[str, Any]) -> None:
    """Remind one of them of their hour, unless it was moved or called off since."""
    found = matching.person(tx, payload["person"])
    if found is None or found[0].sequence != payload["sequence"]:
        return
    row, person = found
    meeting = service.of(tx, network, row)
    others = [one for one in meeting.members if one.user_id != person.user_id]
    if row.meets_at is None or row.meets_at <= tx.now or not others:
        return
    if not service.present(tx, meeting) or not holds(tx, network, person.user_id, Role.MEMBER):
        return
    to = letters.to_person(tx, network, person.user_id)
    about = tuple(one.user_id for one in others)
    letters.write(to, [views.reminder(to, others, row.meets_at)], about=about, urgent=True)


def without_somebody(tx: Tx, network: Network, row: Introduction) -> None:
    """See to the hour that was agreed on, now that one of them is forgotten: who is left alone has nobody to
    meet, and two have a file that still names three."""
    meeting = service.of(tx, network, row)
    room_id = service.room_of(tx, row)
    if room_id is None or not meeting.people or row.meets_at is None or row.meets_at <= tx.now:
        return
    to = letters.to_room(tx, network, room_id)
    at = row.meets_at if len(meeting.people) > 1 else None
    file = service.agree(to, meeting, at, views.title(to, meeting))
    said = views.agreed(to, meeting, at, file, moved=False) if at else views.called_off(to, meeting, file)
    letters.write(to, said.blocks, about=said.about)
    letters.attach(tx, room_id, file, about=said.about)


def _all_of_them(tx: Tx, payload: dict[str, Any]) -> list[str]:
    row = matching.introduction(tx, payload["number"])
    return [one.user_id for one in matching.introduced(tx, row) if one.answer == "yes"] if row else []


introduction_hello = Job("introduction_hello", hello)
introduction_no_room = people.letter("introduction_no_room", people.one_of_them, no_room)
introduction_nudge = people.letter("introduction_nudge", _all_of_them, nudge)
introduction_followup = people.letter("introduction_followup", people.one_of_them, follow_up)
introduction_reminder = Job("introduction_reminder", reminder)
