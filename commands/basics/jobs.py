"""What the clock does to keep the house clean."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from commands.core.context import Network
from commands.core.jobs import Job
from commands.core.nodes import Paragraph
from commands.core.render import content, render
from config.languages import ui_language
from config.texts import texts
from storage import crypto, dialogs, inbox, members, outbox, rooms, schedule
from storage.database import Tx

KEYS_UNUSED = timedelta(days=180)  # sessions of rooms and devices in which nobody has spoken for so long


def forget_messages(tx: Tx, network: Network, _payload: dict[str, Any]) -> None:
    """Delete what was said to the bot, and blank what it answered, after the time that privacy allows."""
    moment = tx.now - network.keep_messages
    inbox.forget_before(tx, moment)
    outbox.forget_before(tx, moment)
    dialogs.forget_before(tx, moment)
    schedule.forget_before(tx, moment)
    for kind in ("olm", "megolm", "user"):
        crypto.forget_unused(tx, kind, tx.now - KEYS_UNUSED)


def tell_missing_key(tx: Tx, network: Network, payload: dict[str, Any]) -> None:
    """Tell the sender of what can't be read, once for a room and a Megolm session, what to do about it."""
    room = rooms.get(tx, payload["room_id"])
    waiting = inbox.unreadable(tx, payload["room_id"], payload["session_id"])
    if room is None or room.membership != "join" or not waiting:
        return
    first = waiting[0]
    preferred = members.preference(tx, first.sender).locale
    language = ui_language((None if room.direct else room.language) or preferred, network.default_language)
    told = render((Paragraph((texts(language).get("error.missing_key"),)),))
    outbox.message(
        tx,
        room.room_id,
        content(told, reply_to=first.event_id, mentions=(first.sender,)),
        answers=first.event_id,
    )


missing_key = Job("missing_key", tell_missing_key)
housekeeping = Job("housekeeping", forget_messages, daily_at=3)
