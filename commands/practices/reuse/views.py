"""How reuse looks: with the practice, on its card, to its author and to who takes it over."""

from __future__ import annotations

from commands.core.context import Context, Role, fill
from commands.core.nodes import Block, Entries, Inline, Paragraph, Person, Quote, em, joined, strong
from commands.core.reply import Reply, reply
from commands.practices.views import reference
from config.countries import country_name
from config.texts import Texts
from storage import members, practices, reuse
from storage.database import Tx
from storage.members import Member
from storage.practices import VISIBLE, Practice
from storage.reuse import Adoption, AdoptionState

__all__ = ["reference"]

MOST_CITIES = 5  # that are named in one line
ON_A_PAGE = 5
#: What a city says next, if all goes well; whoever dropped a practice may take it up again.
_FOLLOWING = {
    AdoptionState.PLANNED: AdoptionState.UNDER_WAY,
    AdoptionState.UNDER_WAY: AdoptionState.DONE,
    AdoptionState.DROPPED: AdoptionState.UNDER_WAY,
}


def state(adoption: Adoption, spoken: Texts) -> str:
    """How far a city has come, in a word."""
    return spoken.get(f"adoption.state.{adoption.state}")


def place(adoption: Adoption, spoken: Texts) -> str:
    """The city with its country, as a sentence has it."""
    return f"{adoption.city} ({country_name(adoption.country, spoken.language)})"


# --- with the practice


def cities(tx: Tx, spoken: Texts, practice: Practice) -> list[Inline]:
    """How many cities took a practice over and which, in one line; no line where none did."""
    taken = [one for one in reuse.adoptions(tx, practice.number) if one.state != AdoptionState.DROPPED]
    if not taken:
        return []
    named = [f"{one.city} ({state(one, spoken)})" for one in taken[:MOST_CITIES]]
    if others := len(taken) - len(named):
        named.append(spoken.plural("reuse.more_cities", others))
    count = strong(fill(spoken.raw_plural("reuse.cities", len(taken)), {"count": spoken.number(len(taken))}))
    return [fill(spoken.raw("reuse.line"), {"count": count, "cities": spoken.list(named)})]


def facts(ctx: Context, practice: Practice) -> list[Inline]:
    """What the first page of a practice says of its reuse."""
    lines = cities(ctx.tx, ctx.texts, practice)
    if thanks := reuse.count_thanks(ctx.tx, practice.number):
        lines.append(ctx.n("reuse.thanks", thanks))
    return lines


def pages(ctx: Context, practice: Practice) -> list[tuple[Block, ...]]:
    """The cities that took a practice over, with what came of it, for the pages behind."""
    taken = reuse.adoptions(ctx.tx, practice.number)
    entries = [_entry(ctx, one) for one in taken]
    title = ctx.p("reuse.title", practice=em(f"#{practice.number} {practice.title}"))
    return [
        (title, Entries(tuple(entries[start : start + ON_A_PAGE])))
        for start in range(0, len(entries), ON_A_PAGE)
    ]


def next_steps(ctx: Context, practice: Practice) -> tuple[Block, ...]:
    """What a member can do with somebody else's practice that they have read to its end."""
    own = ctx.sender in (practice.author, *practices.coauthors(ctx.tx, practice.number))
    if own or not ctx.direct or Role.MEMBER not in ctx.roles or practice.status not in VISIBLE:
        return ()
    number = str(practice.number)
    adopt, bookmark = ctx.call("adopt", number), ctx.call("bookmark", number)
    if practice.author is None:
        return (ctx.p("reuse.next_steps_without_author", adopt=adopt, bookmark=bookmark),)
    ask, thanks = ctx.call("ask about", f"{number} …"), ctx.call("thanks", number)
    return (ctx.p("reuse.next_steps", adopt=adopt, bookmark=bookmark, ask=ask, thanks=thanks),)


def _entry(ctx: Context, adoption: Adoption) -> tuple[Inline, ...]:
    since = ctx.texts.date(adoption.created_at.date())
    head = strong(place(adoption, ctx.texts))
    lines: list[Inline] = [head, joined([state(adoption, ctx.texts), ctx.t("reuse.since", date=since)])]
    if adoption.outcome:
        lines.append(adoption.outcome)
    member = members.get(ctx.tx, adoption.user_id) if adoption.user_id else None
    if member and ctx.direct and Role.MEMBER in ctx.roles:
        lines.append(who(member))
    return tuple(lines)


