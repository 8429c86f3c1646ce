"""Whose data bookmarks, watches and gaps hold, and what export and erasure do with it."""

from __future__ import annotations

from typing import Any

from commands.core.holdings import Holding
from storage import watching
from storage.database import Tx


def _bookmarks(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    return [{"practice": one.practice, "at": one.at.isoformat()} for one in watching.bookmarks(tx, user_id)]


def _watches(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    return [one.model_dump(mode="json", exclude={"user_id"}) for one in watching.watches(tx, user_id)]


BOOKMARK = Holding(
    "bookmark",
    "Which practices someone wants to find again; nobody else sees it.",
    _bookmarks,
    lambda tx, user_id, _practices_too: watching.forget_bookmarks(tx, user_id),
)
WATCH = Holding(
    "watch",
    "The themes and searches that someone wants to hear of; nobody else sees it.",
    _watches,
    lambda tx, user_id, _practices_too: watching.forget_watches(tx, user_id),
)
GAP = Holding("gap", "What was searched for and not found, without whoever searched; for half a year.")
