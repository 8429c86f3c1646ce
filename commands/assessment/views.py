"""How the questions, the result, its progress and the comparison look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from commands.assessment import pictures, rules, service
from commands.assessment.improving import Step
from commands.assessment.pictures import Picture
from commands.assessment.rules import Climb
from commands.assessment.service import Compared, Joint, Profile, Result
from commands.core import dialog, questions
from commands.core.context import Context
from commands.core.nodes import Block, Bullets, Choices, Entries, Inline, Paragraph, em, joined, span, strong
from commands.core.reply import Attachment, Reply
from config.maturity import ATTRIBUTES, UNKNOWN, Model, Process, Question
from storage import assessment as stored
from storage import members, rooms
from storage.assessment import AssessmentGoal, AssessmentShare

_MOST_DIFFERENCES = 8
_HALF_A_YEAR = timedelta(days=182)
_A_QUARTER = timedelta(days=91)


def _level(ctx: Context, model: Model, level: int) -> Inline:
    return ctx.t("assessment.level", level=str(level), name=model.levels[level].label[ctx.language])


def _named(ctx: Context, process: Process) -> Inline:
    return span(strong(f"{process.id} {process.title[ctx.language]}"))


def _day(ctx: Context, moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(ctx.timezone)).date()


def days(ctx: Context, **moments: datetime) -> dict[str, str]:
    """The days of moments as the reader writes them."""
    return {name: ctx.texts.date(_day(ctx, moment)) for name, moment in moments.items()}


def _word(ctx: Context, name: str) -> Inline:
    return strong(ctx.texts.raw(f"dialog.words.{name}").split("|")[0])


# --- the questions


def opening(ctx: Context, model: Model, chosen: Sequence[Process], begun: object) -> tuple[Block, ...]:
    """What to know before the first question."""
    basic = [len(list(process.on(1))) for process in chosen or model.processes]
    every = sum(len(process.questions) for process in chosen)
    about = (
        ctx.p("assess.intro", minutes=str(service.minutes(sum(basic))), most=str(service.minutes(every)))
        if chosen
        else ctx.p("assess.intro_all", intro=model.intro[ctx.language])
    )
    seen = "assess.private_together" if stored.team_row(ctx.tx, ctx.sender) else "assess.private"
    return (about, ctx.p(seen), *((ctx.p("assess.goes_on"),) if begun else ()))


def menu(ctx: Context, model: Model, choices: Sequence[str]) -> tuple[Block, ...]:
    """The processes to choose from, with how long each takes and what is known of it."""
    profile = service.profile(ctx.tx, ctx.sender, key=model.key)
    items: list[Inline] = []
    for choice in choices:
        process = model.process(choice)
        if process is None:
            missing = [p for p in model.processes if not (profile and profile.result(p.id).climb.finished)]
            these = model.processes if choice == "all" else missing
            name: Inline = ctx.texts.get(f"assess.choice.{choice}")
        else:
            these, name = (process,), process.title[ctx.language]
        time = service.minutes(sum(len(list(one.on(1))) for one in these))
        items.append(
            span(name, " – ", ctx.t("assess.minutes", minutes=str(time)), _known(ctx, profile, process))
        )
    return (ctx.p("assess.which"), Choices(tuple(items)))


def _known(ctx: Context, profile: Profile | None, process: Process | None) -> Inline:
    result = profile.result(process.id) if profile and process else None
    if profile is None or result is None or not result.known:
        return ""
    if not result.climb.finished:
        return span(" · ", ctx.t("assess.begun"))
    return span(" · ", _level(ctx, profile.model, result.climb.level))


def before(
    ctx: Context, model: Model, process: Process, asked: Question, last: Process | None, ended: Climb | None
) -> tuple[Block, ...]:
    """What is said before the first question of a process, and of a level above the first.

    `last` is the process that was gone through before this one, and `ended` how that ended.
    """
    level = ATTRIBUTES[asked.attribute]
    if asked != next(process.on(level)):
        return ()
    if level > 1:
        below, name = (model.levels[one].label[ctx.language] for one in (level - 1, level))
        return (ctx.p("assess.next_level", below=below, level=str(level), name=name),)
    if last and ended:
        result = _level(ctx, model, ended.level)
        begin = ctx.p("assess.next_process", process=_named(ctx, last), level=result)
    else:
        words = {name: _word(ctx, name) for name in ("help", "back", "pause")}
        begin = ctx.p("assess.how", **words)
    return (begin, Paragraph((em(process.purpose[ctx.language]),)))


def question(ctx: Context, model: Model, process: Process, asked: Question) -> tuple[Block, ...]:
    """A question with its place among those of its level, and the answers."""
    here = [one.id for one in process.on(ATTRIBUTES[asked.attribute])]
    head = span(_named(ctx, process), f" ({here.index(asked.id) + 1}/{len(here)})")
    return (Paragraph((head, asked.text[ctx.language])), Paragraph((_scale(ctx, model),)))


def _sign(rating: str) -> str:
    return "?" if rating == UNKNOWN else rating


def _scale(ctx: Context, model: Model) -> Inline:
    return joined(
        [span(strong(_sign(one)), f" {named.label[ctx.language]}") for one, named in model.ratings.items()]
    )


def explained(ctx: Context, model: Model, asked: Question) -> tuple[Block, ...]:
    """What helps to answer a question."""
    blocks: list[Block] = []
    if asked.help:
        blocks.append(Paragraph((asked.help[ctx.language],)))
    if asked.examples:
        blocks.append(ctx.p("assess.examples", examples=asked.examples[ctx.language]))
    meanings = [
        span(strong(f"{_sign(one)} {named.label[ctx.language]}"), ": ", named.meaning[ctx.language])
        for one, named in model.ratings.items()
    ]
    words = {name: _word(ctx, name) for name in ("back", "pause", "cancel")}
    return (*blocks, Bullets(tuple(meanings)), ctx.p("assess.controls", **words))


def stopped(ctx: Context) -> Block:
    """That the questions are over for now, and where the answers are."""
    return ctx.p(
        "assess.stopped",
        assess=ctx.call("assess"),
        assessment=ctx.call("assessment"),
        delete=ctx.call("assessment delete"),
    )


def finished(
    ctx: Context,
    profile: Profile,
    results: Sequence[Result],
    asked: Sequence[Process],
    *,
    topic: str | None,
) -> Reply:
    """What came of the questions that were just answered, and right below it the question whether others may
    be introduced who work on those processes that are `asked`, which is what `topic` is about."""
    ctx = ctx.privately()
    blocks: list[Block] = [ctx.p("assess.done"), _entries(ctx, profile.model, results)]
    if len(results) == 1:
        blocks.append(Paragraph((profile.model.levels[results[0].climb.level].meaning[ctx.language],)))
    if asked:
        blocks += _may_introduce(ctx, asked)
    slip = ctx.p("assess.slip", back=ctx.call("assess back"))
    blocks += [_next(ctx, profile.model, results), slip, _disclaimer(ctx, profile.model)]
    picture = pictures.of_profile(profile, ctx.texts, _day(ctx, ctx.now), results)
    reply = Reply(tuple(blocks), private=True, about=ctx.sender, attachments=attached(picture, "assessment"))
    if not asked:
        return reply
    signs = dialog.tappable(ctx, (questions.TICK, questions.CROSS))
    return replace(reply, topic=topic, reactions=signs)


def _may_introduce(ctx: Context, asked: Sequence[Process]) -> tuple[Block, ...]:
    areas = strong(ctx.texts.list([process.title[ctx.language] for process in asked]))
    yes, no = (strong(ctx.texts.raw(f"agree.words.{name}").split("|")[0]) for name in ("yes", "no"))
    question = ctx.p("assessment.may_introduce", areas=areas, yes=yes, no=no)
    return (question, ctx.p("assessment.introduced_how", yes=yes))


def offered(ctx: Context, kept: Sequence[tuple[int, str]]) -> Reply:
    """That what was agreed to is among the sender's offers, with the number of each, and how to change it."""
    if not kept:
        return Reply((ctx.p("assessment.offered_already", offers=ctx.call("offers")),), private=True)
    lines = Bullets(tuple(span(f"{number}. ", em(words)) for number, words in kept))
    first = str(kept[0][0])
    how = ctx.p(
        "assessment.offered_how",
        edit=ctx.call("offer edit", f"{first} {ctx.texts.get('matching.new_text')}"),
        remove=ctx.call("offer remove", first),
    )
    return Reply((ctx.p("assessment.offered"), lines, how), private=True, about=ctx.sender)


