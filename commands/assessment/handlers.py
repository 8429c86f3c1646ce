"""What members type to assess their city's work, and to look at what came of it."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from commands.assessment import forms, goals, improving, offering, service, sharing, together, views
from commands.assessment.service import Profile
from commands.assessment.together import FOR_CITY
from commands.core import dialog, letters, questions, values
from commands.core.arguments import Args, ArgumentError, Rest
from commands.core.context import Context, Role
from commands.core.errors import UserError
from commands.core.forms import Answers, Form, FormField, text
from commands.core.nodes import strong
from commands.core.registry import command
from commands.core.reply import Reply
from config.languages import UI_LANGUAGES
from config.maturity import Model
from config.texts import texts
from storage import assessment as stored
from storage import dialogs
from storage.members import Member

_WORDS_OF_A_SENTENCE = 4  # fewer are rather looked for
_LONG_AGO = date(1970, 1, 1)  # in the first year of all, times of day have no place in others' time zones
_BETWEEN = re.compile(r"\s+(?:to|until|and|bis|und|–|-)\s+")


class AssessArgs(Args):
    """`!assess 3`"""

    area: Rest = ""


@command("assess", requires=Role.MEMBER, private=True)
def assess(ctx: Context, args: AssessArgs) -> Reply:
    """Assess how far the city's international work has come, question by question."""
    typed = args.area.strip()
    return forms.begin(ctx, forms.wanted(ctx, typed) if typed else None)


@command("assess back", requires=Role.MEMBER, private=True)
def assess_back(ctx: Context) -> Reply:
    """Give the last answer of a finished area anew."""
    process = service.reopen(ctx.tx, ctx.sender)
    if process is None:
        raise UserError("assess.nothing_back", assess=ctx.call("assess"))
    return forms.begin(ctx, process)


@command("assess together", requires=Role.MEMBER, private=True)
def assess_for_city(ctx: Context) -> Reply:
    """Answer together with others of the same city."""
    member = _member(ctx)
    row = stored.team_row(ctx.tx, ctx.sender)
    if row and row.city == service.city_of(member):
        return forms.begin(ctx, None)
    together.colleagues(ctx, member)
    return dialog.start(ctx, FOR_CITY)


class AssessmentArgs(Args):
    """`!assessment UD.3`"""

    area: Rest = ""


@command("assessment", requires=Role.MEMBER, repeatable=True, private=True)
def assessment(ctx: Context, args: AssessmentArgs) -> Reply:
    """Show one's own result in words and as a picture, or one area of it in detail."""
    typed, svg = _svg(args.area)
    found = _profile(ctx)
    if not typed:
        return views.profile(ctx, found, svg=svg)
    result = found.result(_process(ctx, found.model, typed))
    if not result.known:
        raise UserError("assessment.not_yet", assess=ctx.call("assess", result.process.id))
    return views.process(ctx, found.model, result)


class HistoryArgs(Args):
    """`!assessment history 2027-01-31 to 2027-06-30`"""

    period: Rest = ""


@command("assessment history", requires=Role.MEMBER, repeatable=True, private=True)
def assessment_history(ctx: Context, args: HistoryArgs) -> Reply:
    """Show what has changed between two dates, also as a picture."""
    typed, svg = _svg(args.period)
    found = _profile(ctx)
    today = ctx.now.astimezone(ZoneInfo(ctx.timezone)).date()
    if typed:
        days = [_past(ctx, one, today) for one in _days(typed)]
        first, last = days[0], days[1] if len(days) > 1 else today
    else:
        moment = service.before_repeats(ctx.tx, ctx.sender, found.model)
        if moment is None:
            raise UserError("history.once", assess=ctx.call("assess"))
        first, last = moment.astimezone(ZoneInfo(ctx.timezone)).date(), today
        before = service.profile(ctx.tx, ctx.sender, at=moment, key=found.model.key)
        if before:
            return views.history(ctx, before, found, (first, last), svg=svg)
    first, last = min(first, last), max(first, last)
    before = service.profile(ctx.tx, ctx.sender, at=_end(ctx, first), key=found.model.key)
    now = service.profile(ctx.tx, ctx.sender, at=_end(ctx, last), key=found.model.key)
    if before is None or now is None:
        raise UserError(
            "history.nothing_then", day=ctx.texts.date(first), history=ctx.call("assessment history")
        )
    return views.history(ctx, before, now, (first, last), svg=svg)


