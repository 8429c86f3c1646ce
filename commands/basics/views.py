"""How help and the like look."""

from __future__ import annotations

import re

from commands.core.arguments import usage
from commands.core.context import Context, Role
from commands.core.forms import Form
from commands.core.nodes import (
    Block,
    Bullets,
    Inline,
    Paragraph,
    Preformatted,
    joined,
    paragraph,
    span,
    strong,
)
from commands.core.registry import Command, Registry, fold
from commands.core.reply import Reply
from config.languages import UI_LANGUAGES
from config.texts import Texts, texts
from storage import members, practices, rooms
from storage.inbox import InboxEvent

CAPABILITIES = ("practices", "members", "basics")  # in the order in which newcomers need them
# What people do from day to day, in the order in which they come to it.
EVERYDAY = (
    "register",
    "search",
    "practice",
    "new",
    "share",
    "mine",
    "ask",
    "watch",
    "who",
    "match",
    "profile",
)
ON_A_PAGE = 12


def overview(ctx: Context, registry: Registry) -> Reply:
    """What the reader may do from day to day, and the areas in which there is more."""
    everyday = [registry.commands[name] for name in EVERYDAY]
    allowed = tuple(_line(ctx, command) for command in everyday if _allowed(ctx, command))
    areas = tuple(
        span(ctx.call("help", _area_word(ctx.texts, area)), " – ", ctx.t(f"capability.{area}"))
        for area in areas_of(registry)
        if commands_of(ctx, registry, area)
    )
    how = ctx.p("help.direct") if ctx.direct else ctx.p("help.room", prefix=ctx.network.prefix)
    intro = ctx.p("help.intro", network=ctx.network.name)
    return Reply((intro, Bullets(allowed), ctx.p("help.areas"), Bullets(areas), how))


def area(ctx: Context, registry: Registry, name: str) -> Reply:
    """Everything that the reader may do in one area, page by page."""
    lines = tuple(_line(ctx, command) for command in commands_of(ctx, registry, name))
    head = paragraph(strong(ctx.t(f"capability.{name}")))
    pages = [(Bullets(lines[start : start + ON_A_PAGE]),) for start in range(0, len(lines), ON_A_PAGE)]
    if not pages:
        return Reply((ctx.p("help.area_empty", help=ctx.call("help")),))
    return Reply((head, *pages[0]), pages=tuple(pages[1:]))


def areas_of(registry: Registry) -> list[str]:
    """The capabilities, in the order in which newcomers need them."""
    return sorted(
        {command.capability for command in registry.commands.values()},
        key=lambda name: (CAPABILITIES.index(name) if name in CAPABILITIES else len(CAPABILITIES), name),
    )


def named_area(registry: Registry, typed: str) -> str | None:
    """The area that is meant, by its short word or its title in any of our languages."""
    for name in areas_of(registry):
        for language in UI_LANGUAGES:
            spoken = texts(language)
            if fold(typed) in (fold(_area_word(spoken, name)), fold(spoken.get(f"capability.{name}"))):
                return name
    return None


def commands_of(ctx: Context, registry: Registry, area: str) -> list[Command]:
    """What the reader may do in an area."""
    return [one for one in registry.commands.values() if one.capability == area and _allowed(ctx, one)]


def _allowed(ctx: Context, command: Command) -> bool:
    return command.listed and command.requires in ctx.roles and command.until not in ctx.roles


def _area_word(spoken: Texts, area: str) -> str:
    return spoken.get(f"capability.{area}.word")


def hello(ctx: Context) -> Paragraph:
    """Who the bot is, and the three words to begin with: other ones for members and for those outside."""
    named: dict[str, Inline] = {"network": ctx.network.name, "help": ctx.call("help")}
    if Role.GUEST not in ctx.roles:
        return ctx.p("hello.outside", room=ctx.hub(), **named)
    if ctx.member:
        return ctx.p("hello.member", name=ctx.member.name, **named)
    return ctx.p("hello.direct", register=ctx.call("register"), **named)


def explanation(ctx: Context, meant: list[Command]) -> Reply:
    """What a word stands for: one command, or two that differ in what is typed behind it."""
    return Reply(tuple(_explained(ctx, command) for command in meant))


