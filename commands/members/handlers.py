"""What members type about themselves and about each other."""

from __future__ import annotations

import json
from typing import Annotated

from commands.core import dialog, values
from commands.core.arguments import Args, ArgumentError, Flag, Rest, RestOf
from commands.core.context import Context, Role
from commands.core.errors import UserError
from commands.core.forms import FormFieldsError
from commands.core.handed_out import handed_out
from commands.core.nodes import Preformatted
from commands.core.registry import command
from commands.core.reply import Attachment, Reply, reply
from commands.members import forms, service, views
from commands.members.forms import FORGET, PROFILE, REGISTER
from config.languages import language_name
from config.themes import themes
from storage import dialogs, practices
from storage.members import Member
from storage.search import is_filler


class RegisterArgs(Args):
    """`!register`, or with the filled form"""

    filled: Annotated[str, RestOf()] = ""


@command("register", until=Role.MEMBER)
def register(ctx: Context, args: RegisterArgs) -> Reply:
    """Make the sender a member: by a dialog, or from a form that is filled in."""
    if ctx.member:
        return views.registered_already(ctx, ctx.member)
    if not args.filled:
        return dialog.start(ctx, REGISTER)
    try:
        answers = REGISTER.read(args.filled, ctx)
    except FormFieldsError as wrong:
        return dialog.mend(ctx, wrong)
    complete = REGISTER.propose(ctx, answers)
    if REGISTER.missing(complete):
        return dialog.fill(ctx, REGISTER, answers)
    begun = dialogs.get(ctx.tx, ctx.sender, REGISTER.name)
    if begun:
        dialogs.remove(ctx.tx, begun)
    ended = REGISTER.ended_by(complete, ctx)
    return ended or forms.register(ctx, {**complete, "at_once": True})


class ProfileArgs(Args):
    """`!profile Ada`"""

    person: Rest = ""


@command("profile", requires=Role.MEMBER, repeatable=True)
def profile(ctx: Context, args: ProfileArgs) -> Reply:
    """Show one's own profile, or that of another member."""
    if ctx.member and (not args.person or args.person.strip() == ctx.sender):
        return views.own_profile(ctx, ctx.member)
    found = service.named(ctx.tx, args.person)
    if not found:
        # Nobody's name begins with a function word: "profile of a smart city" means something else.
        told = ArgumentError if is_filler(args.person.split()[0]) else UserError
        raise told("profile.nobody", typed=args.person[:60], who=ctx.call("who"))
    if len(found) > 1:
        return views.several(ctx, args.person[:60], found)
    if found[0].user_id == ctx.sender:
        return views.own_profile(ctx, found[0])
    return views.profile(ctx, found[0])


class ProfileEditArgs(Args):
    """`!profile edit city Lyon`"""

    changes: Annotated[str, RestOf()] = ""


@command("profile edit", requires=Role.MEMBER)
def profile_edit(ctx: Context, args: ProfileEditArgs) -> Reply:
    """Change one's profile: one field, or several in a form."""
    if ctx.member is None:
        raise UserError("role.member_needed", register=ctx.call("register"))
    if not args.changes:
        here, known = ctx.privately(), service.answers_of(ctx.tx, ctx.member)
        written = f"{ctx.network.prefix}{here.word('profile edit')}\n{PROFILE.written(here, known)}"
        blocks, topic = (here.p("profile.form"), Preformatted(written)), profile_form.of("")
        return Reply(blocks, topic=topic, private=True, about=ctx.sender)
    if PROFILE.looks_like(args.changes):
        return _fill(ctx, ctx.member, args.changes)
    named = PROFILE.begins_with(args.changes)
    if named is None:
        raise _no_field(ctx, args.changes)
    field, typed = named
    if not typed:
        known = {field.name: service.answers_of(ctx.tx, ctx.member)[field.name]}
        return dialog.start(ctx, PROFILE, only=(field.name,), present=known)
    return forms.change(ctx, {field.name: PROFILE.read_field(field, typed, ctx)})


def _fill(ctx: Context, member: Member, typed: str) -> Reply:
    """Change what a form says, as far as it is right, and ask for the rest."""
    try:
        return forms.change(ctx, PROFILE.read(typed, ctx))
    except FormFieldsError as wrong:
        return dialog.mend(ctx, wrong, present=service.answers_of(ctx.tx, member))


profile_form = handed_out(
    "profile_form", PROFILE, lambda ctx, _, typed: _fill(ctx, ctx.member, typed) if ctx.member else None
)