def _days(typed: str) -> list[str]:
    found = _BETWEEN.split(typed)
    if (
        len(found) == 1
        and len(typed.split()) == 2
        and all(any(c.isdigit() for c in word) for word in typed.split())
    ):
        found = typed.split()
    if len(found) > 2:
        raise ArgumentError("argument.left_over", typed=found[2][:40])
    return found


def _past(ctx: Context, typed: str, today: date) -> date:
    """The day that was named, today at the latest; one without a year is the last such day."""
    found = values.day(typed, ctx)
    if found > today and not re.search(r"\d{4}", typed):
        day, month = found.day, found.month  # 29 February may be years ago
        having = (y for y in range(found.year - 1, 0, -1) if day <= monthrange(y, month)[1])
        found = date(next(having), month, day)
    return min(found, today)


def _end(ctx: Context, day: date) -> datetime:
    day = max(day, _LONG_AGO)
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(ctx.timezone)) - timedelta(
        microseconds=1
    )


class ShareArgs(Args):
    """`!assessment share Ada Example`"""

    recipient: Rest = ""


@command("assessment share", requires=Role.ANYONE, private=True)
def assessment_share(ctx: Context, args: ShareArgs) -> Reply:
    """Show one's result to a person or a room, until one takes it back."""
    if not args.recipient.strip():
        return views.shares(ctx, stored.shares(ctx.tx, ctx.sender))
    ctx.need(Role.MEMBER)
    lane = sharing.to_whom(ctx, args.recipient)
    if lane.startswith("@"):
        return _share(ctx, {"lane": lane})
    _profile(ctx)
    here = ctx.privately()
    opening = (here.p("assessment.share_room", room=strong(views.called(here, lane))),)
    return dialog.start(ctx, SHARE, only=("sure",), hidden={"lane": lane}, opening=opening)


def _share(ctx: Context, answers: Answers) -> Reply:
    ctx.need(Role.MEMBER)
    lane = answers["lane"]
    now = sharing.share(ctx, lane)
    return views.shares(ctx, stored.shares(ctx.tx, ctx.sender), told=lane, now=now)


def _not_shared(value: str, ctx: Context) -> Reply | None:
    return None if value == "yes" else Reply((ctx.p("assessment.not_shared"),))


SHARE = Form(
    "assessment_share",
    (FormField("sure", text(10), choices=("yes", "no"), ends=_not_shared),),
    _share,
    last_look=False,
)


class UnshareArgs(Args):
    """`!assessment unshare 1`"""

    item: Rest = ""


@command("assessment unshare", requires=Role.ANYONE, private=True)
def assessment_unshare(ctx: Context, args: UnshareArgs) -> Reply:
    """Take back a result that one shared; numbers are those of the list."""
    rows = stored.shares(ctx.tx, ctx.sender)
    digits = args.item.strip().rstrip(".")
    if not digits and len(rows) == 1:
        digits = "1"
    if not digits:
        return views.shares(ctx, rows)
    if not digits.isascii() or not digits.isdigit() or not 0 < int(digits[:4]) <= len(rows):
        raise UserError("assessment.no_share", typed=digits[:20], share=ctx.call("assessment share"))
    row = rows[int(digits) - 1]
    name = views.called(ctx.privately(), row.lane)
    return views.unshared(ctx, name, whole=sharing.end(ctx.tx, row, ctx.language))


class CompareArgs(Args):
    """`!assessment compare on`"""

    on_off: Rest = ""


@command("assessment compare", requires=Role.ANYONE, private=True)
def assessment_compare(ctx: Context, args: CompareArgs) -> Reply:
    """Compare one's result with those of other cities, for those who let theirs count."""
    typed = args.on_off.strip()
    wish = _wish(typed, ("on", "off"))
    if typed and wish is None:
        raise ArgumentError("compare.wish_unknown", typed=typed[:40])
    if wish == "off":
        stored.forget_consent(ctx.tx, ctx.sender)
        return views.comparing(ctx, counts=False)
    member = _member(ctx)
    if member.kind not in service.CITIES:
        raise UserError("compare.no_city", profile=ctx.call("profile edit"))
    if wish == "on":
        stored.agree(ctx.tx, ctx.sender)
    if stored.consent(ctx.tx, ctx.sender) is None:
        return views.comparing(ctx, counts=False)
    found = service.profile(ctx.tx, ctx.sender)
    if found is None:
        if typed:
            return views.comparing(ctx, counts=True)
        raise UserError("assessment.none", assess=ctx.call("assess"))
    monday = service.week_of(ctx.tx, ctx.network).astimezone(ZoneInfo(ctx.network.timezone)).date()
    return views.compared(ctx, found.model, service.compare(ctx.tx, ctx.network, member, found), monday)


