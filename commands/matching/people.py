"""What matching asks about people: how it sees them, and when they may be disturbed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from commands.core import hours
from commands.core.context import Network, zone_of
from commands.core.jobs import Job
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
        zone=members.preference(tx, member.user_id).timezone or "",
        why_not=matching.reasons_against(tx, member.user_id).get(member.user_id, ()),
    )


def named(tx: Tx, user_id: str) -> bool:
    """Whether someone's name may be said before they agreed to meet."""
    return matching.participation(tx, user_id).named


def at_work(tx: Tx, network: Network, user_id: str) -> bool:
    """Whether someone may be disturbed now."""
    return hours.works(tx.now, zone_of(tx, network, user_id))


def in_working_hours(
    tx: Tx,
    network: Network,
    job: str,
    person: IntroductionPerson,
    *,
    after: datetime | None = None,
) -> None:
    """Have a `letter` to one of those who are introduced written as soon as it lies in their working hours,
    from a moment on."""
    soon(tx, network, job, {"person": person.id}, [person.user_id], after=after)


def one_of_them(tx: Tx, payload: dict[str, Any]) -> list[str]:
    """Who reads such a letter."""
    found = matching.person(tx, payload["person"])
    return [found[1].user_id] if found else []


def soon(
    tx: Tx,
    network: Network,
    job: str,
    payload: dict[str, Any],
    readers: Sequence[str],
    *,
    after: datetime | None = None,
) -> None:
    """Have a `letter` written as soon as it lies in the working hours of who reads it, from a moment on."""
    zones = [zone_of(tx, network, one) for one in readers]
    moment = rules.next_common_hour(after or tx.now, zones)
    local = moment.astimezone(ZoneInfo(zones[0])).replace(tzinfo=None)
    # With the moment in its key, a letter that has to wait once more is another row than what is done.
    which = [str(value) for _, value in sorted(payload.items())]
    key = ":".join([job, *which, f"{moment:%Y%m%d%H%M%S}"])
    schedule.plan(tx, key, job, local, zones[0], payload)


def letter(
    name: str,
    readers: Callable[[Tx, dict[str, Any]], Sequence[str]],
    write: Callable[[Tx, Network, dict[str, Any]], None],
) -> Job:
    """A job that disturbs people: the `readers` of its payload, by their Matrix ids, if there are any.

    It waits for their working hours once more if it comes outside of them: because the program was away
    when it was due, or because they have moved to another time zone since.
    """

    def in_their_hours(tx: Tx, network: Network, payload: dict[str, Any]) -> None:
        them = readers(tx, payload)
        zones = [zone_of(tx, network, one) for one in them]
        if zones and rules.next_common_hour(tx.now, zones) > tx.now:
            soon(tx, network, name, payload, them)
        else:
            write(tx, network, payload)

    return Job(name, in_their_hours)
