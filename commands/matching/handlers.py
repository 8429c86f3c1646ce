"""What members type about what they offer and need, and about whom they want to meet."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Annotated
from zoneinfo import ZoneInfo

from commands.core import dialog, letters, questions, values
from commands.core.arguments import Args, ArgumentError, Positional, Rest, RestOf
from commands.core.context import Context, Role
from commands.core.errors import UserError
from commands.core.forms import KEYCAP, text
from commands.core.registry import command, says_something
from commands.core.reply import Reply
from commands.core.topics import Asks, Topic
from commands.matching import forms, introductions, service, views
from commands.matching.people import named
from config.languages import UI_LANGUAGES
from config.texts import texts
from config.words import fold
from storage import matching as stored
from storage.matching import Introduction, IntroductionPerson
from storage.members import Member, Side


def line_number(typed: str, _ctx: Context) -> int:
    """`2` or `2.`, as in a list."""
    digits = typed.rstrip(".):,")
    if not digits.isascii() or not digits.isdigit() or not 0 < int(digits[:4]) < 1000:
        raise UserError("matching.number", typed=typed[:20])
    return int(digits)


LineNumber = Annotated[int, Positional(line_number)]


# --- offers and needs

_A_NUMBER = re.compile(r"\s*#?[0-9]{1,3}[.):]?\s*")
# Not "1:1 coaching".
_CHANGED = re.compile(r"\s*#?(?P<number>[1-9][0-9]{0,2})\s*:(?:\s+|(?=[^\W\d]))(?P<line>\S.*)", re.DOTALL)


class LineArgs(Args):
    """`!offer housing: tours of our cooperative quarters`"""

    line: Rest = ""


class EditArgs(Args):
    """`!offer edit 2 tours in winter`"""

    item: LineNumber
    line: Rest


class NumberArgs(Args):
    """`!offer remove 2`"""

    item: LineNumber


@command("offer", requires=Role.MEMBER)
def offer(ctx: Context, args: LineArgs) -> Reply:
    """Add to what one offers."""
    return _add(ctx, "offer", args.line)


@command("offers", requires=Role.MEMBER)
def offers(ctx: Context, args: LineArgs) -> Reply:
    """Show what one offers, with numbers; `offers housing: tours` adds to it."""
    return _show_or_take(ctx, "offer", args.line)


@command("offer edit", requires=Role.MEMBER)
def offer_edit(ctx: Context, args: EditArgs) -> Reply:
    """Change something that one offers."""
    return _edit(ctx, "offer", args)


@command("offer remove", requires=Role.MEMBER)
def offer_remove(ctx: Context, args: NumberArgs) -> Reply:
    """No longer offer something."""
    return _remove(ctx, "offer", args.item)


@command("need", requires=Role.MEMBER)
def need(ctx: Context, args: LineArgs) -> Reply:
    """Add to what one needs."""
    return _add(ctx, "need", args.line)


@command("needs", requires=Role.MEMBER)
def needs(ctx: Context, args: LineArgs) -> Reply:
    """Show what one needs, with numbers; `needs housing: examples` adds to it."""
    return _show_or_take(ctx, "need", args.line)


@command("need edit", requires=Role.MEMBER)
def need_edit(ctx: Context, args: EditArgs) -> Reply:
    """Change something that one needs."""
    return _edit(ctx, "need", args)


@command("need remove", requires=Role.MEMBER)
def need_remove(ctx: Context, args: NumberArgs) -> Reply:
    """No longer need something."""
    return _remove(ctx, "need", args.item)


def _show_or_take(ctx: Context, side: Side, typed: str) -> Reply:
    """The list, unless a line is said with its theme or number; what else there is may be a search."""
    if not typed.strip() or _A_NUMBER.fullmatch(typed):
        return views.lines(ctx, side, service.lines(ctx.tx, ctx.sender, side))
    if _CHANGED.fullmatch(typed) or values.themed_line(typed)[0]:
        return _add(ctx, side, typed)
    raise ArgumentError("argument.left_over", typed=values.short(typed))


def _add(ctx: Context, side: Side, typed: str) -> Reply:
    if changed := _CHANGED.fullmatch(typed):  # as it stands in the list: "need 2: examples of heat plans"
        number = int(changed["number"])
        return _take(ctx, side, changed["line"], number, _line(ctx, side, number)[0])
    forms.room_for_more(ctx, side)
    if not typed.strip():
        return dialog.start(ctx, forms.BY_SIDE[side])
    return _take(ctx, side, typed, None)


def _edit(ctx: Context, side: Side, args: EditArgs) -> Reply:
    known, _ = _line(ctx, side, args.item)
    return _take(ctx, side, args.line, args.item, known)


def _take(ctx: Context, side: Side, typed: str, number: int | None, known: str = "") -> Reply:
    """Keep a line whose theme was said, or is `known`; ask for it where neither is the case."""
    said, words = values.themed_line(_without_who(typed))
    theme = said or known
    if fold(words) in _placeholders():
        raise UserError("matching.says_nothing", typed=words[:60])  # nobody looks for our "new text"
    if not says_something(words):
        raise ArgumentError("matching.says_nothing", typed=words[:60])
    words = text(forms.LONGEST, lines=False)(words, ctx)
    if theme:
        return forms.keep(ctx, side, theme, words, number)
    return dialog.start(ctx, forms.BY_SIDE[side], {"text": words}, only=("theme",), hidden={"number": number})


def _placeholders() -> set[str]:
    """What stands in our examples for somebody's own words, in all languages."""
    return {fold(texts(language).get("matching.new_text")) for language in UI_LANGUAGES}


