"""What the clock does about rounds."""

from __future__ import annotations

from typing import Any

import structlog

from commands.core import letters
from commands.core.context import Network, Role, holds
from commands.core.jobs import Job
from commands.matching.people import letter
from commands.matching.rounds import service, views
from storage import matching, rounds
from storage.database import OutOfReach, Tx
from storage.rounds import Place, Round, RoundState

log = structlog.get_logger("rounds")


def _planned(tx: Tx, payload: dict[str, Any]) -> Round | None:
    """The round of a job, unless it has been set for another time since."""
    row = rounds.get(tx, payload["round"])
    still = row is not None and row.state == RoundState.PLANNED and row.revision == payload["revision"]
    return row if still else None


def _announce(tx: Tx, network: Network, payload: dict[str, Any]) -> None:
    if row := _planned(tx, payload):
        service.announce(tx, network, row, payload.get("instead_of"))


def _begin(tx: Tx, network: Network, payload: dict[str, Any]) -> None:
    if row := _planned(tx, payload):
        service.begin(tx, network, row)


def _send(tx: Tx, network: Network, payload: dict[str, Any]) -> None:
    row = _sending(tx, payload["round"])
    if row is None:
        return
    after = payload["after"]
    groups = rounds.next_groups(tx, payload["round"], after, service.AT_ONCE)
    if not groups and after:
        # Before these there may be some that a broken chain has left.
        after = 0
        groups = rounds.next_groups(tx, payload["round"], after, service.AT_ONCE)
    if not groups:
        service.finish(tx, network, row)
        return
    for group in groups:
        after = group[0].number
        if not _asked(tx, network, row, group):
            service.give_up(tx, payload["round"], after)
            break  # what was read before has been undone
    if row := _sending(tx, payload["round"]):
        service.go_on(tx, row, after)


def _sending(tx: Tx, number: int) -> Round | None:
    row = rounds.get(tx, number)
    return row if row and row.state == RoundState.SENDING else None


def _asked(tx: Tx, network: Network, row: Round, group: list[Place]) -> bool:
    """Ask a group; what goes wrong with it must not keep the others waiting."""
    which = {"round": row.id, "group": group[0].number}
    try:
        with tx.savepoint():
            service.ask(tx, network, row, group)
    except OutOfReach:
        raise
    except Exception as error:
        log.exception("group_not_asked", **which, error=type(error).__name__)
        return False
    return True


def _alone(tx: Tx, network: Network, payload: dict[str, Any]) -> None:
    for user_id in _left_over(tx, payload):
        _tell_alone(tx, network, payload["round"], user_id)


def _left_over(tx: Tx, payload: dict[str, Any]) -> list[str]:
    left = rounds.group(tx, payload["round"], payload["number"])
    return [left[0].user_id] if len(left) == 1 else []


def _tell_alone(tx: Tx, network: Network, number: int, user_id: str) -> None:
    there = holds(tx, network, user_id, Role.MEMBER) and matching.participation(tx, user_id).active(tx.now)
    # Whoever has nobody to meet at all need not hear that every month.
    if there and not rounds.alone_before(tx, user_id, number):
        to = letters.to_person(tx, network, user_id)
        letters.write(to, views.alone(to), about=user_id)


def _told(tx: Tx, network: Network, payload: dict[str, Any]) -> None:
    row = rounds.get(tx, payload["round"])
    states = rounds.introduced(tx, payload["round"])
    if row is None or not states.get("accepted"):
        return
    hub = letters.to_room(tx, network, network.hub_room)
    letters.write(hub, views.begun(hub, service.moment(row), states["accepted"]))


def _plan(tx: Tx, network: Network, _payload: dict[str, Any]) -> None:
    row = service.current(tx, network)
    if row.state == RoundState.SENDING:
        # However a chain broke: who has been asked is not asked again.
        service.go_on(tx, row, 0)
    rounds.forget_places_before(tx, tx.now - service.KEPT)


round_announce = Job("round_announce", _announce)
round_begin = Job("round_begin", _begin)
round_send = Job("round_send", _send)
round_alone = letter("round_alone", _left_over, _alone)
round_told = Job("round_told", _told)
plan_rounds = Job("plan_rounds", _plan, daily_at=2)
