"""Trainings ahead on a matter, as others show them who don't know of events."""

from __future__ import annotations

from collections.abc import Sequence

from commands.core.context import Context
from commands.core.helping import Help, Helping, Matter
from commands.core.recurrence import Occurrence
from commands.events import service, views
from storage import events
from storage.events import Answer, Event, EventKind
from storage.search import themes_touched

_SETTLED = (Answer.GOING, Answer.WAITING, Answer.NOT_GOING)


def find(ctx: Context, matters: Sequence[Matter], most: int) -> list[list[Help]]:
    """The next trainings on the themes of each matter, by the reader's own clock; none that the reader has
    said something to, or hosts, and none twice."""
    said = {one.event for one in events.answers_of(ctx.tx, ctx.sender) if one.answer in _SETTLED}
    open_ = [
        one
        for one in events.not_over(ctx.tx)
        if one.kind == EventKind.TRAINING and one.number not in said and one.host != ctx.sender
    ]
    ahead = [(event, one) for event, one in service.ahead(ctx.tx, open_) if one]
    found = []
    for matter in matters:
        fitting = [pair for pair in ahead if not matter.near.isdisjoint(_themes(pair[0]))][:most]
        ahead = [pair for pair in ahead if pair not in fitting]
        found.append([_shown(ctx, *pair) for pair in fitting])
    return found


def _themes(event: Event) -> Sequence[str]:
    """What an event is about: by its words, where nobody has said so."""
    return event.themes or themes_touched(" ".join([*event.title.values(), *event.summary.values()]))


def _shown(ctx: Context, event: Event, one: Occurrence) -> Help:
    title, when = views.title(event, ctx.language), views.when(ctx, event, one)
    return Help(ctx.t("helping.training", title=title, when=when, event=ctx.call("event", str(event.number))))


TRAININGS = Helping("trainings", find)
