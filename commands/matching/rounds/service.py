"""When a round is, what it begins with, and what becomes of what was drawn."""

from __future__ import annotations

import hashlib
import secrets
from datetime import date, datetime, time, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

from commands.core import hours, letters
from commands.core.context import Network, Role, holds
from commands.matching import introductions, people, rules, service
from commands.matching.peers import peer
from commands.matching.rounds import views
from commands.matching.rounds.outcome import Outcome
from commands.matching.rules import Past, Peer
from storage import matching, members, rooms, rounds, schedule
from storage.database import Tx
from storage.rounds import Place, Round, RoundState

FEWEST = 4  # who take part; with fewer it would be the same two or three every month
HOUR = 9
NOTICE = timedelta(days=5)  # a Thursday, when the round is on a Tuesday
APART = timedelta(days=20)  # between two rounds that nobody has set
TOO_LATE = timedelta(days=3)  # a bot that was away for longer waits for the next month
TOLD_AFTER = timedelta(days=9)  # a Thursday again: by then most have answered
KEPT = timedelta(days=365)
AT_ONCE = 5  # groups asked in one transaction, and in one second: others want to talk to the bot as well
_A_MOMENT = timedelta(seconds=1)


# --- when


def first_tuesday(after: date) -> date:
    """The next first Tuesday of a month that comes after a day."""
    month = after.replace(day=1)
    while True:
        found = month + timedelta(days=(1 - month.weekday()) % 7)
        if found > after:
            return found
        month = (month + timedelta(days=31)).replace(day=1)


def moment(row: Round) -> datetime:
    """When a round begins."""
    return datetime.fromisoformat(row.local_time).replace(tzinfo=ZoneInfo(row.timezone))


def current(tx: Tx, network: Network) -> Round:
    """The round that is under way, put off or to come; the next one is planned here if there is none."""
    row = rounds.latest(tx)
    if row is not None and row.state != RoundState.OVER:
        return row
    today = tx.now.astimezone(ZoneInfo(network.timezone)).date()
    last = moment(row).date() if row else today
    row = Round(local_time="", timezone=network.timezone, seed=secrets.randbits(31), revision=0)
    set_for(tx, network, rounds.add(tx, row), _regular(max(today + NOTICE, last + APART)))
    return row


def _regular(after: date) -> datetime:
    return datetime.combine(first_tuesday(after), time(HOUR))


def set_for(tx: Tx, network: Network, row: Round, local: datetime) -> datetime:
    """Have a round begin at a local time of the network; the hub hears of it some days before, and at once
    if it has been told another day. Returns when it does, by the local time, too."""
    known = row.announced_at is not None and row.state == RoundState.PLANNED
    before = row.local_time
    row.local_time, row.timezone = local.isoformat(), network.timezone
    row.state, row.announced_at, row.drawn_at = RoundState.PLANNED, None, None
    row.revision += 1
    tx.flush()
    zone, key = network.timezone, f"{row.id}:{row.revision}"
    payload = {"round": row.id, "revision": row.revision}
    schedule.plan(tx, f"round_begin:{key}", "round_begin", local, zone, payload)
    soon = _before(local, hours.next_working_hour(tx.now, zone), network, tx)
    notice = max(tx.now, moment(row) - NOTICE + timedelta(hours=1))
    later = _before(local, hours.next_working_hour(notice, zone), network, tx)
    if known:
        moved = {**payload, "instead_of": before}
        schedule.plan(tx, f"round_moved:{key}", "round_announce", soon, zone, moved)
    if not known or later - soon > NOTICE:
        schedule.plan(tx, f"round_announce:{key}", "round_announce", later, zone, payload)
    return soon if known else later


def _before(begins: datetime, told: datetime, network: Network, tx: Tx) -> datetime:
    """When the hub is told: now, if there is no working hour left before the round begins."""
    now = tx.now.astimezone(ZoneInfo(network.timezone)).replace(tzinfo=None)
    return told if told < begins else now