def _without_who(typed: str) -> str:
    """What is meant by "somebody who knows about …": whoever is looked for goes without saying."""
    line = " ".join(typed.split()).lstrip(", ").rstrip(".!? ")
    for language in UI_LANGUAGES:
        for frame in texts(language).raw("need.words.who").split("|"):
            before, _, behind = frame.partition("…")
            said = line.casefold()
            if said.startswith(before) and said.endswith(behind) and len(line) > len(frame):
                return line[len(before) : len(line) - len(behind)].strip()
    return typed


def _remove(ctx: Context, side: Side, number: int) -> Reply:
    theme, words = _line(ctx, side, number)
    service.remove_line(ctx.tx, ctx.sender, side, number)
    return views.removed(ctx, side, theme, words)


def _line(ctx: Context, side: Side, number: int) -> tuple[str, str]:
    known = service.lines(ctx.tx, ctx.sender, side)
    if number > len(known):
        raise UserError(f"matching.{side}.no_number", number=str(number), list=ctx.call(f"{side}s"))
    return known[number - 1]


# --- taking part


class MatchingArgs(Args):
    """`!matching snooze until 31 March`"""

    wish: Rest = ""


_WISHES = ("on", "off", "snooze", "named", "nameless")


@command("matching", requires=Role.MEMBER)
def matching(ctx: Context, args: MatchingArgs) -> Reply:
    """Take part in matching, or not, or later; say whether others read one's name beforehand."""
    wish, rest = _wish(args.wish)
    if args.wish.strip() and (wish is None or (rest and wish != "snooze")):
        raise ArgumentError("matching.wish_unknown", typed=args.wish.strip()[:60])
    match wish:
        case "on" | "off":
            service.take_part(ctx.tx, ctx.sender, takes_part=wish == "on")
        case "snooze":
            service.take_part(ctx.tx, ctx.sender, takes_part=True, until=_until(ctx, rest))
        case "named" | "nameless":
            service.go_by_name(ctx.tx, ctx.sender, named=wish == "named")
    row = stored.participation(ctx.tx, ctx.sender)
    if not row.active(ctx.now):
        introductions.withdraw_from_all(ctx.tx, ctx.network, ctx.sender)
    return views.participation(ctx, row, naming=wish in ("named", "nameless"))


