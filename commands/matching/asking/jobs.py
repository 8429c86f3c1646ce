"""What the clock does about questions to the network."""

from __future__ import annotations

from typing import Any

from commands.core.context import Network
from commands.core.jobs import Job
from commands.matching.asking import service
from commands.matching.people import letter
from storage import asking
from storage.database import Tx


def _bring(tx: Tx, network: Network, payload: dict[str, Any]) -> None:
    row = asking.request(tx, payload["request"])
    if row:
        service.bring(tx, network, row, payload["what"])


def _look_after(tx: Tx, network: Network, payload: dict[str, Any]) -> None:
    question = asking.question(tx, payload["question"])
    if question:
        service.look_after(tx, network, question)


def _forget(tx: Tx, _network: Network, _payload: dict[str, Any]) -> None:
    asking.forget_before(tx, tx.now - service.KEPT)


def _answerer(tx: Tx, payload: dict[str, Any]) -> list[str]:
    row = asking.request(tx, payload["request"])
    return [row.user_id] if row and row.user_id else []


def _asker(tx: Tx, payload: dict[str, Any]) -> list[str]:
    question = asking.question(tx, payload["question"])
    return [question.asker] if question and question.asker else []


bring_to_answer = letter("bring_to_answer", _answerer, _bring)
look_after_network_question = letter("look_after_network_question", _asker, _look_after)
forget_network_questions = Job("forget_network_questions", _forget, daily_at=3)