def not_offered(ctx: Context, *, struck: bool, left: Sequence[tuple[int, str]]) -> Reply:
    """That nobody is introduced because of this: what was noted is struck, or may be among what is `left`,
    each with its number."""
    if not left:
        told = "assessment.offer_struck" if struck else "assessment.not_offered"
        return Reply((ctx.p(told, offers=ctx.call("offers")),), private=True)
    lines = Bullets(tuple(span(f"{number}. ", em(words)) for number, words in left))
    how = ctx.p("assessment.offer_left_how", remove=ctx.call("offer remove", str(left[0][0])))
    return Reply((ctx.p("assessment.offer_left"), lines, how), private=True, about=ctx.sender)


def _next(ctx: Context, model: Model, results: Sequence[Result]) -> Block:
    left = [result.process.id for result in results if result.climb.level < model.top]
    return ctx.p(
        "assessment.next",
        improve=ctx.call("improve", left[0] if len(left) == len(results) == 1 else ""),
        assessment=ctx.call("assessment"),
        history=ctx.call("assessment history"),
        assess=ctx.call("assess"),
    )


def _disclaimer(ctx: Context, model: Model) -> Block:
    return Paragraph((em(model.disclaimer[ctx.language]),))


def _entries(ctx: Context, model: Model, results: Sequence[Result]) -> Block:
    entries: list[tuple[Inline, ...]] = []
    for result in results:
        told = [_named(ctx, result.process), ": ", _level(ctx, model, result.climb.level)]
        if not result.climb.finished:
            told += [" · ", ctx.t("assessment.open")]
        # What is fully there need not be told; what holds the level back does.
        held = [
            f"{model.attributes[name][ctx.language]}: {model.ratings[rating or UNKNOWN].label[ctx.language]}"
            for name, rating in result.climb.ratings.items()
            if rating != "F"
        ]
        entries.append((span(*told), *held))
    return Entries(tuple(entries))


