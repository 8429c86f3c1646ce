"""Whoever has come far in a process is asked once whether others may be introduced to them; a yes is an offer
of theirs like every other."""

from __future__ import annotations

from collections.abc import Sequence

from commands.assessment import service, views
from commands.assessment.service import Profile, Result
from commands.core.context import Context
from commands.core.errors import UserError
from commands.core.reply import Reply
from config.languages import UI_LANGUAGES
from config.maturity import Process
from config.texts import Texts, texts
from storage import assessment as stored
from storage import matching, members
from storage.assessment import AssessmentOffer
from storage.members import Line

TOPIC = "assessment_offer"
STRONG = 3  # the level from which on somebody can help others, or the highest one that the model knows
_MOST_AT_ONCE = 3


def to_ask(ctx: Context, profile: Profile, results: Sequence[Result]) -> list[Process]:
    """Of the processes that were just assessed those to ask about, the strongest first; they are written down
    as asked about. Who has fallen below the level is no longer one who knows."""
    asked = {row.process: row for row in stored.offers(ctx.tx, ctx.sender)}
    strong: list[Result] = []
    for result in results:
        row = asked.get(result.process.id)
        if not result.climb.finished or result.climb.level < min(STRONG, profile.model.top):
            if row and row.willing:
                stored.forget_offers(ctx.tx, ctx.sender, row.process)
        elif row is None and result.process.theme_ids:
            strong.append(result)
    if ctx.member is None or not matching.participation(ctx.tx, ctx.sender).active(ctx.now):
        return []
    room = members.MOST_LINES - len(members.lines(ctx.tx, ctx.sender, "offer"))
    strong.sort(key=lambda result: -result.climb.level)
    found = [result.process for result in strong[: max(0, min(room, _MOST_AT_ONCE))]]
    for process in found:
        row = AssessmentOffer(user_id=ctx.sender, process=process.id, asked_at=ctx.now)
        stored.keep_offer(ctx.tx, row)
    return found


def topic(asked: Sequence[Process]) -> str | None:
    """What the message with the question about these processes is about."""
    return f"{TOPIC}:{','.join(process.id for process in asked)}" if asked else None


def waits(ctx: Context, reference: str) -> bool:
    """Whether a plain yes or no may still be for the question that stood in a message: today, as nobody need
    answer it. A tap or a reply counts later, too."""
    lately = ctx.now - service.ONE_DAY
    return any(row.willing is None and row.asked_at > lately for row in _asked(ctx, reference))


def decide(ctx: Context, reference: str, willing: bool) -> Reply | None:
    """Take a yes, which adds to what the sender offers, or a no, which takes that away again."""
    rows = _asked(ctx, reference)
    if not rows:
        return None
    found = service.profile(ctx.tx, ctx.sender)
    model = found.model if found else service.current(ctx.tx)
    known = [(row, process) for row in rows if (process := model.process(row.process))]
    reply = _add(ctx, known) if willing else _strike(ctx, known)
    for row in rows:
        row.willing = willing
        stored.keep_offer(ctx.tx, row)
    return reply


def _add(ctx: Context, asked: Sequence[tuple[AssessmentOffer, Process]]) -> Reply:
    """Add a line for each process that has none yet."""
    kept = []
    for row, process in asked:
        lines = members.lines(ctx.tx, ctx.sender, "offer")
        if row.willing or any(_is_ours(line, process) for line in lines):
            continue
        if len(lines) >= members.MOST_LINES:
            remove = ctx.call("offer remove", "1")
            raise UserError("matching.offer.full", limit=str(members.MOST_LINES), remove=remove)
        words = _words(process, ctx.texts)
        kept.append((members.add_line(ctx.tx, ctx.sender, "offer", process.theme_ids[0], words), words))
    return views.offered(ctx, kept)


def _strike(ctx: Context, asked: Sequence[tuple[AssessmentOffer, Process]]) -> Reply:
    """Take away the lines that a yes added, but for those that have been put in other words since."""
    agreed = [process for row, process in asked if row.willing]
    lines = members.lines(ctx.tx, ctx.sender, "offer")
    stay = [line for line in lines if not any(_is_ours(line, process) for process in agreed)]
    if len(stay) < len(lines):
        members.replace_lines(ctx.tx, ctx.sender, "offer", [(line.theme, line.text) for line in stay])
    changed = [one for one in agreed if not any(_is_ours(line, one) for line in lines)]
    themes = {process.theme_ids[0] for process in changed}
    left = [(number, line.text) for number, line in enumerate(stay, 1) if line.theme in themes]
    return views.not_offered(ctx, struck=len(stay) < len(lines), left=left)


def _is_ours(line: Line, process: Process) -> bool:
    """Whether a line is the one that a yes adds, in whatever language that was."""
    words = {_words(process, texts(language)) for language in UI_LANGUAGES}
    return line.theme == process.theme_ids[0] and line.text in words


def _words(process: Process, spoken: Texts) -> str:
    return spoken.get("assessment.offer_line", process=process.title[spoken.language])


def offered(ctx: Context, process_id: str | None) -> bool:
    """Whether somebody agreed to it, in one process or in any."""
    return any(row.willing and process_id in (None, row.process) for row in stored.offers(ctx.tx, ctx.sender))


def _asked(ctx: Context, reference: str) -> list[AssessmentOffer]:
    return [row for row in stored.offers(ctx.tx, ctx.sender) if row.process in reference.split(",")]
