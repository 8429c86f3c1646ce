"""From a query to an answer: search, explain, and say what would help when nothing is there."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

from rapidfuzz import fuzz, process

from commands.core.context import Context
from commands.core.nodes import Block
from commands.core.reply import Place, Reply
from commands.practices import index, narrowing, query, views
from commands.practices.narrowing import Finding
from commands.practices.query import Asked
from commands.practices.watching import gaps
from config.words import fold
from storage import practices, translations
from storage.practices import VISIBLE, Listed
from storage.search import Found, Passage, Searched, explain, find
from storage.translations import Short

LISTING = "found"
ON_A_PAGE = 5
MOST = 15  # results for words; hardly anyone reads on, and one more word finds better
MOST_LISTED = 50  # results for facets alone, where the whole list is what is asked for


def answer(ctx: Context, words: str) -> Reply:
    """The practices that the words mean, best first, each with why it was found."""
    asked = query.read(words, ctx)
    if asked.empty:
        return views.how_to_search(ctx, practices.count(ctx.tx))
    found = _found(ctx, asked)
    if not found.hits:
        gaps.count(ctx, asked)
        return views.nothing(ctx, words, _similar_cities(ctx, asked), _would_find(ctx, asked))
    all_numbers = [hit.number for hit in found.hits]
    numbers = all_numbers[: MOST if asked.text else MOST_LISTED]
    shown = _explained(ctx, found.searched, numbers[:ON_A_PAGE])
    place = Place(
        listing=LISTING,
        state={
            "words": words,
            "numbers": numbers,
            "total": found.total,
            "by_meaning": sorted(found.by_meaning.intersection(numbers)),
        },
        page=1,
        pages=math.ceil(len(numbers) / ON_A_PAGE),
    )
    cuts = narrowing.cuts(asked, practices.facets(ctx.tx, all_numbers)) if place.pages > 1 else []
    return views.results(ctx, asked, found, shown, place, cuts)


def _found(ctx: Context, asked: Asked) -> Found:
    found = find(ctx.tx, asked.query, limit=narrowing.COUNTED, prefer_language=ctx.language)
    if ctx.network.meaning and asked.text:
        return ctx.network.meaning.fuse(ctx.tx, found, asked.query, narrowing.COUNTED)
    return found


def page(ctx: Context, state: dict[str, Any], number: int) -> tuple[Block, ...]:
    """A further page of what was found, as it is by now."""
    numbers = state["numbers"]
    on_it = numbers[(number - 1) * ON_A_PAGE : number * ON_A_PAGE]
    # Why something was found is told by the same search.
    asked = query.read(state["words"], ctx)
    searched = find(ctx.tx, asked.query, limit=1, prefer_language=ctx.language).searched
    last = number * ON_A_PAGE >= len(numbers)
    cut = len(numbers) if last and state["total"] > len(numbers) else None
    by_meaning = frozenset(state.get("by_meaning", ()))
    return views.further_results(ctx, _explained(ctx, searched, on_it), cut, by_meaning)


def _explained(ctx: Context, searched: Searched, numbers: list[int]) -> list[tuple[Listed, Passage]]:
    """The practices with these numbers that everyone may see, each with why it was found."""
    listed = practices.listed(ctx.tx, numbers, ctx.language)
    return [(one, _why(ctx, searched, one)) for one in listed if one.status in VISIBLE]


def _why(ctx: Context, searched: Searched, practice: Listed) -> Passage:
    """Why a practice was found: by what the reader sees of it, or else by what it says in other languages."""
    seen = _passage(searched, practice, practice.short, ctx.language)
    if seen.shows or not practice.in_short:
        return seen
    others = [
        None,
        *(Short(one.language, one.title, one.summary) for one in translations.of(ctx.tx, practice.number)),
    ]
    said = (_passage(searched, practice, short, ctx.language) for short in others)
    return next((passage for passage in said if passage.shows), seen)


@lru_cache(1024)
def _passage(searched: Searched, practice: Listed, short: Short | None, language: str) -> Passage:
    """The passage for which a practice, or a short version of it, was found; many search for the same."""
    return explain(searched, index.found(practice, short), language)


def _would_find(ctx: Context, asked: Asked) -> list[Finding]:
    return narrowing.would_find(asked, lambda other: find(ctx.tx, other.query, limit=1).total)


def _similar_cities(ctx: Context, asked: Asked) -> list[str]:
    """Cities of the library that may be meant, where a city was asked for that is not in it."""
    if "city" not in asked.facets:
        return []
    known = {fold(city): city for city in practices.cities(ctx.tx)}
    near = {
        known[match[0]]: None
        for typed in asked.facets["city"]
        for match in process.extract(fold(typed), list(known), scorer=fuzz.ratio, score_cutoff=65, limit=3)
    }
    return list(near)
