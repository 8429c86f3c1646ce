"""Whose data the table of co-authors holds, and what export and erasure do with it."""

from __future__ import annotations

from typing import Any

from commands.core.holdings import Holding
from storage import practices
from storage.database import Tx


def _coauthorships(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    return [
        {"practice": one.practice, "since": one.at.isoformat()}
        for one in practices.coauthorships(tx, user_id)
    ]


PRACTICE_AUTHOR = Holding(
    "practice_author",
    "Which members write a practice together; erased with the person.",
    export=_coauthorships,
    erase=lambda tx, user_id, _practices_too: practices.forget_coauthor(tx, user_id),
)
