"""Who else may change a practice: co-authors, added and removed."""

from __future__ import annotations

from commands.core import letters
from commands.core.context import Context, Role
from commands.core.errors import UserError
from commands.practices import service
from commands.practices.authors import views
from config.words import fold
from storage import members, practices, rooms
from storage.members import Member
from storage.practices import Practice

MOST = 10


def add(ctx: Context, number: int, who: str) -> tuple[Practice, Member]:
    """Let a member change a practice together with its author, and tell them."""
    practice = service.editable(ctx, number)
    member = _member(ctx, who)
    known = practices.coauthors(ctx.tx, number)
    if member.user_id == practice.author or member.user_id in known:
        raise UserError("author.already", name=views.called(ctx, member), number=f"#{number}")
    if len(known) >= MOST:
        raise UserError("author.too_many", limit=str(MOST))
    practices.add_coauthor(ctx.tx, number, member.user_id, ctx.sender)
    if member.user_id != ctx.sender:
        to = letters.to_person(ctx.tx, ctx.network, member.user_id)
        letters.write(to, views.told_added(to, practice, ctx.sender), about=member.user_id)
    return practice, member


def remove(ctx: Context, number: int, who: str) -> tuple[Practice, Member | None]:
    """Let somebody no longer be a co-author, and tell them; without a name the sender leaves.

    Who leaves is given back as None.
    """
    practice = service.readable(ctx, number)
    known = practices.coauthors(ctx.tx, number)
    if not who.strip():
        if ctx.sender not in known:
            raise UserError("author.not_you", number=f"#{number}")
        practices.remove_coauthor(ctx.tx, number, ctx.sender)
        return practice, None
    if not service.writes(ctx, practice) and Role.MODERATOR not in ctx.roles:
        raise UserError("practice.not_yours", number=f"#{number}", moderators=ctx.moderators())
    member = _member(ctx, who)
    if member.user_id not in known:
        raise UserError("author.no_coauthor", name=views.called(ctx, member), number=f"#{number}")
    practices.remove_coauthor(ctx.tx, number, member.user_id)
    if member.user_id == ctx.sender:
        return practice, None
    to = letters.to_person(ctx.tx, ctx.network, member.user_id)
    letters.write(to, views.told_removed(to, practice), about=member.user_id)
    return practice, member


def _member(ctx: Context, who: str) -> Member:
    """The member whom a Matrix id, a mention or a name means; raises `UserError`."""
    typed = who.strip().rstrip(".,:").removeprefix("https://matrix.to/#/")
    if typed.startswith("@") and ":" in typed:
        found = [member] if (member := members.get(ctx.tx, typed)) else []
    else:
        found = _named(ctx, fold(typed.removeprefix("@")))
    if not found:
        raise UserError("author.unknown", typed=typed[:80])
    if len(found) > 1:
        people = ctx.texts.list([f"{one.name} ({one.organisation})" for one in found[:5]])
        raise UserError("author.several", typed=typed[:80], people=people)
    return found[0]


def _named(ctx: Context, wanted: str) -> list[Member]:
    # A mention leaves what somebody is called in the room.
    called = {
        **rooms.display_names(ctx.tx, ctx.network.hub_room),
        **rooms.display_names(ctx.tx, ctx.room_id),
    }
    meant = [
        user_id
        for user_id, name in members.names(ctx.tx)
        if wanted and wanted in {fold(name), fold(called.get(user_id, ""))}
    ]
    known = members.among(ctx.tx, meant)
    return [known[user_id] for user_id in meant]
