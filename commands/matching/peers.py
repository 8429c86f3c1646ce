"""Members as matching sees them."""

from __future__ import annotations

from commands.core.values import size_class
from commands.matching.rules import Peer, Topic
from config.words import fold
from storage.members import Line, Member
from storage.search import meaning


def peer(
    member: Member, offers: list[Line], needs: list[Line], *, takes_part: bool = True, waited: int = 0
) -> Peer:
    """A member with what they offer and need."""
    return Peer(
        user_id=member.user_id,
        city=fold(member.city),
        country=member.country,
        languages=tuple(member.languages),
        themes=tuple(member.themes),
        size=size_class(member.population) if member.population else None,
        offers=tuple(map(topic, offers)),
        needs=tuple(map(topic, needs)),
        takes_part=takes_part,
        waited=waited,
    )


def topic(line: Line) -> Topic:
    """A line with what it means."""
    return Topic(line.theme, line.text, meaning(line.text))
