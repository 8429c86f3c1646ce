"""What to do next: the processes in which a step is nearest, what is missing there, and what helps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from commands.assessment import rules
from commands.assessment.service import Profile, Result, city_of
from commands.core.context import Context, Role, holds
from config.maturity import ATTRIBUTES, UNKNOWN, Question
from storage import matching, members, practices, search
from storage.practices import VISIBLE, Listed
from storage.search import Query

MOST_PROCESSES = 3
MOST_PRACTICES = 2


@dataclass(frozen=True)
class Step:
    """The way to the next level of a process.

    `missing` are the questions that were not answered well enough, with the answers; `practices` fit the
    process, and so many members (`helpers`) offer something on its themes.
    """

    result: Result
    level: int
    missing: tuple[tuple[Question, str], ...]
    practices: tuple[Listed, ...]
    helpers: int


def nearest(ctx: Context, profile: Profile, process: str | None = None) -> list[Step]:
    """The two or three processes where a step is nearest, of equally near ones the lowest first; or the one
    that is asked for."""
    open_ = [
        one
        for one in profile.known
        if one.climb.finished and one.climb.level < profile.model.top and process in (None, one.process.id)
    ]
    ranked = sorted(
        open_, key=lambda one: (rules.distance(one.climb.ratings, one.climb.level + 1), one.climb.level)
    )
    return [_step(ctx, result) for result in ranked[:MOST_PROCESSES]]


def _step(ctx: Context, result: Result) -> Step:
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
    return Step(
        result, level, tuple(missing), _practices(ctx, result), _helpers(ctx, result.process.theme_ids)
    )


def _enough(needed: str) -> Sequence[str]:
    return rules.RATINGS[rules.RATINGS.index(needed) :]


def _practices(ctx: Context, result: Result) -> tuple[Listed, ...]:
    """Practices on the themes of a process, those first that its own words find as well."""
    themes, words = result.process.theme_ids, result.process.title[ctx.language]
    if not themes:
        return ()
    found = search.find(ctx.tx, Query(text=words, themes=themes), limit=MOST_PRACTICES).hits
    if len(found) < MOST_PRACTICES:
        found = [*found, *search.find(ctx.tx, Query(themes=themes), limit=2 * MOST_PRACTICES).hits]
    numbers = list(dict.fromkeys(hit.number for hit in found))[:MOST_PRACTICES]
    return tuple(one for one in practices.listed(ctx.tx, numbers, ctx.language) if one.status in VISIBLE)


def _helpers(ctx: Context, themes: Sequence[str]) -> int:
    """How many members of other cities take part in matching and offer something on these themes."""
    own = city_of(ctx.member) if ctx.member else ""
    barred = {row.blocked_id for row in matching.blocked_by(ctx.tx, ctx.sender)}
    barred |= {row.user_id for row in matching.all_blocked(ctx.tx) if row.blocked_id == ctx.sender}
    offering = {
        user_id
        for (user_id, side), lines in matching.lines_of_all(ctx.tx).items()
        if side == "offer" and user_id not in barred and any(line.theme in themes for line in lines)
    }
    return sum(
        (member := members.get(ctx.tx, one)) is not None
        and city_of(member) != own
        and matching.participation(ctx.tx, one).active(ctx.now)
        and holds(ctx.tx, ctx.network, one, Role.MEMBER)
        for one in offering
    )
