"""What the clock does about questions that wait."""

from __future__ import annotations

from typing import Any

from commands.core.context import Network
from commands.core.jobs import Job
from commands.practices.questions import service
from storage import reuse
from storage.database import Tx


def _look_after(tx: Tx, network: Network, payload: dict[str, Any]) -> None:
    question = reuse.question(tx, payload["question"])
    if question:
        service.look_after(tx, network, question, payload["step"])


look_after_question = Job("look_after_question", _look_after)