class CityArgs(Args):
    """`!assessment city off`"""

    on_off: Rest = ""


@command("assessment city", requires=Role.ANYONE, private=True)
def assessment_city(ctx: Context, args: CityArgs) -> Reply | None:
    """Show what the people of one's city answered together, and where they differ."""
    typed = args.on_off.strip()
    if typed:
        match _wish(typed, ("on", "off")):
            case "on":
                return assess_for_city.run(ctx, "")
            case "off":
                stored.forget_team(ctx.tx, ctx.sender)
                return Reply((ctx.privately().p("assess.city_out"),), private=True)
            case _:
                raise ArgumentError("compare.wish_unknown", typed=typed[:40])
    member = _member(ctx)
    found = service.joint(ctx.tx, ctx.network, member)
    if found is None:
        row = stored.team_row(ctx.tx, ctx.sender)
        message = "assess.city_waits" if row and not row.joined else "assess.city_alone"
        raise UserError(message, command=ctx.call("assess together"))
    return views.joint(ctx, member.city, found)


class ImproveArgs(Args):
    """`!improve UD.3`"""

    area: Rest = ""


@command("improve", requires=Role.MEMBER, repeatable=True, private=True)
def improve(ctx: Context, args: ImproveArgs) -> Reply:
    """Show where the next step is nearest, or that of one area, what is missing there, and what helps."""
    found = _profile(ctx)
    typed = args.area.strip()
    area = _process(ctx, found.model, typed) if typed else None
    steps = improving.nearest(ctx, found, area)
    if area and not steps:
        raise UserError("improve.no_step", assess=ctx.call("assess", area), improve=ctx.call("improve"))
    if not steps:
        raise UserError("improve.nothing", assess=ctx.call("assess"))
    return views.improvements(ctx, found.model, steps)


class GoalArgs(Args):
    """`!goal UD.3 level 2 by 2027-06`"""

    goal: Rest = ""


@command("goal", requires=Role.ANYONE, private=True)
def goal(ctx: Context, args: GoalArgs) -> Reply:
    """Set oneself a goal, about which one is asked on its day, or show one's goals."""
    model = _model(ctx)
    typed = args.goal.strip()
    if not typed:
        return views.goals(ctx, model, stored.goals(ctx.tx, ctx.sender), kept=None)
    told = goals.WORDS.fullmatch(typed)
    if told is None:
        raise ArgumentError("goal.not_understood")
    ctx.need(Role.MEMBER)
    process = _process(ctx, model, told["process"])
    if not told["due"]:
        example = f"{process} {ctx.texts.get('assessment.level_short', level=told['level'])}"
        due = ctx.texts.get("goal.by", due=f"{ctx.now + timedelta(days=182):%Y-%m}")
        raise UserError("goal.no_day", goal=ctx.call("goal", f"{example} {due}"))
    today = ctx.now.astimezone(ZoneInfo(ctx.timezone)).date()
    kept = goals.keep(ctx, model, process, int(told["level"]), goals.day(ctx, told["due"], today))
    return views.goals(ctx, model, (), kept=kept)


class DeleteArgs(Args):
    """`!assessment delete UD.3`"""

    area: Rest = ""


@command("goal remove", requires=Role.ANYONE, private=True)
def goal_remove(ctx: Context, args: DeleteArgs) -> Reply:
    """Give up a goal."""
    rows = stored.goals(ctx.tx, ctx.sender)
    typed = args.area.strip()
    if not typed and len(rows) != 1:
        return views.goals(ctx, _model(ctx), rows, kept=None)
    process = _process(ctx, _model(ctx), typed) if typed else rows[0].process
    if not stored.remove_goal(ctx.tx, ctx.sender, process):
        raise UserError("goal.no_goal", goal=ctx.call("goal"))
    return Reply((ctx.privately().p("goal.removed"),), private=True)