def _wish(typed: str) -> tuple[str | None, str]:
    """Which of the wishes is meant, in any of our languages, and what stands behind it."""
    said = " ".join(typed.split())
    named = [(word, name) for name in _WISHES for word in _words(name)]
    for word, name in sorted(named, key=lambda one: -len(one[0])):
        if f"{said.casefold()} ".startswith(f"{word} "):
            return name, said[len(word) :].strip()
    return None, ""


def _words(name: str) -> list[str]:
    return [
        word.strip()
        for language in UI_LANGUAGES
        for word in texts(language).raw(f"matching.words.{name}").split("|")
    ]


def _until(ctx: Context, typed: str) -> datetime:
    """The moment at which the day that was named begins for the sender."""
    for word in _words("until"):
        if typed.casefold().startswith(f"{word} "):
            typed = typed[len(word) :].strip()
            break
    if not typed:
        raise UserError("matching.until_when")
    zone = ZoneInfo(ctx.timezone)
    moment = datetime.combine(values.day(typed, ctx), time(), zone)
    if moment <= ctx.now:
        raise UserError("matching.past", day=ctx.texts.date(moment.date(), weekday=True))
    return moment.astimezone(UTC)


@command("match", requires=Role.MEMBER)
def match(ctx: Context) -> Reply:
    """Show the few members whom one should meet, and why."""
    if ctx.member is None:
        raise UserError("role.member_needed", register=ctx.call("register"))
    if not stored.participation(ctx.tx, ctx.sender).active(ctx.now):
        raise UserError(
            "match.away", on=ctx.call("matching", ctx.texts.raw("matching.words.on").split("|")[0])
        )
    return views.matches(ctx, service.best(ctx.tx, ctx.network, ctx.member))


# --- introductions


class IntroduceArgs(Args):
    """`!introduce 2`, `!introduce Ada`"""

    whom: Annotated[str, RestOf()]


@command("introduce", requires=Role.MEMBER, private=True)
def introduce(ctx: Context, args: IntroduceArgs) -> Reply:
    """Have somebody of the last `match` asked whether they want to meet."""
    if ctx.member is None:
        raise UserError("role.member_needed", register=ctx.call("register"))
    if not stored.participation(ctx.tx, ctx.sender).active(ctx.now):
        raise UserError("match.away", on=ctx.call("matching", _words("on")[0]))
    asked = _shown_by_name(ctx, args.whom)
    if asked is None and not _number(args.whom) and service.named(ctx.tx, args.whom):
        raise UserError("introduce.not_in_list", match=ctx.call("match"))
    asked = asked or _shown(ctx, _one_number(ctx, args.whom))
    later = introductions.ask(ctx, ctx.member, asked)
    return views.asked(ctx, asked, named=named(ctx.tx, asked.user_id), later=later)


class AnswerArgs(Args):
    """`!decline 12`"""

    which: Rest = ""


@command("accept", requires=Role.MEMBER, private=True)
def accept(ctx: Context, args: AnswerArgs) -> Reply:
    """Agree to meet those who were proposed; once all did, a room is opened for them."""
    proposed, rest = _proposed(ctx, args.which)
    if rest:
        raise ArgumentError("argument.left_over", typed=rest[:60])
    return _accept(ctx, *proposed)


@command("decline", requires=Role.MEMBER, private=True)
def decline(ctx: Context, args: AnswerArgs) -> Reply:
    """Rather not meet those who were proposed; they are told kindly, without a reason."""
    proposed, why = _proposed(ctx, args.which)
    return _decline(ctx, *proposed, why=why)


def _replied(ctx: Context, number: str, text: str) -> Reply | None:
    """Take words under a proposal as the answer to it; behind a no may stand why."""
    if letters.is_command(text):
        return None
    waiting = _of_number(ctx, number)
    answer = questions.answer(ctx, text)
    if answer is None and _begins_with_no(text) and _reason(text):
        answer = False
    if answer is None:
        # "No problem, gladly!" begins with a no, too: what is only begun like an answer is none.
        raise UserError(
            "introduce.yes_or_no", accept=ctx.call("accept", number), decline=ctx.call("decline", number)
        )
    return _accept(ctx, *waiting) if answer else _decline(ctx, *waiting, why=text)


