"""What introductions that were accepted mean: their room, their hour, and what they came to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from commands.core import calendar
from commands.core.context import Context, Network, zone_of
from commands.core.reply import Attachment
from commands.matching import people, rules
from config.languages import ui_language
from storage import matching, members, outbox, rooms, schedule
from storage.database import Tx
from storage.matching import Introduction, IntroductionPerson
from storage.members import Member

HOURS = "introduction_hours"
MET = "introduction_met"
TOOK = "introduction_took"
NUDGE_AFTER = timedelta(hours=48)
FOLLOW_UP_AFTER = timedelta(days=14)
AFTER_MEETING = timedelta(days=1)
LASTS = timedelta(hours=1)
OUTCOMES = ("practice", "adoption", "talk", "nothing")
LONGEST_NOTE = 500
FURTHEST = timedelta(days=183)  # ahead, of an hour
MOST_HOURS = 50  # proposed in one room
REMIND_BEFORE = timedelta(hours=1)


@dataclass(frozen=True)
class Meeting:
    """Those of an introduction who wanted to meet and are still known: members and time zones in the same
    order, languages each once."""

    row: Introduction
    people: tuple[IntroductionPerson, ...]
    members: tuple[Member, ...]
    zones: tuple[str, ...]
    languages: tuple[str, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """Their Matrix ids."""
        return tuple(one.user_id for one in self.people)

    @property
    def name(self) -> str:
        """Their cities."""
        return named_for([one.city for one in self.members])

    def part(self, user_id: str) -> IntroductionPerson | None:
        """The part of one of them."""
        return next((one for one in self.people if one.user_id == user_id), None)


def named_for(cities: list[str]) -> str:
    """What a room or a meeting of people from these cities is called."""
    return " – ".join(dict.fromkeys(cities))


def of(tx: Tx, network: Network, row: Introduction) -> Meeting:
    """Who meets in an introduction."""
    known = [
        (one, member)
        for one in matching.introduced(tx, row)
        if one.answer == "yes" and (member := members.get(tx, one.user_id))
    ]
    spoken = [
        ui_language(members.preference(tx, one.user_id).locale, network.default_language) for one, _ in known
    ]
    return Meeting(
        row,
        tuple(one for one, _ in known),
        tuple(member for _, member in known),
        tuple(zone_of(tx, network, one.user_id) for one, _ in known),
        tuple(dict.fromkeys(spoken)),
    )


# --- the room


def greet_soon(tx: Tx, number: int, *, attempt: int) -> None:
    """Look in a minute whether the room is there, to say hello in it; later ever more seldom."""
    moment = (tx.now + timedelta(minutes=min(attempt, 60))).replace(tzinfo=None)
    payload = {"number": number, "attempt": attempt}
    schedule.plan(tx, f"introduction_hello:{number}:{attempt}", "introduction_hello", moment, "UTC", payload)


def room_of(tx: Tx, row: Introduction) -> str | None:
    """The room that was opened, once the bot has heard of it."""
    opened = outbox.by_key(tx, row.room_key) if row.room_key else None
    room = rooms.get(tx, rooms.current(tx, opened.room_id)) if opened and opened.room_id else None
    return room.room_id if room and room.membership == "join" else None


def refused(tx: Tx, row: Introduction) -> bool:
    """Whether the homeserver will never open the room."""
    wanted = outbox.by_key(tx, row.room_key) if row.room_key else None
    return wanted is not None and wanted.state == outbox.OutboxState.DEAD


def begin(tx: Tx, network: Network, meeting: Meeting, room_id: str) -> None:
    """Take down the room and the hours that are proposed in it, and plan what comes later."""
    row = meeting.row
    row.room_id = room_id
    row.hours = [hour.isoformat() for hour in rules.common_hours(tx.now, meeting.zones)]
    tx.flush()
    them, number = [one.user_id for one in meeting.people], {"number": row.id}
    people.soon(tx, network, "introduction_nudge", number, them, after=tx.now + NUDGE_AFTER)
    for person in meeting.people:
        people.in_working_hours(tx, network, "introduction_followup", person, after=tx.now + FOLLOW_UP_AFTER)


def present(tx: Tx, meeting: Meeting) -> bool:
    """Whether two of them or more are in their room, or invited there, and nobody blocked another."""
    row = meeting.row
    there = [one for one in meeting.ids if in_room(tx, row, one)]
    return len(there) > 1 and not blocked_among(tx, meeting.ids)


def in_room(tx: Tx, row: Introduction, user_id: str) -> bool:
    """Whether somebody is in the room that was opened, or invited there."""
    return rooms.membership(tx, row.room_id or "", user_id) in ("join", "invite")


def blocked_among(tx: Tx, ids: Sequence[str]) -> bool:
    """Whether one of these people has blocked another."""
    return any(row.blocked_id in ids for one in ids for row in matching.blocked_by(tx, one))


# --- the hour


def hours(row: Introduction, now: datetime) -> dict[int, datetime]:
    """The proposed hours that are still ahead, by their numbers."""
    proposed = enumerate(map(datetime.fromisoformat, row.hours), 1)
    return {number: moment for number, moment in proposed if moment > now}


def add_hour(tx: Tx, meeting: Meeting, at: datetime) -> int | None:
    """Have a moment among the proposed hours; returns its number, None where there are too many already."""
    row, proposed = meeting.row, at.isoformat()
    if proposed not in row.hours:
        if len(row.hours) == MOST_HOURS:
            return None
        row.hours = [*row.hours, proposed]
        tx.flush()
    return row.hours.index(proposed) + 1


def choose(tx: Tx, meeting: Meeting, person: IntroductionPerson, number: int) -> datetime | None:
    """Note that an hour suits somebody, by the reaction that is being read; returns it once it suits all who
    are there."""
    person.chosen = {**person.chosen, tx.source: number}
    tx.flush()
    # Who has left the room is not waited for; of an upgraded one, not all that are in it may be known yet.
    left = {
        one: rooms.membership(tx, meeting.row.room_id or "", one) in ("leave", "ban") for one in meeting.ids
    }
    there = [one for one in meeting.people if not left[one.user_id]]
    suits = len(there) > 1 and all(number in one.chosen.values() for one in there)
    return hours(meeting.row, tx.now).get(number) if suits else None


def choose_no_longer(tx: Tx, person: IntroductionPerson, reaction: str) -> None:
    """Forget that an hour suits somebody, who has taken the reaction back that said so."""
    person.chosen = {one: number for one, number in person.chosen.items() if one != reaction}
    tx.flush()


def take_back(tx: Tx, meeting: Meeting, user_id: str) -> bool:
    """Let no hour suit somebody any more; False if none did."""
    person = meeting.part(user_id)
    if person is None or not person.chosen:
        return False
    person.chosen = {}
    tx.flush()
    return True


def agree(ctx: Context, meeting: Meeting, at: datetime | None, title: str) -> Attachment:
    """Let them meet at a moment, another one than before, or no longer (None); returns the file that tells
    their calendars so. `title` is what calendars show."""
    row = meeting.row
    before = row.meets_at
    row.meets_at = at
    row.sequence += 1
    for person in meeting.people:
        person.chosen = {}  # another hour has to suit all anew
        if at and at - REMIND_BEFORE > ctx.now:
            remind(ctx.tx, person, at - REMIND_BEFORE, row.sequence)
    ctx.tx.flush()
    moment = at or before or ctx.now
    zone = meeting.zones[0]
    entry = calendar.Entry(
        uid=f"introduction-{row.id}@{ctx.network.server}",
        sequence=row.sequence - 1,
        summary=title,
        start=moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None),
        timezone=zone,
        changed_at=ctx.now,
        duration=LASTS,
        description="\n".join(f"{one.name}, {one.organisation}, {one.city}" for one in meeting.members),
        organizer=ctx.network.name,
    )
    data = calendar.invitation(entry, method="PUBLISH" if at else "CANCEL")
    return Attachment(data, "text/calendar", f"meeting-{row.id}.ics")


def remind(tx: Tx, person: IntroductionPerson, moment: datetime, sequence: int) -> None:
    """Have somebody reminded at a moment of the hour as it is agreed on by now."""
    key = f"introduction_reminder:{person.id}:{sequence}"
    payload = {"person": person.id, "sequence": sequence}
    schedule.plan(tx, key, "introduction_reminder", moment.replace(tzinfo=None), "UTC", payload)


# --- what they took home


def answer_met(tx: Tx, person: IntroductionPerson, *, met: bool) -> None:
    """Take down whether somebody has met the others."""
    person.met = met
    if not met:
        person.took = person.note = None
    tx.flush()


def answer_took(tx: Tx, person: IntroductionPerson, took: str | None, note: str | None = None) -> None:
    """Take down what somebody took home: one of `OUTCOMES`, or in their own words."""
    person.met = True
    person.took = took or person.took or "talk"
    person.note = note or person.note
    tx.flush()
