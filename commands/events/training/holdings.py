"""Whose data the tables of trainings hold, and what `mydata` and `forgetme` do with it."""

from __future__ import annotations

from typing import Any

from commands.core.holdings import Holding
from storage import trainings
from storage.database import Tx


def _results(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    return [
        one.model_dump(mode="json", exclude={"id", "user_id"}) for one in trainings.results_of(tx, user_id)
    ]


def _records(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    return [one.model_dump(mode="json", exclude={"id", "user_id"}) for one in trainings.records(tx, user_id)]


TRAINING = Holding("training", "What to read before a training, and when its quiz opens: of no person.")
TRAINING_QUESTION = Holding(
    "training_question",
    "The questions of a training's quiz, with sums of how they were answered: of no person.",
)
TRAINING_RESULT = Holding(
    "training_result",
    "How somebody did in the quiz of a training; only they see it, its host gets sums from five people on.",
    _results,
    lambda tx, user_id, _practices_too: trainings.forget_results(tx, user_id),
)
TRAINING_RECORD = Holding(
    "training_record",
    "In which trainings somebody took part, with how they did in the quiz; only they see it.",
    _records,
    lambda tx, user_id, _practices_too: trainings.forget_records(tx, user_id),
)