def _no_field(ctx: Context, typed: str) -> UserError:
    word = typed.split()[0]
    if meant := PROFILE.nearest_field(word, ctx):
        return UserError("form.unknown_field", typed=word, meant=PROFILE.label(meant, ctx.texts))
    fields = ctx.texts.list([PROFILE.label(field, ctx.texts) for field in PROFILE.fields])
    return UserError("profile.no_field", typed=typed[:40], fields=fields)


class LanguageArgs(Args):
    """`!language de`"""

    room: Annotated[bool, Flag()] = False
    language: Annotated[str, RestOf(values.spoken_language)] = ""


@command("language", requires=Role.ANYONE)
def language(ctx: Context, args: LanguageArgs) -> Reply:
    """Show or choose the language that the bot speaks with the sender, or in a room."""
    if not args.language:
        return views.language(ctx)
    if args.room:
        return _room_language(ctx, args.language)
    service.prefer(ctx.tx, ctx.sender, locale=args.language)
    if ctx.direct or not (ctx.room and ctx.room.language):
        ctx.language = args.language
    return reply(ctx.p("language.set", language=language_name(args.language, ctx.language)))


def _room_language(ctx: Context, chosen: str) -> Reply:
    if ctx.direct:
        raise UserError("language.no_room", language=ctx.call("language", chosen))
    if Role.MODERATOR not in ctx.roles:
        raise UserError("role.moderator_needed", moderators=ctx.moderators())
    service.set_room_language(ctx.tx, ctx.room_id, chosen)
    ctx.language = chosen
    return reply(ctx.p("language.room_set", language=language_name(chosen, chosen)))


class TimezoneArgs(Args):
    """`!timezone Lisbon`"""

    timezone: Annotated[str, RestOf(values.timezone)] = ""


@command("timezone", requires=Role.ANYONE)
def timezone(ctx: Context, args: TimezoneArgs) -> Reply:
    """Show or choose the time zone in which the sender lives."""
    if not args.timezone:
        return views.timezone(ctx)
    service.prefer(ctx.tx, ctx.sender, timezone=args.timezone)
    return views.timezone_set(ctx)


class WhoArgs(Args):
    """`!who climate Germany`"""

    wanted: Rest = ""


@command("who", requires=Role.MEMBER, repeatable=True)
def who(ctx: Context, args: WhoArgs) -> Reply:
    """Find members by theme, place, kind, organisation or name."""
    return views.found(ctx, service.search(ctx.tx, args.wanted))


class ThemesArgs(Args):
    """`!themes climate`"""

    theme: Annotated[str, RestOf(values.theme_id)] = ""


@command("themes", requires=Role.ANYONE, repeatable=True)
def themes_(ctx: Context, args: ThemesArgs) -> Reply:
    """Show the themes of the network, or those below one of them."""
    if not args.theme:
        return views.upper_themes(ctx)
    return views.theme(ctx, themes().get(args.theme))


@command("mydata", requires=Role.ANYONE)
def mydata(ctx: Context) -> Reply:
    """Send the sender everything that is stored about them, as a file."""
    ctx = ctx.privately()
    localpart = ctx.sender[1:].split(":", 1)[0]
    held = service.export(ctx.tx, ctx.sender)
    data = json.dumps({"summary": views.summary(ctx, held), **held}, ensure_ascii=False, indent=2)
    return Reply(
        (ctx.p("mydata.here", forgetme=ctx.call("forgetme")),),
        attachments=(
            Attachment(data.encode(), "application/json", f"proxenos-{localpart}-{ctx.now:%Y-%m-%d}.json"),
        ),
        private=True,
        about=ctx.sender,
    )


class LeaveArgs(Args):
    """`!unsubscribe`"""

    leaving: Annotated[str, RestOf()] = ""


@command("leave", requires=Role.ANYONE, repeatable=True, listed=False)
def leave(ctx: Context, args: LeaveArgs) -> Reply:
    """Ask what one wants to leave, as most who say so do not mean everything."""
    return views.leaving(ctx.privately())


@command("forgetme", requires=Role.ANYONE)
def forgetme(ctx: Context) -> Reply:
    """Show what is stored about the sender, ask once, and delete it."""
    wrote = bool(practices.by_author(ctx.tx, ctx.sender))
    return dialog.start(ctx, FORGET, only=("practices", "sure") if wrote else ("sure",))