# --- the profile


def profile(ctx: Context, found: Profile, *, svg: bool) -> Reply:
    """The whole profile in words and as a picture."""
    ctx = ctx.privately()
    missing = [result.process for result in found.results if not result.known]
    blocks: list[Block] = [
        Paragraph((strong(found.model.title[ctx.language]),)),
        _entries(ctx, found.model, found.known),
    ]
    if missing:
        titles = ctx.texts.list([f"{process.id} {process.title[ctx.language]}" for process in missing])
        blocks.append(ctx.p("assessment.missing", processes=titles, assess=ctx.call("assess")))
    blocks.append(
        ctx.p(
            "assessment.how",
            one=ctx.call("assessment", found.known[0].process.id),
            share=ctx.call("assessment share"),
            svg=ctx.call("assessment", "SVG"),
            delete=ctx.call("assessment delete"),
        )
    )
    if earlier := service.earlier_models(ctx.tx, ctx.sender, found.model):
        blocks.append(ctx.p("assessment.earlier_models", models=ctx.texts.list(earlier)))
    blocks.append(_disclaimer(ctx, found.model))
    picture = pictures.of_profile(found, ctx.texts, _day(ctx, ctx.now))
    files = attached(picture, "assessment", svg=svg)
    return Reply(tuple(blocks), private=True, about=ctx.sender, attachments=files)


def process(ctx: Context, model: Model, result: Result) -> Reply:
    """One process in plain words: its level, and what is there of each attribute."""
    ctx = ctx.privately()
    language = ctx.language
    level = model.levels[result.climb.level]
    head = span(_named(ctx, result.process), ": ", _level(ctx, model, result.climb.level))
    blocks: list[Block] = [Paragraph((head, level.meaning[language]))]
    if result.climb.ratings:
        blocks.append(
            Bullets(
                tuple(
                    span(
                        model.attributes[name][language],
                        ": ",
                        strong(model.ratings[rating or UNKNOWN].label[language]),
                    )
                    for name, rating in result.climb.ratings.items()
                )
            )
        )
    if not result.climb.finished:
        blocks.append(ctx.p("assessment.goes_on", assess=ctx.call("assess", result.process.id)))
    blocks.append(_disclaimer(ctx, model))
    return Reply(tuple(blocks), private=True, about=ctx.sender)