def who(member: Member) -> Inline:
    """A member with their organisation, under the rules that hold for authors."""
    name: Inline = Person(member.user_id, member.name) if member.contact_visible else member.name
    return joined([name, member.organisation], ", ")


# --- to who takes it over


def adopted(ctx: Context, practice: Practice, adoption: Adoption, *, new: bool) -> Reply:
    """The answer to who said that their city takes a practice over."""
    number = str(practice.number)
    done = "adopt.done_dropped" if adoption.state == AdoptionState.DROPPED else "adopt.done"
    key = done if new else "adopt.as_before"
    told = ctx.p(
        key,
        practice=reference(practice),
        city=adoption.city,
        state=strong(state(adoption, ctx.texts)),
    )
    outcome = ctx.call("outcome", f"{number} …")
    if adoption.state == AdoptionState.DONE:
        return reply(told, ctx.p("adopt.tell_outcome", outcome=outcome))
    following = ctx.texts.get(f"adoption.state.{_FOLLOWING[AdoptionState(adoption.state)]}")
    states = [ctx.texts.get(f"adoption.state.{one}") for one in AdoptionState if one != adoption.state]
    return reply(
        told,
        ctx.p(
            "adopt.next",
            adopt=ctx.call("adopt", f"{number} {following}"),
            states=ctx.texts.list(states, "or"),
            outcome=outcome,
        ),
    )


def outcome_kept(ctx: Context, practice: Practice) -> Reply:
    """The answer to who said what came of it."""
    return reply(
        ctx.p(
            "outcome.kept",
            practice=reference(practice),
            show=ctx.call("practice", str(practice.number)),
        )
    )


def own(ctx: Context, found: list[tuple[Adoption, Practice]]) -> Reply:
    """What someone's city takes over."""
    ctx = ctx.privately()
    if not found:
        return reply(ctx.p("adoptions.none", adopt=ctx.call("adopt", "12")), private=True)
    entries = []
    for adoption, practice in found:
        lines: list[Inline] = [
            reference(practice),
            joined([adoption.city, state(adoption, ctx.texts)]),
        ]
        if practice.status not in VISIBLE:
            lines.append(ctx.texts.get(f"practice.status.{practice.status}"))
        if adoption.outcome:
            lines.append(adoption.outcome)
        entries.append(tuple(lines))
    pages = [
        (Entries(tuple(entries[start : start + ON_A_PAGE])),) for start in range(0, len(entries), ON_A_PAGE)
    ]
    head = Paragraph((ctx.n("adoptions.count", len(found)),))
    return Reply((head, *pages[0]), pages=tuple(pages[1:]), private=True, about=ctx.sender)


def what_came_of_it(ctx: Context, practice: Practice, adoption: Adoption) -> tuple[Block, ...]:
    """The question after half a year."""
    number = str(practice.number)
    return (
        ctx.p(
            "outcome.asked",
            practice=reference(practice),
            city=adoption.city,
            date=ctx.texts.date(adoption.created_at.date()),
        ),
        ctx.p(
            "outcome.how",
            outcome=ctx.call("outcome", f"{number} …"),
            adopt=ctx.call("adopt", f"{number} {ctx.texts.get('adoption.state.dropped')}"),
        ),
    )


# --- to the author


def taken_over(ctx: Context, practice: Practice, adoption: Adoption, member: Member) -> Block:
    """Tells an author that a city takes their practice over, or how far it has come."""
    return ctx.p(
        f"adoption.told.{adoption.state}",
        practice=reference(practice),
        place=place(adoption, ctx.texts),
        who=who(member),
    )


def came_of_it(ctx: Context, practice: Practice, adoption: Adoption, member: Member) -> tuple[Block, ...]:
    """Tells an author what came of their practice elsewhere."""
    told = ctx.p(
        "outcome.told",
        practice=reference(practice),
        place=place(adoption, ctx.texts),
        who=who(member),
    )
    return told, Quote(adoption.outcome or "")


def thanked(ctx: Context, practice: Practice, count: int, only: Member | None) -> Block:
    """Tells an author of thanks: from one member by name, from several by their number."""
    if only:
        return ctx.p("thanks.told_by", practice=reference(practice), who=who(only))
    return Paragraph((ctx.n("thanks.told", count, practice=reference(practice)),))


def thanks_noted(ctx: Context, practice: Practice, *, new: bool) -> Reply:
    """The answer to who said thanks."""
    if not new:
        return reply(ctx.p("thanks.again", practice=reference(practice)))
    key = "thanks.noted" if practice.author else "thanks.noted_without_author"
    return reply(ctx.p(key, practice=reference(practice)))