def _explained(ctx: Context, command: Command) -> Paragraph:
    """One command: what it does, how it is written, an example, other words for it."""
    lines: list[Inline] = [
        span(strong(ctx.call(command.name, usage(command.args, ctx.texts)))),
        ctx.t(f"{command.text_key}.help"),
    ]
    example = f"{command.text_key}.example"
    if ctx.texts.has(example):
        lines.append(ctx.t("help.example", example=ctx.call(command.name, ctx.texts.raw(example))))
    then = f"{command.text_key}.then"
    if ctx.texts.has(then):
        named = re.findall(r"{(\w+)}", ctx.texts.raw(then))
        lines.append(ctx.t(then, **{name: ctx.call(name) for name in named}))
    others = command.words(ctx.language)[1:]
    if others:
        lines.append(ctx.t("help.other_words", words=joined([ctx.code(word) for word in others], ", ")))
    if command.requires not in ctx.roles:
        lines.append(ctx.t(f"help.requires.{command.requires}"))
    return Paragraph(tuple(lines))


def about(ctx: Context) -> Reply:
    """What the bot is and what it keeps."""
    return Reply(
        (
            ctx.p("about.what", network=ctx.network.name),
            Paragraph(
                (
                    ctx.n("about.members", members.count(ctx.tx)),
                    ctx.n("about.practices", practices.count(ctx.tx)),
                )
            ),
            ctx.p(
                "about.privacy",
                days=str(ctx.network.keep_messages.days),
                mydata=ctx.call("mydata"),
                forgetme=ctx.call("forgetme"),
            ),
            Paragraph(tuple(_whom_to_ask(ctx))),
            ctx.p("about.licence"),
        )
    )


def _whom_to_ask(ctx: Context) -> list[Inline]:
    lines = [ctx.t("about.ask", moderators=ctx.moderators())]
    if ctx.network.responsible:
        lines.append(ctx.t("consent.responsible", who=ctx.network.responsible))
    return lines


def invitations(ctx: Context, refused: list[InboxEvent]) -> Reply:
    """Who wanted the bot where, newest first, and by which rule it did not come."""
    servers = ctx.texts.list(list(ctx.network.allowed_servers))
    if not refused:
        return Reply((ctx.p("invitations.none", servers=servers),), private=True)
    lines = tuple(_invitation(ctx, event) for event in refused)
    rule = ctx.p("invitations.rule", servers=servers)
    return Reply((ctx.p("invitations.refused"), Bullets(lines), rule), private=True)


def _invitation(ctx: Context, event: InboxEvent) -> Inline:
    room = rooms.get(ctx.tx, event.room_id)
    when = ctx.texts.datetime(event.sent_at, ctx.timezone)
    name = (room and (room.name or room.alias)) or event.room_id
    return ctx.t("invitations.line", when=when, sender=event.sender, room=name)


def empty_form(ctx: Context, form: Form) -> Reply:
    """A form to copy, with what one should know to fill it in."""
    blocks: list[Block] = [
        ctx.p("form.how", name=ctx.call(form.begun_by or form.name)),
        Preformatted(f"{ctx.network.prefix}{ctx.word(form.name)}\n{form.written(ctx)}"),
        _field_notes(ctx, form),
    ]
    if form.note:
        blocks.append(paragraph(form.note(ctx)))
    return Reply(tuple(blocks))


def _field_notes(ctx: Context, form: Form) -> Block:
    """What may be left out of a form, and what can be chosen."""
    optional = [form.label(field, ctx.texts) for field in form.fields if not field.required or field.propose]
    lines: list[Inline] = []
    if optional:
        lines.append(ctx.t("form.optional", fields=ctx.texts.list(optional)))
    for field in form.fields:
        if field.choices:
            lines.append(span(form.label(field, ctx.texts), ": ", form.options(field, ctx)))
    return Paragraph(tuple(lines))


def _line(ctx: Context, command: Command) -> Inline:
    return span(ctx.call(command.name), " – ", ctx.t(f"{command.text_key}.help"))
