"""A round: everyone who takes part is paired at once, so that the values of all pairs together are greatest.

Pure functions, and the only ones that need numpy and rustworkx: whoever imports this module (a worker
process) pays their memory. The values of `commands.matching.rules` are worked out here for many pairs at
once; a test holds both to the same figures.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

import numpy as np
import rustworkx as rx
from numpy.typing import NDArray

from commands.matching import rules
from commands.matching.rules import Pair, Past, Peer

CANDIDATES = 20
MOST_CANDIDATES = 160
LARGEST_BLOCK = 3_000  # members whose matching is solved as a whole; more are divided
BLOCK = 2_500
_ROWS = 256  # members whose pairs are valued at a time: bounds the memory
_ALIKE = 0.02  # values that differ by less are as good as equal in choosing candidates
_ENOUGH_PAIRS = 2_000  # to find a good one to join
_UNITS = 1_000_000  # rustworkx wants whole numbers

Floats: TypeAlias = NDArray[np.float32]
Places: TypeAlias = NDArray[np.intp]
Edges: TypeAlias = dict[tuple[int, int], float]


@dataclass(frozen=True)
class Round:
    """The outcome: groups of two or, where somebody would have been left over, three; and whom nobody was
    allowed to meet. All by Matrix id, in order."""

    groups: tuple[tuple[str, ...], ...]
    left: tuple[str, ...]


def draw(peers: Iterable[Peer], past: Past, *, seed: int, candidates: int = CANDIDATES) -> Round:
    """Pair everyone who takes part and can be paired.

    The same peers, past and seed give the same round, whatever order they come in. It pairs as many as
    possible, leaves out as few as possible of those who have waited, and is of the greatest value after that.
    What is looked at are the best `candidates` of each; that nobody more could be paired is certain for up to
    `MOST_CANDIDATES` members, and beyond `LARGEST_BLOCK` all holds within blocks.
    """
    everyone = sorted((peer for peer in peers if peer.takes_part), key=lambda peer: peer.user_id)
    chance = random.Random(seed)  # noqa: S311  # a round has to be repeatable, not secret
    chance.shuffle(everyone)
    pairs: list[tuple[Peer, ...]] = []
    over: list[Peer] = []
    blocks = divide(everyone, chance)
    for block, theirs in zip(blocks, _shares(past, blocks), strict=True):
        found, alone = pair_up(block, theirs, candidates, seed=seed)
        pairs += found
        over += alone
    if len(everyone) > LARGEST_BLOCK and len(over) > 1:  # each block may have one of its own
        found, alone = pair_up(over[:LARGEST_BLOCK], past, candidates, seed=seed)
        pairs += found
        over = [*alone, *over[LARGEST_BLOCK:]]
    groups, left = _make_room(pairs, over, past)
    return Round(
        tuple(sorted(tuple(sorted(peer.user_id for peer in group)) for group in groups)),
        tuple(sorted(peer.user_id for peer in left)),
    )


# --- blocks


def divide(everyone: Sequence[Peer], chance: random.Random) -> list[list[Peer]]:
    """Blocks that are small enough to be solved as a whole: by language, and by theme so that those who need
    something are with those who offer it. All in one block if there are few."""
    if len(everyone) <= LARGEST_BLOCK:
        return [list(everyone)]
    spoken = Counter(code for peer in everyone for code in peer.languages)

    def place(peer: Peer) -> tuple[int, str, str]:
        language = max(peer.languages, key=lambda code: (spoken[code], code), default="")
        return -spoken[language], language, _theme(peer, chance)

    ordered = [peer for _, peer in sorted(((place(peer), peer) for peer in everyone), key=lambda one: one[0])]
    count = -(-len(ordered) // BLOCK)
    return [ordered[len(ordered) * n // count : len(ordered) * (n + 1) // count] for n in range(count)]


def _shares(past: Past, blocks: Sequence[Sequence[Peer]]) -> list[Past]:
    """Of the past, what lies within each block."""
    if len(blocks) == 1:
        return [past]
    place = {peer.user_id: number for number, block in enumerate(blocks) for peer in block}
    met: list[dict[Pair, datetime]] = [{} for _ in blocks]
    blocked: list[set[Pair]] = [set() for _ in blocks]
    for both in past.met:
        if (number := place.get(both[0], -1)) == place.get(both[1], -2):
            met[number][both] = past.met[both]
    for both in past.blocked:
        if (number := place.get(both[0], -1)) == place.get(both[1], -2):
            blocked[number].add(both)
    return [Past(past.now, frozenset(b), m) for b, m in zip(blocked, met, strict=True)]


def _theme(peer: Peer, chance: random.Random) -> str:
    """The theme in whose block someone goes: of half of them what they need, else what they offer."""
    lines = [*peer.needs, *peer.offers][:: chance.choice((1, -1))]
    return lines[0].theme if lines else peer.themes[0] if peer.themes else ""


# --- a block


def pair_up(
    peers: Sequence[Peer], past: Past, candidates: int = CANDIDATES, *, seed: int = 0
) -> tuple[list[tuple[Peer, Peer]], list[Peer]]:
    """The best pairs of a block, as many as there can be, and who remains.

    Where many need what few offer, the best few of each leave people over. These look at each other first,
    and then at more of all others, `MOST_CANDIDATES` at most.
    """
    values = values_of(peers, past)
    edges = _best(values, candidates, seed)
    mate, alone = _solve(peers, edges)
    if len(alone) > len(peers) % 2:
        among = values[np.ix_(alone, alone)]
        for one, others in zip(alone, _highest(among, candidates), strict=True):
            _look_at(edges, values, one, [alone[other] for other in others])
        mate, alone = _solve(peers, edges)
    while len(alone) > len(peers) % 2 and candidates < min(len(peers), MOST_CANDIDATES):
        candidates = min(2 * candidates, MOST_CANDIDATES)
        _widen(values, edges, mate, alone, candidates)
        mate, alone = _solve(peers, edges)
    pairs = [(peers[one], peers[other]) for one, other in sorted(mate.items()) if one < other]
    return pairs, [peers[one] for one in alone]


def _best(values: Floats, candidates: int, seed: int) -> Edges:
    """The pairs worth looking at: for each the best others by twice the value less the other's popularity.

    By value alone everybody's best are the same few, and many find nobody. For the same reason chance decides
    among equals.
    """
    count = len(values)
    many = min(candidates, count - 1)
    if many < 1:
        return {}
    best = -np.partition(-values, many - 1, axis=1)[:, :many]
    popularity = np.where(best > -np.inf, best, 0.0).mean(axis=1)
    chance = np.random.default_rng(seed)
    edges: Edges = {}
    for start in range(0, count, _ROWS):
        wanted = 2 * values[start : start + _ROWS] - popularity
        wanted += chance.random(wanted.shape, np.float32) * _ALIKE
        for row, chosen in enumerate(_highest(wanted, many), start):
            _look_at(edges, values, row, chosen)
    return edges


def _highest(values: Floats, many: int) -> list[list[int]]:
    """The places of the highest values of each row."""
    many = min(many, values.shape[1])
    found: list[list[int]] = np.argpartition(-values, many - 1, axis=1)[:, :many].tolist()
    return found


def _look_at(edges: Edges, values: Floats, one: int, others: Iterable[int]) -> None:
    """Add the pairs of one with others, as far as they are allowed."""
    for other in others:
        if (value := float(values[one, other])) > -np.inf:
            edges[min(one, other), max(one, other)] = value


def _solve(peers: Sequence[Peer], edges: Edges) -> tuple[dict[int, int], list[int]]:
    """Who meets whom, both ways, and who is alone: as many as possible, then those who have waited, then the
    greatest value."""
    graph: rx.PyGraph[int, int] = rx.PyGraph(multigraph=False)
    graph.add_nodes_from(range(len(peers)))
    first = _UNITS * len(peers)  # more than all values together
    waited = [first if peer.waited else 0 for peer in peers]
    graph.add_edges_from(
        [(a, b, round(value * _UNITS) + waited[a] + waited[b]) for (a, b), value in sorted(edges.items())]
    )
    found = rx.max_weight_matching(graph, max_cardinality=True, weight_fn=int)
    mate = {one: other for a, b in found for one, other in ((a, b), (b, a))}
    return mate, [one for one in range(len(peers)) if one not in mate]


def _widen(values: Floats, edges: Edges, mate: dict[int, int], alone: list[int], candidates: int) -> None:
    """Add the best pairs, so many of each, of all from whom a row of swaps could end with more pairs.

    Once these have all their pairs, no matching is larger (Edmonds): whoever remains can't be paired.
    """
    neighbours: defaultdict[int, set[int]] = defaultdict(set)
    for a, b in edges:
        neighbours[a].add(b)
        neighbours[b].add(a)
    reached = set(alone)
    row = list(alone)
    while row:
        for other in neighbours[row.pop()]:
            if (next_one := mate.get(other)) is not None and next_one not in reached:
                reached.add(next_one)
                row.append(next_one)
    more = sorted(reached)
    for one, others in zip(more, _highest(values[more], candidates), strict=True):
        _look_at(edges, values, one, others)


# --- who is left over


def _make_room(
    pairs: list[tuple[Peer, ...]], over: list[Peer], past: Past
) -> tuple[list[tuple[Peer, ...]], list[Peer]]:
    """Let those who are left over join the pair that suits them best; who may join none remains."""
    left: list[Peer] = []
    for peer in sorted(over, key=lambda peer: -peer.waited):
        best: tuple[float, int] | None = None
        for place, group in enumerate(pairs):
            if place >= _ENOUGH_PAIRS and best:
                break
            if len(group) == 2 and not any(rules.obstacle(peer, member, past) for member in group):
                worth = sum(rules.score(peer, member, past) for member in group)
                best = max(best, (worth, place)) if best else (worth, place)
        if best:
            pairs[best[1]] = (*pairs[best[1]], peer)
        else:
            left.append(peer)
    return pairs, left


# --- the values of all pairs of a block


def values_of(peers: Sequence[Peer], past: Past) -> Floats:
    """The value of each pair as `rules.score` has it; minus infinity for what is forbidden."""
    help_, same_need = _helps(peers)
    reach = _reach(peers, past.now)
    countries = _numbered([peer.country for peer in peers])
    cities = _numbered([(peer.city, peer.country) for peer in peers])
    sizes = np.array([rules.SIZES.index(peer.size) if peer.size else -1 for peer in peers], np.float32)
    languages = _indicators([dict.fromkeys(peer.languages, 1.0) for peer in peers])
    nearby = np.array([peer.nearby for peer in peers], bool)
    busy = np.array([rules.BUSY if peer.busy else 1.0 for peer in peers], np.float32)
    ground = _indicators([_unit(rules.ground(peer.themes)) for peer in peers])
    values = np.empty((len(peers), len(peers)), np.float32)
    for start in range(0, len(peers), _ROWS):
        rows = slice(start, start + _ROWS)
        to, fro = help_[rows], help_[:, rows].T
        both = to + fro
        mutual = np.divide(2 * to * fro, both, out=np.zeros_like(both), where=both > 0)
        apart = np.abs(sizes[rows, None] - sizes[None]) / (len(rules.SIZES) - 1)
        unknown = (sizes[rows, None] < 0) | (sizes[None] < 0)
        value = (
            rules.MUTUAL * mutual
            + rules.LARGER * np.maximum(np.maximum(to, fro), rules.TOGETHER * same_need[rows])
            + rules.THEMES * (ground[rows] @ ground.T)
            + rules.ABROAD
            * ((countries[rows, None] == countries[None]) == (nearby[rows, None] | nearby[None]))
            + rules.SIZE * np.where(unknown, rules.UNKNOWN_SIZE, 1 - apart)
        )
        value *= busy[rows, None] * busy[None] * reach(rows)
        value[(cities[rows, None] == cities[None]) | (languages[rows] @ languages.T == 0)] = -np.inf
        values[rows] = value
    _look_back(values, peers, past)
    return values


def _reach(peers: Sequence[Peer], now: datetime) -> Callable[[slice], Floats]:
    """How much the pairs of some people with all others count by their common working hours."""
    zones = {"": 0, **{zone: number for number, zone in enumerate({peer.zone for peer in peers} - {""}, 1)}}
    known = list(zones)
    table = np.array(
        [[rules.within_reach(rules.hours_between(one, other, now)) for other in known] for one in known],
        np.float32,
    )
    place = np.array([zones[peer.zone] for peer in peers], np.intp)
    return lambda rows: table[place[rows]][:, place]


def _look_back(values: Floats, peers: Sequence[Peer], past: Past) -> None:
    """Lower or forbid the pairs that have met or blocked each other."""
    place = {peer.user_id: number for number, peer in enumerate(peers)}
    known = [(one, other) for one, other in {*past.met, *past.blocked} if one in place and other in place]
    for one, other in known:
        a, b = place[one], place[other]
        if rules.obstacle(peers[a], peers[b], past):
            values[a, b] = values[b, a] = -np.inf
        else:
            fresh = rules.freshness(past.met.get((one, other)), past.now)
            values[a, b] *= fresh
            values[b, a] = values[a, b]


class _Lines:
    """What the lines of some people mean, to be compared with one after the other: only what has a word, a
    concept or a theme in common with it is looked at."""

    def __init__(self, meant: Sequence[Sequence[Mapping[str, float]]]) -> None:
        self._people = len(meant)
        self._owners, self._starts = _owned([len(lines) for lines in meant])
        lines = [line for lines in meant for line in lines]
        self._count = len(lines)
        holding: defaultdict[str, tuple[list[int], list[float]]] = defaultdict(lambda: ([], []))
        for place, line in enumerate(lines):
            for token, weight in line.items():
                places, weights = holding[token]
                places.append(place)
                weights.append(weight)
        self._holding = {
            token: (np.array(places), np.array(weights, np.float32))
            for token, (places, weights) in holding.items()
        }

    def nearest(self, line: Mapping[str, float]) -> Floats:
        """How near to a line the nearest of each person is: 0 to 1."""
        best = np.zeros(self._people, np.float32)
        if self._count:
            found = np.zeros(self._count, np.float32)
            for token, weight in line.items():
                if held := self._holding.get(token):
                    places, weights = held
                    found[places] += np.float32(weight) * weights
            np.minimum(found, 1.0, out=found)
            best[self._owners] = np.maximum.reduceat(found, self._starts)
        return best


def _owned(counts: Sequence[int]) -> tuple[Places, Places]:
    """Who has lines at all, and where theirs begin among those of all."""
    ends = np.cumsum(counts, dtype=np.intp) if counts else np.zeros(0, np.intp)
    owners = np.flatnonzero(counts)
    return owners, (ends - np.array(counts, np.intp))[owners]


def _helps(peers: Sequence[Peer]) -> tuple[Floats, Floats]:
    """How well what each other (column) offers meets what each (row) needs: `rules.helps`; and how much both
    look for the same: `rules.alike_in_needs`."""
    help_ = np.zeros((len(peers), len(peers)), np.float32)
    same = np.zeros_like(help_)
    offers = _Lines([[rules.sense(line.theme, line.tokens) for line in peer.offers] for peer in peers])
    needs = _Lines([[rules.words(line.tokens, line.theme) for line in peer.needs] for peer in peers])
    works = _Works(peers)
    for row, peer in enumerate(peers):
        if peer.needs:
            offered = [offers.nearest(rules.sense(need.theme, need.tokens)) for need in peer.needs]
            needed = [needs.nearest(rules.words(need.tokens, need.theme)) for need in peer.needs]
            field = [works.on(need.theme) for need in peer.needs]
            best = np.maximum(_worth(np.stack(offered)), np.stack(field))
            for place, need in enumerate(peer.needs):
                if need.spoken:
                    able = np.array([rules.speaks(giver, need) for giver in peers])
                    value = best[place]
                    best[place] = np.where(able, np.maximum(value, rules.BY_LANGUAGE), rules.UNSPOKEN * value)
            help_[row] = rules.BEST_NEED * best.max(axis=0) + (1 - rules.BEST_NEED) * best.mean(axis=0)
            same[row] = _worth(np.stack(needed).max(axis=0))
    return help_, same


def _worth(fits: Floats) -> Floats:
    """`rules.worth` of many."""
    beyond: Floats = np.maximum(fits - np.float32(rules.UNRELATED), 0) / np.float32(1 - rules.UNRELATED)
    return np.sqrt(beyond)


class _Works:
    """What some people work on; each theme is compared with it once."""

    def __init__(self, peers: Sequence[Peer]) -> None:
        self._people = len(peers)
        self._worker, self._worked_on = _columns([peer.themes for peer in peers])
        self._known: dict[str, Floats] = {}

    def on(self, theme: str) -> Floats:
        """How much each person helps with a theme by working on it, or on one near to it."""
        if theme not in self._known:
            found = np.zeros(self._people, np.float32)
            np.maximum.at(found, self._worker, rules.BY_FIELD * _nearness(theme, self._worked_on))
            self._known[theme] = found
        return self._known[theme]


def _columns(rows: Sequence[Sequence[str]]) -> tuple[Places, list[str]]:
    """The items of all rows one after the other, and the row of each."""
    numbers = [number for number, row in enumerate(rows) for _ in row]
    return np.array(numbers, np.intp), [item for row in rows for item in row]


def _nearness(theme: str, others: Sequence[str]) -> Floats:
    return np.array([rules.nearness(theme, other) for other in others], np.float32)


def _numbered(values: Sequence[object]) -> NDArray[np.int32]:
    """Equal numbers for equal values."""
    numbers: dict[object, int] = {}
    return np.array([numbers.setdefault(value, len(numbers)) for value in values], np.int32)


def _unit(vector: dict[str, float]) -> dict[str, float]:
    length = rules.length(vector)
    return {name: value / length for name, value in vector.items()}


def _indicators(rows: Sequence[dict[str, float]]) -> Floats:
    """A row for each, a column for each name that any of them has."""
    names: dict[str, int] = {}
    for row in rows:
        for name in row:
            names.setdefault(name, len(names))
    found = np.zeros((len(rows), max(1, len(names))), np.float32)
    for number, row in enumerate(rows):
        for name, value in row.items():
            found[number, names[name]] = value
    return found
