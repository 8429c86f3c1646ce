"""What the clock does for announcements."""

from __future__ import annotations

from typing import Any

from commands.core import hours
from commands.core.context import Network
from commands.core.jobs import Job
from commands.news.announcements import service
from storage.database import Tx


def _say(tx: Tx, network: Network, payload: dict[str, Any]) -> None:
    service.say(tx, network, payload["announcement"], payload["at"])


def _look_after(tx: Tx, network: Network, _payload: dict[str, Any]) -> None:
    service.look_after(tx, network)


# Never skipped: whoever wanted it is told when it is too late.
announce = Job("announce", _say)
# In the morning: it writes to people.
look_after_announcements = Job("look_after_announcements", _look_after, daily_at=hours.MORNING)
