"""What the clock does for the digest."""

from __future__ import annotations

from typing import Any

from commands.core.context import Network
from commands.core.jobs import Job
from commands.news.digest import service
from storage.database import Tx


def _send(tx: Tx, network: Network, payload: dict[str, Any]) -> None:
    service.send_due(tx, network, payload["part"])


def _look_after(tx: Tx, network: Network, _payload: dict[str, Any]) -> None:
    service.look_after(tx, network)


# Never skipped: each digest judges for itself whether it is too late.
digests = Job("digests", _send)
look_after_digests = Job("look_after_digests", _look_after, daily_at=4)