def _answered(ctx: Context, number: str, yes: bool) -> Reply:
    waiting = _of_number(ctx, number)
    return _accept(ctx, *waiting) if yes else _decline(ctx, *waiting)


def _begins_with_no(text: str) -> bool:
    said = f"{fold(text)} "
    words = [word for code in UI_LANGUAGES for word in texts(code).raw("agree.words.no").split("|")]
    return any(said.startswith(f"{fold(word)} ") for word in words)


def _of_number(ctx: Context, number: str) -> tuple[Introduction, IntroductionPerson]:
    waiting = _waiting(ctx)
    if int(number) not in waiting:
        raise UserError("introduce.none_waiting", match=ctx.call("match"))
    return waiting[int(number)]


def _waits(ctx: Context, number: str) -> bool:
    return int(number) in _waiting(ctx)


REQUEST = questions.topic(introductions.TOPIC, _answered, _waits, replied=_replied)


def _accept(ctx: Context, row: Introduction, person: IntroductionPerson) -> Reply:
    return views.accepted(ctx, introductions.accept(ctx.tx, ctx.network, row, person))


def _decline(ctx: Context, row: Introduction, person: IntroductionPerson, *, why: str = "") -> Reply:
    introductions.decline(ctx.tx, ctx.network, row, person)
    reason = _reason(why)
    if reason:
        introductions.keep_reason(ctx.tx, row, person, reason)
    return replace(views.declined(ctx, reason), topic=None if reason else WHY.of(row.id))


def _reason(typed: str) -> str | None:
    """Which of the reasons that make later matches better somebody means, by its number or in words."""
    said = fold(KEYCAP.sub(r"\1", typed))
    for number, name in enumerate(views.WHY_NOT, 1):
        phrases = [
            phrase
            for language in UI_LANGUAGES
            for phrase in texts(language).raw(f"decline.words.{name}").split("|")
        ]
        if said == str(number) or any(f" {fold(phrase)} " in f" {said} " for phrase in phrases):
            return name
    return None


def _why_tapped(ctx: Context, number: str, emoji: str) -> Reply | None:
    return _why(ctx, number, emoji) if KEYCAP.fullmatch(emoji) else None


def _why(ctx: Context, number: str, typed: str) -> Reply | None:
    """Take why somebody has declined."""
    mine = [
        (row, person)
        for row, person in stored.introductions_of(ctx.tx, ctx.sender)
        if str(row.id) == number and person.answer == "no"
    ]
    reason = _reason(typed)
    if not mine or letters.is_command(typed):
        return None
    if reason is None:
        raise UserError("decline.reason_unknown")
    introductions.keep_reason(ctx.tx, *mine[0], reason)
    return views.kept_in_mind(ctx, reason)


def _why_open(ctx: Context, number: str) -> Asks:
    mine = [one for row, one in stored.introductions_of(ctx.tx, ctx.sender) if str(row.id) == number]
    return Asks.CHOICE if mine and mine[0].answer == "no" and not mine[0].reason else Asks.NOTHING


WHY = Topic("introduction_why", reacted=_why_tapped, replied=_why, requires=Role.MEMBER, open=_why_open)


def _waiting(ctx: Context) -> dict[int, tuple[Introduction, IntroductionPerson]]:
    return {row.id or 0: (row, person) for row, person in introductions.open_to(ctx.tx, ctx.sender)}


def _proposed(ctx: Context, typed: str) -> tuple[tuple[Introduction, IntroductionPerson], str]:
    """The proposal that is answered: the one with the number, or the only one; and what stands behind it."""
    waiting = _waiting(ctx)
    if not waiting:
        raise UserError("introduce.none_waiting", match=ctx.call("match"))
    numbers = ctx.texts.list([str(number) for number in waiting], "or")
    first, _, rest = typed.strip().partition(" ")
    if number := _number(first):
        if number not in waiting:
            raise UserError("introduce.no_request", numbers=numbers)
        return waiting[number], rest.strip()
    if len(waiting) > 1:
        raise UserError("introduce.which", numbers=numbers)
    return next(iter(waiting.values())), typed.strip()