def attached(picture: Picture, name: str, *, svg: bool = False) -> tuple[Attachment, ...]:
    """The picture with what it shows in words, and its SVG for who wants to print it."""
    drawing, size = picture.svg.encode(), (picture.width, picture.height)
    shown = Attachment(drawing, "image/png", f"{name}.png", alt=picture.alt, size=size, painted=True)
    return (shown, Attachment(drawing, "image/svg+xml", f"{name}.svg")) if svg else (shown,)


def history(ctx: Context, before: Profile, now: Profile, days: tuple[date, date], *, svg: bool) -> Reply:
    """What became of each process between two days."""
    ctx = ctx.privately()
    lines: list[Inline] = []
    for result in now.known:
        old = before.result(result.process.id)
        was = str(old.climb.level) if old.known else "–"
        lines.append(span(_named(ctx, result.process), f": {was} → {result.climb.level}"))
    head = ctx.p("assessment.between", first=ctx.texts.date(days[0]), last=ctx.texts.date(days[1]))
    picture = pictures.of_history(before, now, ctx.texts, days)
    blocks = (head, Bullets(tuple(lines)), _disclaimer(ctx, now.model))
    return Reply(blocks, private=True, about=ctx.sender, attachments=attached(picture, "progress", svg=svg))


# --- sharing


def called(ctx: Context, lane: str) -> str:
    """Whom or what a result is shared with."""
    if lane.startswith("@"):
        member = members.get(ctx.tx, lane)
        return member.name if member else ctx.texts.get("assessment.somebody")
    room = rooms.get(ctx.tx, lane)
    return (room and (room.name or room.alias)) or lane


def letter(to: Context, found: Profile, *, name: str) -> tuple[tuple[Block, ...], Picture]:
    """A result as those read it with whom it is shared."""
    picture = pictures.of_profile(found, to.texts, _day(to, to.now))
    told = to.p("assessment.shared_by", name=strong(name))
    return (told, _entries(to, found.model, found.known), _disclaimer(to, found.model)), picture


def shares(
    ctx: Context, rows: Sequence[AssessmentShare], *, told: str | None = None, now: bool = True
) -> Reply:
    """With whom the sender shares their result, by numbers, and how that is ended.

    It has just been shared with `told`, who is shown it now or in the morning.
    """
    ctx = ctx.privately()
    blocks: list[Block] = []
    if told:
        name = strong(called(ctx, told))
        blocks.append(ctx.p("assessment.shared" if now else "assessment.shared_later", name=name))
    if rows:
        items = tuple(
            span(called(ctx, row.lane), ", ", ctx.texts.date(_day(ctx, row.shared_at))) for row in rows
        )
        blocks += [
            ctx.p("assessment.shares"),
            Choices(items),
            ctx.p("assessment.how_unshare", unshare=ctx.call("assessment unshare", "1")),
        ]
    else:
        blocks.append(ctx.p("assessment.no_shares"))
    if not told:
        example = ctx.texts.raw("command.assessment_share.example")
        blocks.append(ctx.p("assessment.how_share", share=ctx.call("assessment share", example)))
    return Reply(tuple(blocks), private=True, about=ctx.sender)


def unshared(ctx: Context, name: str, *, whole: bool) -> Reply:
    """That a result is no longer shared, or that what was sent could not be taken back (not `whole`)."""
    ctx = ctx.privately()
    told = "assessment.unshared" if whole else "assessment.unshared_stays"
    return Reply((ctx.p(told, name=name),), private=True, about=ctx.sender)


# --- comparing


