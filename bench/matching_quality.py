"""How good matching is by what this project judged over the forty sample members (`bench/judged/README.md`).

`python -m bench.matching_quality` prints it for all, and for those whom nothing was tuned for, by the marks
of either judge.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from itertools import combinations
from math import fsum, log2
from pathlib import Path

import rustworkx as rx

from bench.matching import NOW, sample
from commands.matching import rules
from commands.matching.rounds import drawing
from commands.matching.rules import Past, Peer, Subject

_JUDGED = Path(__file__).parent / "judged" / "members.json"
_FIRST = 3  # that are looked at
_PAST = Past(NOW)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    everyone = sample()
    some = [one for one in everyone if held_out(one)]
    for judge in (Judged(), Judged(second=True)):
        for name, chosen in (("all", everyone), ("held out", some)):
            print(f"{name}, by the {judge}:")
            of_round(judge, everyone, {one.user_id for one in chosen}, asked.seed)
            told("match", [of_match(judge, one, everyone) for one in chosen])
            told("offers for a need", [gain for one in chosen for gain in of_needs(judge, one, everyone)])


class Judged:
    """The grades of what the members offer and need, by each need: 2 would help, 1 is worth a talk. The first
    judge's, for whom things were tuned, or the `second` one's, who marked some of them otherwise."""

    def __init__(self, *, second: bool = False) -> None:
        known = json.loads(_JUDGED.read_text("utf-8"))["needs"]
        self._name = "second judge" if second else "first judge"
        self._grades: dict[str, dict[str, int]] = {
            need["need"]: {
                one["line"]: one.get("second", one["grade"]) if second else one["grade"]
                for one in need["helps"]
            }
            for need in known
        }

    def __str__(self) -> str:
        return self._name

    def need(self, need: str, line: str) -> int:
        """How much a line (`o07.1`, an offer, or `n07.1`, a need) helps with a need (`n12.1`)."""
        return self._grades[need].get(line, 0)

    def pair(self, a: Peer, b: Peer) -> int:
        """How much two members can help each other, in the better direction."""
        return max(
            (
                self.need(need, line)
                for one, other in ((a, b), (b, a))
                for need, _ in needs(one)
                for line, _ in (*needs(other), *offers(other))
            ),
            default=0,
        )


def held_out(peer: Peer) -> bool:
    """Whether nothing was tuned for somebody."""
    return int(peer.user_id[-2:]) % 3 == 0


def needs(peer: Peer) -> Iterator[tuple[str, Subject]]:
    """What somebody needs, by its name in the judged table."""
    yield from ((f"n{peer.user_id[-2:]}.{place}", need) for place, need in enumerate(peer.needs, 1))


def offers(peer: Peer) -> Iterator[tuple[str, Subject]]:
    """The same of what they offer."""
    yield from ((f"o{peer.user_id[-2:]}.{place}", offer) for place, offer in enumerate(peer.offers, 1))


def of_round(judge: Judged, everyone: Sequence[Peer], among: set[str], seed: int) -> None:
    """The grades of the pairs of a round, and of the best possible one, in which one of some people is."""
    drawn, _ = drawing.pair_up(everyone, _PAST, seed=seed)
    for name, pairs in (("round", drawn), ("best possible round", best_possible(judge, everyone))):
        grades = [judge.pair(one, other) for one, other in pairs if {one.user_id, other.user_id} & among]
        mean, nothing = sum(grades) / len(grades), grades.count(0) / len(grades)
        print(f"  {name}: {len(grades)} pairs graded {mean:.2f} on average, {nothing:.0%} of them 0")


def best_possible(judge: Judged, everyone: Sequence[Peer]) -> list[tuple[Peer, Peer]]:
    """The round with the best grades, pairing as many as can be."""
    graph: rx.PyGraph[int, int] = rx.PyGraph(multigraph=False)
    graph.add_nodes_from(range(len(everyone)))
    graph.add_edges_from(
        [
            (a, b, judge.pair(everyone[a], everyone[b]))
            for a, b in combinations(range(len(everyone)), 2)
            if not rules.obstacle(everyone[a], everyone[b], _PAST)
        ]
    )
    found = rx.max_weight_matching(graph, max_cardinality=True, weight_fn=int)
    return [(everyone[a], everyone[b]) for a, b in found]


def of_match(judge: Judged, one: Peer, everyone: Sequence[Peer]) -> float | None:
    """nDCG of whom somebody is shown, by the grades of the pairs."""
    return ndcg(
        [(value, judge.pair(one, other)) for other, value in rules.best_for(one, everyone, _PAST, 1_000)]
    )


def of_needs(judge: Judged, one: Peer, everyone: Sequence[Peer]) -> list[float | None]:
    """nDCG of the offers of all others for each need."""
    return [
        ndcg(
            [
                (rules.fit(need, offer), judge.need(name, line))
                for other in everyone
                if other is not one
                for line, offer in offers(other)
            ]
        )
        for name, need in needs(one)
    ]


def ndcg(found: Sequence[tuple[float, int]]) -> float | None:
    """nDCG of the first few of some grades by values; where values are equal the mean of the best and the
    worst order. None where there is nothing to be found."""
    best = _discounted(sorted((grade for _, grade in found), reverse=True))
    if not best:
        return None
    by_grade = sorted(found, key=lambda one: -one[1])
    orders = (by_grade, by_grade[::-1])  # the sort below leaves equals as they stand
    means = [_discounted([grade for _, grade in sorted(order, key=_highest)]) for order in orders]
    return sum(means) / len(means) / best


def _highest(one: tuple[float, int]) -> float:
    return -round(one[0], 6)


def _discounted(grades: Sequence[int]) -> float:
    return fsum((2**grade - 1) / log2(place + 2) for place, grade in enumerate(grades[:_FIRST]))


def told(name: str, found: Sequence[float | None]) -> None:
    """Print the mean of what there was to be found."""
    known = [gain for gain in found if gain is not None]
    print(
        f"  {name}: nDCG@{_FIRST} {sum(known) / len(known):.3f}, {len(known)} measured,"
        f" {len(found) - len(known)} for whom there is nobody"
    )


if __name__ == "__main__":
    main()
