"""What the clock does for who watches something, and about old gaps."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from commands.core.context import Network
from commands.core.jobs import Job
from commands.practices.watching import gaps, service
from storage import watching
from storage.database import Tx


def _alert(tx: Tx, network: Network, payload: dict[str, Any]) -> None:
    until = payload.get("until")
    moment = datetime.fromisoformat(until) if until else tx.now - service.SETTLED
    service.alert_part(tx, network, payload["zone"], payload["part"], moment)


def _plan(tx: Tx, network: Network, _payload: dict[str, Any]) -> None:
    # People move to other time zones, and a morning that failed has planned no next one.
    for zone in watching.zones_of_watchers(tx):
        service.plan_alerts(tx, network, zone)


def _forget(tx: Tx, _network: Network, _payload: dict[str, Any]) -> None:
    watching.forget_gaps_before(tx, tx.now - gaps.KEPT)


# What is skipped as too late is told the next morning.
watch_alerts = Job("watch_alerts", _alert, skip_after=timedelta(hours=10))
plan_alerts = Job("plan_alerts", _plan, daily_at=0)
forget_gaps = Job("forget_gaps", _forget, daily_at=3)
