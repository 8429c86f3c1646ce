"""Which command was probably meant by words that are none."""

from __future__ import annotations

import re

from rapidfuzz import fuzz, process

from commands.core.context import Context
from commands.core.errors import UserError
from commands.core.registry import Command, Registry, fold

# How alike, in percent, a word has to be to a command's. Without a prefix it is more likely meant as it is.
AFTER_PREFIX = 70
IN_ONE_WORD = 84
LONGEST = 40  # characters
NUMBERED = re.compile(r"#?[0-9]{1,9}\b")


def unknown(ctx: Context, registry: Registry, text: str) -> UserError:
    """The refusal of words that are no command, with the one that was probably meant."""
    words = text.split()
    if not words:
        return UserError("command.none", help=ctx.call("help"))
    typed = words[0]
    tries = {count: nearest(ctx, registry, " ".join(words[:count]), AFTER_PREFIX) for count in (1, 2)}
    if near := {count: found for count, found in tries.items() if found}:
        count = max(near, key=lambda count: near[count][1])
        behind = "".join(words[count : count + 1])
        return UserError(
            "command.unknown_suggest",
            typed=typed[:40],
            meant=ctx.call(near[count][0].name, behind if NUMBERED.match(behind) else ""),
            help=ctx.call("help"),
        )
    search = ctx.call("search", " ".join(text.split())[:60])
    return UserError("command.unknown", typed=typed[:40], search=search, help=ctx.call("help"))


def nearest(ctx: Context, registry: Registry, typed: str, at_least: int) -> tuple[Command, float] | None:
    """The command whose word looks most like what was typed, if any does, and how much in percent."""
    if len(typed) > LONGEST:
        return None
    words = {
        fold(word): command
        for command in registry.commands.values()
        for word in [*command.words(ctx.language), *command.phrases(ctx.language), command.name]
    }
    best = process.extractOne(fold(typed), list(words), scorer=fuzz.ratio, score_cutoff=at_least)
    return (words[best[0]], best[1]) if best else None
