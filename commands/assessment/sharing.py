"""Showing one's result to a person or a room, and taking that back."""

from __future__ import annotations

from commands.assessment import service, views
from commands.core import letters
from commands.core.context import Context, Role, holds
from commands.core.errors import UserError
from config.words import spellings
from storage import assessment as stored
from storage import matching, members, outbox, rooms
from storage.assessment import AssessmentShare


def to_whom(ctx: Context, typed: str) -> str:
    """The member or the room that a text names, as a lane of the outbox; raises `UserError`."""
    wanted = typed.strip().rstrip(".")
    here = list(ctx.texts.raw("assessment.words.here").split("|"))
    if wanted.casefold() in here and ctx.room and not ctx.room.direct:
        return ctx.room_id
    keys = {wanted.casefold(), wanted.removeprefix("#").casefold()}
    found = [
        room.room_id
        for room in rooms.joined(ctx.tx)
        if room.direct_with is None
        and keys & {name.casefold() for name in (room.alias, room.name, room.room_id) if name}
        and rooms.membership(ctx.tx, room.room_id, ctx.sender) == "join"
    ]
    found += [
        member.user_id
        for member in members.everyone(ctx.tx)
        if member.user_id != ctx.sender
        and (member.user_id == wanted or spellings(wanted) & spellings(member.name) - {""})
        and holds(ctx.tx, ctx.network, member.user_id, Role.MEMBER)
    ]
    if len(found) > 1:
        raise UserError("assessment.several", typed=typed[:60])
    if not found:
        raise UserError("assessment.nobody", typed=typed[:60], who=ctx.call("who"))
    return found[0]


def share(ctx: Context, lane: str) -> None:
    """Show the sender's present result there; an earlier one there is taken back."""
    found = service.profile(ctx.tx, ctx.sender)
    member = ctx.member
    if found is None or member is None:
        raise UserError("assessment.none", assess=ctx.call("assess"))
    for row in stored.shares(ctx.tx, ctx.sender):
        if row.lane == lane:
            end(ctx, row)
    keys: list[str] = []
    # Who blocked the sender is spared it, and nobody learns of the block.
    if not any(row.blocked_id == ctx.sender for row in matching.blocked_by(ctx.tx, lane)):
        to = (letters.to_person if lane.startswith("@") else letters.to_room)(ctx.tx, ctx.network, lane)
        blocks, picture = views.letter(to, found, name=member.name)
        keys.append(letters.write(to, blocks, about=ctx.sender))
        for attachment in views.attached(picture, "assessment"):
            keys.append(letters.attach(ctx.tx, lane, attachment, about=ctx.sender))
    stored.share(ctx.tx, ctx.sender, lane, keys)


def end(ctx: Context, row: AssessmentShare) -> None:
    """Take back what was shown there."""
    for key in row.keys:
        if outbox.by_key(ctx.tx, key):
            outbox.redact(ctx.tx, row.lane, ctx.texts.get("assessment.taken_back"), key=key)
    stored.end_share(ctx.tx, row)
