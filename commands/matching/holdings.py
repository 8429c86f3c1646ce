"""Whose data the tables of matching hold, and what `mydata` and `forgetme` do with it."""

from __future__ import annotations

from typing import Any

from commands.core.belongings import Belonging
from commands.core.holdings import Holding
from storage import matching, members
from storage.database import Tx


def _participation(tx: Tx, user_id: str) -> dict[str, Any]:
    row = matching.participation(tx, user_id)
    shown = [_proposed(tx, one) if one else None for one in row.shown]  # None for who is forgotten
    return {**row.model_dump(mode="json", exclude={"user_id"}), "shown": shown}


def _blocks(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    # Who blocked them is nobody else's business.
    return [
        {"person": _proposed(tx, row.blocked_id), "since": row.since.isoformat()}
        for row in matching.blocked_by(tx, user_id)
    ]


def _introductions(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    return [
        {
            "with": _name(tx, row.other(user_id)) if row.state == "accepted" else None,
            "asked_by_you": row.asker == user_id,
            "state": row.state,
            "asked_at": row.asked_at.isoformat(),
            "answered_at": row.answered_at.isoformat() if row.answered_at else None,
        }
        for row in matching.introductions_of(tx, user_id)
        if row.told or row.asker == user_id  # before, nobody has asked them yet
    ]


def _proposed(tx: Tx, user_id: str) -> str:
    """Somebody as `match` proposes them: not by name if they go without one."""
    return _name(tx, user_id) if matching.participation(tx, user_id).named else "a member without a name"


def _name(tx: Tx, user_id: str) -> str:
    member = members.get(tx, user_id)
    return member.name if member else user_id


PARTICIPATION = Holding(
    "participation",
    "Whether and how a member takes part in matching, and whom they were shown last.",
    _participation,
    lambda tx, user_id, _practices_too: matching.forget_participation(tx, user_id),
)
BLOCKED_PERSON = Holding(
    "blocked_person",
    "Whom a member does not want to meet; the other does not learn of it.",
    _blocks,
    lambda tx, user_id, _practices_too: matching.forget_blocks(tx, user_id),
)
INTRODUCTION = Holding(
    "introduction",
    "Who was introduced to whom, and what was answered.",
    _introductions,
    lambda tx, user_id, _practices_too: matching.forget_introductions(tx, user_id),
)

INTRODUCTION_STAYS = Belonging("introduction", "The room is known by the row of the outbox that opened it.")
