"""What is said about who writes a practice together."""

from __future__ import annotations

from commands.core.context import Context
from commands.core.nodes import Block
from commands.core.reply import Reply
from commands.practices import views
from commands.practices.review.views import name_of
from storage import members
from storage.members import Member
from storage.practices import Practice


def called(ctx: Context, member: Member) -> str:
    """What somebody is called where their name may tell others whose Matrix id was typed."""
    return member.name if ctx.direct or member.contact_visible else ctx.texts.get("author.this_member")


def added(ctx: Context, practice: Practice, member: Member) -> Reply:
    """The answer to who added a co-author."""
    told = ctx.p("author.added", name=called(ctx, member), practice=views.reference(practice))
    return Reply((told,), about=member.user_id)


def removed(ctx: Context, practice: Practice, member: Member | None) -> Reply:
    """The answer to who removed a co-author, or left."""
    if member is None:
        return Reply((ctx.p("author.left", practice=views.reference(practice)),), about=ctx.sender)
    told = ctx.p("author.removed", name=called(ctx, member), practice=views.reference(practice))
    return Reply((told,), about=member.user_id)


def told_added(ctx: Context, practice: Practice, by: str) -> list[Block]:
    """Somebody has become a co-author, and what they can do now."""
    number = str(practice.number)
    member = members.get(ctx.tx, by)
    return [
        ctx.p(
            "author.told_added",
            name=member.name if member else name_of(ctx, by),
            practice=views.reference(practice),
        ),
        ctx.p(
            "author.told_added_next",
            read=ctx.call("practice", number),
            edit=ctx.call("edit", number),
            leave=ctx.call("author remove", number),
        ),
    ]


def told_removed(ctx: Context, practice: Practice) -> list[Block]:
    """Somebody is no co-author any more."""
    return [ctx.p("author.told_removed", practice=views.reference(practice))]
