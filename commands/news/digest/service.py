"""Who gets the digest and when, and its way there: once for each room and member in a week."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog

from commands.core import letters
from commands.core.context import Context, Network, Role, holds
from commands.core.errors import UserError
from commands.core.forms import within
from commands.core.render import content, render
from commands.news.digest import rules, views
from commands.news.digest.week import Reader, Week
from storage import digest, members, outbox, practices, rooms
from storage.database import Tx
from storage.digest import Digest, Pick
from storage.practices import VISIBLE, Practice

log = structlog.get_logger("digest")

WEEKDAY, HOUR = 0, 9  # where nothing else was said: Monday at nine
A_WEEK = timedelta(days=7)
AT_ONCE = 10  # digests that are written in one transaction, so that the chat goes on between
# What was done in the last moment before is told the next time: it may have been in a transaction that had
# not come to its end when the digest looked.
SETTLED = timedelta(minutes=1)
PICKS_KEPT = timedelta(days=90)
LONGEST_REASON = 200  # characters


# --- how it is set


def lane(ctx: Context) -> str:
    """Whose digest is meant here: the room's, or in the direct chat the sender's own."""
    return ctx.sender if ctx.direct else ctx.room_id


def zone(tx: Tx, network: Network, row: Digest) -> str:
    """By whose clock a digest is due."""
    own = members.preference(tx, row.lane).timezone if row.lane.startswith("@") else None
    return row.timezone or own or network.timezone


def configure(
    ctx: Context, *, weekday: int | None = None, hour: int | None = None, timezone: str | None = None
) -> Digest:
    """Have the digest come here, on another day, at another hour or by another clock if one is given."""
    row = digest.of(ctx.tx, lane(ctx)) or _new(ctx)
    if not row.active:
        row.active, row.since = True, max(row.since, _a_week_ago(ctx))
    row.weekday = row.weekday if weekday is None else weekday
    row.hour = row.hour if hour is None else hour
    row.timezone = timezone or row.timezone
    _plan(ctx.tx, row, zone(ctx.tx, ctx.network, row))
    digest.wake(ctx.tx, row.next_at)
    return row


def _new(ctx: Context) -> Digest:
    return Digest(
        lane=lane(ctx), active=False, weekday=WEEKDAY, hour=HOUR, since=_a_week_ago(ctx), next_at=ctx.now
    )


def _a_week_ago(ctx: Context) -> datetime:
    # To the day: whoever begins in one week is told of the same, which is read only once.
    return (ctx.now - A_WEEK).replace(hour=0, minute=0, second=0, microsecond=0)


def turn_off(ctx: Context) -> None:
    """Have the digest come here no longer; what was set stays for another time."""
    row = digest.of(ctx.tx, lane(ctx))
    if row:
        row.active = False
        digest.keep(ctx.tx, row)


def _plan(tx: Tx, row: Digest, clock: str) -> None:
    row.next_at = rules.next_at(tx.now, row.weekday, row.hour, clock, row.week)
    digest.keep(tx, row)


# --- what moderators picked


def picked(tx: Tx) -> list[tuple[Pick, Practice]]:
    """What was picked in the last week, in that order."""
    found = [(one, practices.get(tx, one.practice)) for one in digest.picks(tx, tx.now - A_WEEK, tx.now)]
    return [(one, practice) for one, practice in found if practice]


def pick(ctx: Context, number: int, reason: str) -> Practice:
    """Put a practice first in the next digests; raises `UserError`."""
    practice = practices.get(ctx.tx, number)
    if practice is None or practice.status not in VISIBLE:
        raise UserError("practice.not_found", number=f"#{number}")
    reason = within(reason, LONGEST_REASON)
    row = digest.pick(ctx.tx, number) or Pick(practice=number, at=ctx.now)
    row.reason, row.by, row.at = reason, ctx.sender, ctx.now
    digest.keep(ctx.tx, row)
    return practice


def unpick(ctx: Context, number: int) -> None:
    """Take a practice back out of the next digests; raises `UserError` if it was not picked."""
    row = digest.pick(ctx.tx, number)
    if row is None or row.at <= ctx.now - A_WEEK:
        raise UserError("pick.none_there", number=f"#{number}", pick=ctx.call("pick"))
    digest.remove_pick(ctx.tx, row)


# --- who reads it


def reader(tx: Tx, network: Network, row: Digest) -> Reader | None:
    """Who reads a digest; None if nobody does any more: the bot is no longer in the room, or the member is no
    longer one."""
    clock = zone(tx, network, row)
    if row.lane.startswith("@"):
        member = members.get(tx, row.lane) if holds(tx, network, row.lane, Role.MEMBER) else None
        to = letters.to_person(tx, network, row.lane)
        return Reader(to, clock, frozenset(member.themes)) if member else None
    room = rooms.get(tx, row.lane)
    if room is None or room.membership != "join":
        return None
    return Reader(letters.to_room(tx, network, row.lane), clock)


def preview(ctx: Context) -> views.Blocks:
    """What the digest of the room, or the sender's own, would say now; () for nothing."""
    row = digest.of(ctx.tx, lane(ctx)) or _new(ctx)
    there = reader(ctx.tx, ctx.network, row)
    if there is None:
        return ()
    week = Week(ctx.tx, row.since if row.active else _a_week_ago(ctx), ctx.now)
    greeted = views.greeting(there.to, week) if there.themes is None else ()
    return (*views.digest(there, week), *greeted)


