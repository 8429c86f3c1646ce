"""What introductions ask about people: how matching sees them, when they may be disturbed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from commands.core.context import Network
from commands.matching import rules
from commands.matching.peers import peer
from commands.matching.rules import Peer
from storage import matching, members, rooms, schedule
from storage.database import Tx
from storage.matching import IntroductionPerson
from storage.members import Member


def as_peer(tx: Tx, network: Network, member: Member) -> Peer:
    """A member as matching sees them, who takes part if they do and are in the network's main room."""
    there = rooms.membership(tx, network.hub_room, member.user_id) == "join"
    taking_part = there and matching.participation(tx, member.user_id).active(tx.now)
    return replace(peer_of(tx, member), takes_part=taking_part)


def peer_of(tx: Tx, member: Member) -> Peer:
    """A member as matching sees them, whether they take part or not."""
    return peer(
        member,
        members.lines(tx, member.user_id, "offer"),
        members.lines(tx, member.user_id, "need"),
        why_not=matching.reasons_against(tx, member.user_id).get(member.user_id, ()),
    )


def named(tx: Tx, user_id: str) -> bool:
    """Whether someone's name may be said before they agreed to meet."""
    return matching.participation(tx, user_id).named


def zone_of(tx: Tx, network: Network, user_id: str) -> str:
    """The time zone that someone lives in, as far as is known."""
    return members.preference(tx, user_id).timezone or network.timezone


def at_work(tx: Tx, network: Network, user_id: str) -> bool:
    """Whether someone may be disturbed now."""
    return rules.works(tx.now, zone_of(tx, network, user_id))


def in_working_hours(
    tx: Tx,
    network: Network,
    job: str,
    person: IntroductionPerson,
    *,
    after: datetime | None = None,
) -> None:
    """Have a job done about one of those who are introduced as soon as it lies in their working hours, from a
    moment on."""
    zone = zone_of(tx, network, person.user_id)
    local = rules.next_working_hour(after or tx.now, zone)
    key = f"{job}:{person.id}" + (f":{after:%Y%m%d%H%M}" if after else "")
    schedule.plan(tx, key, job, local, zone, {"person": person.id})
