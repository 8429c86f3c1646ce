"""From a command to its answer in the outbox."""

from __future__ import annotations

from typing import Any

from commands.core import letters
from commands.core.arguments import ArgumentError
from commands.core.context import Context
from commands.core.errors import UserError, told
from commands.core.forms import FormFieldsError
from commands.core.nodes import Block, Paragraph
from commands.core.registry import Registry, Spoken
from commands.core.render import content, render
from commands.core.reply import Reply
from storage import dialogs, outbox, rooms
from storage.outbox import OutboxState

MAX_PAGES = 20


def run(ctx: Context, spoken: Spoken) -> None:
    """Carry out a command and say what it answers; raises `UserError`."""
    reply = carry_out(ctx, spoken)
    if reply is not None:
        say(ctx, reply)


def carry_out(ctx: Context, spoken: Spoken) -> Reply | None:
    """Carry out a command, if the sender may; raises `UserError`."""
    command = spoken.command
    ctx.command, ctx.invoked = command.name, spoken.word
    if spoken.language and not (ctx.room_language or ctx.locale):
        ctx.language = spoken.language
    ctx.need(command.requires)
    return command.run(ctx, spoken.arguments)


def explain(ctx: Context, registry: Registry, error: UserError) -> list[Block]:
    """What was wrong, and where it was about a command's arguments an example of it."""
    if isinstance(error, FormFieldsError):
        return [Paragraph((ctx.n("form.errors", len(error.errors)),)), error.listed(ctx)]
    blocks: list[Block] = [Paragraph((told(ctx, error),))]
    command = registry.commands.get(ctx.command)
    if command and isinstance(error, ArgumentError):
        example = f"{command.text_key}.example"
        if ctx.texts.has(example):
            blocks.append(ctx.p("argument.example", example=ctx.call(command.name, ctx.texts.raw(example))))
        else:
            blocks.append(ctx.p("argument.example", example=ctx.call(command.name)))
    return blocks


def say(ctx: Context, reply: Reply) -> None:
    """Answer: in the direct chat, with a pointer to it, what is private; the rest where it was asked."""
    private = reply.private and not ctx.direct
    to = ctx.sender if private else ctx.room_id
    if private and ctx.room_id.startswith("!"):
        _point(ctx)
    rendered = [render(page) for page in _with_hints(ctx.privately() if private else ctx, reply)]
    rest: list[Any] = [[page.body, page.html] for page in rendered[1:]]
    if reply.place and reply.place.page < reply.place.pages:
        rest = [vars(reply.place)]
    first = content(
        rendered[0],
        reply_to=None if private else ctx.answer_to,
        thread=None if private else ctx.thread,
        mentions=reply.mentions,
    )
    key = _send(ctx, to, first, reply, private=private)
    if reply.pages is not None or reply.place:
        if private:
            dialogs.forget_pages(ctx.tx, ctx.sender, ctx.room_id)  # the newer list is elsewhere
        dialogs.keep_pages(
            ctx.tx,
            ctx.sender,
            (rooms.direct_chat(ctx.tx, to) or to) if private else to,
            rest,
            private=reply.private,
            about=reply.about if isinstance(reply.about, str) else None,
        )
    if reply.asks:
        open_dialog = dialogs.get(ctx.tx, ctx.sender, reply.asks)
        if open_dialog:
            open_dialog.prompt = key
            dialogs.keep(ctx.tx, open_dialog)
    for emoji in reply.reactions:
        outbox.reaction(ctx.tx, to, emoji, key=key)
    for attachment in reply.attachments:
        letters.attach(ctx.tx, to, attachment, about=reply.about)


def _point(ctx: Context) -> None:
    """Say in the room where the answer is, and only once when the command is edited."""
    pointer = render((ctx.p("reply.in_direct_chat"),))
    before = outbox.by_key(ctx.tx, ctx.replaces) if ctx.replaces else None
    if before is None or before.content.get("body") != pointer.body:
        pointing = content(pointer, reply_to=ctx.answer_to, thread=ctx.thread)
        _send(ctx, ctx.room_id, pointing, Reply(()), private=False)


def _send(ctx: Context, to: str, said: dict[str, object], reply: Reply, *, private: bool) -> str:
    if ctx.replaces and not private:
        answered = outbox.by_key(ctx.tx, ctx.replaces)
        if answered and answered.state != OutboxState.DEAD and answered.lane == to:
            outbox.set_topic(ctx.tx, answered.key, reply.topic)
            return outbox.edit(ctx.tx, to, said, key=answered.key, about=reply.about)
    answers = None if private else ctx.answer_to
    return outbox.message(ctx.tx, to, said, about=reply.about, answers=answers, topic=reply.topic)


def _with_hints(ctx: Context, reply: Reply) -> list[tuple[Block, ...]]:
    if reply.place:
        return [(*reply.blocks, *_page_hint(ctx, reply.place.page, reply.place.pages))]
    pages = [reply.blocks, *(reply.pages or ())[:MAX_PAGES]]
    return [(*page, *_page_hint(ctx, number, len(pages))) for number, page in enumerate(pages, 1)]


def _page_hint(ctx: Context, page: int, pages: int) -> list[Block]:
    if pages == 1:
        return []
    if page == pages:
        return [ctx.p("more.last", page=str(page), pages=str(pages))]
    return [ctx.p("more.hint", more=ctx.call("more"), page=str(page), pages=str(pages))]
