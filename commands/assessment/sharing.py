"""Showing one's result to a person or a room, and taking that back."""

from __future__ import annotations

import re
from typing import Any

from commands.assessment import service, views
from commands.core import letters
from commands.core.context import Context, Network, Role, holds
from commands.core.errors import UserError
from config.languages import UI_LANGUAGES, ui_language
from config.texts import texts
from config.words import spellings
from storage import assessment as stored
from storage import matching, members, outbox, rooms, schedule
from storage.assessment import AssessmentShare
from storage.database import Tx

JOB = "assessment_share"
_WITH = re.compile(r"(?:with|to|mit|an)\s+", re.I)


def to_whom(ctx: Context, typed: str) -> str:
    """The member or the room that a text names, as a lane of the outbox; raises `UserError`."""
    found = _named(ctx, typed) or _named(ctx, _WITH.sub("", typed.strip()))
    if len(found) > 1:
        raise UserError("assessment.several", typed=typed[:60])
    if not found:
        raise UserError("assessment.nobody", typed=typed[:60], who=ctx.call("who"))
    return found[0]


def _named(ctx: Context, typed: str) -> list[str]:
    wanted = typed.strip().rstrip(".")
    here = list(ctx.texts.raw("assessment.words.here").split("|"))
    if wanted.casefold() in here and ctx.room and not ctx.room.direct:
        return [ctx.room_id]
    keys = {wanted.casefold(), wanted.removeprefix("#").casefold()}
    found = [
        room.room_id
        for room in rooms.joined(ctx.tx)
        if room.direct_with is None
        and keys & {name.casefold() for name in (room.alias, room.name, room.room_id) if name}
        and rooms.membership(ctx.tx, room.room_id, ctx.sender) == "join"
    ]
    return found + [
        member.user_id
        for member in members.everyone(ctx.tx)
        if member.user_id != ctx.sender
        and (member.user_id == wanted or spellings(wanted) & spellings(member.name) - {""})
        and holds(ctx.tx, ctx.network, member.user_id, Role.MEMBER)
    ]


def share(ctx: Context, lane: str) -> bool:
    """Show the sender's present result there; an earlier one there is taken back.

    False if it waits for the morning, where it is night for a person.
    """
    if service.profile(ctx.tx, ctx.sender) is None:
        raise UserError("assessment.none", assess=ctx.call("assess"))
    for row in stored.shares(ctx.tx, ctx.sender):
        if row.lane == lane:
            end(ctx.tx, row, ctx.language)
    row = stored.share(ctx.tx, ctx.sender, lane)
    to = letters.to_person(ctx.tx, ctx.network, lane)
    if lane.startswith("@") and (later := letters.morning(to)):
        schedule.plan(ctx.tx, f"{JOB}/{row.id}", JOB, later, to.timezone, {"number": row.id})
        return False
    _show(ctx.tx, ctx.network, row)
    return True


def show(tx: Tx, network: Network, payload: dict[str, Any]) -> None:
    """Show in the morning what was shared in the night, if it still is, and both are in the network."""
    row = stored.share_entry(tx, payload["number"])
    if row and all(holds(tx, network, one, Role.MEMBER) for one in (row.user_id, row.lane)):
        _show(tx, network, row)


def _show(tx: Tx, network: Network, row: AssessmentShare) -> None:
    found, member = service.profile(tx, row.user_id), members.get(tx, row.user_id)
    # Who blocked the sender is spared it, and nobody learns of the block.
    blocked = any(one.blocked_id == row.user_id for one in matching.blocked_by(tx, row.lane))
    if found is None or member is None or blocked:
        return
    to = (letters.to_person if row.lane.startswith("@") else letters.to_room)(tx, network, row.lane)
    blocks, picture = views.letter(to, found, name=member.name)
    keys = [letters.write(to, blocks, about=row.user_id)]
    for attachment in views.attached(picture, "assessment"):
        keys.append(
            outbox.file(
                tx,
                row.lane,
                attachment.data,
                content_type=attachment.content_type,
                filename=attachment.filename,
                content=attachment.content,
                about=row.user_id,
            )
        )
    stored.shown(tx, row, keys)


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
