"""The end of a practice's life, its return, and what can be read of its life so far."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from commands.core.context import Context, Role, holds
from commands.core.errors import UserError
from commands.core.forms import within
from commands.practices import cards, index, service
from commands.practices.history import views
from commands.practices.review import service as review
from storage import practices
from storage.practices import VISIBLE, Practice, PracticeStep, Status


def archive(ctx: Context, number: int, reason: str) -> Practice:
    """Take a practice out of the library, with its cards; what was said of it stays readable."""
    practice = service.editable(ctx, number)
    reason = within(reason, review.LONGEST_REASON)
    before = practices.last_step(ctx.tx, number)
    practice.status = Status.ARCHIVED
    practice.updated_at = ctx.now
    practices.add_step(ctx.tx, practice, ctx.sender, reason)
    index.renew(ctx.tx, practice)
    for card in practices.cards(ctx.tx, number):
        cards.take_away(ctx.tx, card)
    review.archived(ctx, practice, before)
    review.tell(ctx, practice, views.told_archived, reason=reason)
    return practice


def restore(ctx: Context, number: int) -> Practice:
    """Bring a practice back to where it was before: among its readers, or a draft."""
    practice = service.readable(ctx, number) if practices.get(ctx.tx, number) else None
    if practice is None:
        raise UserError("practice.not_found", number=f"#{number}")
    if practice.status != Status.ARCHIVED:
        raise UserError("history.not_archived", number=f"#{number}")
    steps = practices.steps(ctx.tx, number)
    archived_by = steps[-1].by if steps else None
    # What a moderator took out of the library, its author doesn't put back alone.
    if Role.MODERATOR not in ctx.roles and not (archived_by and _wrote(ctx, practice, archived_by)):
        moderated = archived_by and holds(ctx.tx, ctx.network, archived_by, Role.MODERATOR)
        # Who it was may be forgotten, or write it no more.
        refused = "history.archived_by_moderator" if moderated else "history.archived_by_former"
        raise UserError(refused, number=f"#{number}", moderators=ctx.moderators())
    practice.status = Status.DRAFT if service.never_published(ctx.tx, practice) else Status.PUBLISHED
    practice.updated_at = ctx.now
    practices.add_step(ctx.tx, practice, ctx.sender)
    index.renew(ctx.tx, practice)
    review.tell(ctx, practice, views.told_restored)
    return practice


def _wrote(ctx: Context, practice: Practice, user_id: str) -> bool:
    return user_id == practice.author or user_id in practices.coauthors(ctx.tx, practice.number)


@dataclass(frozen=True)
class Edit:
    """One edit: the version that it made, by whom and when, and each field with what it said and says."""

    version: int
    by: str | None
    at: datetime
    changes: dict[str, tuple[Any, Any]]


def life(ctx: Context, practice: Practice) -> list[PracticeStep | Edit]:
    """The steps and edits of a practice, newest first; what was before its readers, only its authors and
    moderators see."""
    steps = practices.steps(ctx.tx, practice.number)
    happened: list[PracticeStep | Edit] = [*steps, *_edits(ctx, practice)]
    if Role.MODERATOR not in ctx.roles and not service.writes(ctx, practice):
        published = next((step.at for step in steps if step.status in VISIBLE), practice.created_at)
        happened = [one for one in happened if one.at >= published]
    return sorted(happened, key=lambda one: one.at, reverse=True)


def _edits(ctx: Context, practice: Practice) -> list[Edit]:
    versions = practices.versions(ctx.tx, practice.number)
    contents = [*(version.content for version in versions), service.content_of(practice)]
    return [
        Edit(
            version.version + 1,
            version.by,
            version.at,
            {
                name: (version.content.get(name), after.get(name))
                for name in service.CONTENT
                if version.content.get(name) != after.get(name)
            },
        )
        for version, after in zip(versions, contents[1:], strict=True)
    ]
