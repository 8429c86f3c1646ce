"""Members as matching sees them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from commands.core.values import size_class
from commands.matching.rules import Peer, Subject
from config.languages import asked_to_speak
from config.words import fold
from storage.matching import NO_TIME, TOO_FAR, Said
from storage.members import Line, Member
from storage.search import senses


def peer(
    member: Member,
    offers: Iterable[Line | Said],
    needs: Iterable[Line | Said],
    *,
    zone: str = "",
    takes_part: bool = True,
    waited: int = 0,
    why_not: Iterable[str] = (),
    read: Callable[[str], tuple[str, ...]] = senses,
) -> Peer:
    """A member with what they offer and need; `read` gives the tokens of a text, `zone` is where
    they live if they said so, `why_not` are the reasons for which they lately did not want to meet somebody
    (see `storage.matching.IntroductionPerson`)."""
    reasons = set(why_not)
    return Peer(
        user_id=member.user_id,
        city=fold(member.city),
        country=member.country,
        languages=tuple(member.languages),
        themes=tuple(theme for theme in member.themes if theme not in reasons),
        size=size_class(member.population) if member.population else None,
        zone=zone,
        offers=tuple(Subject(line.theme, line.text, read(line.text)) for line in offers),
        needs=tuple(
            Subject(line.theme, line.text, read(line.text), asked_to_speak(line.text)) for line in needs
        ),
        takes_part=takes_part,
        waited=waited,
        busy=NO_TIME in reasons,
        nearby=TOO_FAR in reasons,
    )
