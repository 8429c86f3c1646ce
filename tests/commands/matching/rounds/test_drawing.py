"""A round pairs everyone who can be paired, never a forbidden pair, and as well as can be."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import matching as bench
from commands.matching import rules
from commands.matching.rounds import drawing
from commands.matching.rules import Past, Peer, pair
from tests.commands.matching import peers as made
from tests.commands.matching.peers import NOTHING, NOW

EXACT = 1e-4  # the values of a round are kept with half as many digits


@given(st.data(), st.integers(1, 20))
def test_no_forbidden_pair_and_nobody_twice(data: st.DataObject, candidates: int) -> None:
    """Everyone who takes part is in one group or left over, and all of a group may meet."""
    everyone = data.draw(made.peers())
    past = data.draw(made.pasts(everyone))
    drawn = drawing.draw(everyone, past, seed=1, candidates=candidates)
    named = [*drawn.left, *(user for group in drawn.groups for user in group)]
    assert sorted(named) == [peer.user_id for peer in everyone if peer.takes_part]
    known = {peer.user_id: peer for peer in everyone}
    for group in drawn.groups:
        assert len(group) in (2, 3)
        for one, other in combinations(group, 2):
            assert rules.obstacle(known[one], known[other], past) is None


@given(st.data())
def test_it_is_the_best_of_all_possible_rounds(data: st.DataObject) -> None:
    """Compared with every way to pair up to ten people: as many as possible, then those who have waited,
    then the greatest value."""
    everyone = [peer for peer in data.draw(made.peers()) if peer.takes_part]
    past = data.draw(made.pasts(everyone))
    paired, _alone = drawing.pair_up(everyone, past)
    ours = _worth([(one, other) for one, other in paired], past)
    best = max(_worth(ways, past) for ways in _all_ways(everyone, past))
    assert ours[:2] == best[:2]
    assert ours[2] == pytest.approx(best[2], abs=EXACT)


@given(st.data(), st.integers(1, 3))
def test_everyone_who_can_be_paired_is_however_few_candidates(data: st.DataObject, candidates: int) -> None:
    """Where the best few of each do not suffice, the others are looked at as well."""
    everyone = [peer for peer in data.draw(made.peers()) if peer.takes_part]
    past = data.draw(made.pasts(everyone))
    paired, _alone = drawing.pair_up(everyone, past, candidates)
    assert len(paired) == max(len(ways) for ways in _all_ways(everyone, past))


@given(st.data())
def test_a_round_is_the_same_for_the_same_seed(data: st.DataObject) -> None:
    """In whatever order the members come."""
    everyone = data.draw(made.peers())
    past = data.draw(made.pasts(everyone))
    shuffled = data.draw(st.permutations(everyone))
    assert drawing.draw(everyone, past, seed=7) == drawing.draw(shuffled, past, seed=7)


@given(st.data())
def test_whoever_can_join_a_pair_is_not_left_over(data: st.DataObject) -> None:
    """An odd one makes a group of three wherever they may."""
    everyone = data.draw(made.peers())
    past = data.draw(made.pasts(everyone))
    drawn = drawing.draw(everyone, past, seed=3)
    known = {peer.user_id: peer for peer in everyone}
    for user in drawn.left:
        for group in drawn.groups:
            may = all(rules.obstacle(known[user], known[other], past) is None for other in group)
            assert len(group) == 3 or not may


@given(st.data())
def test_the_values_of_a_round_are_those_of_the_rules(data: st.DataObject) -> None:
    """What is worked out for many pairs at once is what is worked out, and explained, for one."""
    everyone = [peer for peer in data.draw(made.peers()) if peer.takes_part]
    past = data.draw(made.pasts(everyone))
    values = drawing.values_of(everyone, past)
    for a, one in enumerate(everyone):
        for b, other in enumerate(everyone):
            if rules.obstacle(one, other, past):
                assert values[a, b] == -float("inf")
            else:
                assert values[a, b] == pytest.approx(rules.score(one, other, past), abs=EXACT)


def test_who_was_left_out_is_paired_next_time() -> None:
    """Of three of whom only two can be paired, the one who waited is among them."""
    hub, one, other = (
        Peer(f"@{name}:x.org", city, "DK", languages, ())
        for name, city, languages in (
            ("hub", "a", ("en", "de")),
            ("one", "b", ("en",)),
            ("two", "c", ("de",)),
        )
    )
    for waiting in (one, other):
        everyone = [replace(peer, waited=int(peer is waiting)) for peer in (hub, one, other)]
        drawn = drawing.draw(everyone, NOTHING, seed=1)
        assert drawn.groups == (tuple(sorted((hub.user_id, waiting.user_id))),)


def test_hundreds_lose_hardly_anything_by_looking_at_the_best_few_only() -> None:
    """At least 99 percent of the value of the best matching of all possible pairs."""
    everyone = bench.members(400, chance(5))  # a thousand, in `bench.matching`, take too long for here
    few, _ = drawing.pair_up(everyone, NOTHING)
    assert len(few) == 200
    assert bench.value(few, NOTHING) >= 0.99 * bench.complete(everyone)


def test_rounds_month_after_month_do_not_repeat_a_pair_within_half_a_year() -> None:
    """And nobody is left over as long as there is a pair to join."""
    everyone = bench.members(120, chance(6))
    met: dict[rules.Pair, list[int]] = {}
    last: dict[rules.Pair, datetime] = {}
    now = NOW
    for month in range(8):
        drawn = drawing.draw(everyone, Past(now, met=last), seed=month)
        assert not drawn.left
        for group in drawn.groups:
            for one, other in combinations(group, 2):
                met.setdefault(pair(one, other), []).append(month)
                last[pair(one, other)] = now
        now += timedelta(days=30)
    assert all(later - earlier > 6 for months in met.values() for earlier, later in pairwise(months))


def test_a_large_network_is_divided_by_language_and_theme(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everyone is in one block; within it most share a language, and the odd ones of the blocks meet."""
    monkeypatch.setattr(drawing, "LARGEST_BLOCK", 60)
    monkeypatch.setattr(drawing, "BLOCK", 51)
    everyone = bench.members(255, chance(7))
    blocks = drawing.divide(everyone, chance(1))
    assert sorted(map(len, blocks)) == [51] * 5
    assert sorted(peer.user_id for block in blocks for peer in block) == sorted(p.user_id for p in everyone)
    drawn = drawing.draw(everyone, NOTHING, seed=1)
    assert not drawn.left
    assert sorted(map(len, drawn.groups))[-2:] == [2, 3]


def chance(seed: int) -> random.Random:
    """The same chance each time."""
    return random.Random(seed)  # noqa: S311  # nothing here is secret


def _all_ways(everyone: list[Peer], past: Past) -> Iterator[list[tuple[Peer, Peer]]]:
    """Every way to pair some of these people."""
    if not everyone:
        yield []
        return
    first, *rest = everyone
    yield from _all_ways(rest, past)
    for other in rest:
        if rules.obstacle(first, other, past) is None:
            remaining = [peer for peer in rest if peer is not other]
            yield from ([(first, other), *ways] for ways in _all_ways(remaining, past))


def _worth(pairs: list[tuple[Peer, Peer]], past: Past) -> tuple[int, int, float]:
    waited = sum(peer.waited > 0 for both in pairs for peer in both)
    return len(pairs), waited, bench.value(pairs, past)
