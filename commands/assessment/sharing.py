"""Showing one's result to a person or a room, and taking that back."""

from __future__ import annotations

from commands.assessment import service, views
from commands.core import letters
from commands.core.context import Context, Role, holds
from commands.core.errors import UserError
from config.languages import UI_LANGUAGES, ui_language
from config.texts import texts
from config.words import spellings
from storage import assessment as stored
from storage import matching, members, outbox, rooms
from storage.assessment import AssessmentShare
from storage.database import Tx


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
            end(ctx.tx, row, ctx.language)
    keys: list[str] = []
    # Who blocked the sender is spared it, and nobody learns of the block.
    if not any(row.blocked_id == ctx.sender for row in matching.blocked_by(ctx.tx, lane)):
        to = (letters.to_person if lane.startswith("@") else letters.to_room)(ctx.tx, ctx.network, lane)
        blocks, picture = views.letter(to, found, name=member.name)
        keys.append(letters.write(to, blocks, about=ctx.sender))
        for attachment in views.attached(picture, "assessment"):
            keys.append(
                outbox.file(
                    ctx.tx,
                    lane,
                    attachment.data,
                    content_type=attachment.content_type,
                    filename=attachment.filename,
                    content=attachment.content,
                    about=ctx.sender,
                )
            )
    stored.share(ctx.tx, ctx.sender, lane, keys)


def end(tx: Tx, row: AssessmentShare, language: str) -> bool:
    """Take back what was shown there; False where it stays, in a room that the bot is no longer in."""
    reason = texts(language).get("assessment.taken_back")
    shown = [sent for key in row.keys if (sent := outbox.by_key(tx, key))]
    stays = [sent for sent in shown if not letters.take_back(tx, sent, reason)]
    stored.end_share(tx, row)
    return not stays


def end_all_with(tx: Tx, user_id: str) -> None:
    """Take back what others showed somebody who is being forgotten: afterwards nobody would find it there."""
    language = ui_language(members.preference(tx, user_id).locale, UI_LANGUAGES[0])
    for row in stored.shares_with(tx, user_id):
        end(tx, row, language)
