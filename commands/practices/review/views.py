"""How a review looks: the card of a submission, the queue, what those who wrote it are told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from commands.core.context import Context
from commands.core.dialog import shortened
from commands.core.nodes import Block, Bullets, Entries, Inline, Paragraph, Quote, joined, paragraph
from commands.core.reply import Reply, reply
from commands.practices import views
from config.countries import country_name
from config.themes import themes
from storage import members, practices, rooms
from storage.members import Member
from storage.practices import Practice, PracticeStep, Status

#: What one of those who wrote a practice is told: by whom the step was taken, and why.
Letter = Callable[[Context, Practice, str, str | None], list[Block]]
ON_A_PAGE = 10


def name_of(ctx: Context, user_id: str) -> str:
    """What a moderator is called: as in the main room."""
    member = members.get(ctx.tx, user_id)
    return rooms.display_name(ctx.tx, ctx.network.hub_room, user_id) or (member.name if member else user_id)


def _from(ctx: Context, practice: Practice) -> str:
    """Who shared it, for moderators."""
    return _called(ctx, practice, members.get(ctx.tx, practice.author) if practice.author else None)


def _called(ctx: Context, practice: Practice, member: Member | None) -> str:
    if member:
        return f"{member.name}, {member.organisation}"
    return name_of(ctx, practice.author) if practice.author else "–"


# --- for moderators


def card(ctx: Context, practice: Practice) -> list[Block]:
    """A submission as moderators see it wherever it is shown, with what they can do."""
    number = str(practice.number)
    place = f"{practice.city}, {country_name(practice.country, ctx.language)}"
    facts = [place, *(themes().label(theme, ctx.language) for theme in practice.themes)]
    steps = practices.steps(ctx.tx, practice.number)
    again = any(step.status == Status.CHANGES_REQUESTED for step in steps)
    lines = [
        ctx.t("review.from", author=_from(ctx, practice)),
        ctx.t("review.read", review=ctx.call("review", number)),
        *([ctx.t("review.again", history=ctx.call("history", number))] if again else []),
    ]
    return [
        paragraph(ctx.t("review.card", practice=views.reference(practice)), joined(list(facts))),
        paragraph(practice.summary),
        Paragraph(tuple(lines)),
        ctx.p("review.tap"),
    ]


def outcome(ctx: Context, practice: Practice, step: PracticeStep) -> list[Block]:
    """What became of a submission, in the place of its card."""
    name = name_of(ctx, step.by) if step.by else "–"
    told = ctx.p(f"review.outcome.{step.status}", practice=views.reference(practice), name=name)
    return [told, Quote(step.reason)] if step.reason else [told]


def queue(ctx: Context, waiting: list[tuple[Practice, PracticeStep]]) -> Reply:
    """What waits for a review, the longest-waiting first."""
    if not waiting:
        lines = [ctx.t("review.nothing_waits")]
        if not ctx.network.review:
            lines.append(ctx.t("review.at_once"))
        return Reply((Paragraph(tuple(lines)),), pages=())
    known = members.among(ctx.tx, {practice.author for practice, _ in waiting if practice.author})
    entries: list[tuple[Inline, ...]] = [
        (
            views.reference(practice),
            joined([_called(ctx, practice, known.get(practice.author or "")), _since(ctx, step)]),
        )
        for practice, step in waiting
    ]
    pages = [Entries(tuple(entries[at : at + ON_A_PAGE])) for at in range(0, len(entries), ON_A_PAGE)]
    first = str(waiting[0][0].number)
    head = Paragraph((ctx.n("review.queue", len(waiting)),))
    hint = ctx.p("review.next", review=ctx.call("review", first))
    return Reply((head, pages[0], hint), pages=tuple((page,) for page in pages[1:]))


def _since(ctx: Context, step: PracticeStep) -> Inline:
    waited = ctx.now - step.at
    if waited.days:
        return ctx.n("review.days", waited.days)
    hours = waited.seconds // 3600
    return ctx.n("review.hours", hours) if hours else ctx.t("review.just_now")


def whole(ctx: Context, practice: Practice, read: Reply, topic: str, reactions: tuple[str, ...]) -> Reply:
    """A submission in full, to be decided upon; `read` is how everybody would read it."""
    number = str(practice.number)
    author = ctx.t("review.from", author=_from(ctx, practice))
    commands = ctx.t(
        "review.commands",
        approve=ctx.call("approve", number),
        send_back=ctx.call("return", f"{number} …"),
    )
    return replace(
        read,
        blocks=(*read.blocks, paragraph(author, ctx.t("review.tap"), commands)),
        topic=topic,
        reactions=reactions,
        about=practice.author,
    )


def decided(ctx: Context, practice: Practice) -> Reply:
    """The answer to a moderator who decided by a command."""
    key = "review.approved" if practice.status == Status.PUBLISHED else "review.returned"
    return reply(ctx.p(key, practice=views.reference(practice)))


def ask_why(ctx: Context, practice: Practice, topic: str) -> Reply:
    """The question to a moderator who wants to return a submission."""
    number = str(practice.number)
    told = ctx.p(
        "review.why", practice=views.reference(practice), send_back=ctx.call("return", f"{number} …")
    )
    return Reply((told,), topic=topic)


def approve_or_return(ctx: Context, practice: Practice, text: str) -> Reply:
    """The question to a moderator who said something under a card: which of the two is it?"""
    number = str(practice.number)
    return reply(
        ctx.p(
            "review.which",
            practice=views.reference(practice),
            approve=ctx.call("approve", number),
            send_back=ctx.call("return", f"{number} {shortened(text)}"),
        )
    )


def changed_since(ctx: Context, practice: Practice, changed: list[str]) -> list[Block]:
    """A line for moderators: a published practice says something else now."""
    fields = _fields(ctx, changed)
    history = ctx.call("history", str(practice.number))
    return [ctx.p("review.changed_since", practice=views.reference(practice), fields=fields, history=history)]


def _fields(ctx: Context, names: list[str]) -> str:
    return ctx.texts.list([ctx.texts.get(f"form.share.{name}.label") for name in names])


# --- for those who wrote it


def told_edited(ctx: Context, practice: Practice, by: str, changed: list[str]) -> list[Block]:
    """Somebody else has changed it."""
    return [
        ctx.p(
            "review.told_edited",
            practice=views.reference(practice),
            name=name_of(ctx, by),
            fields=_fields(ctx, changed),
            history=ctx.call("history", str(practice.number)),
        )
    ]


def submitted(ctx: Context, practice: Practice) -> Reply:
    """What happens now, and what they can do meanwhile."""
    number = str(practice.number)
    return Reply(
        (
            ctx.p("review.submitted", practice=views.reference(practice)),
            Bullets(
                (
                    ctx.t("review.submitted_edit", edit=ctx.call("edit", number)),
                    ctx.t("review.submitted_mine", mine=ctx.call("mine")),
                )
            ),
        ),
        about=ctx.sender,
    )


def kept(ctx: Context, practice: Practice) -> Reply:
    """A draft was kept, and what can be done with it."""
    number = str(practice.number)
    return Reply(
        (
            ctx.p("review.kept", practice=views.reference(practice)),
            Bullets(
                (
                    ctx.t("review.kept_edit", edit=ctx.call("edit", number)),
                    ctx.t("review.kept_submit", submit=ctx.call("submit", number)),
                )
            ),
        ),
        about=ctx.sender,
    )


def told_submitted(ctx: Context, practice: Practice, by: str, _reason: str | None) -> list[Block]:
    """Somebody who writes it too has submitted it."""
    key = "review.told_submitted" if practice.status == Status.SUBMITTED else "review.told_released"
    return [ctx.p(key, name=name_of(ctx, by), practice=views.reference(practice))]


def told_published(ctx: Context, practice: Practice, _by: str, _reason: str | None) -> list[Block]:
    """It was approved."""
    number = str(practice.number)
    return [
        ctx.p("review.told_published", practice=views.reference(practice)),
        Bullets(
            (
                ctx.t("share.next_read", practice=ctx.call("practice", number)),
                ctx.t("share.next_edit", edit=ctx.call("edit", number)),
            )
        ),
    ]


def told_returned(ctx: Context, practice: Practice, by: str, reason: str | None) -> list[Block]:
    """Changes are asked for, and how to make them."""
    number = str(practice.number)
    return [
        ctx.p("review.told_returned", practice=views.reference(practice), name=name_of(ctx, by)),
        Quote(reason or ""),
        ctx.p(
            "review.told_returned_next",
            edit=ctx.call("edit", number),
            submit=ctx.call("submit", number),
        ),
    ]
