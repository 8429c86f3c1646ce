"""What a person types to get along with the bot itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from commands.basics import views
from commands.core import answering, dialog, typos
from commands.core.arguments import Args, ArgumentError, Rest, RestOf
from commands.core.context import Context, Role
from commands.core.errors import UserError
from commands.core.nodes import Ready, paragraph
from commands.core.registry import PUNCTUATION, Courtesy, Spoken, command, load
from commands.core.reply import Place, Reply, reply
from commands.core.topics import Asks, Topic
from storage import dialogs, inbox, rooms
from storage.dialogs import Pages

LAST_INVITATIONS = 20


class HelpArgs(Args):
    """`!help search`"""

    topic: Rest = ""


@command("help", requires=Role.ANYONE, repeatable=True)
def help_(ctx: Context, args: HelpArgs) -> Reply:
    """Say what the bot can do, in short or in one area, or explain one command."""
    registry = load()
    if not args.topic:
        return views.overview(ctx, registry)
    typed = args.topic.removeprefix(ctx.network.prefix)
    meant = registry.meanings(typed) or registry.meanings(typed.rstrip(PUNCTUATION))
    if not meant:
        if area := views.named_area(registry, args.topic):
            return views.area(ctx, registry, area)
        near = typos.nearest(ctx, registry, typed.rstrip(PUNCTUATION), typos.IN_ONE_WORD)
        meant = [near[0]] if near else []
    if not meant:
        raise ArgumentError("help.unknown_topic", topic=args.topic[:40], help=ctx.call("help"))
    return views.explanation(ctx, meant)


@command("hello", requires=Role.ANYONE, repeatable=True, listed=False, courtesy=Courtesy.GREETING)
def hello(ctx: Context) -> Reply:
    """Greet back, and say what to write."""
    return reply(views.hello(ctx))


@command("okay", requires=Role.ANYONE, repeatable=True, listed=False)
def okay(ctx: Context) -> Reply:
    """Be there."""
    return reply(ctx.p("okay.answer"))


@command("thank you", requires=Role.ANYONE, repeatable=True, listed=False, courtesy=Courtesy.THANKS)
def thank_you(ctx: Context) -> Reply:
    """Be polite."""
    return reply(ctx.p("thank_you.answer"))


@command("ping", requires=Role.ANYONE, repeatable=True)
def ping(_ctx: Context) -> Reply:
    """Answer `pong`, which shows that the bot is there."""
    return reply(paragraph("pong"))


@command("about", requires=Role.ANYONE, repeatable=True)
def about(ctx: Context) -> Reply:
    """Say what the bot is, what it keeps, and whom to ask."""
    return views.about(ctx)


@command("invitations", requires=Role.MODERATOR, repeatable=True)
def invitations(ctx: Context) -> Reply:
    """Show the last invitations that the bot refused, and who sent them."""
    return views.invitations(ctx, inbox.refused_invitations(ctx.tx, LAST_INVITATIONS))


class FormArgs(Args):
    """`!form share`"""

    form: Annotated[str, RestOf()] = ""


@command("form", requires=Role.ANYONE, repeatable=True)
def form(ctx: Context, args: FormArgs) -> Reply:
    """Hand out an empty form, to be filled in and sent back in one message."""
    registry = load()
    spoken = registry.understand(args.form.removeprefix(ctx.network.prefix))
    wanted = registry.forms.get(spoken.command.name) if spoken else None
    forms = [form for form in registry.forms.values() if form.name in registry.commands]
    # What everybody may send comes first.
    offered = [form.name for form in sorted(forms, key=lambda form: form.begun_by is not None)]
    if wanted is None or wanted.name not in offered:
        options = ctx.texts.list([ctx.call("form", ctx.word(name)).text for name in offered], "or")
        raise ArgumentError("form.which", options=options)
    return replace(views.empty_form(ctx, wanted), topic=empty_form.of(wanted.name))


def filled(ctx: Context, name: str, text: str) -> Reply | None:
    """Take what was filled in without the command in front of it."""
    registry = load()
    if not registry.forms[name].looks_like(text):
        return None
    return answering.carry_out(ctx, Spoken(registry.commands[name], None, f"\n{text}", name))


def waits(_ctx: Context, _name: str) -> Asks:
    """Lines of the form begin it."""
    return Asks.LINES


def of_a_form(text: str) -> bool:
    """Whether a text begins with the label of a form, whichever."""
    return any(form.looks_like(text) for form in load().forms.values())


empty_form = Topic("form", replied=filled, open=waits, names=of_a_form)


@command("more", requires=Role.ANYONE)
def more(ctx: Context) -> Reply:
    """Show the next page of the last long answer."""
    direct_chat = rooms.direct_chat(ctx.tx, ctx.sender) or ctx.sender
    # Pages of an answer whose direct chat was only being made are kept under the person's id.
    kept = (dialogs.pages(ctx.tx, ctx.sender, place) for place in (ctx.room_id, direct_chat, ctx.sender))
    pages = next((found for found in kept if found), None)
    if pages is None:
        raise UserError("more.nothing")
    # What was private in a direct chat stays so when others have come into the room since, and what is read
    # in the direct chat goes on there.
    private = pages.private or pages.room_id != ctx.room_id
    dialogs.forget_pages(ctx.tx, ctx.sender, pages.room_id)
    following, *rest = pages.rest
    if isinstance(following, dict):
        return _made_now(ctx.privately() if private else ctx, Place(**following), pages, private=private)
    dialogs.keep_pages(
        ctx.tx,
        ctx.sender,
        direct_chat if private and not ctx.direct else pages.room_id,
        rest,
        private=pages.private,
        about=pages.about,
    )
    body, html = following
    return Reply((Ready(body, html),), private=private, about=pages.about)


def _made_now(ctx: Context, seen: Place, kept: Pages, *, private: bool) -> Reply:
    """The next page of a listing; one of which nothing is left is passed over."""
    for number in range(seen.page + 1, seen.pages + 1):
        if page := load().listings[seen.listing].page(ctx, seen.state, number):
            place = replace(seen, page=number)
            return Reply(page, place=place, private=private, about=kept.about)
    raise UserError("more.nothing")


@command("resume", requires=Role.ANYONE)
def resume(ctx: Context) -> Reply:
    """Go on with a dialog that was paused."""
    paused = dialogs.of(ctx.tx, ctx.sender)
    if not paused:
        raise UserError("dialog.nothing_paused")
    return dialog.resume(ctx, load().forms[paused[0].name].as_begun(ctx, paused[0]), paused[0])


@command("cancel", requires=Role.ANYONE)
def cancel(ctx: Context) -> Reply:
    """End the dialog that one is in, or the one that was paused last."""
    begun = dialogs.of(ctx.tx, ctx.sender)
    if not begun:
        raise UserError("dialog.nothing_to_cancel")
    form = load().forms[begun[0].name].as_begun(ctx, begun[0])
    return dialog.cancel(ctx, form, begun[0])
