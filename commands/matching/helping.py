"""People who offer something on a matter, as others show them who don't know of matching."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from commands.core.context import Context
from commands.core.helping import Help, Helping, Matter
from commands.matching import rules, service, views
from commands.matching.introductions import MOST_A_WEEK, WEEK
from commands.matching.people import as_peer, named
from commands.matching.rules import Subject
from storage import matching, members
from storage.matching import Said
from storage.members import Member
from storage.search import meaning

_LOOKED_AT = 200  # people whose lines are read word by word

_Found = tuple[Member, Said]


def find(ctx: Context, matters: Sequence[Matter], most: int) -> list[list[Help]]:
    """Members who offer something on each matter and may be introduced to the sender; those first who said
    so of the matter itself, nobody who was asked as often as may be this week, and nobody twice."""
    if ctx.member is None or not matching.participation(ctx.tx, ctx.sender).active(ctx.now):
        return [[] for _ in matters]
    offers = matching.lines_of_all(ctx.tx, "offer")
    seen: set[str] = set()
    found = [list(_on(ctx, ctx.member, matter, offers, seen, most)) for matter in matters]
    people = [member.user_id for some in found for member, _ in some]
    numbers = service.numbered(ctx.tx, ctx.sender, people)
    return [[_shown(ctx, *one, numbers[one[0].user_id]) for one in some] for some in found]


def _on(
    ctx: Context, me: Member, matter: Matter, offers: dict[str, list[Said]], seen: set[str], most: int
) -> Iterator[_Found]:
    mine = as_peer(ctx.tx, ctx.network, me)
    left = most
    for line in _ranked(matter, offers):
        if not left:
            return
        if line.user_id in seen or (other := members.get(ctx.tx, line.user_id)) is None:
            continue
        past = service.past_of(ctx.tx, (me.user_id, other.user_id))
        if rules.obstacle(mine, as_peer(ctx.tx, ctx.network, other), past):
            continue
        if len(matching.requests_since(ctx.tx, other.user_id, ctx.now - WEEK)) >= MOST_A_WEEK:
            continue
        seen.add(other.user_id)
        left -= 1
        yield other, line


def _ranked(matter: Matter, offers: dict[str, list[Said]]) -> list[Said]:
    """Of everyone who offers something on a matter what fits best, the best first."""
    on_it = [[line for line in lines if line.theme in matter.near] for lines in offers.values()]
    by_themes = sorted(
        (lines for lines in on_it if lines),
        key=lambda lines: (
            lines[0].user_id not in matter.known_to,
            not any(line.theme in matter.themes for line in lines),
            lines[0].user_id,
        ),
    )
    tokens = meaning(matter.words)
    needs = [Subject(theme, matter.words, tokens) for theme in matter.themes]

    def fit(line: Said) -> float:
        offer = Subject(line.theme, line.text, meaning(line.text))
        return max(rules.fit(need, offer) for need in needs)

    best = [max(((fit(line), line) for line in lines), key=_fit) for lines in by_themes[:_LOOKED_AT]]
    best.sort(key=lambda one: (one[1].user_id not in matter.known_to, -one[0], one[1].user_id))
    return [line for _, line in best]


def _fit(valued: tuple[float, Said]) -> float:
    return valued[0]


def _shown(ctx: Context, member: Member, line: Said, number: int) -> Help:
    who = views.who(ctx, member, named=named(ctx.tx, member.user_id))
    introduce = ctx.call("introduce", str(number))
    return Help(ctx.t("helping.person", who=who, offer=line.text, introduce=introduce), member.user_id)


PEOPLE = Helping("people", find)
