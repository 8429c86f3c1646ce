"""Whose data questions to the network hold, and what `mydata` and `forgetme` do with it."""

from __future__ import annotations

from typing import Any

from commands.core.belongings import Belonging
from commands.core.holdings import Holding
from storage import asking
from storage.database import Tx


def _questions(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    return [
        {
            **one.model_dump(mode="json", exclude={"asker", "tokens", "asked_in", "asked_room"}),
            "answers": [
                {"answer": row.answer, "you_asked_back": row.follow_up, "then": row.follow_up_answer}
                for row in asking.answers(tx, one.number)
            ],
        }
        for one in asking.questions_of(tx, user_id)
    ]


def _requests(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    # What they have not been told yet is still the asker's alone.
    return [
        {
            **row.model_dump(mode="json", exclude={"id", "user_id", "tokens"}),
            "asked": asked.text if (asked := asking.question(tx, row.question)) else None,
        }
        for row in asking.requests_of(tx, user_id)
        if row.state not in ("waiting", "dropped")
    ]


NETWORK_QUESTION = Holding(
    "network_question",
    "What someone asked the network; what all may read with its answers stays without the name unless the"
    " member's practices are deleted as well.",
    _questions,
    lambda tx, user_id, practices_too: asking.forget(tx, user_id, outright=practices_too),
)
ANSWER_REQUEST = Holding(
    "answer_request",
    "What someone was asked and answered; what all may read stays without the name unless the member's"
    " practices are deleted as well.",
    _requests,
    lambda tx, user_id, practices_too: asking.forget(tx, user_id, outright=practices_too),
)

QUESTION_STAYS = Belonging(
    "network_question", "A thread can't go on in another room: there, answers come without one."
)
