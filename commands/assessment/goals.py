"""Goals that members set themselves, and the friendly question when their day has come."""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime, time, timedelta

from babel.dates import get_month_names

from commands.assessment import service
from commands.core import hours, values
from commands.core.context import Context
from commands.core.errors import UserError
from config.languages import UI_LANGUAGES
from config.maturity import Model
from config.texts import texts
from config.words import fold
from storage import assessment as stored
from storage import schedule
from storage.assessment import AssessmentGoal
from storage.database import Tx

JOB = "assessment_goal"
TOPIC = "assessment_goal"
FARTHEST = timedelta(days=5 * 366)
WORDS = re.compile(
    r"(?P<process>.+?)[\s,:]+(?:(?:to|auf|at|on)\s+)?(?:level|stufe)\s*(?P<level>\d)"
    r"(?:[\s,:]+(?:by|until|till|bis(?: zum)?)\s+(?P<due>.+))?",
    re.I,
)
_END = re.compile(r"(?:(?:the )?end of|end|ende)\s+", re.I)
_MONTH = re.compile(r"(?:(?P<year>\d{4})-(?P<number>\d{1,2})|(?P<name>[^\W\d_]+)\.? (?P<of>\d{4}))")


def keep(ctx: Context, model: Model, process: str, level: int, due: date) -> AssessmentGoal:
    """Set a goal and plan to ask about it on that day, or the next one on which people work."""
    if not 1 <= level <= model.top:
        example = f"{process} {ctx.texts.get('assessment.level_short', level=min(2, model.top))}"
        by = ctx.texts.get("goal.by", due=due.isoformat())
        raise UserError("goal.level", top=str(model.top), goal=ctx.call("goal", f"{example} {by}"))
    found = service.profile(ctx.tx, ctx.sender, key=model.key)
    if found and found.result(process).climb.finished and found.result(process).climb.level >= level:
        raise UserError("goal.reached_already", level=str(found.result(process).climb.level))
    moment = datetime.combine(due, time(hours.AFTERWARDS))
    while moment.weekday() >= 5:
        moment += timedelta(days=1)
    row = stored.set_goal(ctx.tx, ctx.sender, process, level, due.isoformat())
    schedule.plan(ctx.tx, f"{JOB}/{row.id}", JOB, moment, ctx.timezone, {"number": row.id})
    return row


def day(ctx: Context, typed: str, today: date) -> date:
    """The day that was named, or the last one of a month; raises `UserError` for one that is not ahead."""
    named = _MONTH.fullmatch(_END.sub("", typed.strip().rstrip("."), count=1))
    month = int(named["number"]) if named and named["number"] else _month(named["name"]) if named else 0
    year = int(named["year"] or named["of"]) if named else 0
    if year and 1 <= month <= 12:
        found = date(year, month, calendar.monthrange(year, month)[1])
    else:
        found = values.day(typed, ctx)
    if found <= today:
        raise UserError("goal.past", day=ctx.texts.date(found))
    if found > today + FARTHEST:
        raise UserError("goal.far")
    return found


def _month(name: str) -> int:
    """The number of a month by its name in one of our languages; 0 for none."""
    for language in UI_LANGUAGES:
        for width in ("wide", "abbreviated"):
            for number, known in get_month_names(width, locale=language).items():
                if known.casefold().rstrip(".") == name.casefold():
                    return int(number)
    return 0


def asked(ctx: Context, number: str) -> AssessmentGoal | None:
    """The goal that the sender was asked about, if it still stands."""
    row = stored.goal(ctx.tx, int(number))
    return row if row and row.user_id == ctx.sender else None


def told(typed: str) -> bool | None:
    """Whether words say of a goal that it is reached, or that it is not yet; None for everything else."""
    for word, reached in (("reached", True), ("not_yet", False)):
        for language in UI_LANGUAGES:
            if fold(typed) in map(fold, texts(language).raw(f"goal.words.{word}").split("|")):
                return reached
    return None


def is_reached(tx: Tx, row: AssessmentGoal) -> bool:
    """Whether somebody's last finished result is at the level of their goal, or above it."""
    found = service.profile(tx, row.user_id)
    if found is None or found.model.process(row.process) is None:
        return False
    climb = found.result(row.process).climb
    return climb.finished and climb.level >= row.level
