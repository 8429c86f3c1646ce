"""Whose data the tables of the self-assessment hold, and what `mydata` and `forgetme` do with it."""

from __future__ import annotations

from typing import Any

from commands.assessment import sharing
from commands.core.belongings import Belonging
from commands.core.holdings import Holding
from storage import assessment as stored
from storage import members, rooms
from storage.database import Tx


def _answers(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    return [row.model_dump(mode="json", exclude={"id", "user_id"}) for row in stored.of(tx, user_id)]


def _shares(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    return [
        {"with": _called(tx, row.lane), "since": row.shared_at.isoformat()}
        for row in stored.shares(tx, user_id)
    ]


def _forget_shares(tx: Tx, user_id: str, _practices_too: bool) -> None:
    sharing.end_all_with(tx, user_id)
    stored.forget_shares(tx, user_id)


def _called(tx: Tx, lane: str) -> str:
    if lane.startswith("@"):
        member = members.get(tx, lane)
        return member.name if member else "somebody"
    room = rooms.get(tx, lane)
    return (room and (room.name or room.alias)) or lane


def _consent(tx: Tx, user_id: str) -> dict[str, Any] | None:
    row = stored.consent(tx, user_id)
    return {"since": row.since.isoformat()} if row else None


def _team(tx: Tx, user_id: str) -> dict[str, Any] | None:
    row = stored.team_row(tx, user_id)
    return row.model_dump(mode="json", exclude={"user_id"}) if row else None


def _offers(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    return [row.model_dump(mode="json", exclude={"user_id"}) for row in stored.offers(tx, user_id)]


def _goals(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    return [row.model_dump(mode="json", exclude={"id", "user_id"}) for row in stored.goals(tx, user_id)]


ASSESSMENT = Holding(
    "assessment",
    "What someone answered in a self-assessment; only they see it.",
    _answers,
    lambda tx, user_id, _practices_too: stored.forget_answers(tx, user_id),
)
ASSESSMENT_SHARE = Holding(
    "assessment_share",
    "To whom someone showed their result.",
    _shares,
    _forget_shares,
)
ASSESSMENT_CONSENT = Holding(
    "assessment_consent",
    "That someone's result counts, without a name, in the comparison of cities.",
    _consent,
    lambda tx, user_id, _practices_too: stored.forget_consent(tx, user_id),
)
ASSESSMENT_TEAM = Holding(
    "assessment_team",
    "That someone answers for their city together with others.",
    _team,
    lambda tx, user_id, _practices_too: stored.forget_team(tx, user_id),
)
ASSESSMENT_GOAL = Holding(
    "assessment_goal",
    "Which level someone wants to reach by when.",
    _goals,
    lambda tx, user_id, _practices_too: stored.forget_goals(tx, user_id),
)
ASSESSMENT_OFFER = Holding(
    "assessment_offer",
    "That someone has come far in an area, was asked whether others may be introduced to them, and what they"
    " said.",
    _offers,
    lambda tx, user_id, _practices_too: stored.forget_offers(tx, user_id),
)
ASSESSMENT_MODEL = Holding("assessment_model", "The questions; holds nothing of persons.")


ASSESSMENT_SHARE_STAYS = Belonging("assessment_share", "The messages are where they were sent.")
