"""Rounds of matching: how long they take, how much memory, and whether they keep their promises.

`python -m bench.matching` draws rounds of 1,000 and 10,000 synthetic members and twenty in a row of 1,000;
`--members 100000` one of so many; `--sample` shows the round of the forty sample members with what they read.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import combinations
from typing import Any, cast

from bench.figures import machine
from commands.core.context import Context, Network
from commands.core.nodes import Bullets
from commands.core.render import render
from commands.matching import rules, views
from commands.matching.peers import peer
from commands.matching.rounds import drawing
from commands.matching.rules import Pair, Past, Peer, Subject
from config.data import read_json
from config.languages import UI_LANGUAGES
from config.themes import themes
from storage.database import Tx
from storage.members import Line, Member

NOW = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
A_MONTH = timedelta(days=30)


def main() -> None:
    """Draw what was asked for and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, nargs="*", default=[1_000, 10_000])
    parser.add_argument("--rounds", type=int, default=20, help="rounds in a row (0: none)")
    parser.add_argument("--among", type=int, default=1_000, help="members of the rounds in a row")
    parser.add_argument("--sample", action="store_true", help="only show the round of the sample members")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    if asked.sample:
        show_sample(asked.seed)
        return
    print(machine())
    for count in asked.members:
        one_round(count, asked.seed)
    if asked.rounds:
        many_rounds(asked.among, asked.rounds, asked.seed)
        against_all(asked.among, asked.seed)


def one_round(count: int, seed: int) -> None:
    """One round of so many, with its time and the memory of the whole process."""
    everyone = members(count, random.Random(seed))
    before, busy = time.perf_counter(), time.process_time()
    drawn = drawing.draw(everyone, Past(NOW), seed=seed)
    took, busy = time.perf_counter() - before, time.process_time() - busy
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    known = {one.user_id: one for one in everyone}
    pairs = [(known[group[0]], known[group[1]]) for group in drawn.groups if len(group) == 2]
    worth = value(pairs, Past(NOW)) / len(pairs)
    print(
        f"{count:,} members: {took:.1f} s ({busy:.1f} s of CPU), {memory:.0f} MB at most,"
        f" load {os.getloadavg()[0]:.1f}; {len(pairs):,} pairs worth {worth:.3f} on average,"
        f" {sum(len(group) == 3 for group in drawn.groups)} of three, {len(drawn.left)} left"
    )


def many_rounds(count: int, months: int, seed: int) -> None:
    """Rounds month after month among the same members."""
    everyone = members(count, random.Random(seed))
    last: dict[Pair, datetime] = {}
    now, repeated, most_left, worth = NOW, 0, 0, []
    known = {one.user_id: one for one in everyone}
    for month in range(months):
        past = Past(now, met=dict(last))
        drawn = drawing.draw(everyone, past, seed=seed + month)
        most_left = max(most_left, len(drawn.left))
        pairs = [rules.pair(one, other) for group in drawn.groups for one, other in combinations(group, 2)]
        repeated += sum(now - last[both] < rules.APART for both in pairs if both in last)
        worth.append(value([(known[one], known[other]) for one, other in pairs], past) / len(pairs))
        last |= dict.fromkeys(pairs, now)
        now += A_MONTH
    print(
        f"{months} monthly rounds of {count:,}: {repeated} pairs again within six months,"
        f" at most {most_left} left; value of a pair {worth[0]:.3f} at first, {worth[-1]:.3f} at last"
    )


def against_all(count: int, seed: int) -> None:
    """How much of the best matching of all possible pairs is had by looking at the best few of each."""
    everyone = members(count, random.Random(seed))
    pairs, _ = drawing.pair_up(everyone, Past(NOW))
    part = value(pairs, Past(NOW)) / complete(everyone)
    print(f"{count:,} members: {part:.2%} of the value of the best matching of all possible pairs")


def value(pairs: Iterable[Sequence[Peer]], past: Past) -> float:
    """What pairs are worth together."""
    return sum(rules.score(one, other, past) for one, other in pairs)


def complete(everyone: list[Peer]) -> float:
    """The value of the best matching when all possible pairs are looked at."""
    pairs, _ = drawing.pair_up(everyone, Past(NOW), len(everyone))
    return value(pairs, Past(NOW))


# --- members


