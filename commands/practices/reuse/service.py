"""What cities make of a practice, and how its author hears of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from commands.core import hours, letters
from commands.core.context import Context, Network, Role, holds
from commands.core.errors import UserError
from commands.core.forms import within
from commands.practices import cards, service
from commands.practices.reuse import views
from config.words import fold
from storage import members, practices, reuse, schedule
from storage.database import Tx
from storage.members import Member
from storage.practices import VISIBLE, Practice
from storage.reuse import Adoption, AdoptionState, Thanks

LONGEST_OUTCOME = 500  # characters
ASKED_AFTER = timedelta(days=182)  # half a year
THANKS_AT_MOST = timedelta(days=1)  # one message on thanks for a practice in this time
OUTCOME = "outcome"  # the topic of the question what came of it


def adopt(ctx: Context, number: int, state: AdoptionState | None) -> tuple[Practice, Adoption, bool]:
    """Say that the sender's city takes a practice over, or how far it has come; raises `UserError`.

    Without a state it is planned, or stays what it was. The last value tells whether anything is new.
    """
    practice = service.visible(ctx.tx, number)
    member = _member(ctx)
    _not_at_home(ctx, practice, member)
    known = reuse.adoption_by(ctx.tx, number, member.city, member.country)
    if known and state in (None, known.state):
        known.user_id = known.user_id or ctx.sender
        return practice, known, False
    adoption = known or Adoption(
        practice=number,
        city=member.city,
        country=member.country,
        place=fold(member.city),
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    adoption.user_id = ctx.sender
    adoption.state = state or AdoptionState.PLANNED
    adoption.updated_at = ctx.now
    reuse.keep(ctx.tx, adoption)
    if known is None:
        _ask_later(ctx, adoption)
    cards.keep_current(ctx.tx, practice)
    if author := _author(ctx, practice):
        there = letters.to_person(ctx.tx, ctx.network, author)
        letters.write(there, [views.taken_over(there, practice, adoption, member)], about=ctx.sender)
    return practice, adoption, True


def keep_outcome(ctx: Context, adoption: Adoption, outcome: str) -> Practice:
    """Keep what came of an adoption, in place of what was said before; raises `UserError`."""
    outcome = within(outcome, LONGEST_OUTCOME)
    practice = service.visible(ctx.tx, adoption.practice)
    if outcome == adoption.outcome:
        return practice
    adoption.user_id = ctx.sender
    adoption.outcome, adoption.outcome_at = outcome, ctx.now
    adoption.updated_at = ctx.now
    reuse.keep(ctx.tx, adoption)
    if author := _author(ctx, practice):
        there = letters.to_person(ctx.tx, ctx.network, author)
        letters.write(there, views.came_of_it(there, practice, adoption, _member(ctx)), about=ctx.sender)
    return practice


def own_adoption(ctx: Context, number: int) -> Adoption:
    """What the sender's city makes of a practice; raises `UserError` where it does not take it over."""
    practice = service.visible(ctx.tx, number)
    member = _member(ctx)
    adoption = reuse.adoption_by(ctx.tx, practice.number, member.city, member.country)
    if adoption is None:
        raise UserError(
            "outcome.not_adopted",
            city=member.city,
            practice=views.reference(practice),
            adopt=ctx.call("adopt", str(number)),
        )
    return adoption


def own_adoptions(ctx: Context) -> list[tuple[Adoption, Practice]]:
    """What the sender said that their city takes over, newest first, with what is archived by now."""
    found = [(one, practices.get(ctx.tx, one.practice)) for one in reuse.adoptions_of(ctx.tx, ctx.sender)]
    return [(one, practice) for one, practice in found if practice]


def ask_for_outcome(tx: Tx, network: Network, adoption: Adoption) -> None:
    """Ask what came of an adoption, unless that is known or nobody is there to be asked."""
    practice, asked = practices.get(tx, adoption.practice), adoption.user_id
    known = adoption.outcome is not None or adoption.state == AdoptionState.DROPPED
    if known or practice is None or practice.status not in VISIBLE:
        return
    if asked and holds(tx, network, asked, Role.MEMBER):
        there = letters.to_person(tx, network, asked)
        topic = f"{OUTCOME}:{adoption.id}"
        letters.write(there, views.what_came_of_it(there, practice, adoption), topic=topic)


def thank(ctx: Context, number: int) -> tuple[Practice, bool]:
    """Say thanks for a practice, once; the second value tells whether it is new. Raises `UserError`."""
    practice = service.visible(ctx.tx, number)
    if service.writes(ctx, practice):
        raise UserError("thanks.own", practice=views.reference(practice))
    if reuse.thanks_by(ctx.tx, number, ctx.sender):
        return practice, False
    told_at = reuse.thanks_told_at(ctx.tx, number)
    reuse.keep(ctx.tx, Thanks(practice=number, user_id=ctx.sender, at=ctx.now))
    if told_at is None or ctx.now - told_at >= THANKS_AT_MOST:
        tell_thanks(ctx.tx, ctx.network, practice)
    else:
        due = (told_at + THANKS_AT_MOST).replace(tzinfo=None)
        key = f"thanks:{number}:{told_at.isoformat()}"
        schedule.plan(ctx.tx, key, "tell_thanks", due, "UTC", {"practice": number})
    return practice, True


def tell_thanks(tx: Tx, network: Network, practice: Practice) -> None:
    """Tell the author of the thanks that they have not heard of."""
    thanks = reuse.tell_thanks(tx, practice.number)
    author = practice.author
    if not thanks or author is None or not holds(tx, network, author, Role.MEMBER):
        return
    there = letters.to_person(tx, network, author)
    only = members.get(tx, thanks[0].user_id) if len(thanks) == 1 else None
    letters.write(
        there, [views.thanked(there, practice, len(thanks), only)], about=only.user_id if only else None
    )


def _member(ctx: Context) -> Member:
    if ctx.member is None:
        raise UserError("role.member_needed", register=ctx.call("register"))
    return ctx.member


def _not_at_home(ctx: Context, practice: Practice, member: Member) -> None:
    author = members.get(ctx.tx, practice.author) if practice.author else None
    homes = [(practice.city, practice.country)]
    homes += [(author.city, author.country)] if author else []
    here = (fold(member.city), member.country)
    if service.writes(ctx, practice) or here in [(fold(city), country) for city, country in homes]:
        raise UserError("adopt.own_city", practice=views.reference(practice), city=practice.city)


def _author(ctx: Context, practice: Practice) -> str | None:
    """The author, if they can be told."""
    author = practice.author
    reachable = author and author != ctx.sender and holds(ctx.tx, ctx.network, author, Role.MEMBER)
    return author if reachable else None


def _ask_later(ctx: Context, adoption: Adoption) -> None:
    due: datetime = hours.afterwards(ctx.now + ASKED_AFTER, ctx.timezone)
    key = f"outcome:{adoption.id}"
    schedule.plan(ctx.tx, key, "ask_outcome", due, ctx.timezone, {"adoption": adoption.id})
