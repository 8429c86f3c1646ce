"""What the clock does about the reuse of practices."""

from __future__ import annotations

from typing import Any

from commands.core.context import Network
from commands.core.jobs import Job
from commands.practices.reuse import service
from storage import practices, reuse
from storage.database import Tx
from storage.practices import VISIBLE


def _ask_outcome(tx: Tx, network: Network, payload: dict[str, Any]) -> None:
    adoption = reuse.adoption(tx, payload["adoption"])
    if adoption:
        service.ask_for_outcome(tx, network, adoption)


def _tell_thanks(tx: Tx, network: Network, payload: dict[str, Any]) -> None:
    practice = practices.get(tx, payload["practice"])
    if practice and practice.status in VISIBLE:
        service.tell_thanks(tx, network, practice)


ask_outcome = Job("ask_outcome", _ask_outcome)
tell_thanks = Job("tell_thanks", _tell_thanks)
