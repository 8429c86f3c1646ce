"""What came of the commands that people gave: lost, doubled, carried out, and how long it took."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

from bench.figures import percentile
from bench.people import Person


@dataclass
class Room:
    """A room with the bot, and the people who speak there; the first of them made it."""

    room_id: str
    people: list[Person]
    encrypted: bool

    @property
    def group(self) -> bool:
        """Whether people talk to each other there, too."""
        return len(self.people) > 1


@dataclass
class Command:
    """What somebody said to the bot; `title` is that of the practice that it shares."""

    person: Person
    room: Room
    sent_at: float
    title: str | None = None
    event_id: str = ""
    answers: list[str] = field(default_factory=list)
    """What the bot said that carries it out."""
    delay: float | None = None
    """Seconds until an answer came to its sender."""

    def is_answer(self, body: str) -> bool:
        """Whether these words carry out what was asked for."""
        if self.title is None:
            return body == "pong"
        return self.title in body and self.number(body) is not None

    @staticmethod
    def number(body: str) -> int | None:
        """The number of the practice that an answer speaks of."""
        found = re.search(r"#(\d+)", body)
        return int(found[1]) if found else None


@dataclass
class Outcome:
    """What came of everything."""

    commands: list[Command]
    rooms: int
    remarks: list[str] = field(default_factory=list)
    """What else the bot said to commands."""
    unreadable: int = 0  # events of the bot that a member could not decrypt
    out_of_order: int = 0  # rooms
    library: Counter[str] = field(default_factory=Counter)

    @property
    def lost(self) -> list[Command]:
        """Commands without an answer."""
        return [command for command in self.commands if not command.answers]

    @property
    def doubled(self) -> list[Command]:
        """Commands with more than one."""
        return [command for command in self.commands if len(command.answers) > 1]

    @property
    def unseen(self) -> list[Command]:
        """Commands whose answer is in the room, but never came to the one who asked."""
        return [command for command in self.commands if command.answers and command.delay is None]

    @property
    def failed(self) -> bool:
        """Whether anything was lost, was said or done twice, or can not be read by the one who asked."""
        return bool(self.lost or self.doubled or self.unseen or self.wrong_effects or self.unreadable)

    @property
    def shares(self) -> list[Command]:
        """Commands that share a practice."""
        return [command for command in self.commands if command.title is not None]

    @property
    def numbers(self) -> set[int | None]:
        """The numbers of practices that were told to those who shared them."""
        return {Command.number(command.answers[0]) for command in self.shares if command.answers}

    @property
    def wrong_effects(self) -> int:
        """Practices that are not in the library exactly once, or have a number that another one has."""
        titles = {command.title for command in self.shares}
        wrong = sum(self.library[title or ""] != 1 for title in titles) + len(set(self.library) - titles)
        return wrong + len(titles) - len(self.numbers)


def report(outcome: Outcome) -> Iterator[str]:
    """What came of it, in lines."""
    where = Counter("encrypted" if command.room.encrypted else "plain" for command in outcome.commands)
    places = " and ".join(f"{count} in {kind} rooms" for kind, count in where.items())
    yield f"sent {len(outcome.commands)}, {places}"
    yield (
        f"answered {len(outcome.commands) - len(outcome.lost)}, lost {len(outcome.lost)},"
        f" doubled {len(outcome.doubled)}"
    )
    yield (
        f"practices shared {len(outcome.shares)}, in the library {sum(outcome.library.values())},"
        f" numbers {len(outcome.numbers)}, wrong {outcome.wrong_effects}"
    )
    yield f"order kept in {outcome.rooms - outcome.out_of_order} of {outcome.rooms} rooms"
    delays = [command.delay for command in outcome.commands if command.delay is not None]
    if delays:
        yield (
            f"answers arrived after {median(delays):.2f} s (median),"
            f" {percentile(delays, 99):.2f} s (99 %), {max(delays):.2f} s (greatest)"
        )
    if outcome.unreadable:
        yield f"events of the bot that could not be read: {outcome.unreadable}"
    yield from _examples("lost", outcome.lost)
    yield from _examples("doubled", outcome.doubled)
    yield from _examples("never came to the one who asked", outcome.unseen)
    for remark, count in Counter(outcome.remarks).most_common(5):
        yield f"remark ({count} times): {remark[:200]!r}"


def _examples(name: str, commands: Sequence[Command]) -> Iterator[str]:
    if commands:
        yield f"{name}: {len(commands)}, such as"
    for command in commands[:5]:
        kind = "encrypted" if command.room.encrypted else "plain"
        yield f"  {command.event_id} {command.title or '!ping'}, {kind} {command.room.room_id}"
