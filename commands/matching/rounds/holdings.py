"""Whose data the tables of rounds hold, and what `mydata` and `forgetme` do with it."""

from __future__ import annotations

from typing import Any

from commands.core.holdings import Holding
from storage import rounds
from storage.database import Tx


def _places(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    # Whom somebody was put together with is theirs to read once both agreed: among the introductions.
    return [
        {
            "round": row.local_time if (row := rounds.get(tx, place.round_id)) else None,
            "value": round(place.value, 3),
            "reason": place.sort,
        }
        for place in rounds.places_of(tx, user_id)
    ]


def _wanted(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    return [{"preview_of_round": row.local_time} for row in rounds.wanted_by(tx, user_id)]


MATCHING_ROUND = Holding(
    "matching_round",
    "When a round is, how it came out in numbers, and which moderators wait for a preview until it comes.",
    _wanted,
    lambda tx, user_id, _practices_too: rounds.forget_wish(tx, user_id),
)
ROUND_PLACE = Holding(
    "round_place",
    "In which rounds a member was, and with whom they were put together.",
    _places,
    lambda tx, user_id, _practices_too: rounds.forget_places(tx, user_id),
)
