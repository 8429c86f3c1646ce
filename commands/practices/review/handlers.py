"""What authors and moderators type and tap on the way of a practice to its readers."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from commands.core.arguments import Args, PracticeNumber, Rest
from commands.core.context import Context, Role
from commands.core.registry import command, fold
from commands.core.reply import Reply
from commands.core.topics import Topic
from commands.practices import forms
from commands.practices import service as practice_service
from commands.practices import views as practice_views
from commands.practices.review import service, views
from storage import outbox, practices
from storage.practices import Practice

ASKED = "review_reason"


class DraftArgs(Args):
    """`!draft` with a form below it"""

    practice_form: Rest = ""


@command("draft", requires=Role.MEMBER)
def draft(ctx: Context, args: DraftArgs) -> Reply:
    """Write a practice that only co-authors and moderators can see until it is published."""
    return forms.begin(ctx, args.practice_form, ending="draft")


class SubmitArgs(Args):
    """`!submit 12`"""

    practice: PracticeNumber


@command("submit")
def submit(ctx: Context, args: SubmitArgs) -> Reply:
    """Submit a draft, or a practice that was returned, once more."""
    practice = service.submit(ctx, args.practice)
    return practice_service.discreetly(ctx, practice, lambda here: forms.entered(here, practice))


class ReviewArgs(Args):
    """`!review 12`"""

    practice: PracticeNumber = 0


@command("review", requires=Role.MODERATOR)
def review(ctx: Context, args: ReviewArgs) -> Reply:
    """Show what waits for a review, or one submission in full."""
    among_moderators = service.in_review_room(ctx)
    here = ctx if among_moderators else ctx.privately()
    if not args.practice:
        answer = views.queue(here, practices.submitted(ctx.tx))
    else:
        found, submission = service.waiting(ctx, args.practice)
        read = practice_views.full(here, found, author=None, curated=None, original=None)
        topic = service.topic(found.number, submission)
        answer = views.whole(here, found, read, topic, (service.TICK, service.BACK))
    return replace(answer, private=not among_moderators)


class ApproveArgs(Args):
    """`!approve 12`"""

    practice: PracticeNumber


@command("approve", requires=Role.MODERATOR)
def approve(ctx: Context, args: ApproveArgs) -> Reply:
    """Publish a practice that waits for a review."""
    return _decided(ctx, service.approve(ctx, args.practice))


class ReturnArgs(Args):
    """`!return 12 Please say what it cost`"""

    practice: PracticeNumber
    reason: Rest


@command("return", requires=Role.MODERATOR)
def send_back(ctx: Context, args: ReturnArgs) -> Reply:
    """Return a practice to those who wrote it, with what should change."""
    return _decided(ctx, service.send_back(ctx, args.practice, args.reason))


def _decided(ctx: Context, practice: Practice) -> Reply:
    if service.in_review_room(ctx):
        return views.decided(ctx, practice)
    return practice_service.discreetly(ctx, practice, lambda here: views.decided(here, practice))


# --- under the card of a submission


def _tapped(ctx: Context, reference: str, emoji: str) -> Reply | None:
    approves = fold(emoji) == fold(service.TICK)
    if not (approves or fold(emoji) == fold(service.BACK)):
        return None
    practice, _ = service.submission_of(ctx, reference)
    if approves:
        service.approve(ctx, practice.number)
        return None  # the card itself says so now
    asked = _asked(ctx, reference)
    return None if outbox.on_topic(ctx.tx, asked) else views.ask_why(ctx, practice, asked)


def _said_under_card(ctx: Context, reference: str, text: str) -> Reply | None:
    # Moderators talk about a submission under its card. Only who wanted to return it says why.
    if outbox.on_topic(ctx.tx, _asked(ctx, reference)):
        return _return(ctx, reference, text)
    if ctx.direct:  # there nobody else is talked to
        practice, _ = service.submission_of(ctx, reference)
        return views.approve_or_return(ctx, practice, text)
    return None


def _said_why(ctx: Context, asked: str, text: str) -> Reply | None:
    return _return(ctx, asked.rpartition("-")[0], text)


def _asked(ctx: Context, reference: str) -> str:
    """The topic of the question why this moderator returns a submission; it names nobody."""
    return WHY.of(f"{reference}-{hashlib.sha256(ctx.sender.encode()).hexdigest()[:12]}")


def _return(ctx: Context, reference: str, reason: str) -> Reply | None:
    if not reason.strip():
        return None
    practice, _ = service.submission_of(ctx, reference)
    return _decided(ctx, service.send_back(ctx, practice.number, reason))


REVIEW = Topic(service.TOPIC, reacted=_tapped, replied=_said_under_card, asks=True, requires=Role.MODERATOR)
WHY = Topic(ASKED, replied=_said_why, asks=True, requires=Role.MODERATOR)