@command("assessment delete", requires=Role.ANYONE, private=True)
def assessment_delete(ctx: Context, args: DeleteArgs) -> Reply:
    """Delete what one answered, all of it or in one area."""
    found = _profile(ctx)
    typed = args.area.strip()
    process = _process(ctx, found.model, typed) if typed else None
    return dialog.start(ctx, DELETE, only=("sure",), hidden={"process": process})


def _kept(value: str, ctx: Context) -> Reply | None:
    return None if value == "yes" else Reply((ctx.p("assessment.kept"),))


def _delete(ctx: Context, answers: Answers) -> Reply:
    begun = dialogs.get(ctx.tx, ctx.sender, forms.NAME)
    if begun:
        dialogs.remove(ctx.tx, begun)  # it knows the answers, too
    for row in stored.shares(ctx.tx, ctx.sender):  # it shows all areas
        sharing.end(ctx.tx, row, ctx.language)
    offered = offering.offered(ctx, answers["process"])
    service.delete(ctx.tx, ctx.sender, answers["process"])
    stays = (ctx.p("assessment.offers_stay", offers=ctx.call("offers")),) if offered else ()
    return Reply((ctx.p("assessment.deleted"), *stays), private=True)


DELETE = Form(
    "assessment_delete",
    (FormField("sure", text(10), choices=("yes", "no"), ends=_kept),),
    _delete,
    last_look=False,
)


TEAM = questions.topic(together.TOPIC, together.decide, together.waits)


# --- what came of a goal


def _goal_said(ctx: Context, number: str, typed: str) -> Reply | None:
    """Take what became of a goal; a whole sentence about it is asked back about."""
    if letters.is_command(typed):
        return None
    reached = goals.told(typed)
    reached = questions.answer(ctx, typed) if reached is None else reached
    if reached is not None:
        return _goal_came(ctx, number, reached)
    if goals.asked(ctx, number) is None or len(typed.split()) < _WORDS_OF_A_SENTENCE:
        return None
    raise UserError("goal.yes_or_no", yes=questions.TICK, no=questions.CROSS)


def _goal_came(ctx: Context, number: str, reached: bool) -> Reply | None:
    row = goals.asked(ctx, number)
    if row is None:
        return None
    if not reached:
        return views.goal_not_yet(ctx, row)
    reply = views.goal_reached(ctx, row)
    stored.remove_goal(ctx.tx, ctx.sender, row.process)
    return reply


def _goal_waits(ctx: Context, number: str) -> bool:
    return goals.asked(ctx, number) is not None


GOAL = questions.topic(
    goals.TOPIC,
    _goal_came,
    _goal_waits,
    replied=_goal_said,
    names=lambda words: goals.told(words) is not None,
)


OFFER = questions.topic(offering.TOPIC, offering.decide, offering.waits)


# --- what is typed


def _member(ctx: Context) -> Member:
    ctx.need(Role.MEMBER)
    assert ctx.member is not None  # noqa: S101 - that is what a member is
    return ctx.member


def _profile(ctx: Context) -> Profile:
    found = service.profile(ctx.tx, ctx.sender)
    if found is None:
        raise UserError("assessment.none", assess=ctx.call("assess"))
    return found


def _model(ctx: Context) -> Model:
    """The model of one's own result, or the present one."""
    found = service.profile(ctx.tx, ctx.sender)
    return found.model if found else service.current(ctx.tx)


def _process(ctx: Context, model: Model, typed: str) -> str:
    """A process of a model, by its number, id or name."""
    form = forms.questionnaire(model)
    ids = tuple(process.id for process in model.processes)
    try:
        field = FormField(forms.CHOICE, text(60), choices=ids)
        return str(form.read_field(field, typed, ctx))
    except UserError:
        raise UserError("assess.no_process", typed=typed[:40], assess=ctx.call("assess")) from None


def _svg(typed: str) -> tuple[str, bool]:
    words = typed.split()
    rest = [word for word in words if word.casefold() != "svg"]
    return " ".join(rest), len(rest) < len(words)


def _wish(typed: str, wishes: tuple[str, ...]) -> str | None:
    """Which of the wishes a word names, in any of our languages."""
    word = typed.strip().rstrip(".!").casefold()
    for wish in wishes:
        for language in UI_LANGUAGES:
            if word in texts(language).raw(f"assessment.words.{wish}").split("|"):
                return wish
    return None
