"""Whose data the short versions and the vectors of practices are."""

from __future__ import annotations

from typing import Any

from commands.core.holdings import Holding
from storage import translations
from storage.database import Tx


def _written_by(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    return [
        {
            "practice": one.practice,
            "language": one.language,
            "title": one.title,
            "summary": one.summary,
            "at": one.at.isoformat(),
        }
        for one in translations.by_person(tx, user_id)
    ]


PRACTICE_TRANSLATION = Holding(
    "practice_translation",
    "Short versions of practices in other languages, and who wrote them last; they stay as long as their"
    " practice does, the name goes.",
    export=_written_by,
    erase=lambda tx, user_id, _practices_too: translations.forget_by(tx, user_id),
)
PRACTICE_VECTOR = Holding(
    "practice_vector",
    "What an operator's own model makes of the text of a practice, as numbers; it goes with the practice.",
)
