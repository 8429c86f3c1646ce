"""What the bot asked somebody in their direct chat and waits for: which of it plain words are meant for.

A reply to a message of the bot says itself what it is for. Most people just write, and answer what they were
asked last.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from commands.core.context import Context, Role
from commands.core.dialog import FORGOTTEN
from commands.core.errors import UserError
from commands.core.registry import Registry, fold
from commands.core.reply import Reply
from commands.core.topics import Asks, Names, Reacted, Replied, Topic
from commands.core.values import NO, YES, yes_or_no
from config.languages import UI_LANGUAGES
from config.texts import texts
from config.words import fold as folded
from config.words import spellings
from storage import outbox

ASKED_WITHIN = timedelta(days=14)  # afterwards plain words are no answer any more
_LOOKED_AT = 30  # messages of a chat
_SENTENCE = 4  # words; fewer are rather looked for
TICK, CROSS = "\N{WHITE HEAVY CHECK MARK}", "\N{CROSS MARK}"  # what is offered to be tapped
_SIGNS = (YES, NO, TICK, CROSS)
_TAPPED = {fold(TICK): True, fold(CROSS): False}
_NAME = 4  # words behind a greeting
_CHOICE = re.compile("[0-9]{1,2}[.)]?|[0-9]\N{VARIATION SELECTOR-16}?\N{COMBINING ENCLOSING KEYCAP}")

#: What becomes of a yes (or a no) under a message about something; None where it was not meant for that.
Decide = Callable[[Context, str, bool], Reply | None]


@dataclass(frozen=True)
class Open:
    """A question that waits for the sender's answer: by a message on this topic, about this of it.

    `last` is whether nothing was said in the chat after it.
    """

    topic: Topic
    reference: str
    asks: Asks
    asked_at: datetime
    last: bool

    def fresh(self, ctx: Context) -> bool:
        """Whether it was asked so lately that it is still in the person's mind."""
        return (ctx.sent_at or ctx.now) - self.asked_at <= FORGOTTEN

    def named(self, text: str) -> bool:
        """Whether words are one of the answers that it names."""
        return self.topic.names is not None and self.topic.names(text)


def asked(ctx: Context, registry: Registry) -> list[Open]:
    """The open questions in a direct chat, the latest first; of what was asked before the sender spoke."""
    found: dict[str, Open] = {}
    said_at = ctx.sent_at or ctx.now
    said = outbox.said_last(ctx.tx, (ctx.room_id, ctx.sender), said_at - ASKED_WITHIN, limit=_LOOKED_AT)
    for place, (written, at) in enumerate(said):
        known = registry.topic(written)
        if not written or written in found or at > said_at or known is None:
            continue
        topic, reference = known
        if topic.open and ctx.holds(topic.requires) and (asks := topic.open(ctx, reference)):
            if place and Asks.LINES in asks:
                continue  # "theme: climate" is a search again
            found[written] = Open(topic, reference, asks, at, place == 0)
    return list(found.values())


def meant(ctx: Context, waiting: list[Open], text: str) -> tuple[Open, bool] | None:
    """The question that words may answer, and whether that is sure; None where there is none, or several."""
    consents = says_yes_or_no(text)
    last = waiting[0] if waiting and waiting[0].last else None
    if last and Asks.LINES in last.asks and last.named(text):
        return last, last.fresh(ctx)
    simple = [one for one in waiting if Asks.YES_OR_NO in one.asks]
    if last and not (consents and simple and Asks.THANKS in last.asks):
        if Asks.WORDS not in last.asks:
            # What is no answer, the topic refuses.
            return (last, True) if last.asks & (Asks.YES_OR_NO | Asks.CHOICE) else None
        known = (consents and Asks.YES_OR_NO in last.asks) or _CHOICE.fullmatch(text.strip()) is not None
        tells = len(text.split()) >= _SENTENCE and "?" not in text and last.fresh(ctx)
        return last, Asks.THANKS not in last.asks and (known or tells)
    if consents and len(simple) == 1:
        return simple[0], simple[0].fresh(ctx)
    return None


def topic(
    name: str,
    decide: Decide,
    waits: Callable[[Context, str], bool],
    *,
    replied: Replied | None = None,
    names: Names | None = None,
) -> Topic:
    """The topic of messages that ask a member for a yes or a no, tapped or said, as long as it `waits`.

    `replied` takes their words where they may say more than that.
    """

    def said(ctx: Context, reference: str, words: str) -> Reply | None:
        yes = answer(ctx, words)
        return None if yes is None else decide(ctx, reference, yes)

    def asks(ctx: Context, reference: str) -> Asks:
        return Asks.YES_OR_NO if waits(ctx, reference) else Asks.NOTHING

    return Topic(
        name,
        reacted=tapped(decide),
        replied=replied or said,
        requires=Role.MEMBER,
        open=asks,
        names=names,
    )


def tapped(decide: Decide) -> Reacted:
    """Decides by the signs that are offered for a yes and a no; other taps mean nothing."""

    def reacted(ctx: Context, reference: str, emoji: str) -> Reply | None:
        yes = _TAPPED.get(fold(emoji))
        return None if yes is None else decide(ctx, reference, yes)

    return reacted


def answer(ctx: Context, text: str) -> bool | None:
    """Whether somebody says yes or no and nothing else, however kindly; None for everything else."""
    if (sign := _TAPPED.get(fold(text))) is not None:
        return sign
    try:
        return yes_or_no(text, ctx)
    except UserError:
        return None if "?" in text else _kindly(ctx, _without_closing(folded(text)))


def _kindly(ctx: Context, said: str) -> bool | None:
    """Whether folded words are a yes or a no among none but words of courtesy and the sender's name."""
    consents, yes = _taken_out("yes", said)
    refuses, no = _taken_out("no", said)
    signed = folded(ctx.member.name) if ctx.member else ""
    courteous = {word for words in (*_words("agree.kindly.words"), signed) for word in words.split()}
    if consents and courteous.issuperset(yes.split()):
        return True
    # "No, I'd love to" may be either.
    return False if refuses and not consents and courteous.issuperset(no.split()) else None


def _taken_out(answer: str, said: str) -> tuple[bool, str]:
    """Whether a yes (or a no) is said, and what is said besides."""
    known = _words(f"agree.kindly.{answer}") | _words(f"agree.words.{answer}")
    phrases = "|".join(re.escape(phrase) for phrase in sorted(known, key=len, reverse=True) if phrase)
    rest, count = re.subn(rf"(?<!\S)(?:{phrases})(?!\S)", "", said)
    return count > 0, rest


def _without_closing(said: str) -> str:
    """Folded words without the greeting at their end, and the name behind it."""
    closings = "|".join(map(re.escape, _words("agree.kindly.closings")))
    found = re.fullmatch(rf"(.*?) (?:{closings})((?: \S+){{0,{_NAME}}})", said)
    return found[1] if found else said


@cache
def _words(key: str) -> frozenset[str]:
    """The words of a key of the catalogues in all our languages, folded."""
    return frozenset(
        spelling
        for code in UI_LANGUAGES
        for word in texts(code).raw(key).split("|")
        for spelling in spellings(word)
    )


def says_yes_or_no(text: str) -> bool:
    """Whether a text is or begins with a yes or a no, in any of our languages."""
    said = f"{re.sub(r'[,.!;:–-]', ' ', fold(text))} "
    return fold(text).startswith(tuple(map(fold, _SIGNS))) or any(
        said.startswith(f"{fold(word)} ")
        for code in UI_LANGUAGES
        for answer in ("yes", "no")
        for word in texts(code).raw(f"agree.words.{answer}").split("|")
    )
