"""Whose data the tables of matching hold, and what `mydata` and `forgetme` do with it."""

from __future__ import annotations

from typing import Any

from commands.core.belongings import Belonging
from commands.core.context import Network
from commands.core.holdings import Holding
from commands.matching import views
from storage import matching, members, schedule
from storage.database import Tx
from storage.matching import Introduction, IntroductionPerson
from storage.rooms import Room


def _participation(tx: Tx, user_id: str) -> dict[str, Any]:
    row = matching.participation(tx, user_id)
    shown = [_proposed(tx, one) if one else None for one in row.shown]  # None for nobody, or who is forgotten
    return {**row.model_dump(mode="json", exclude={"user_id"}), "shown": shown}


def _blocks(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    # Who blocked them is nobody else's business.
    return [
        {"person": _proposed(tx, row.blocked_id), "since": row.since.isoformat()}
        for row in matching.blocked_by(tx, user_id)
    ]


def _introductions(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    return [
        _introduction(tx, row, person)
        for row, person in matching.introductions_of(tx, user_id)
        if person.knows  # before, nobody has asked them yet
    ]


def _introduction(tx: Tx, row: Introduction, person: IntroductionPerson) -> dict[str, Any]:
    # Not more than `meetings` tells them: what others answered is the others' business.
    state = views.outcome(row, person)
    met = state == "accepted"
    return {
        "with": _others(tx, row, person.user_id) if met else None,
        "by_round": row.round_id is not None,
        "state": state,
        "proposed_at": row.proposed_at.isoformat(),
        "meets_at": row.meets_at.isoformat() if met and row.meets_at else None,
        "you": {
            **person.model_dump(mode="json", exclude={"id", "introduction_id", "user_id", "untold"}),
            "chosen": sorted(set(person.chosen.values())),
        },
    }


def _others(tx: Tx, row: Introduction, user_id: str) -> list[str]:
    them = [one for one in matching.introduced(tx, row) if one.user_id != user_id]
    return [_name(tx, one.user_id) for one in them if one.answer == "yes"]


def _forget(tx: Tx, user_id: str, _practices_too: bool) -> None:
    # Who still waits, or is still to hear of it, learns that it does not work out; the rest is forgotten with
    # them.
    for number in matching.forget_introductions(tx, user_id):
        key = f"introduction_forgotten:{number}:{tx.now:%Y%m%d%H%M%S%f}"
        schedule.plan(
            tx, key, "introduction_forgotten", tx.now.replace(tzinfo=None), "UTC", {"number": number}
        )


def _proposed(tx: Tx, user_id: str) -> str:
    """Somebody as `match` proposes them: not by name if they go without one."""
    return _name(tx, user_id) if matching.participation(tx, user_id).named else "a member without a name"


def _name(tx: Tx, user_id: str) -> str:
    member = members.get(tx, user_id)
    return member.name if member else user_id


PARTICIPATION = Holding(
    "participation",
    "Whether and how a member takes part in matching, and whom they were shown last.",
    _participation,
    lambda tx, user_id, _practices_too: matching.forget_participation(tx, user_id),
)
BLOCKED_PERSON = Holding(
    "blocked_person",
    "Whom a member does not want to meet; the other does not learn of it.",
    _blocks,
    lambda tx, user_id, _practices_too: matching.forget_blocks(tx, user_id),
)
INTRODUCTION = Holding("introduction", "Which introductions there were, and when; holds nothing of persons.")
INTRODUCTION_PERSON = Holding(
    "introduction_person",
    "Who was proposed to whom, what they answered, which hours suited them, and what they took home.",
    _introductions,
    _forget,
)


def _move(tx: Tx, _network: Network, old: Room, new: Room) -> None:
    if row := matching.introduction_in(tx, old.room_id):
        row.room_id = new.room_id
        tx.flush()


INTRODUCTION_MOVES = Belonging("introduction", "Who meets in the room goes on in the new one.", _move)
