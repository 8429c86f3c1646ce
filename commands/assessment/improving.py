"""What to do next: the processes in which a step is nearest, what is missing there, and what helps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from commands.assessment import rules
from commands.assessment.service import Profile, Result
from commands.core.context import Context
from commands.core.helping import Help, Matter
from commands.core.registry import load
from config.maturity import ATTRIBUTES, UNKNOWN, Question
from storage import assessment as stored
from storage import practices, search
from storage.practices import VISIBLE, Listed
from storage.search import Query

MOST_PROCESSES = 3
_HELP = ("people", "trainings")  # of other capabilities, in the order in which it is shown


@dataclass(frozen=True)
class _Size:
    """How much is shown of a process."""

    missing: int
    practices: int
    help: int  # of a kind


_AMONG_OTHERS, _ALONE = _Size(2, 1, 1), _Size(6, 2, 2)


@dataclass(frozen=True)
class Step:
    """The way to the next level of a process.

    `missing` are the questions that were not answered well enough, with the answers, the weakest first;
    `practices` and `help` fit the process.
    """

    result: Result
    level: int
    missing: tuple[tuple[Question, str], ...]
    practices: tuple[Listed, ...]
    help: tuple[Help, ...]


def nearest(ctx: Context, profile: Profile, process: str | None = None) -> list[Step]:
    """The two or three processes where a step is nearest, of equally near ones the lowest first; or the one
    that is asked for, with more of what helps. What helps with several is shown with the first."""
    open_ = [
        one
        for one in profile.known
        if one.climb.finished and one.climb.level < profile.model.top and process in (None, one.process.id)
    ]
    ranked = sorted(
        open_, key=lambda one: (rules.distance(one.climb.ratings, one.climb.level + 1), one.climb.level)
    )[:MOST_PROCESSES]
    size = _ALONE if process else _AMONG_OTHERS
    matters = [_matter(ctx, one) for one in ranked]
    kinds = [load().helping[kind].find(ctx, matters, size.help) for kind in _HELP]
    shown: set[int] = set()
    return [
        Step(
            one,
            one.climb.level + 1,
            _missing(one)[: size.missing],
            _practices(ctx, matter, size.practices, shown),
            tuple(help_ for kind in kinds for help_ in kind[place]),
        )
        for place, (one, matter) in enumerate(zip(ranked, matters, strict=True))
    ]


def _matter(ctx: Context, result: Result) -> Matter:
    process = result.process
    return Matter(process.theme_ids, process.title[ctx.language], stored.willing(ctx.tx, process.id))


def _missing(result: Result) -> tuple[tuple[Question, str], ...]:
    level = result.climb.level + 1
    needed = rules.wanting(result.climb.ratings, level)
    missing = [
        (question, said)
        for question in result.climb.asked
        if question.attribute in needed
        and ATTRIBUTES[question.attribute] <= level
        and (said := result.answers.get(question.id, UNKNOWN)) not in _enough(needed[question.attribute])
    ]
    missing.sort(key=lambda one: rules.RATINGS.index(one[1]) if one[1] in rules.RATINGS else -1)
    return tuple(missing)


def _enough(needed: str) -> Sequence[str]:
    return rules.RATINGS[rules.RATINGS.index(needed) :]


def _practices(ctx: Context, matter: Matter, most: int, shown: set[int]) -> tuple[Listed, ...]:
    """Practices on the themes of a process, those first that its own words find as well; none of `shown`."""
    if not matter.themes:
        return ()
    enough = most + len(shown)
    found = search.find(ctx.tx, Query(text=matter.words, themes=matter.themes), limit=enough).hits
    if len(found) < enough:
        found = [*found, *search.find(ctx.tx, Query(themes=matter.themes), limit=2 * enough).hits]
    numbers = [number for number in dict.fromkeys(hit.number for hit in found) if number not in shown]
    listed = practices.listed(ctx.tx, numbers, ctx.language)
    fitting = tuple(one for one in listed if one.status in VISIBLE)[:most]
    shown |= {one.number for one in fitting}
    return fitting
