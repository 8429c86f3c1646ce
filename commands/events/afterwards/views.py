"""How it looks what comes after an event: to who came, and to its host."""

from __future__ import annotations

from datetime import datetime

from commands.core.context import Context
from commands.core.nodes import Block, Bullets, Paragraph, Quote, strong
from commands.core.reply import Attachment, Reply, reply
from commands.events.views import quiz_offer, reference
from storage.events import Event, EventFeedback, EventKind, EventMaterial

MATERIAL = "event_material"  # of the messages under which one sends files


def thanks(ctx: Context, event: Event, *, has_material: bool, recorded: bool) -> list[Block]:
    """Thanks to who came, and the two questions; `recorded` is whether it stands in their own record."""
    blocks: list[Block] = [
        ctx.p("event.thanks", event=strong(reference(event, ctx.language))),
        ctx.p("event.thanks_how", feedback=ctx.call("feedback", f"{event.number} …")),
    ]
    if has_material:
        blocks.append(ctx.p("event.thanks_material", material=ctx.call("material", str(event.number))))
    if recorded:
        blocks.append(ctx.p("event.thanks_recorded", record=ctx.call("record")))
    blocks += quiz_offer(ctx, event)
    return blocks


def verdict_noted(ctx: Context, event: Event, verdict: str) -> Reply:
    """The answer to who said how it was."""
    if verdict == "absent":
        is_training = event.kind == EventKind.TRAINING
        return reply(ctx.p("feedback.absent_training" if is_training else "feedback.absent"))
    return reply(ctx.p("feedback.verdict", feedback=ctx.call("feedback", f"{event.number} …")))


def words_noted(ctx: Context) -> Reply:
    """The answer to who said something about it in words."""
    return reply(ctx.p("feedback.words"))


def summary(ctx: Context, event: Event, original: datetime, said: list[EventFeedback]) -> list[Block]:
    """Tells the host what those who came said, without names."""
    date = ctx.texts.date(event.moved_dates.get(original, original).date())
    spoken = ctx.texts
    heard = [one for one in said if one.verdict or one.words]
    blocks: list[Block] = [
        ctx.p("event.summary", event=strong(reference(event, ctx.language)), date=date),
        Paragraph((ctx.n("event.summary_asked", len(said), heard=spoken.number(len(heard))),)),
    ]
    counted = [
        spoken.get(f"event.verdict.{verdict}", count=spoken.number(count))
        for verdict in ("good", "fair", "poor", "absent")
        if (count := sum(one.verdict == verdict for one in said))
    ]
    if counted:
        blocks.append(Bullets(tuple(counted)))
    # In the order of the words, which tells nothing of who said what and when.
    if words := sorted(one.words for one in said if one.words):
        blocks += [ctx.p("event.summary_words"), *(Quote(one) for one in words)]
    return [*blocks, ctx.p("event.summary_material", material=ctx.call("material", f"{event.number} …"))]


def new_material(ctx: Context, event: Event) -> list[Block]:
    """Tells who came that there is material now."""
    material = ctx.call("material", str(event.number))
    return [ctx.p("material.new", event=strong(reference(event, ctx.language)), material=material)]


def material(ctx: Context, event: Event, found: list[EventMaterial], *, mayadd: bool) -> Reply:
    """What belongs to an event; its files come with the answer."""
    add = ctx.p("material.how", material=ctx.call("material", f"{event.number} …"))
    told = strong(reference(event, ctx.language))
    how = (add,) if mayadd else ()
    topic = f"{MATERIAL}:{event.number}" if mayadd else None
    if not found:
        return Reply((ctx.p("material.none", event=told), *how), topic=topic)
    lines = tuple(one.words or ctx.texts.get("material.file", name=one.name) for one in found)
    files = tuple(
        Attachment(one.data, one.content_type, one.name)
        for one in found
        if one.data and one.content_type and one.name
    )
    return Reply((ctx.p("material.of", event=told), Bullets(lines), *how), attachments=files, topic=topic)


def material_added(ctx: Context, event: Event) -> Reply:
    """That something belongs to an event now."""
    material = ctx.call("material", str(event.number))
    told = ctx.p("material.added", event=strong(reference(event, ctx.language)), material=material)
    return Reply((told,), topic=f"{MATERIAL}:{event.number}")


def fetching(ctx: Context, event: Event, name: str) -> Reply:
    """That a file is being taken in."""
    return reply(ctx.p("material.fetching", name=name, event=strong(reference(event, ctx.language))))