def put_off(tx: Tx, network: Network, row: Round) -> Round:
    """Have no rounds until moderators want them again; the hub hears of it if it had heard of one to come.

    One that is under way ends here: nobody else is asked, and who was not comes first next time. Returns the
    round that is put off.
    """
    if row.state == RoundState.SENDING:
        if row.announced_at is not None and rounds.next_groups(tx, row.id or 0, 0, 1):
            hub = letters.to_room(tx, network, network.hub_room)
            letters.write(hub, views.stopped(hub, moment(row)))
        row.state = RoundState.OVER
        tx.flush()
        row = current(tx, network)
    if row.announced_at is not None and row.state != RoundState.OFF:
        hub = letters.to_room(tx, network, network.hub_room)
        letters.write(hub, views.called_off(hub, moment(row)))
    row.state, row.announced_at, row.drawn_at, row.wanted_by = RoundState.OFF, None, None, []
    row.revision += 1
    tx.flush()
    return row


def take_up(tx: Tx, network: Network, row: Round) -> datetime:
    """Have rounds again, the next one at the usual time; returns when it is announced."""
    today = tx.now.astimezone(ZoneInfo(network.timezone)).date()
    return set_for(tx, network, row, _regular(today + NOTICE))


def announce(tx: Tx, network: Network, row: Round, instead_of: str | None) -> None:
    """Tell the hub when the round is and how to take part or not, unless hardly anybody takes part; or that
    it is not on the day that it was told."""
    if moment(row) <= tx.now:
        return
    if instead_of is None and rounds.count_taking_part(tx, network.hub_room) < FEWEST:
        return
    if rooms.membership(tx, network.hub_room, network.user_id) != "join":
        return
    row.announced_at = tx.now
    tx.flush()
    hub = letters.to_room(tx, network, network.hub_room)
    earlier = datetime.fromisoformat(instead_of) if instead_of else None
    letters.write(hub, views.announcement(hub, moment(row), earlier))


def begin(tx: Tx, network: Network, row: Round) -> None:
    """Have it drawn; who meets whom is worked out by another process. With few people, or much too late, it
    waits for the next month."""
    late = tx.now - moment(row) > TOO_LATE
    if late or rounds.count_taking_part(tx, network.hub_room) < FEWEST:
        today = tx.now.astimezone(ZoneInfo(network.timezone)).date()
        set_for(tx, network, row, _regular(today + NOTICE))
        return
    row.state, row.drawn_at, row.wanted_by = RoundState.DRAWING, tx.now, []
    tx.flush()


def begin_now(tx: Tx, network: Network, row: Round) -> None:
    """Have it drawn at once; the hub hears of it if it had been told another day."""
    if row.announced_at is not None and row.state == RoundState.PLANNED:
        hub = letters.to_room(tx, network, network.hub_room)
        letters.write(hub, views.begins_early(hub, moment(row)))
    local = tx.now.astimezone(ZoneInfo(network.timezone)).replace(tzinfo=None, microsecond=0)
    row.local_time, row.timezone = local.isoformat(), network.timezone
    row.revision += 1
    row.state, row.drawn_at, row.wanted_by = RoundState.DRAWING, tx.now, []
    tx.flush()


# --- what it is drawn from


def everyone(tx: Tx, hub_room: str, row: Round) -> tuple[list[Peer], Past, str]:
    """Who takes part and what lies between them, and what tells whether it is the same as another time."""
    tx.now = row.drawn_at or tx.now
    waited = rounds.waited(tx, row.id or 0)
    why_not = matching.reasons_against(tx)
    zones = members.zones(tx)
    peers = [
        peer(
            one.member,
            one.offers,
            one.needs,
            zone=zones.get(one.member.user_id, ""),
            waited=waited.get(one.member.user_id, 0),
            why_not=why_not.get(one.member.user_id, ()),
        )
        for one in rounds.taking_part(tx, hub_room)
    ]
    past = service.past_of(tx, before=tx.now)
    digest = hashlib.sha256()
    for one in peers:
        digest.update(repr(one).encode())
    digest.update(repr((past.now, sorted(past.blocked), sorted(past.met.items()))).encode())
    return peers, past, digest.hexdigest()


# --- what was drawn


