"""What a person types to share, read, find, change and pin practices."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Annotated

from commands.core import dialog
from commands.core.arguments import Args, ArgumentError, PracticeNumber, Rest, RestOf, practice_number
from commands.core.context import Context, Role
from commands.core.errors import UserError
from commands.core.forms import FormFieldsError
from commands.core.handed_out import handed_out
from commands.core.registry import command
from commands.core.reply import Listing, Reply
from commands.practices import finding, service, views
from commands.practices.forms import CHANGE, SHARE, begin, change
from commands.practices.questions import views as questions
from commands.practices.reuse import views as reuse
from commands.practices.review import service as review
from storage import attachments, dialogs, members, practices, translations
from storage.practices import VISIBLE, Practice, Status

_NUMBER = re.compile(r"#?[0-9]{1,9}[.:,]?")


class SearchArgs(Args):
    """`!search cycle paths country:DE`"""

    words: Rest = ""


@command("search", repeatable=True)
def search(ctx: Context, args: SearchArgs) -> Reply:
    """Find practices by words, theme, country, language, city and more."""
    return search_for(ctx, args.words)


def search_for(ctx: Context, words: str) -> Reply:
    """What was found for these words; a number shows the practice that has it."""
    if _NUMBER.fullmatch(words):
        number = practice_number(words, ctx)
        if words.startswith("#") or service.may_read(ctx, practices.get(ctx.tx, number)):
            return show(ctx, number)
    return finding.answer(ctx, words)


search_results = Listing(finding.LISTING, finding.page)


class ShareArgs(Args):
    """`!share` with a form below it"""

    practice_form: Rest = ""


@command("share", requires=Role.MEMBER)
def share(ctx: Context, args: ShareArgs) -> Reply:
    """Share a good practice, question by question or with a form in one message."""
    return begin(ctx, args.practice_form)


class PracticeArgs(Args):
    """`!practice 12`"""

    practice: Annotated[str, RestOf()]


@command("practice", repeatable=True)
def practice(ctx: Context, args: PracticeArgs) -> Reply:
    """Show a practice by its number."""
    if not _NUMBER.fullmatch(args.practice):
        # "practice exchange between cities" is a search, though it begins with a command.
        return search_for(ctx, args.practice)
    return show(ctx, practice_number(args.practice, ctx))


def show(ctx: Context, number: int) -> Reply:
    """A practice in full."""
    found = service.readable(ctx, number)
    hidden = found.status not in VISIBLE
    here = ctx.privately() if hidden else ctx
    coauthors = (members.get(ctx.tx, user_id) for user_id in practices.coauthors(ctx.tx, number))
    whole = views.full(
        here,
        found,
        author=members.get(ctx.tx, found.author) if found.author else None,
        coauthors=[member for member in coauthors if member],
        curated=service.curated_because(ctx.tx, found),
        original=service.original(ctx.tx, found),
        reuse=reuse.facts(ctx, found),
        behind=[*reuse.pages(ctx, found), *questions.pages(ctx, found)],
        next_steps=reuse.next_steps(ctx, found),
        short=translations.of(ctx.tx, number),
        files=attachments.count(ctx.tx, found.number),
    )
    return views.not_for_everyone(here, found, whole) if hidden else whole


@command("mine", requires=Role.MEMBER)
def mine(ctx: Context) -> Reply:
    """List one's own practices."""
    own = practices.written_by(ctx.tx, ctx.sender)
    told = views.mine(ctx, own) if own else views.none_yet(ctx)
    if dialogs.get(ctx.tx, ctx.sender, SHARE.name) is None:
        return told
    return replace(told, blocks=(*told.blocks, ctx.p("practice.begun", share=ctx.call("share"))))


class EditArgs(Args):
    """`!edit 12 title New title`"""

    practice: PracticeNumber
    change: Rest = ""


@command("edit")
def edit(ctx: Context, args: EditArgs) -> Reply:
    """Change a practice: one field, or several in a form."""
    found = service.editable(ctx, args.practice)
    if not args.change:
        here = ctx.privately()
        form = views.filled_form(here, found, CHANGE.written(here, service.answers_of(found)))
        return replace(form, topic=practice_form.of(found.number))
    if CHANGE.looks_like(args.change):
        return _fill(ctx, found, args.change)
    named = CHANGE.begins_with(args.change)
    if named is None:
        raise _no_field(ctx, args.change.split()[0])
    field, value = named
    if not value:
        present = service.answers_of(found)
        return dialog.start(
            ctx, CHANGE, only=(field.name,), present=present, hidden={"practice": found.number}
        )
    return change(ctx, found.number, {field.name: CHANGE.read_field(field, value, ctx)})


def _fill(ctx: Context, found: Practice, typed: str) -> Reply:
    """Change what a form says, as far as it is right, and ask for the rest."""
    try:
        return change(ctx, found.number, CHANGE.read(typed, ctx))
    except FormFieldsError as wrong:
        hidden, present = {"practice": found.number}, service.answers_of(found)
        return dialog.mend(ctx, wrong, hidden=hidden, present=present)


practice_form = handed_out(
    "practice_form",
    CHANGE,
    lambda ctx, number, typed: _fill(ctx, service.editable(ctx, int(number)), typed),
)


def _no_field(ctx: Context, typed: str) -> UserError:
    if meant := CHANGE.nearest_field(typed, ctx):
        return UserError("form.unknown_field", typed=typed, meant=CHANGE.label(meant, ctx.texts))
    fields = ctx.texts.list([CHANGE.label(field, ctx.texts) for field in CHANGE.fields])
    return ArgumentError("edit.which_field", typed=typed[:40], fields=fields)


class PinArgs(Args):
    """`!pin 42 clear and reusable`"""

    practice: PracticeNumber
    reason: Rest = ""


@command("pin", requires=Role.MODERATOR)
def pin(ctx: Context, args: PinArgs) -> Reply:
    """Pin a practice in this room and mark it as curated."""
    known = practices.get(ctx.tx, args.practice)
    curated = known is not None and known.status == Status.CURATED
    found, new = service.pin(ctx, args.practice, args.reason)
    if not curated:
        review.tell(ctx, found, views.told_curated, reason=args.reason)
    return views.pinned(ctx, found, new=new)


class UnpinArgs(Args):
    """`!unpin 42`"""

    practice: PracticeNumber


@command("unpin", requires=Role.MODERATOR)
def unpin(ctx: Context, args: UnpinArgs) -> Reply:
    """Take a pinned practice from this room."""
    found = service.unpin(ctx, args.practice)
    if found.status == Status.PUBLISHED:
        review.tell(ctx, found, views.told_not_curated)
    return views.unpinned(ctx, found)
