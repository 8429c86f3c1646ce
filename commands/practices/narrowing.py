"""What a long list of results can be narrowed down by, and what would find something instead of nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from commands.practices.query import Asked
from config.themes import themes
from storage.practices import Facets
from storage.search import themes_named

#: How many results are counted at most.
COUNTED = 100
# A facet is worth its place if it leaves at least so many, and at most this part of all.
_FEWEST = 2
_MOST_LEFT = 0.6
# How many values of each facet are offered: one line of a phone or two.
_OFFERED = {"theme": 2, "country": 1, "language": 1}
_TRIED = 8
_TOLD = 3


class Cut(NamedTuple):
    """A value of a facet, and how many results are left by it."""

    facet: str
    value: str
    left: int


def cuts(asked: Asked, found: list[Facets]) -> list[Cut]:
    """The facets that would cut these results down best; not those that were asked for already."""
    counted: dict[str, Counter[str]] = {
        "theme": Counter(theme for one in found for theme in _lineage(one.themes)),
        "country": Counter(one.country for one in found),
        "language": Counter(one.language for one in found),
    }
    offered: list[Cut] = []
    for facet, most in _OFFERED.items():
        if facet in asked.facets:
            continue
        useful = [
            Cut(facet, value, count)
            for value, count in counted[facet].most_common()
            if _FEWEST <= count <= _MOST_LEFT * len(found)
        ]
        offered += _apart(useful)[:most] if facet == "theme" else useful[:most]
    return offered


@lru_cache(4096)
def _lineage(own: tuple[str, ...]) -> set[str]:
    known = [theme for theme in own if theme in themes()]
    return {*known, *(parent for theme in known if (parent := themes().get(theme).parent))}


def _apart(useful: list[Cut]) -> list[Cut]:
    """Without those that are of the same branch as a more common one."""
    branches: dict[str, Cut] = {}
    for cut in useful:
        branches.setdefault(cut.value.split(".")[0], cut)
    return list(branches.values())


class Finding(NamedTuple):
    """A query that finds something, and how much."""

    asked: Asked
    found: int


def would_find(asked: Asked, count: Callable[[Asked], int]) -> list[Finding]:
    """Queries near one that found nothing, each really tried: with fewer words or facets, a parent theme, or
    the theme that the words name."""
    found: list[Finding] = []
    tried: list[Asked] = []
    for other in _nearby(asked):
        if other.empty or other in tried:
            continue
        tried.append(other)
        if number := count(other):
            found.append(Finding(other, number))
        if len(found) == _TOLD or len(tried) == _TRIED:
            break
    return found


def _nearby(asked: Asked) -> Iterator[Asked]:
    facets = asked.facets
    parents = [themes().get(theme).parent or theme for theme in facets.get("theme", ())]
    if parents != facets.get("theme", []):
        yield replace(asked, facets={**facets, "theme": parents})
    for name in facets:
        yield replace(asked, facets={other: values for other, values in facets.items() if other != name})
    words = asked.text.split()
    if len(words) > 1:
        for place in range(len(words)):
            yield replace(asked, text=" ".join(words[:place] + words[place + 1 :]))
    if "theme" not in facets:
        for theme in themes_named(asked.text):
            yield Asked(facets={"theme": [theme]})
    if asked.text and len(facets) > 1:
        yield Asked(asked.text)
