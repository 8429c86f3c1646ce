"""Watching themes and searches: what is watched, and who is told of what is new, once."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from commands.core import hours, letters
from commands.core.arguments import ArgumentError, unfilled
from commands.core.context import Context, Network, Role, holds
from commands.core.errors import UserError
from commands.practices import query, service
from commands.practices.query import Asked
from commands.practices.watching import views
from storage import members, practices, schedule, watching
from storage.database import Tx
from storage.practices import Practice
from storage.search import matching
from storage.watching import New, Watch

MOST_WATCHED = 20  # by one person
AT_ONCE = 50  # watchers that are looked after in one transaction
MOST_TOLD = 10  # practices in one alert
# What was published in the last minutes is told the next day: it may have been in a transaction that had
# not come to its end when an earlier alert looked.
SETTLED = timedelta(minutes=5)


def bookmark(ctx: Context, number: int) -> tuple[Practice, bool]:
    """Bookmark a practice; the second value tells whether it is new. Raises `UserError`."""
    practice = service.visible(ctx.tx, number)
    return practice, watching.bookmark(ctx.tx, ctx.sender, number)


def remove_bookmark(ctx: Context, number: int) -> None:
    """Take a bookmark away; raises `UserError` if there is none."""
    if not watching.remove_bookmark(ctx.tx, ctx.sender, number):
        raise UserError("bookmark.none_there", number=f"#{number}", bookmarks=ctx.call("bookmarks"))


# --- watching


def watch_theme(ctx: Context, typed: str) -> Watch:
    """Watch a theme; raises `ArgumentError` if there is none of that name."""
    try:
        theme = query.theme(typed, ctx)
    except UserError as error:
        raise ArgumentError(error.message_id, **error.parameters) from None
    return _watch(ctx, Asked(facets={"theme": [theme]}), theme=theme)


def watch_search(ctx: Context, typed: str) -> Watch:
    """Watch for what a search would find; raises `UserError` for a facet's value that does not exist."""
    asked = query.read(typed, ctx)
    if asked.empty or unfilled(typed):
        raise UserError("watch.search_empty")
    return _watch(ctx, asked, typed=" ".join(typed.split())[: query.LONGEST])


def _watch(ctx: Context, asked: Asked, *, theme: str | None = None, typed: str = "") -> Watch:
    watched = watching.watches(ctx.tx, ctx.sender)
    for known in watched:
        if (known.theme, known.words, known.facets) == (theme, asked.text, asked.facets):
            raise UserError("watch.known", what=views.what(ctx, known), number=str(known.number))
    if len(watched) >= MOST_WATCHED:
        raise UserError("watch.too_many", most=str(MOST_WATCHED), unwatch=ctx.call("unwatch", "1"))
    watch = Watch(
        user_id=ctx.sender,
        number=max((one.number for one in watched), default=0) + 1,
        theme=theme,
        typed=typed,
        words=asked.text,
        facets=asked.facets,
        created_at=ctx.now,
        seen_until=ctx.now,
    )
    watching.keep_watch(ctx.tx, watch)
    plan_alerts(ctx.tx, ctx.network, members.preference(ctx.tx, ctx.sender).timezone or "")
    return watch


def unwatch(ctx: Context, number: int) -> Watch:
    """Watch something no longer; raises `UserError` if it isn't watched."""
    for watch in watching.watches(ctx.tx, ctx.sender):
        if watch.number == number:
            watching.remove_watch(ctx.tx, watch)
            return watch
    raise UserError("watch.none_there", number=str(number), watch=ctx.call("watch"))


# --- telling of what is new


def plan_alerts(tx: Tx, network: Network, zone: str) -> None:
    """Have the watchers of a time zone told in their next morning; an empty zone is the network's."""
    clock = zone or network.timezone
    local = hours.morning(tx.now, clock)
    payload = {"zone": zone, "part": 1}
    schedule.plan(tx, f"alerts:{zone}:{local.date()}", "watch_alerts", local, clock, payload)


def alert(tx: Tx, network: Network, zone: str, until: datetime) -> bool:
    """Tell some watchers of a time zone what was published up to a moment; returns whether more are left.

    That they have seen it is noted in the same transaction, so that nobody is told twice or not at all.
    """
    since = watching.watched_since(tx, zone, until)
    new = watching.new_practices(tx, since, until) if since else []
    if not new:
        return False
    user_ids = watching.watchers(tx, zone, until, AT_ONCE)
    fitting = _Fitting(tx, new)
    for user_id, watches in watching.watches_of(tx, user_ids).items():
        told = fitting.of(user_id, watches)
        if told and holds(tx, network, user_id, Role.GUEST):
            ctx = letters.to_person(tx, network, user_id)
            listed = practices.listed(tx, list(told)[:MOST_TOLD])
            letters.write(ctx, views.alert(ctx, listed, told, others=len(told) - len(listed)))
    watching.mark_seen(tx, user_ids, until)
    return len(user_ids) == AT_ONCE


class _Fitting:
    """Which of the new practices fit what people watch; many watch the same."""

    def __init__(self, tx: Tx, new: list[New]) -> None:
        self.tx = tx
        self.new = new
        self._writers = {one.number: {one.author, *practices.coauthors(tx, one.number)} for one in new}
        self._found: dict[str, frozenset[int]] = {}

    def of(self, user_id: str, watches: list[Watch]) -> dict[int, Watch]:
        """The practices that are new for somebody, each with what it fits; their own are not."""
        told: dict[int, Watch] = {}
        for one in self.new:
            for watch in watches:
                new = one.published_at > watch.seen_until and user_id not in self._writers[one.number]
                if new and one.number in self._numbers(watch):
                    told.setdefault(one.number, watch)
        return told

    def _numbers(self, watch: Watch) -> frozenset[int]:
        key = json.dumps([watch.words, watch.facets], sort_keys=True)
        if key not in self._found:
            numbers = [one.number for one in self.new]
            self._found[key] = matching(self.tx, Asked(watch.words, watch.facets).query, numbers)
        return self._found[key]


def alert_part(tx: Tx, network: Network, zone: str, part: int, until: datetime) -> None:
    """One part of a morning's alerts; plans the next one if more watchers are left."""
    if part == 1:
        plan_alerts(tx, network, zone)
    if alert(tx, network, zone, until):
        payload = {"zone": zone, "part": part + 1, "until": until.isoformat()}
        key = f"alerts:{zone}:{until.isoformat()}:{part + 1}"
        schedule.plan(tx, key, "watch_alerts", tx.now.astimezone(UTC).replace(tzinfo=None), "UTC", payload)
