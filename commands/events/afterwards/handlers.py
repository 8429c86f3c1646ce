"""What a person types or taps after an event."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from commands.core import incoming, letters
from commands.core.arguments import Args, RestOf
from commands.core.contents import safe_name
from commands.core.context import Context
from commands.core.registry import command
from commands.core.registry import fold as fold_emoji
from commands.core.reply import Reply
from commands.core.topics import Asks, Fetched, Topic
from commands.events import service as of_events
from commands.events.afterwards import service, views
from commands.events.arguments import numbered, words_of
from config.words import fold
from storage import events
from storage.events import Event, EventFeedback


class FeedbackArgs(Args):
    """`!feedback 3 more time for questions`"""

    feedback: Annotated[str, RestOf()]


@command("feedback", private=True)
def feedback(ctx: Context, args: FeedbackArgs) -> Reply:
    """Say how an event was."""
    number, words = numbered(ctx, args.feedback)
    event = of_events.visible(ctx, number)
    return _said(ctx.privately(), event, service.asked_last(ctx, event), words)


def _said(ctx: Context, event: Event, one: EventFeedback, words: str) -> Reply:
    """Take words as one of the four verdicts, by number or name, or as what they say."""
    verdict = _verdict(words)
    if verdict:
        service.keep_verdict(ctx, one, verdict)
        noted = views.verdict_noted(ctx, event, verdict)
        return replace(noted, topic=_words_awaited(one, verdict), private=True, about=ctx.sender)
    service.keep_words(ctx, one, words)
    return replace(views.words_noted(ctx), private=True, about=ctx.sender)


def _words_awaited(one: EventFeedback, verdict: str) -> str | None:
    """What the answer to a verdict is about: the words that may follow belong to the same date."""
    return None if verdict == "absent" else feedback_topic.of(f"{one.event}/{one.start.isoformat()}")


def _verdict(words: str) -> str | None:
    typed = fold_emoji(words.strip().rstrip(".!"))
    for place, (emoji, verdict) in enumerate(service.VERDICTS.items(), 1):
        if typed in (fold_emoji(emoji), str(place)) or fold(typed) in words_of(f"feedback.words.{verdict}"):
            return verdict
    return None


def feedback_reacted(ctx: Context, reference: str, emoji: str) -> Reply | None:
    """A tap under the thanks says how it was."""
    asked, verdict = service.asked(ctx, reference), _verdict(emoji)
    if asked is None or verdict is None:
        return None
    service.keep_verdict(ctx, asked[1], verdict)
    return replace(views.verdict_noted(ctx, asked[0], verdict), topic=_words_awaited(asked[1], verdict))


def feedback_replied(ctx: Context, reference: str, text: str) -> Reply | None:
    """A reply to the thanks answers the questions."""
    asked = service.asked(ctx, reference)
    if asked is None or letters.is_command(text):
        return None
    return _said(ctx, *asked, text)


def feedback_open(ctx: Context, reference: str) -> Asks:
    """They have said nothing of their own yet."""
    asked = service.asked(ctx, reference)
    return Asks.WORDS if asked and asked[1].words is None else Asks.NOTHING


feedback_topic = Topic(
    service.FEEDBACK,
    reacted=feedback_reacted,
    replied=feedback_replied,
    open=feedback_open,
    names=lambda words: _verdict(words) is not None,
)


class MaterialArgs(Args):
    """`!material 3`, `!material 3 https://example.org/slides`"""

    material: Annotated[str, RestOf()]


@command("material")
def material(ctx: Context, args: MaterialArgs) -> Reply:
    """Get the material of an event, or add to it as its host."""
    number, words = numbered(ctx, args.material)
    if words:
        event = of_events.editable(ctx, number)
        service.add_words(ctx, event, words)
        return views.material_added(ctx, event)
    event = of_events.visible(ctx, number)
    found = events.materials(ctx.tx, event.number)
    return views.material(ctx, event, found, mayadd=of_events.may_edit(ctx, event))


def file_sent(ctx: Context, reference: str, content: dict[str, Any]) -> Reply:
    """A file in reply becomes material of the event."""
    event = of_events.editable(ctx, int(reference))
    service.room_for_material(ctx, event)
    name = incoming.fetch(ctx, content, f"{views.MATERIAL}:{event.number}")
    return views.fetching(ctx, event, name)


def file_fetched(ctx: Context, reference: str, brought: Fetched) -> Reply:
    """Keep the file that has come."""
    event = of_events.editable(ctx, int(reference))
    content_type, data = incoming.opened(ctx, brought)
    service.add_file(ctx, event, safe_name(brought.name, content_type), content_type, data)
    return views.material_added(ctx, event)


material_topic = Topic(views.MATERIAL, file=file_sent, fetched=file_fetched, awaits_file=True)
