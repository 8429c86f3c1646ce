"""What offering, needing and being matched mean."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from commands.core.context import Network
from commands.matching import rules
from commands.matching.peers import peer
from commands.matching.rules import Past, Peer, Reasons, Sort, pair
from config.words import fold, spellings
from storage import matching, members, rooms
from storage.database import Tx
from storage.matching import Participation
from storage.members import Member, Side
from storage.search import senses

SHOWN = 5
_MOST_NUMBERS = 99
_LOOKED_AT_CLOSELY = 200  # whose lines are read word by word; until then only themes are compared


# --- offers and needs


def lines(tx: Tx, user_id: str, side: Side) -> list[tuple[str, str]]:
    """What someone offers or needs: theme and text of each."""
    return [(line.theme, line.text) for line in members.lines(tx, user_id, side)]


def change_line(tx: Tx, user_id: str, side: Side, number: int, theme: str, text: str) -> None:
    """Put a line in the place of another."""
    known = lines(tx, user_id, side)
    known[number - 1] = (theme, text)
    members.replace_lines(tx, user_id, side, known)


def remove_line(tx: Tx, user_id: str, side: Side, number: int) -> None:
    """Take a line away."""
    known = lines(tx, user_id, side)
    members.replace_lines(tx, user_id, side, known[: number - 1] + known[number:])


# --- taking part


def take_part(tx: Tx, user_id: str, *, takes_part: bool, until: datetime | None = None) -> None:
    """Take part from now on, or not; `until` is when a pause ends."""
    row = matching.participation(tx, user_id)
    row.takes_part, row.snoozed_until, row.unanswered = takes_part, until, 0
    matching.keep(tx, row)


def go_by_name(tx: Tx, user_id: str, *, named: bool) -> None:
    """Let others read one's name before both agreed to meet, or not."""
    row = matching.participation(tx, user_id)
    row.named = named
    matching.keep(tx, row)


# --- who fits


@dataclass(frozen=True)
class Match:
    """Someone to meet, and why; `named` is whether their name may be said already."""

    member: Member
    named: bool
    why: Reasons


def best(tx: Tx, network: Network, member: Member) -> list[Match]:
    """The few whom a member should meet now, best first; they are remembered by their numbers."""
    parts = matching.participations(tx)
    own = parts.get(member.user_id) or Participation(user_id=member.user_id)
    here = {person.user_id for person in rooms.people(tx, network.hub_room)}
    known = {one.user_id: one for one in members.everyone(tx) if one.user_id in here}
    known[member.user_id] = member
    offers, needs = matching.lines_of_all(tx, "offer"), matching.lines_of_all(tx, "need")
    why_not = matching.reasons_against(tx)
    zones = members.zones(tx)
    past = past_of(tx)

    def see(one: Member, read: Callable[[str], tuple[str, ...]]) -> Peer:
        part = parts.get(one.user_id)
        return peer(
            one,
            offers.get(one.user_id, ()),
            needs.get(one.user_id, ()),
            zone=zones.get(one.user_id, ""),
            takes_part=part is None or part.active(tx.now) or one is member,
            why_not=why_not.get(one.user_id, ()),
            read=read,
        )

    from_afar = rules.best_for(
        see(member, _unread), (see(one, _unread) for one in known.values()), past, _LOOKED_AT_CLOSELY
    )
    closely = (see(known[one.user_id], senses) for one, _ in from_afar)
    me = see(member, senses)
    found = [
        Match(
            known[other.user_id],
            other.user_id not in parts or parts[other.user_id].named,
            rules.reasons(me, other, tx.now),
        )
        for other, _ in rules.best_for(me, closely, past, SHOWN)
    ]
    # Nobody is shown without a reason as long as there are others.
    found = [one for one in found if one.why.sort is not Sort.NEW] or found
    found.sort(key=_nearest_first)
    shown = [one.member.user_id for one in found]
    elsewhere = own.shown[SHOWN:]
    own.shown = [*shown, *[""] * (SHOWN - len(shown)), *elsewhere] if elsewhere else shown
    matching.keep(tx, own)
    return found


def _nearest_first(one: Match) -> tuple[int, bool]:
    """By how near the best that they offer is to what somebody needs; then those whom they could help."""
    gets = list(rules.Near).index(one.why.gets[0].near) if one.why.gets else len(rules.Near)
    return gets, not one.why.gives


def _unread(_text: str) -> tuple[str, ...]:
    return ()


def past_of(
    tx: Tx,
    among: Sequence[str] | None = None,
    *,
    without: int | None = None,
    before: datetime | None = None,
) -> Past:
    """Who blocked whom, and who was introduced to whom, but for one introduction, and before a moment; what
    was declined or not answered counts as well, so that nobody is proposed again at once. Whoever asks about
    a few people only should say so: of everyone this is much to read."""
    met: dict[rules.Pair, datetime] = {}
    for number, one, other, moment in matching.proposed_pairs(tx, among):
        if number != without and (before is None or moment < before):
            met[one, other] = max(met.get((one, other), moment), moment)
    blocked = frozenset(pair(row.user_id, row.blocked_id) for row in matching.all_blocked(tx, among))
    return Past(tx.now, blocked, met)


def shown(tx: Tx, user_id: str, number: int) -> Member | None:
    """Whom someone was shown last under a number, if they are still there."""
    known = matching.participation(tx, user_id).shown
    return members.get(tx, known[number - 1]) if 0 < number <= len(known) and known[number - 1] else None


def numbered(tx: Tx, user_id: str, people: Sequence[str]) -> dict[str, int]:
    """The numbers under which someone can have people introduced whom they are shown outside of `match`.

    They follow those of `match`, and stay whoever is shown later: of what was read earlier no number means
    anybody else. Only after the last number that there is they begin anew.
    """
    row = matching.participation(tx, user_id)
    known = [*row.shown, *[""] * (SHOWN - len(row.shown))]
    new = [one for one in people if one not in known[SHOWN:]]
    if len(known) + len(new) > _MOST_NUMBERS:
        known, new = known[:SHOWN], list(people)
    row.shown = known + new
    matching.keep(tx, row)
    return {one: row.shown.index(one, SHOWN) + 1 for one in people}


def named(tx: Tx, text: str) -> list[Member]:
    """The members that a name means, or the Matrix id of somebody who shows it; a part of a name will do, and
    organisation and city tell apart those of the same name."""
    text = text.strip()
    if text.startswith("@"):
        found = members.get(tx, text.rstrip(".,"))
        return [found] if found and found.contact_visible else []
    keys = spellings(text) - {""}
    everyone = members.everyone(tx)
    exactly = [one for one in everyone if keys & spellings(one.name)]
    words = fold(text).split()
    return exactly or [
        one
        for one in everyone
        if words
        and all(f" {word}" in f" {fold(f'{one.name} {one.organisation} {one.city}')}" for word in words)
    ]
