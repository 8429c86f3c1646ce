"""Letting time pass in a conversation, with all that the clock does meanwhile."""

from __future__ import annotations

from sqlmodel import col, select

from bot.pipeline.scheduler import Scheduler
from commands.core.registry import load
from storage.outbox import Action, OutboxRow
from tests.transcript import Chat


def wait(chat: Chat, **by: float) -> list[tuple[str, str]]:
    """Let time pass and the scheduler do what is due then; returns what the bot says, each with where."""
    scheduler = Scheduler(chat.database, load().jobs, chat.network, on_done=lambda _lanes: None)
    scheduler._plan_daily_jobs()
    chat.clock.forward(**by)
    with chat.database.read() as tx:
        before = max((row.id or 0 for row in tx.session.exec(select(OutboxRow))), default=0)
    while scheduler._run_one() is not None:
        pass
    with chat.database.read() as tx:
        said = tx.session.exec(
            select(OutboxRow)
            .where(col(OutboxRow.id) > before, OutboxRow.action == Action.MESSAGE)
            .order_by(col(OutboxRow.id))
        )
        return [(row.lane, str(row.content["body"])) for row in said]
