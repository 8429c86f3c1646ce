"""The rules of the self-assessment (`DOMAIN.md`, after Automotive SPICE PAM 3.1 and ISO/IEC 33020:2015)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from config.maturity import ATTRIBUTES, SCALE, UNKNOWN, Process, Question

RATINGS = tuple(code for code, _end in SCALE)  # N, P, L, F
ENOUGH_CITIES = 5  # below so many there is no comparison

#: What was answered: a rating or "unknown", by the question's id.
Answers = Mapping[str, str]


def rating_of_percent(percent: float) -> str:
    """The rating of an achievement from 0 to 100 percent: N to 15, P to 50, L to 85, F to 100."""
    if not 0 <= percent <= SCALE[-1][1]:
        raise ValueError("an achievement is from 0 to 100 percent")
    return next(code for code, end in SCALE if percent <= end)


def rating_of(answers: Iterable[str]) -> str | None:
    """The rating of an attribute from several answers: their mean as 0 to 3, a half rounds up.

    "Don't know" is left out; an attribute with no other answer is not rated (None).
    """
    values = [RATINGS.index(answer) for answer in answers if answer != UNKNOWN]
    if not values:
        return None
    return RATINGS[(2 * sum(values) + len(values)) // (2 * len(values))]


def level_of(ratings: Mapping[str, str | None]) -> int:
    """The highest level of which all attributes are L or F, and all attributes below F; 0 if there is none.

    An attribute without a rating is neither.
    """
    reached = 0
    for level in range(1, max(ATTRIBUTES.values()) + 1):
        own = [ratings.get(name) for name, at in ATTRIBUTES.items() if at == level]
        below = [ratings.get(name) for name, at in ATTRIBUTES.items() if at < level]
        if all(one in ("L", "F") for one in own) and all(one == "F" for one in below):
            reached = level
    return reached


@dataclass(frozen=True)
class Climb:
    """How far the answers lead through a process.

    `asked` are the questions that the rules ask so far, those of the last level included; `ratings` those of
    the attributes whose questions are all answered; `next` is the first that is not, None at the end.
    """

    asked: tuple[Question, ...]
    ratings: Mapping[str, str | None]
    level: int
    next: Question | None

    @property
    def finished(self) -> bool:
        """Whether nothing is left to ask."""
        return self.next is None


def climb(process: Process, answers: Mapping[str, str | Sequence[str]]) -> Climb:
    """Go up as far as the rules ask: to the next level only while all attributes so far are F.

    Of several people there are several answers to a question.
    """
    asked: list[Question] = []
    ratings: dict[str, str | None] = {}
    for level in sorted(set(ATTRIBUTES.values())):
        here = list(process.on(level))
        asked += here
        for name in dict.fromkeys(question.attribute for question in here):
            given = [answers.get(question.id) for question in here if question.attribute == name]
            if all(given):
                every = [one for said in given if said for one in ([said] if isinstance(said, str) else said)]
                ratings[name] = rating_of(every)
        if not here or any(ratings.get(question.attribute) != "F" for question in here):
            break
    upcoming = next((question for question in asked if not answers.get(question.id)), None)
    return Climb(tuple(asked), ratings, level_of(ratings), upcoming)


def wanting(ratings: Mapping[str, str | None], level: int) -> dict[str, str]:
    """The attributes that are not yet what a level needs, with the rating that each needs: L, below it F."""
    needed = {name: "L" if at == level else "F" for name, at in ATTRIBUTES.items() if at <= level}
    return {name: rating for name, rating in needed.items() if _steps(ratings.get(name), rating)}


def distance(ratings: Mapping[str, str | None], level: int) -> int:
    """How many steps of the scale are missing to a level, over all attributes."""
    return sum(_steps(ratings.get(name), rating) for name, rating in wanting(ratings, level).items())


def _steps(rating: str | None, needed: str) -> int:
    return max(0, RATINGS.index(needed) - (RATINGS.index(rating) if rating else 0))


def quartiles(levels: Sequence[int]) -> tuple[float, float, float]:
    """The lower quartile, the median and the upper quartile of the levels of at least five cities."""
    if len(levels) < ENOUGH_CITIES:
        raise ValueError("too few to compare with")
    ordered = sorted(levels)

    def at(quarters: int) -> float:
        place, rest = divmod(quarters * (len(ordered) - 1), 4)
        above = ordered[min(place + 1, len(ordered) - 1)]
        return ordered[place] + rest * (above - ordered[place]) / 4

    return at(1), at(2), at(3)
