"""What is typed behind commands about events."""

from __future__ import annotations

import re
from typing import Annotated

from commands.core import values
from commands.core.arguments import ArgumentError, Positional, practice_number, unfilled
from commands.core.context import Context
from commands.core.errors import UserError
from config.languages import UI_LANGUAGES
from config.texts import texts
from config.words import fold

_NUMBERED = re.compile(r"\s*#?(?P<number>[0-9]{1,9})[.:,]?(?:\s+(?P<rest>.*))?\s*", re.DOTALL)


def words_of(key: str) -> set[str]:
    """The words of a key of the catalogues in all our languages, folded."""
    return {fold(word) for language in UI_LANGUAGES for word in texts(language).raw(key).split("|")}


def numbered(ctx: Context, typed: str) -> tuple[int, str]:
    """The number of an event, and what stands behind it; raises `ArgumentError`."""
    found = _NUMBERED.fullmatch(typed)
    if found is None:
        raise ArgumentError("event.number", typed=values.short(typed), events=ctx.call("events"))
    rest = found["rest"] or ""
    return int(found["number"]), "" if unfilled(rest) else rest


def event_number(typed: str, ctx: Context) -> int:
    """The number of an event, as the bot told it."""
    try:
        return practice_number(typed, ctx)
    except UserError:
        raise UserError("event.number", typed=typed[:40], events=ctx.call("events")) from None


EventNumber = Annotated[int, Positional(event_number)]
