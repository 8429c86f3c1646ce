"""The steps on the way to the readers: submitted, returned, published; who is told of them, and where."""

from __future__ import annotations

from collections.abc import Callable

from commands.core import letters
from commands.core.context import Context, Network, Role
from commands.core.errors import UserError
from commands.core.forms import within
from commands.core.nodes import Block
from commands.practices import index, service
from commands.practices.review import views
from storage import outbox, practices, rooms
from storage.database import Tx
from storage.practices import VISIBLE, Practice, PracticeStep, Status

TOPIC = "review"
LONGEST_REASON = 1000
OPEN = (Status.DRAFT, Status.CHANGES_REQUESTED)  # what its authors can submit
TICK = "\N{WHITE HEAVY CHECK MARK}"
BACK = "\N{LEFTWARDS ARROW WITH HOOK}\N{VARIATION SELECTOR-16}"


def first_status(network: Network) -> Status:
    """What a practice is once its author is done with it."""
    return Status.SUBMITTED if network.review else Status.PUBLISHED


def submit(ctx: Context, number: int) -> Practice:
    """Hand a draft in, or once more what was returned; it is published at once where nobody reviews."""
    practice = service.editable(ctx, number)
    if practice.status == Status.SUBMITTED:
        raise UserError("review.waits_already", number=f"#{number}")
    if practice.status not in OPEN:
        raise UserError("review.published_already", number=f"#{number}")
    _take(ctx.tx, practice, first_status(ctx.network), ctx.sender)
    if practice.status == Status.SUBMITTED:
        post(ctx, practice)
    tell(ctx, practice, views.told_submitted)
    return practice


def waiting(ctx: Context, number: int) -> tuple[Practice, PracticeStep]:
    """A practice that waits for review, with the step of its submission; raises `UserError`."""
    practice = practices.get(ctx.tx, number)
    step = practices.last_step(ctx.tx, number)
    if practice is None:
        raise UserError("practice.not_found", number=f"#{number}")
    if practice.status != Status.SUBMITTED or step is None:
        raise _decided(ctx, practice, step)
    return practice, step


def approve(ctx: Context, number: int) -> Practice:
    """Publish what waits, close its cards, and tell those who wrote it."""
    practice, submission = waiting(ctx, number)
    _take(ctx.tx, practice, Status.PUBLISHED, ctx.sender)
    close(ctx, practice, submission)
    tell(ctx, practice, views.told_published)
    return practice


def send_back(ctx: Context, number: int, reason: str) -> Practice:
    """Ask those who wrote it for changes, with the reason."""
    practice, submission = waiting(ctx, number)
    reason = within(reason, LONGEST_REASON)
    _take(ctx.tx, practice, Status.CHANGES_REQUESTED, ctx.sender, reason)
    close(ctx, practice, submission)
    tell(ctx, practice, views.told_returned, reason=reason)
    return practice


def archived(ctx: Context, practice: Practice, submission: PracticeStep | None) -> None:
    """Close the cards of what was archived while it waited."""
    if submission and submission.status == Status.SUBMITTED:
        close(ctx, practice, submission)


def edited(ctx: Context, practice: Practice, changed: list[str]) -> None:
    """Let those who wrote it know of somebody else's changes, and let moderators see what has changed: on the
    cards of what waits, else in a line of its own."""
    if not changed:
        return

    def told(to: Context, practice: Practice, by: str, _reason: str | None) -> list[Block]:
        return views.told_edited(to, practice, by, changed)

    tell(ctx, practice, told)
    submission = practices.last_step(ctx.tx, practice.number)
    if practice.status == Status.SUBMITTED and submission:
        _rewrite(ctx, practice, submission, lambda to: views.card(to, practice))
    elif practice.status in VISIBLE and ctx.network.review and Role.MODERATOR not in ctx.roles:
        room_id = letters.moderators_room(ctx.tx, ctx.network)
        if room_id:
            to = letters.to_room(ctx.tx, ctx.network, room_id)
            letters.write(to, views.changed_since(to, practice, changed), about=practice.author)