@command("meetings", requires=Role.MEMBER, repeatable=True)
def meetings(ctx: Context) -> Reply:
    """Show whom one asked, who asked, and what became of it; to moderators also what came of all in sum."""
    sums = stored.outcomes(ctx.tx) if ctx.holds(Role.MODERATOR) else None
    return views.meetings(ctx, stored.introductions_of(ctx.tx, ctx.sender), sums)


# --- whom one does not want to meet


class BlockArgs(Args):
    """`!block Ada Example`"""

    person: Rest = ""


@command("block", requires=Role.MEMBER, private=True)
def block(ctx: Context, args: BlockArgs) -> Reply:
    """Never be matched with somebody; they are not told."""
    typed = args.person.strip()
    if not typed:
        return views.blocked(ctx, stored.blocked_by(ctx.tx, ctx.sender))
    number = _number(typed)
    person = _shown(ctx, number) if number else _person(ctx, typed)
    new = stored.block(ctx.tx, ctx.sender, person.user_id)
    introductions.withdraw_between(ctx.tx, ctx.network, ctx.sender, person.user_id)
    # Who was proposed without a name keeps that until both agreed to meet, whatever names are tried.
    named = stored.participation(ctx.tx, person.user_id).named
    return views.block(ctx, person, named=named or not number, new=new or not named)


@command("unblock", requires=Role.MEMBER, private=True)
def unblock(ctx: Context, args: BlockArgs) -> Reply:
    """Take a block back; numbers are those of one's own list."""
    typed, rows = args.person.strip(), stored.blocked_by(ctx.tx, ctx.sender)
    if not typed:
        return views.blocked(ctx, rows)
    number = _number(typed)
    if number and number > len(rows):
        raise UserError("unblock.no_number", number=str(number), block=ctx.call("block"))
    blocked = rows[number - 1].blocked_id if number else _person(ctx, typed).user_id
    known = stored.unblock(ctx.tx, ctx.sender, blocked)
    told = bool(number) or stored.participation(ctx.tx, blocked).named
    return views.unblock(ctx, known=known if told else None)


def _number(typed: str) -> int:
    """The number that was typed; 0 for everything else."""
    digits = typed.removeprefix("#").rstrip(".")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else 0


def _shown(ctx: Context, number: int) -> Member:
    """Whom the last `match` showed under a number."""
    shown = service.shown(ctx.tx, ctx.sender, number)
    if shown is None:
        raise UserError("match.no_number", number=str(number), match=ctx.call("match"))
    return shown


def _shown_by_name(ctx: Context, typed: str) -> Member | None:
    """The one whom a name means of those who were shown with theirs; None for a number, and if it is not
    clear who is meant."""
    if _number(typed):
        return None
    shown = stored.participation(ctx.tx, ctx.sender).shown
    found = [one for one in service.named(ctx.tx, typed) if one.user_id in shown]
    found = [one for one in found if named(ctx.tx, one.user_id)]
    return found[0] if len(found) == 1 else None


def _one_number(ctx: Context, typed: str) -> int:
    number, *more = typed.split()
    if more:
        raise ArgumentError("argument.left_over", typed=" ".join(more)[:60])
    try:
        return line_number(number, ctx)
    except UserError as refused:
        raise ArgumentError(refused.message_id, **refused.parameters) from None


def _person(ctx: Context, typed: str) -> Member:
    """Whom a name or a Matrix id means."""
    found = [one for one in service.named(ctx.tx, typed) if one.user_id != ctx.sender]
    if not found:
        # Several words may be a search that begins like a command; "block nobody" is about a person.
        refusal = ArgumentError if len(typed.split()) > 1 else UserError
        raise refusal("block.nobody", typed=typed[:60], who=ctx.call("who"))
    if len(found) > 1:
        several = ctx.texts.list([f"{one.name} ({one.organisation}, {one.city})" for one in found[:5]], "or")
        raise ArgumentError("block.several", typed=typed[:60], meant=several)
    return found[0]
