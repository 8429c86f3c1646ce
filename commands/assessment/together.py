"""Answering for a city together: who is let in, and the consent to it."""

from __future__ import annotations

from commands.assessment import forms, service
from commands.core import letters
from commands.core.context import Context
from commands.core.errors import UserError
from commands.core.forms import Answers, Form, FormField, text
from commands.core.nodes import strong
from commands.core.reply import Reply
from storage import assessment as stored
from storage import members
from storage.assessment import AssessmentTeam
from storage.members import Member

TOPIC = "assessment_team"
YES = "\N{WHITE HEAVY CHECK MARK}"
NO = "\N{CROSS MARK}"


def join(ctx: Context, member: Member) -> bool:
    """Let a member answer for their city; False if others have to let them in first, who are asked."""
    city = service.city_of(member)
    others = [
        row
        for row in stored.team(ctx.tx, city)
        if row.joined and row.user_id != member.user_id and _still_there(ctx, row)
    ]
    stored.forget_team(ctx.tx, member.user_id)
    row = AssessmentTeam(user_id=member.user_id, city=city, joined=not others, since=ctx.now)
    stored.keep_team(ctx.tx, row)
    for other in others:
        to = letters.to_person(ctx.tx, ctx.network, other.user_id)
        told = to.p(
            "assess.asks_in",
            name=strong(member.name),
            organisation=member.organisation,
            city=member.city,
            yes=YES,
            no=NO,
        )
        letters.write(to, [told], about=member.user_id, topic=f"{TOPIC}:{row.id}", reactions=(YES, NO))
    return row.joined


def _still_there(ctx: Context, row: AssessmentTeam) -> bool:
    member = members.get(ctx.tx, row.user_id)
    return member is not None and service.city_of(member) == row.city


def waits(ctx: Context, number: str) -> bool:
    """Whether somebody still waits for the sender, who is in already, to let them in."""
    row, member = stored.team_entry(ctx.tx, int(number)), ctx.member
    if row is None or row.joined or member is None or not _still_there(ctx, row):
        return False
    return member.user_id in service.team_of(ctx.tx, member) and service.city_of(member) == row.city


def decide(ctx: Context, number: str, *, agreed: bool) -> Reply | None:
    """Let somebody in who asked, or not; only those may who are in themselves."""
    row = stored.team_entry(ctx.tx, int(number))
    asker = members.get(ctx.tx, row.user_id) if row else None
    member = ctx.member
    if row is None or asker is None or not _still_there(ctx, row):
        raise UserError("assess.asks_no_more")
    if (
        member is None
        or member.user_id not in service.team_of(ctx.tx, member)
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