# --- the cards of what waits


def topic(number: int, submission: PracticeStep) -> str:
    """What a card is about: this submission of the practice, and no later one."""
    return f"{TOPIC}:{number}-{submission.id}"


def submission_of(ctx: Context, reference: str) -> tuple[Practice, PracticeStep]:
    """What waits, if it is still what a card is about; raises `UserError`."""
    number, _, step_id = reference.partition("-")
    practice, submission = waiting(ctx, int(number))
    if str(submission.id) != step_id:
        raise UserError("review.newer", review=ctx.call("review", number))
    return practice, submission


def post(ctx: Context, practice: Practice) -> None:
    """Show a submission to the moderators: in their room, or each of them in their direct chat."""
    submission = practices.last_step(ctx.tx, practice.number)
    if submission is None:
        return
    for to in letters.to_moderators(ctx.tx, ctx.network, without=ctx.sender):
        letters.write(
            to,
            views.card(to, practice),
            about=practice.author,
            topic=topic(practice.number, submission),
            reactions=(TICK, BACK),
        )


def close(ctx: Context, practice: Practice, submission: PracticeStep) -> None:
    """Let all cards of a submission show what became of it."""
    outcome = practices.last_step(ctx.tx, practice.number)
    if outcome:
        _rewrite(ctx, practice, submission, lambda to: views.outcome(to, practice, outcome))


def _rewrite(
    ctx: Context, practice: Practice, submission: PracticeStep, look: Callable[[Context], list[Block]]
) -> None:
    for card in outbox.on_topic(ctx.tx, topic(practice.number, submission)):
        if rooms.current(ctx.tx, card.lane) != card.lane:
            continue  # nobody reads the old room any more
        to = letters.to_lane(ctx.tx, ctx.network, card.lane)
        letters.rewrite(to, look(to), key=card.key, lane=card.lane, about=card.about)


# --- telling those who wrote it


def tell(ctx: Context, practice: Practice, letter: views.Letter, *, reason: str | None = None) -> None:
    """Tell everybody who wrote a practice of a step that somebody else took, in their own language."""
    authors = [practice.author] if practice.author else []
    for user_id in [*authors, *practices.coauthors(ctx.tx, practice.number)]:
        here = rooms.membership(ctx.tx, ctx.network.hub_room, user_id) == "join"
        if here and user_id != ctx.sender:
            to = letters.to_person(ctx.tx, ctx.network, user_id)
            letters.write(to, letter(to, practice, ctx.sender, reason), about=user_id)


def _take(tx: Tx, practice: Practice, status: Status, by: str, reason: str | None = None) -> None:
    practice.status = status
    practice.updated_at = tx.now
    practices.add_step(tx, practice, by, reason)
    index.renew(tx, practice)


def in_review_room(ctx: Context) -> bool:
    """Whether what is said here is only read by moderators."""
    return not ctx.direct and ctx.room_id == letters.moderators_room(ctx.tx, ctx.network)


def _decided(ctx: Context, practice: Practice, step: PracticeStep | None) -> UserError:
    """Why there is nothing to decide: somebody was quicker, or it never waited."""
    reference = f"#{practice.number}"
    if step and step.by and step.status in (Status.PUBLISHED, Status.CHANGES_REQUESTED):
        was_submitted = [
            one for one in practices.steps(ctx.tx, practice.number) if one.status == Status.SUBMITTED
        ]
        if was_submitted:
            mine = step.by == ctx.sender
            what = f"review.{'you' if mine else 'they'}.{step.status}"
            when = ctx.texts.datetime(step.at, ctx.timezone)
            values = {} if mine else {"name": views.name_of(ctx, step.by)}
            return UserError(what, number=reference, when=when, **values)
    return UserError(
        "review.does_not_wait",
        number=reference,
        status=ctx.texts.get(f"practice.status.{practice.status}"),
    )
