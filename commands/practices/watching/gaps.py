"""Searches that found nothing: counted without the person, as gaps in the library."""

from __future__ import annotations

import re
from datetime import timedelta

from commands.core.context import Context
from commands.practices.query import Asked
from config.words import fold, spellings
from storage import watching
from storage.search import is_filler, themes_named

KEPT = timedelta(days=180)  # since it was looked for last
AGAIN_AFTER = timedelta(minutes=10)  # who tries the same once more at once is one search
_MOST_WORDS = 8  # more is no search, but something that was said
_LONGEST_WORD = 60  # characters; German laws are that long
_MOST_NAMES = 3  # words of a person's name
_ADDRESS = re.compile(r"[@#!$]\S+:\S|\S@\S|\b(?:https?:|www\.|mxc:)|[0-9]{5,}|(?:[0-9][\s/().-]*){6,}")


def count(ctx: Context, asked: Asked) -> None:
    """Count a search that found nothing, unless it asked for nothing or may tell of a person.

    Only what was searched for by the command: other words in a direct chat may be anything that somebody has
    on their mind.
    """
    by_command = ctx.command == "search" and ctx.invoked
    if not by_command or _asks_for_nothing(asked) or _may_be_personal(ctx, asked):
        return
    words = " ".join(asked.text.lower().split())
    watching.count_gap(ctx.tx, words, asked.facets, ctx.language, not_since=ctx.now - AGAIN_AFTER)


def _asks_for_nothing(asked: Asked) -> bool:
    """Whether there are only signs, or what can be no word."""
    words = fold(asked.text).split()
    return not (words or asked.facets) or any(len(word) > _LONGEST_WORD for word in words)


def _may_be_personal(ctx: Context, asked: Asked) -> bool:
    """Whether words may be or hold an address, a number or a name."""
    typed = " ".join([asked.text, *map(str, asked.facets.get("city", ()))])
    words = fold(typed).split()
    if len(words) > _MOST_WORDS or _ADDRESS.search(typed) or _like_a_name(asked.text):
        return True
    telling = {word for word in words if not is_filler(word)}
    return any(
        telling.intersection(spelling.split())
        for name in watching.names(ctx.tx)
        for spelling in spellings(name)
    )


def _like_a_name(typed: str) -> bool:
    """Whether two or three words, each with a capital letter, name nothing that the themes know."""
    words = typed.split()
    return (
        1 < len(words) <= _MOST_NAMES
        and all(re.fullmatch(r"[^\W\d_][\w'’.-]*", word) and word[0].isupper() for word in words)
        and not themes_named(typed)  # as a whole: people are called Forest and Green
    )
