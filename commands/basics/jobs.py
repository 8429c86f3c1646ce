"""What the clock does to keep the house clean."""

from __future__ import annotations

from typing import Any

from commands.core.context import Network
from commands.core.jobs import Job
from storage import dialogs, inbox, outbox, schedule
from storage.database import Tx


def forget_messages(tx: Tx, network: Network, _payload: dict[str, Any]) -> None:
    """Delete what was said to the bot, and blank what it answered, after the time that privacy allows."""
    moment = tx.now - network.keep_messages
    inbox.forget_before(tx, moment)
    outbox.forget_before(tx, moment)
    dialogs.forget_before(tx, moment)
    schedule.forget_before(tx, moment)


housekeeping = Job("housekeeping", forget_messages, daily_at=3)