def comparing(ctx: Context, *, counts: bool) -> Reply:
    """Whether the sender's result counts, and how to change that."""
    ctx = ctx.privately()
    words = {name: ctx.texts.raw(f"assessment.words.{name}").split("|")[0] for name in ("on", "off")}
    told = (
        ctx.p("compare.counts", off=ctx.call("assessment compare", words["off"]))
        if counts
        else ctx.p(
            "compare.counts_not",
            on=ctx.call("assessment compare", words["on"]),
            cities=str(rules.ENOUGH_CITIES),
        )
    )
    return Reply((told,), private=True, about=ctx.sender)


def compared(ctx: Context, model: Model, found: Sequence[Compared], day: date) -> Reply:
    """The sender's levels beside the quartiles that the cities had on a day, where there are enough."""
    ctx = ctx.privately()
    entries: list[tuple[Inline, ...]] = []
    for one in found:
        if one.quartiles is None:
            continue
        low, middle, high = (ctx.texts.number(value) for value in one.quartiles)
        entries.append(
            (
                span(_named(ctx, one.process), ": ", ctx.t("compare.own", level=str(one.own))),
                ctx.t("compare.quartiles", low=low, middle=middle, high=high, cities=str(one.cities)),
            )
        )
    few = sum(one.quartiles is None for one in found)
    head = ctx.p("compare.head", day=ctx.texts.date(day))
    blocks: list[Block] = [head, Entries(tuple(entries))] if entries else []
    if few:
        blocks.append(ctx.p("compare.too_few", cities=str(rules.ENOUGH_CITIES)))
    off = ctx.texts.raw("assessment.words.off").split("|")[0]
    blocks.append(ctx.p("compare.counts", off=ctx.call("assessment compare", off)))
    if entries:
        blocks.append(_disclaimer(ctx, model))
    return Reply(tuple(blocks), private=True, about=ctx.sender)


# --- answering together


def joint(ctx: Context, city: str, found: Joint) -> Reply:
    """The joint result of a city, and where its people differ."""
    ctx = ctx.privately()
    model = found.profile.model
    blocks: list[Block] = [
        ctx.p("assessment.joint", city=strong(city), people=str(found.people)),
        _entries(ctx, model, found.profile.known),
    ]
    if found.differences:
        items = [
            span(
                f"{one.process.id}: ",
                one.process.by_id[one.question].text[ctx.language],
                " ",
                em(", ".join(f"{rating} × {count}" for rating, count in one.given.items())),
            )
            for one in found.differences[:_MOST_DIFFERENCES]
        ]
        blocks += [ctx.p("assessment.differ"), Bullets(tuple(items))]
        if more := len(found.differences) - len(items):
            blocks.append(Paragraph((ctx.n("assessment.differ_more", more),)))
    else:
        blocks.append(ctx.p("assessment.agree"))
    blocks.append(_disclaimer(ctx, model))
    picture = pictures.of_profile(found.profile, ctx.texts, _day(ctx, ctx.now))
    return Reply(tuple(blocks), private=True, about=ctx.sender, attachments=attached(picture, "city"))


# --- improving


def improvements(ctx: Context, model: Model, steps: Sequence[Step]) -> Reply:
    """The nearest steps: what is missing of each, what and who helps, and the goal to set oneself."""
    ctx = ctx.privately()
    goals = {row.process: row for row in stored.goals(ctx.tx, ctx.sender)}
    blocks: list[Block] = []
    for step in steps:
        process = step.result.process
        way = ctx.t("improve.to", level=str(step.level), name=model.levels[step.level].label[ctx.language])
        lines: list[Inline] = [span(_named(ctx, process), ": ", way)]
        if step.missing:
            lines.append(ctx.t("improve.missing"))
        blocks.append(Paragraph(tuple(lines)))
        if step.missing:
            blocks.append(Bullets(tuple(_missing(ctx, model, *one) for one in step.missing)))
        help_: list[Inline] = [
            ctx.t("improve.practice", practice=f"#{one.number} {one.title}") for one in step.practices
        ]
        help_ += [one.line for one in step.help]
        if help_:
            blocks += [ctx.p("improve.help"), Bullets(tuple(help_))]
        blocks.append(_goal_of(ctx, step, goals.get(process.id)))
    if len(steps) > 1:
        blocks.append(ctx.p("improve.more", improve=ctx.call("improve", steps[0].result.process.id)))
    about = [one.about for step in steps for one in step.help if one.about]
    return Reply(tuple(blocks), private=True, about=tuple(dict.fromkeys([ctx.sender, *about])))