def is_being_drawn(row: Round, drawn_at: datetime | None) -> bool:
    """Whether a round still waits for what was drawn as of that moment."""
    return row.state == RoundState.DRAWING and row.drawn_at == drawn_at


def tell_preview(tx: Tx, network: Network, row: Round, outcome: Outcome) -> None:
    """Tell those who wanted a preview what would be drawn."""
    waiting, row.wanted_by = row.wanted_by, []
    tx.flush()
    for user_id in waiting:
        if holds(tx, network, user_id, Role.MODERATOR):
            to = letters.to_person(tx, network, user_id)
            letters.write(to, views.preview(to, outcome), about=user_id)


def keep(tx: Tx, row: Round, outcome: Outcome) -> None:
    """Keep what was drawn, and have the groups asked."""
    row.state, row.digest = RoundState.SENDING, outcome.digest
    row.peers, row.pairs, row.threes = outcome.peers, outcome.count(2), outcome.count(3)
    row.alone = outcome.count(1)
    tx.flush()
    rounds.keep_places(
        tx,
        row.id or 0,
        [
            {"user_id": user, "number": number, "value": group.value, "sort": sort}
            for number, group in enumerate(outcome.groups, 1)
            for user, sort in zip(group.people, group.sorts, strict=True)
        ],
    )
    go_on(tx, row, 0)


def go_on(tx: Tx, row: Round, after: int) -> None:
    """Have the next groups asked, in a moment."""
    payload = {"round": row.id, "after": after}
    local = (tx.now + _A_MOMENT).replace(tzinfo=None)
    # A chain that broke is taken up again by another key.
    schedule.plan(
        tx, f"round_send:{row.id}:{after}:{tx.now:%Y%m%d%H%M%S}", "round_send", local, "UTC", payload
    )


def still_fit(tx: Tx, network: Network, places: list[Place]) -> tuple[list[Place], list[Place]]:
    """Of a group, those who may still meet, and those who are left over; who does not take part any more is
    taken out of the round."""
    here: dict[str, Place] = {}
    for place in places:
        there = holds(tx, network, place.user_id, Role.MEMBER)
        if there and matching.participation(tx, place.user_id).active(tx.now):
            here[place.user_id] = place
        else:
            rounds.take_out(tx, place)
    past = service.past_of(tx, list(here))
    peers = [peer(one, (), ()) for user in here if (one := members.get(tx, user))]
    for size in range(len(peers), 1, -1):
        for some in combinations(peers, size):
            if not any(rules.obstacle(one, other, past) for one, other in combinations(some, 2)):
                together = [here.pop(one.user_id) for one in some]
                return together, list(here.values())
    return [], list(here.values())


def ask(tx: Tx, network: Network, row: Round, places: list[Place]) -> None:
    """Propose those of a group to each other, as far as they still fit; who is left over hears of it."""
    together, over = still_fit(tx, network, places)
    if together:
        introductions.propose(tx, network, [place.user_id for place in together], round_id=row.id)
    for place in over:
        leave(tx, network, row, place)
    for place in (*together, *over):
        place.dealt_with = True
    tx.flush()


def leave(tx: Tx, network: Network, row: Round, place: Place) -> None:
    """Let somebody be left over in a round, and tell them in their working hours."""
    place.number = rounds.number_of_their_own(tx, place)
    payload = {"round": row.id, "number": place.number}
    people.soon(tx, network, "round_alone", payload, [place.user_id])


def give_up(tx: Tx, round_id: int, number: int) -> None:
    """Leave those of a group over without a word; they come first next time."""
    for place in rounds.group(tx, round_id, number):
        place.number = rounds.number_of_their_own(tx, place)
        place.dealt_with = True
        tx.flush()


def finish(tx: Tx, network: Network, row: Round) -> None:
    """Everyone has been asked: plan the next round, and what the hub hears of this one."""
    row.state = RoundState.OVER
    tx.flush()
    told = hours.next_working_hour(tx.now + TOLD_AFTER, network.timezone)
    schedule.plan(tx, f"round_told:{row.id}", "round_told", told, network.timezone, {"round": row.id})
    current(tx, network)