# --- sending it


@dataclass
class _Run:
    """Some digests written in one transaction: what many of them have in common is worked out once."""

    tx: Tx
    network: Network
    weeks: dict[tuple[datetime, datetime], Week] = field(default_factory=dict)
    written: dict[tuple[Any, ...], dict[str, Any] | None] = field(default_factory=dict)

    def deliver(self, row: Digest) -> None:
        """Send one digest, if there is anything to tell, and plan the next."""
        there = reader(self.tx, self.network, row)
        if there is None:
            row.active = False
            digest.keep(self.tx, row)
            return
        # What was due may not be any more: the reader may have moved to another zone meanwhile.
        due = rules.last_at(self.tx.now, row.weekday, row.hour, there.zone)
        now = rules.week(due, there.zone)
        late = self.tx.now - due > rules.LATE
        if not late and (row.week is None or now > row.week):
            if morning := rules.morning_after(self.tx.now, there.zone):
                row.next_at = morning
                digest.keep(self.tx, row)
                return
            until = max(row.since, due - SETTLED)
            # The keys in the outbox are those of this digest and this week, which there can be only once; but
            # for a week of which a clock that was ahead had told before.
            with self.tx.caused_by(f"digest:{row.id}:{now}:{row.since.isoformat()}"):
                if self._write(there, self._week(row.since, until)):
                    row.week = now
            row.since = until
        _plan(self.tx, row, there.zone)

    def _week(self, since: datetime, until: datetime) -> Week:
        return self.weeks.setdefault((since, until), Week(self.tx, since, until))

    def _write(self, there: Reader, week: Week) -> bool:
        to = there.to
        themselves = to.sender if to.sender in week.people else None
        key = (week.since, week.until, to.language, there.zone, there.themes, themselves)
        if key not in self.written:
            told = views.digest(there, week)
            self.written[key] = content(render(told)) if told else None
        said = self.written[key]
        if said:
            outbox.message(self.tx, to.room_id, said)
        # Names stand in a message of their own, which can be taken back without the rest.
        if there.themes is not None or not week.newcomers:
            return said is not None
        about = tuple(one.user_id for one in week.newcomers)
        letters.write(to, views.greeting(to, week), about=about)
        return True


def send_due(tx: Tx, network: Network, part: int) -> None:
    """Send some of the digests that are due; has itself called again while there are more."""
    found = digest.due(tx, AT_ONCE)
    run = _Run(tx, network)
    for row in found:
        number = row.id
        try:
            with tx.savepoint():
                run.deliver(row)
        except Exception as error:
            # It must not keep others from theirs, nor come again and again.
            log.exception("digest_failed", digest=number, error=type(error).__name__)
            run = _Run(tx, network)
            row.next_at = tx.now + A_WEEK
            digest.keep(tx, row)
    for moment in {row.next_at for row in found if row.active}:
        digest.wake(tx, moment)
    if len(found) == AT_ONCE:
        digest.wake(tx, tx.now, part + 1)


def look_after(tx: Tx, network: Network) -> None:
    """See to it that what is due is sent, whatever became of the row that was to wake us, and what was told
    while a clock was ahead is told when its time has come; forget what was picked long ago."""
    if digest.due(tx, 1):
        digest.wake(tx, tx.now)
    for row in digest.told_after(tx, tx.now + rules.LATE):
        row.since, row.week = tx.now - A_WEEK, None
        _plan(tx, row, zone(tx, network, row))
        digest.wake(tx, row.next_at)
    digest.forget_picks_before(tx, tx.now - PICKS_KEPT)