def _missing(ctx: Context, model: Model, asked: Question, said: str) -> Inline:
    return span(asked.text[ctx.language], " ", em(model.ratings[said].label[ctx.language]))


def _goal_of(ctx: Context, step: Step, row: AssessmentGoal | None) -> Block:
    """The goal that somebody has in a process, or how to set one."""
    if row:
        level = ctx.texts.get("assessment.level_short", level=row.level)
        return ctx.p("improve.has_goal", level=level, day=ctx.texts.date(date.fromisoformat(row.due)))
    example = f"{step.result.process.id} {ctx.texts.get('assessment.level_short', level=step.level)}"
    due = ctx.texts.get("goal.by", due=f"{ctx.now + _HALF_A_YEAR:%Y-%m}")
    return ctx.p("improve.goal", goal=ctx.call("goal", f"{example} {due}"))


# --- goals


def _goal(ctx: Context, model: Model, row: AssessmentGoal) -> Inline:
    process = model.process(row.process)
    title = f"{row.process} {process.title[ctx.language]}" if process else row.process
    level = ctx.texts.get("assessment.level_short", level=row.level)
    day = ctx.texts.date(date.fromisoformat(row.due))
    return ctx.t("goal.one", process=strong(title), level=level, day=day)


def goals(
    ctx: Context, model: Model, rows: Sequence[AssessmentGoal], *, kept: AssessmentGoal | None
) -> Reply:
    """What somebody wants to reach; `kept` was set just now."""
    ctx = ctx.privately()
    if kept:
        told = ctx.p("goal.kept", goal=_goal(ctx, model, kept))
        remove = ctx.p("goal.how_remove", remove=ctx.call("goal remove", kept.process))
        return Reply((told, remove), private=True, about=ctx.sender)
    how = ctx.p("goal.how", goal=ctx.call("goal", ctx.texts.raw("command.goal.example")))
    if not rows:
        return Reply((ctx.p("goal.none"), how), private=True)
    items = tuple(_goal(ctx, model, row) for row in rows)
    remove = ctx.p("goal.how_remove", remove=ctx.call("goal remove", rows[0].process))
    return Reply((ctx.p("goal.list"), Bullets(items), how, remove), private=True, about=ctx.sender)


def asked_for_goal(
    to: Context, row: AssessmentGoal, *, reached: bool, step: Step | None
) -> tuple[Block, ...]:
    """The question on the day of a goal; where a `step` is known that is left, with what helps to take it."""
    model = service.current(to.tx)
    goal = _goal(to, model, row)
    if reached:
        return goal_reached(to, row).blocks
    blocks = [to.p("goal.ask", goal=goal)]
    if step:
        talk = "goal.talk" if any(one.about for one in step.help) else "goal.what_helps"
        blocks.append(to.p(talk, improve=to.call("improve", row.process)))
    blocks.append(
        to.p(
            "goal.what_now",
            assess=to.call("assess", row.process),
            later=_more_time(to, row),
            remove=to.call("goal remove", row.process),
        )
    )
    return tuple(blocks)


def goal_reached(ctx: Context, row: AssessmentGoal) -> Reply:
    """Congratulations, and what may come next."""
    goal = _goal(ctx, service.current(ctx.tx), row)
    told = ctx.p("goal.reached", goal=goal, improve=ctx.call("improve"))
    return Reply((told,), private=True, about=ctx.sender)


def goal_not_yet(ctx: Context, row: AssessmentGoal) -> Reply:
    """That this is all right, and how to have more time."""
    remove = ctx.call("goal remove", row.process)
    told = ctx.p("goal.not_yet", later=_more_time(ctx, row), remove=remove)
    return Reply((told,), private=True, about=ctx.sender)


def _more_time(ctx: Context, row: AssessmentGoal) -> Inline:
    level = ctx.texts.get("assessment.level_short", level=row.level)
    due = ctx.texts.get("goal.by", due=f"{ctx.now + _A_QUARTER:%Y-%m}")
    return ctx.call("goal", f"{row.process} {level} {due}")
