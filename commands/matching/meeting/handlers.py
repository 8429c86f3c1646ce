"""What those who were introduced type and tap: the hour in their room, and afterwards what came of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from commands.core import letters, moments, questions
from commands.core.arguments import Args, Rest
from commands.core.context import Context, Role
from commands.core.errors import UserError
from commands.core.forms import KEYCAP
from commands.core.nodes import Inline
from commands.core.registry import command
from commands.core.registry import fold as fold_emoji
from commands.core.reply import Reply, reply
from commands.core.topics import Asks, Topic
from commands.matching.meeting import service, views
from commands.matching.meeting.service import Meeting
from config.languages import UI_LANGUAGES
from config.texts import texts
from config.words import fold
from storage import matching, practices
from storage.matching import Introduction, IntroductionPerson

_SHOWN = 5  # practices of the others


class MeetArgs(Args):
    """`!meet 2`, `!meet Tuesday 3pm`"""

    hour: Rest = ""


@command("meet", requires=Role.MEMBER)
def meet(ctx: Context, args: MeetArgs) -> Reply:
    """Agree on an hour in the room of an introduction, on another one, or call it off."""
    meeting = _here(ctx)
    typed = args.hour.strip()
    if not typed:
        return views.hours(ctx, meeting)
    if _says(typed, "meet.words.off"):
        return _call_off(ctx, meeting)
    number = _hour(ctx, meeting, _without_to(typed))
    at = service.hours(meeting.row, ctx.now)[number]
    if at == meeting.row.meets_at:
        return views.agreed(ctx, meeting, at, None, moved=False)
    if agreed := _suits(ctx, meeting, number):
        return agreed
    return replace(
        views.proposed(ctx, meeting, number, at), topic=introduction_hour.of(f"{meeting.row.id}-{number}")
    )


def _call_off(ctx: Context, meeting: Meeting) -> Reply:
    at = meeting.row.meets_at
    if at is None:
        if service.take_back(ctx.tx, meeting, ctx.sender):
            return reply(ctx.p("meet.taken_back"))
        raise UserError("meet.nothing_agreed", meet=ctx.call("meet", "2"))
    if at <= ctx.now:
        raise UserError("meet.over", moment=views.moment(ctx, at, meeting.zones), meet=_own(ctx))
    file = service.agree(ctx, meeting, None, views.title(ctx, meeting))
    return views.called_off(ctx, meeting, file)


def _own(ctx: Context) -> Inline:
    return ctx.call("meet", ctx.texts.raw("meet.example_time"))


def _without_to(typed: str) -> str:
    """An hour without the words that say that it is another one than before: `verschieben auf …`."""
    folded = typed.casefold()
    words = [
        word
        for language in UI_LANGUAGES
        for word in texts(language).raw("meet.words.move").split("|")
        if folded.startswith(f"{word} ")
    ]
    return typed[len(max(words, key=len, default="")) :].strip()


def _here(ctx: Context) -> Meeting:
    row = matching.introduction_in(ctx.tx, ctx.room_id)
    meeting = service.of(ctx.tx, ctx.network, row) if row else None
    if meeting is None or meeting.part(ctx.sender) is None:
        raise UserError("meet.only_in_room", match=ctx.call("match"))
    return meeting


def _hour(ctx: Context, meeting: Meeting, typed: str) -> int:
    """The number of one of the proposed hours, or of any other by its words."""
    digits = KEYCAP.sub(r"\1", typed).rstrip(".)")
    if not (digits.isascii() and digits.isdigit()):
        found = moments.when(typed, ctx)
        if found.rrule:
            raise UserError("meet.once")
        if found.at > ctx.now + service.FURTHEST:
            moment = views.moment(ctx, found.at, meeting.zones)
            raise UserError("meet.too_far", moment=moment, meet=_own(ctx))
        number = service.add_hour(ctx.tx, meeting, found.at)
        if number is None:
            raise UserError("meet.enough", meet=ctx.call("meet"))
        return number
    ahead = service.hours(meeting.row, ctx.now)
    if len(digits) > 2 or int(digits) not in ahead:
        raise UserError("meet.no_hour", number=digits[:9], meet=ctx.call("meet"))
    return int(digits)


def _suits(ctx: Context, meeting: Meeting, number: int) -> Reply | None:
    """Note that an hour suits the sender; it is agreed on once it suits all."""
    person = meeting.part(ctx.sender)
    at = service.choose(ctx.tx, meeting, person, number) if person else None
    if at is None:
        return None
    moved = meeting.row.meets_at is not None
    file = service.agree(ctx, meeting, at, views.title(ctx, meeting))
    return views.agreed(ctx, meeting, at, file, moved=moved)


def _chosen(ctx: Context, reference: str, emoji: str) -> Reply | None:
    """Note which hours suit somebody; the first that suits all is agreed on."""
    tapped = KEYCAP.fullmatch(emoji)
    row = matching.introduction(ctx.tx, int(reference))
    if tapped is None or row is None or row.room_id != ctx.room_id or row.meets_at:
        return None  # an hour that is agreed on is changed in words, not by chance
    return _chosen_number(ctx, row, int(tapped[1]))


def _chosen_number(ctx: Context, row: Introduction, number: int) -> Reply | None:
    meeting = service.of(ctx.tx, ctx.network, row)
    if meeting.part(ctx.sender) is None or number > len(row.hours):
        return None
    if number not in service.hours(row, ctx.now):
        raise UserError("meet.no_hour", number=str(number), meet=ctx.call("meet"))
    return _suits(ctx, meeting, number)


def _confirmed(ctx: Context, reference: str, emoji: str) -> Reply | None:
    """Note that the hour that somebody named suits another one, too."""
    number, _, hour = reference.partition("-")
    row = matching.introduction(ctx.tx, int(number))
    if fold_emoji(emoji) != views.YES or row is None or row.room_id != ctx.room_id:
        return None
    proposed = datetime.fromisoformat(row.hours[int(hour) - 1])
    return None if proposed == row.meets_at else _chosen_number(ctx, row, int(hour))


def _confirmed_in_words(ctx: Context, reference: str, text: str) -> Reply | None:
    """The same by a yes in reply; whatever else they say is talk among them."""
    return _confirmed(ctx, reference, views.YES) if questions.answer(ctx, text) else None


def _unchosen(ctx: Context, reaction: str) -> Reply | None:
    """An hour whose number is taken back does not suit any more; one that is agreed on stays."""
    row = matching.introduction_in(ctx.tx, ctx.room_id)
    person = service.of(ctx.tx, ctx.network, row).part(ctx.sender) if row else None
    if person:
        service.choose_no_longer(ctx.tx, person, reaction)
    return None


introduction_hours = Topic(service.HOURS, reacted=_chosen, untapped=_unchosen, requires=Role.MEMBER)
introduction_hour = Topic(
    "introduction_hour",
    reacted=_confirmed,
    replied=_confirmed_in_words,
    untapped=_unchosen,
    asks=True,
    requires=Role.MEMBER,
)


# --- afterwards


def _part(ctx: Context, reference: str) -> IntroductionPerson | None:
    row = matching.introduction(ctx.tx, int(reference))
    return service.of(ctx.tx, ctx.network, row).part(ctx.sender) if row else None


def _met(ctx: Context, reference: str, met: bool) -> Reply | None:
    person = _part(ctx, reference)
    if person is None:
        return None
    service.answer_met(ctx.tx, person, met=met)
    if not met:
        return views.not_met(ctx)
    return replace(views.took_home(ctx), topic=introduction_took.of(reference))


def _met_replied(ctx: Context, reference: str, text: str) -> Reply | None:
    if letters.is_command(text):
        return None
    if _says(text, "agree.words.yes"):
        return _met(ctx, reference, met=True)
    if _says(text, "agree.words.no") or _says(text, "meet.words.not_yet"):
        return _met(ctx, reference, met=False)
    if _denies(text):
        # "No, we never found a date", and "It was not long, but good": only they know.
        raise UserError("meet.yes_or_no", yes=views.YES, no=views.NO)
    return _took(ctx, reference, text)  # who tells what came of it has met them


def _took_tapped(ctx: Context, reference: str, emoji: str) -> Reply | None:
    return _took(ctx, reference, emoji) if KEYCAP.fullmatch(emoji) else None


def _took(ctx: Context, reference: str, text: str) -> Reply | None:
    """Take a number, or words of their own."""
    person = _part(ctx, reference)
    if person is None or letters.is_command(text):
        return None
    said = KEYCAP.sub(r"\1", text).strip().rstrip(".)")
    took = next((name for name in service.OUTCOMES if _says(said, f"meet.words.{name}")), None)
    if said.isascii() and said.isdigit():
        if not 1 <= int(said[:3]) <= len(service.OUTCOMES):
            raise UserError("meet.took_number", last=str(len(service.OUTCOMES)))
        took = service.OUTCOMES[int(said) - 1]
    elif took is None and len(said) > service.LONGEST_NOTE:
        raise UserError("meet.note_too_long", limit=ctx.texts.number(service.LONGEST_NOTE))
    service.answer_took(ctx.tx, person, took, None if took else text.strip())
    return views.noted(ctx, took, _practices_of_others(ctx, reference))


def _practices_of_others(ctx: Context, reference: str) -> list[practices.Practice]:
    row = matching.introduction(ctx.tx, int(reference))
    meeting = service.of(ctx.tx, ctx.network, row) if row else None
    others = [one.user_id for one in meeting.people if one.user_id != ctx.sender] if meeting else []
    found = [one for other in others for one in practices.written_by(ctx.tx, other)]
    return [one for one in found if one.status in practices.VISIBLE][:_SHOWN]


def _denies(typed: str) -> bool:
    """Whether there is a word in it by which it may say that they have not met."""
    said = f" {fold(typed)} "
    return any(
        f" {fold(word)} " in said
        for words in ("agree.words.no", "meet.words.denying")
        for language in UI_LANGUAGES
        for word in texts(language).raw(words).split("|")
    )


def _says(typed: str, words: str) -> bool:
    """Whether somebody means one of the words of a text, in any of our languages."""
    said = fold(typed)
    return any(
        said == fold(word) for language in UI_LANGUAGES for word in texts(language).raw(words).split("|")
    )


def _met_open(ctx: Context, reference: str) -> Asks:
    person = _part(ctx, reference)
    return Asks.YES_OR_NO | Asks.WORDS if person and person.met is None else Asks.NOTHING


def _took_open(ctx: Context, reference: str) -> Asks:
    person = _part(ctx, reference)
    return Asks.WORDS if person and person.met and person.took is None else Asks.NOTHING


introduction_met = Topic(
    service.MET, reacted=questions.tapped(_met), replied=_met_replied, requires=Role.MEMBER, open=_met_open
)
introduction_took = Topic(
    service.TOOK, reacted=_took_tapped, replied=_took, requires=Role.MEMBER, open=_took_open
)