@cache
def sample() -> tuple[Peer, ...]:
    """The forty members of the demo's network."""
    zones = {record["id"]: record["timezone"] for record in read_json("network.json")["members"]}
    return tuple(peer(*one, zone=zones[one[0].user_id]) for one in described())


def described() -> Iterator[tuple[Member, list[Line], list[Line]]]:
    """The same, as the database has them: each with what they offer and need."""
    return map(_described, read_json("network.json")["members"])


def _described(record: dict[str, Any]) -> tuple[Member, list[Line], list[Line]]:
    fields = ("name", "organisation", "kind", "city", "country", "population", "languages", "themes")
    member = Member(
        **{name: record[name] for name in fields},
        user_id=record["id"],
        consent_version="fictional",
        consent_at=NOW,
        registered_at=NOW,
        updated_at=NOW,
    )
    offers, needs = (
        [Line(user_id=member.user_id, side=side, **line) for line in record[f"{side}s"]]
        for side in ("offer", "need")
    )
    return member, offers, needs


def members(count: int, chance: random.Random) -> list[Peer]:
    """Synthetic members shaped like the forty: their places' countries, languages and sizes, and themes and
    lines mixed anew; about three to a city."""
    like = sample()
    offered = [subject for one in like for subject in one.offers]
    needed = [subject for one in like for subject in one.needs]
    return [_synthetic(number, count, chance, like, offered, needed) for number in range(count)]


def _synthetic(
    number: int,
    count: int,
    chance: random.Random,
    like: Sequence[Peer],
    offered: Sequence[Subject],
    needed: Sequence[Subject],
) -> Peer:
    model = chance.choice(like)
    offers = tuple(_line(chance.choice(offered), chance) for _ in range(chance.choice((1, 1, 2, 2, 3))))
    needs = tuple(_line(chance.choice(needed), chance) for _ in range(chance.choice((1, 1, 1, 2))))
    own = dict.fromkeys([offer.theme for offer in offers] + [chance.choice(model.themes)])
    return Peer(
        user_id=f"@m{number:06}:example.org",
        city=f"{model.city} {chance.randrange(max(1, count // 3))}",
        country=model.country,
        languages=model.languages,
        themes=tuple(own),
        size=model.size,
        zone=model.zone,
        offers=offers,
        needs=needs,
    )


def _line(subject: Subject, chance: random.Random) -> Subject:
    """A line of the same theme, or of one beside it, with some of the words and one or two of others."""
    theme = subject.theme
    if chance.random() < 0.5:
        theme = chance.choice([one.id for one in themes().children(rules.upper(theme))])
    kept = [token for token in subject.tokens if chance.random() < 0.7]
    other = [f"k_other_{int(chance.paretovariate(0.5)) % 1_000}" for _ in range(chance.choice((1, 2)))]
    return Subject(theme, subject.text, tuple(dict.fromkeys([*kept, *other])))


# --- the sample


def show_sample(seed: int) -> None:
    """Who meets whom of the forty, and what each of them reads about why, in their language."""
    known = {one.user_id: one for one in sample()}
    names = {record["id"]: record for record in read_json("network.json")["members"]}
    drawn = drawing.draw(known.values(), Past(NOW), seed=seed)
    for group in drawn.groups:
        for one, other in combinations(group, 2):
            a, b = known[one], known[other]
            print(f"{_who(names[one])} – {_who(names[other])}: {rules.score(a, b, Past(NOW)):.2f}")
            for reader, met in ((a, b), (b, a)):
                ctx, why = _reading(reader), rules.reasons(reader, met, NOW)
                lines = views.reasons(ctx, why, names[met.user_id]["name"])
                if views.only_helps(why):
                    lines.insert(0, ctx.t("introduce.you_help"))
                told = render((Bullets(tuple(lines)),)).body.replace("\n", "\n    ")
                print(f"  {names[reader.user_id]['city']} reads:\n    {told}")
    print(f"left: {', '.join(drawn.left) or 'nobody'}")


def _who(record: dict[str, str]) -> str:
    return f"{record['name']} ({record['organisation']}, {record['city']})"


def _reading(reader: Peer) -> Context:
    """The present moment as somebody reads it; nothing that reasons say is looked up in a database."""
    network = Network("@bot:example.org", "!hub:example.org")
    language = next((code for code in reader.languages if code in UI_LANGUAGES), network.default_language)
    return Context(cast(Tx, None), network, reader.user_id, reader.user_id, language)


if __name__ == "__main__":
    main()
