"""Whose data questions hold, and what export and erasure do with it."""

from __future__ import annotations

from typing import Any

from commands.core.holdings import Holding
from storage import reuse
from storage.database import Tx


def _questions(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    return [
        {
            **one.model_dump(
                mode="json",
                exclude={"asker", "answerer", "asked_in", "asker_agrees", "answerer_agrees"},
            ),
            "asked_by_you": one.asker == user_id,
            "you_agree": one.asker_agrees if one.asker == user_id else one.answerer_agrees,
        }
        for one in reuse.questions_of(tx, user_id)
    ]


QUESTION = Holding(
    "question",
    "What someone asked on a practice, and the answer; what both agreed to keep with the practice stays"
    " without the name unless the member's practices are deleted as well.",
    _questions,
    lambda tx, user_id, practices_too: reuse.forget_questions(tx, user_id, outright=practices_too),
)
