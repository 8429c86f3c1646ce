"""How a practice's life reads on a phone: the steps, and field by field what an edit changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from commands.core.context import Context, Role
from commands.core.nodes import Block, Inline, Paragraph, Quote, paragraph, span, strong
from commands.core.reply import Reply, reply
from commands.practices import service as practice_service
from commands.practices import views
from commands.practices.forms import CHANGE
from commands.practices.history.rules import Difference, Piece, differences
from commands.practices.review.views import name_of
from storage import members, practices
from storage.practices import VISIBLE, Practice, PracticeStep

if TYPE_CHECKING:
    from commands.practices.history.service import Edit


def life(ctx: Context, practice: Practice, happened: Sequence[PracticeStep | Edit]) -> Reply:
    """All that happened to a practice, newest first, in pages."""
    head = ctx.p("history.head", practice=views.reference(practice))
    blocks = [
        sized
        for one in happened
        for sized in (
            _step(ctx, practice, one) if isinstance(one, PracticeStep) else _edit(ctx, practice, one)
        )
    ]
    pages: list[tuple[Block, ...]] = []
    page: list[Block] = [head]
    length = 0
    for size, block in blocks:
        if length and length + size > views.PAGE:
            pages.append(tuple(page))
            page, length = [], 0
        page.append(block)
        length += size
    first, *rest = [*pages, tuple(page)]
    return Reply(first, pages=tuple(rest), about=practice.author if ctx.direct else None)


def _step(ctx: Context, practice: Practice, step: PracticeStep) -> list[tuple[int, Block]]:
    status = strong(ctx.texts.get(f"history.step.{step.status}"))
    found: list[tuple[int, Block]] = [(80, _when(ctx, practice, status, step.at, step.by))]
    if step.reason:
        found.append((len(step.reason), Quote(step.reason)))
    return found


def _edit(ctx: Context, practice: Practice, edit: Edit) -> list[tuple[int, Block]]:
    version = strong(ctx.t("history.version", version=str(edit.version)))
    found: list[tuple[int, Block]] = [(80, _when(ctx, practice, version, edit.at, edit.by))]
    for name, (before, after) in edit.changes.items():
        found += _field(ctx, name, before, after)
    return found


def _when(ctx: Context, practice: Practice, what: Inline, at: datetime, by: str | None) -> Block:
    moment = ctx.texts.datetime(at, ctx.timezone)
    return paragraph(span(what, " · ", moment), _who(ctx, practice, by))


def _who(ctx: Context, practice: Practice, by: str | None) -> Inline:
    """Who took a step: by name for members in their direct chat, else only in which part."""
    if by is None:
        return ctx.t("history.by.network")
    part = "author" if by == practice.author else "moderator"
    if part == "moderator" and by in practices.coauthors(ctx.tx, practice.number):
        part = "coauthor"
    if ctx.direct and Role.MEMBER in ctx.roles:
        member = members.get(ctx.tx, by)
        return ctx.t(f"history.by.{part}_name", name=member.name if member else name_of(ctx, by))
    return ctx.t(f"history.by.{part}")


def _field(ctx: Context, name: str, before: Any, after: Any) -> list[tuple[int, Block]]:
    label = strong(CHANGE.label(CHANGE.field(name), ctx.texts))
    old, new = _shown(ctx, name, before), _shown(ctx, name, after)
    first, *others = differences(old, new) or [Difference(None, None)]
    found = [_difference(label, first)]
    return found + [_difference(None, one) for one in others]


def _difference(label: Inline | None, found: Difference) -> tuple[int, Block]:
    lines: list[Inline] = [label] if label else []
    size = 0
    for sign, pieces in (("− ", found.before), ("+ ", found.after)):
        if pieces is not None:
            lines.append(span(sign, *(_piece(piece) for piece in pieces)))
            size += sum(len(piece.text) for piece in pieces)
    return size, Paragraph(tuple(lines))


def _piece(piece: Piece) -> Inline:
    return strong(piece.text) if piece.changed and piece.text.strip() else piece.text


def _shown(ctx: Context, name: str, value: Any) -> str:
    """What a field says, as somebody would write it in the reader's language."""
    answers = practice_service.answers_from({name: value})
    if name not in answers:
        return ""
    field = CHANGE.field(name)
    if field.choices:
        return CHANGE.choice(field, answers[name], ctx.texts)
    return field.filled(answers[name], ctx)


# --- answers and letters


def archived(ctx: Context, practice: Practice) -> Reply:
    """The answer to who archived it."""
    restore = ctx.call("restore", str(practice.number))
    was_read = any(step.status in VISIBLE for step in practices.steps(ctx.tx, practice.number))
    key = "history.archived" if was_read else "history.archived_unread"
    return reply(ctx.p(key, practice=views.reference(practice), restore=restore))


def restored(ctx: Context, practice: Practice) -> Reply:
    """The answer to who brought it back."""
    key = f"history.restored.{practice.status}"
    submit = ctx.call("submit", str(practice.number))
    return reply(ctx.p(key, practice=views.reference(practice), submit=submit))


def told_archived(ctx: Context, practice: Practice, by: str, reason: str | None) -> list[Block]:
    """It was taken out of the library."""
    moderators = ctx.moderators()
    return [
        ctx.p("history.told_archived", practice=views.reference(practice), name=name_of(ctx, by)),
        Quote(reason or ""),
        ctx.p("history.told_archived_next", moderators=moderators),
    ]


def told_restored(ctx: Context, practice: Practice, by: str, _reason: str | None) -> list[Block]:
    """It is back."""
    read = ctx.call("practice", str(practice.number))
    return [
        ctx.p("history.told_restored", practice=views.reference(practice), name=name_of(ctx, by), read=read)
    ]
