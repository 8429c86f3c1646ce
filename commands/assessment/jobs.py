"""What the clock does for the self-assessment."""

from __future__ import annotations

from typing import Any

from commands.assessment import goals, improving, service, sharing, together, views
from commands.core import dialog, letters, questions
from commands.core.context import Network, Role, holds
from commands.core.jobs import Job
from storage import assessment as stored
from storage.database import Tx


def ask(tx: Tx, network: Network, payload: dict[str, Any]) -> None:
    """Ask somebody what came of their goal, unless they have another one by now, or left."""
    row = stored.goal(tx, payload["number"])
    if row is None or not holds(tx, network, row.user_id, Role.MEMBER):
        return
    to = letters.to_person(tx, network, row.user_id)
    found = service.profile(tx, row.user_id)
    steps = improving.nearest(to, found, row.process) if found else []
    reached = goals.is_reached(tx, row)
    told = views.asked_for_goal(to, row, reached=reached, step=steps[0] if steps else None)
    if reached:
        letters.write(to, told, about=row.user_id)
    else:
        signs = dialog.tappable(to, (questions.TICK, questions.CROSS))
        letters.write(to, told, about=row.user_id, topic=f"{goals.TOPIC}:{row.id}", reactions=signs)


assessment_goal = Job(goals.JOB, ask)
assessment_share = Job(sharing.JOB, sharing.show)
assessment_team = Job(together.TOPIC, together.ask)
