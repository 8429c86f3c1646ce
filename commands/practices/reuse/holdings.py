"""Whose data adoptions and thanks hold, and what export and erasure do with it."""

from __future__ import annotations

from typing import Any

from commands.core.holdings import Holding
from commands.practices import cards
from storage import practices, reuse
from storage.database import Tx


def _adoptions(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    return [
        one.model_dump(mode="json", exclude={"id", "user_id", "place"})
        for one in reuse.adoptions_of(tx, user_id)
    ]


def _forget_adoptions(tx: Tx, user_id: str, practices_too: bool) -> None:
    taken = [one.practice for one in reuse.adoptions_of(tx, user_id)]
    reuse.forget_adoptions(tx, user_id, outright=practices_too)
    for number in taken if practices_too else []:
        if practice := practices.get(tx, number):
            cards.keep_current(tx, practice)


def _thanks(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    return [{"practice": one.practice, "at": one.at.isoformat()} for one in reuse.thanks_of(tx, user_id)]


ADOPTION = Holding(
    "adoption",
    "Which city takes which practice over and what came of it, and the member who said so; erased, or left to"
    " the city without the name, as the member chooses for their practices.",
    _adoptions,
    _forget_adoptions,
)
THANKS = Holding(
    "thanks",
    "Who said thanks for which practice; others see only how many did, the author also who.",
    _thanks,
    lambda tx, user_id, _practices_too: reuse.forget_thanks(tx, user_id),
)
