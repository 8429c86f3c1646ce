"""Answering for a city together: who is let in, and the consent to it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from commands.assessment import forms, service, views
from commands.core import letters, questions
from commands.core.context import Context, Network
from commands.core.errors import UserError
from commands.core.forms import Answers, Form, FormField, text
from commands.core.nodes import strong
from commands.core.reply import Reply
from storage import assessment as stored
from storage import members, outbox, schedule
from storage.assessment import AssessmentTeam
from storage.database import Tx
from storage.members import Member

TOPIC = "assessment_team"
ASKED_AGAIN = timedelta(days=14)


def join(ctx: Context, member: Member) -> bool:
    """Let a member answer for their city; False if others have to let them in first, who are asked."""
    city = service.city_of(member)
    others = colleagues(ctx, member)
    stored.forget_team(ctx.tx, member.user_id)
    row = AssessmentTeam(user_id=member.user_id, city=city, joined=not others, since=ctx.now)
    stored.keep_team(ctx.tx, row)
    for other in others:
        to = letters.to_person(ctx.tx, ctx.network, other.user_id)
        if later := letters.morning(to):
            asked = {"number": row.id, "to": other.id}
            schedule.plan(ctx.tx, f"{TOPIC}/{row.id}/{other.id}", TOPIC, later, to.timezone, asked)
        else:
            _ask(to, row, member)
    return row.joined


def colleagues(ctx: Context, member: Member) -> list[AssessmentTeam]:
    """Those who answer for a member's city already, and would have to let them in.

    Raises `UserError` if the member has had them asked lately: a no, or none, is not to be asked for again
    and again.
    """
    others = [
        row
        for row in stored.team(ctx.tx, service.city_of(member))
        if row.joined and row.user_id != member.user_id and service.still_there(ctx.tx, ctx.network, row)
    ]
    asked = outbox.asked_since(ctx.tx, member.user_id, TOPIC, ctx.now - ASKED_AGAIN)
    if others and asked:
        raise UserError("assess.asked_lately", **views.days(ctx, asked=asked, again=asked + ASKED_AGAIN))
    return others


def ask(tx: Tx, network: Network, payload: dict[str, Any]) -> None:
    """Ask in the morning what was to be asked in the night, if it still is to be."""
    row, other = stored.team_entry(tx, payload["number"]), stored.team_entry(tx, payload["to"])
    if row is None or other is None or row.joined or not other.joined:
        return
    member = members.get(tx, row.user_id)
    if member and all(service.still_there(tx, network, one) for one in (row, other)):
        _ask(letters.to_person(tx, network, other.user_id), row, member)


def _ask(to: Context, row: AssessmentTeam, member: Member) -> None:
    told = to.p(
        "assess.asks_in",
        name=strong(member.name),
        organisation=member.organisation,
        city=member.city,
        yes=questions.TICK,
        no=questions.CROSS,
    )
    letters.write(
        to,
        [told],
        about=member.user_id,
        topic=f"{TOPIC}:{row.id}",
        reactions=(questions.TICK, questions.CROSS),
    )


def waits(ctx: Context, number: str) -> bool:
    """Whether somebody still waits for the sender, who is in already, to let them in."""
    row, member = stored.team_entry(ctx.tx, int(number)), ctx.member
    if row is None or row.joined or member is None or not service.still_there(ctx.tx, ctx.network, row):
        return False
    return (
        member.user_id in service.team_of(ctx.tx, ctx.network, member) and service.city_of(member) == row.city
    )


def decide(ctx: Context, number: str, agreed: bool) -> Reply | None:
    """Let somebody in who asked, or not; only those may who are in themselves."""
    row = stored.team_entry(ctx.tx, int(number))
    asker = members.get(ctx.tx, row.user_id) if row else None
    member = ctx.member
    if row is None or asker is None or not service.still_there(ctx.tx, ctx.network, row):
        raise UserError("assess.asks_no_more")
    if (
        member is None
        or member.user_id not in service.team_of(ctx.tx, ctx.network, member)
        or service.city_of(member) != row.city
    ):
        raise UserError("assess.asks_no_more")
    if row.joined:
        return Reply((ctx.p("assess.is_in", name=strong(asker.name)),), about=asker.user_id)
    to = letters.to_person(ctx.tx, ctx.network, asker.user_id)
    if agreed:
        row.joined = True
        stored.keep_team(ctx.tx, row)
        letters.write(to, [to.p("assess.let_in", city=asker.city, command=to.call("assessment city"))])
        return Reply((ctx.p("assess.is_in", name=strong(asker.name)),), about=asker.user_id)
    stored.forget_team(ctx.tx, asker.user_id)
    letters.write(to, [to.p("assess.not_let_in", city=asker.city)])
    return Reply((ctx.p("assess.stays_out", name=strong(asker.name)),), about=asker.user_id)


def _refused(value: str, ctx: Context) -> Reply | None:
    return None if value == "yes" else Reply((ctx.p("assess.city_no", assess=ctx.call("assess")),))


def _finish(ctx: Context, _answers: Answers) -> Reply:
    if ctx.member is None:
        raise UserError("role.member_needed", register=ctx.call("register"))
    joined = join(ctx, ctx.member)
    told = ctx.p("assess.city_in" if joined else "assess.city_asked", command=ctx.call("assessment city"))
    reply = forms.begin(ctx, None)
    return Reply(
        (told, *reply.blocks), private=True, reactions=reply.reactions, about=ctx.sender, asks=reply.asks
    )


FOR_CITY = Form(
    "assess_city",
    (FormField("sure", text(10), choices=("yes", "no"), ends=_refused),),
    _finish,
    last_look=False,
)
