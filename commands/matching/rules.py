"""Who should meet whom (`DOMAIN.md`, Matching): the value of a pair, what forbids it, and its reasons.

Pure functions. What a line of text means is worked out by the caller, who hands over its tokens.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache, lru_cache
from math import fsum, sqrt
from zoneinfo import ZoneInfo

from commands.core import hours
from config.themes import themes
from storage.search import label_concepts

APART = timedelta(days=183)  # a pair that met does not meet again for six months
HALF_LIFE = timedelta(days=365)  # after this, having met counts half as much

# How much each part counts: together they make 1.
MUTUAL = 0.45
LARGER = 0.35  # the better of the two directions: help that goes one way is worth something, too
THEMES = 0.06
ABROAD = 0.08
SIZE = 0.06
BUSY = 0.5  # of a pair one of whom said that they have no time
NO_HOUR = 0.1  # of a pair whose working days have nothing in common

# What the parts of a line weigh (see `sense`).
WORDS = 0.7  # of all that a line means; the rest is its theme
OWN_THEME = 1.2
THEME_ABOVE = 0.6
CONCEPT = 1.0
AKIN = 0.3  # what a word or concept hints at
GENERAL_CONCEPT = 0.2  # "city" or "project" tell little
PLAIN_WORD = 0.3  # that the glossary does not know

# How near two themes are, where they are all that is known.
SAME_THEME = 1.0
ABOVE_OR_BELOW = 0.7
BESIDE = 0.25
BY_FIELD = 0.2  # someone works on what the other needs, though they offer nothing on it
BY_LANGUAGE = 0.2  # or speaks the language that it asks for
UNSPOKEN = 0.5  # of what somebody is to a need who does not speak it
UPPER_THEME = 0.5  # in comparing what two people work on
TOGETHER = 0.7  # two who look for the same in words can look together, or be what the other looks for

BEST_NEED = 0.8  # of how much help one is, the best met need; the rest is the mean of all
ALIKE = 0.5  # how much two needs have to say the same for people to look for it together
UNRELATED = 0.2  # lines that fit no better have to do with each other by chance
FITS_ELSEWHERE = 0.33  # how well lines have to fit that name one thing, but on different themes
SIZES = ("s", "m", "l", "xl")
UNKNOWN_SIZE = 0.5
WORKING_DAY = 8  # hours

Pair = tuple[str, str]  # Matrix ids, in order


class Obstacle(StrEnum):
    """Why two people are never paired."""

    AWAY = "away"  # one does not take part
    BLOCKED = "blocked"  # one blocked the other
    SAME_CITY = "same_city"
    NO_LANGUAGE = "no_language"
    MET = "met"  # within the last six months


@dataclass(frozen=True, slots=True)
class Subject:
    """A line of what someone offers or needs: a theme's id, the text, and the tokens of what it means.

    Tokens are those of the glossary (`k_` concepts, `t_` themes, `g_` general concepts), which are the same
    in every language, plain words, and hints at what is akin (`h_` before such a token); each once. `spoken`
    are the languages of which it asks that somebody speaks one, if it does.
    """

    theme: str
    text: str
    tokens: tuple[str, ...] = ()
    spoken: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Peer:
    """A member as matching sees one.

    `city` is comparable as it stands, `size` is a size class or None, `zone` the time zone that they live in
    or "" if it is not known, `waited` in how many rounds in a row they were left out or turned down. Of what
    they gave as reasons for a no: they are `busy` at present, or would rather meet people `nearby`.
    """

    user_id: str
    city: str
    country: str
    languages: tuple[str, ...]
    themes: tuple[str, ...]
    size: str | None = None
    zone: str = ""
    offers: tuple[Subject, ...] = ()
    needs: tuple[Subject, ...] = ()
    takes_part: bool = True
    waited: int = 0
    busy: bool = False
    nearby: bool = False


@dataclass(frozen=True)
class Past:
    """What lies between people at the moment `now`: who blocked whom, and when who met last."""

    now: datetime
    blocked: frozenset[Pair] = frozenset()
    met: Mapping[Pair, datetime] = field(default_factory=dict)


def pair(one: str, other: str) -> Pair:
    """Two people, whichever is named first."""
    return (one, other) if one < other else (other, one)


# --- what forbids a pair


def obstacle(a: Peer, b: Peer, past: Past) -> Obstacle | None:
    """Why these two are never paired; None when they may be."""
    both = pair(a.user_id, b.user_id)
    if not (a.takes_part and b.takes_part) or a.user_id == b.user_id:
        return Obstacle.AWAY
    if both in past.blocked:
        return Obstacle.BLOCKED
    if same_city(a, b):
        return Obstacle.SAME_CITY
    if set(a.languages).isdisjoint(b.languages):
        return Obstacle.NO_LANGUAGE
    met = past.met.get(both)
    return Obstacle.MET if met and past.now - met < APART else None


def same_city(a: Peer, b: Peer) -> bool:
    """Whether two people sit in the same place."""
    return (a.city, a.country) == (b.city, b.country)


def freshness(met: datetime | None, now: datetime) -> float:
    """How much a pair counts that met before: 0 right afterwards, 1/2 after a year, 3/4 after two."""
    return 1.0 if met is None else 1.0 - 0.5 ** max(0.0, (now - met) / HALF_LIFE)


# --- what a pair is worth


def score(a: Peer, b: Peer, past: Past) -> float:
    """The value of a pair, 0 to 1, the same from both sides; 0 for a pair that is forbidden."""
    if obstacle(a, b, past):
        return 0.0
    to_a, to_b = helps(b, a), helps(a, b)
    value = (
        MUTUAL * harmonic(to_a, to_b)
        + LARGER * max(to_a, to_b, TOGETHER * alike_in_needs(a, b))
        + THEMES * common_ground(a.themes, b.themes)
        + ABROAD * ((a.country == b.country) is (a.nearby or b.nearby))
        + SIZE * alike_in_size(a.size, b.size)
    )
    value *= BUSY ** (a.busy + b.busy) * within_reach(shared_hours(a, b, past.now))
    return value * freshness(past.met.get(pair(a.user_id, b.user_id)), past.now)


def harmonic(one: float, other: float) -> float:
    """The harmonic mean: what is only good for one side is worth little to both."""
    return 2 * one * other / (one + other) if one + other else 0.0


def helps(giver: Peer, taker: Peer) -> float:
    """How well what one offers, or works on, meets what the other needs: 0 to 1."""
    if not taker.needs:
        return 0.0
    met = [_met(need, giver) for need in taker.needs]
    return BEST_NEED * max(met) + (1 - BEST_NEED) * fsum(met) / len(met)


def _met(need: Subject, giver: Peer) -> float:
    """How well somebody meets a need: less where it asks for a language that they do not speak."""
    value = max(
        [
            *(worth(fit(need, offer)) for offer in giver.offers),
            *(BY_FIELD * nearness(need.theme, theme) for theme in giver.themes),
        ],
        default=0.0,
    )
    if not need.spoken:
        return value
    return max(value, BY_LANGUAGE) if speaks(giver, need) else UNSPOKEN * value


def speaks(giver: Peer, need: Subject) -> bool:
    """Whether somebody speaks one of the languages that a need asks for, if it does."""
    return not need.spoken or not set(need.spoken).isdisjoint(giver.languages)


def alike_in_needs(a: Peer, b: Peer) -> float:
    """How much two people look for the same: 0 to 1."""
    return worth(max((likeness(ours, theirs) for ours in a.needs for theirs in b.needs), default=0.0))


def worth(fits: float) -> float:
    """What it is worth that two lines fit so well: nothing where that is by chance, and the first that they
    have in common more than all else. So one good talk for each of two pairs is more than a perfect one for
    one of them."""
    return sqrt(max(0.0, fits - UNRELATED) / (1 - UNRELATED))


def fit(one: Subject, other: Subject) -> float:
    """How well an offer meets a need, 0 to 1: the cosine of what both mean, in any language.

    It is the words that decide; of two lines that have no more than their theme in common, that is little.
    """
    return _cosine(sense(one.theme, one.tokens), sense(other.theme, other.tokens))


def likeness(one: Subject, other: Subject) -> float:
    """How much two lines say the same, their themes aside and what only names these: 0 to 1."""
    return _cosine(words(one.tokens, one.theme), words(other.tokens, other.theme))


def name_the_same(one: Subject, other: Subject) -> bool:
    """Whether two lines have a concept in common that at least one of them names, and that says more than the
    theme of either."""
    ours, theirs = ({token.removeprefix("h_") for token in line.tokens} for line in (one, other))
    named = {*one.tokens, *other.tokens} & ours & theirs
    own = label_concepts(one.theme) | label_concepts(other.theme)
    return any(name.startswith("k_") and name not in own for name in named)


@lru_cache(4096)
def sense(theme: str, tokens: tuple[str, ...]) -> Mapping[str, float]:
    """What a line means, as a vector of the length 1: its theme and the one above, and apart from them its
    words and concepts and what they are akin to, so that a line of few words is no more of its theme than one
    of many."""
    own = {theme_token(theme): OWN_THEME}
    own.setdefault(theme_token(upper(theme)), THEME_ABOVE)
    said: dict[str, float] = {}
    for token in tokens:
        name = token.removeprefix("h_")
        said[name] = max(said.get(name, 0.0), weight(token))
    found: dict[str, float] = {}
    for part, share in ((own, 1 - WORDS), (said, WORDS)):
        for name, value in _unit(part).items():
            found[name] = found.get(name, 0.0) + sqrt(share) * value
    return _unit(found)


@lru_cache(4096)
def words(tokens: tuple[str, ...], theme: str = "") -> Mapping[str, float]:
    """What a line itself says, besides themes and what is so general that it says nothing: a vector, too.
    What names the `theme` of the line, if that is given, counts as little as what is general."""
    own = label_concepts(theme)
    said = (token for token in tokens if not token.startswith(("h_", "t_", "g_")))
    return _unit({token: GENERAL_CONCEPT if token in own else weight(token) for token in said})


def _unit(vector: Mapping[str, float]) -> dict[str, float]:
    whole = length(vector)
    return {name: value / whole for name, value in vector.items()}


def _cosine(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    return min(1.0, fsum(value * other[name] for name, value in one.items() if name in other))


@cache
def theme_token(theme: str) -> str:
    """A theme as the glossary has it among its tokens."""
    return "t_" + theme.replace(".", "_").replace("-", "_").lower()


@cache
def nearness(one: str, other: str) -> float:
    """How near two themes are: the same, one above the other, beside each other, or not at all."""
    if one == other:
        return SAME_THEME
    above, below = upper(one), upper(other)
    if above != below:
        return 0.0
    return ABOVE_OR_BELOW if above in (one, other) else BESIDE


@cache
def upper(theme: str) -> str:
    """The theme of the upper level that a theme belongs to."""
    return themes().get(theme).parent or theme if theme in themes() else theme


def total(tokens: Iterable[str]) -> float:
    """What the tokens of a text weigh together."""
    return fsum(map(weight, tokens))


def weight(token: str) -> float:
    """How much a token tells."""
    if token.startswith("h_"):
        return AKIN
    if token.startswith("g_"):
        return GENERAL_CONCEPT
    return CONCEPT if token.startswith(("k_", "t_", "c_")) else PLAIN_WORD


def common_ground(one: Sequence[str], other: Sequence[str]) -> float:
    """How much two people work on the same themes: the cosine of their themes, upper ones counting half."""
    ours, theirs = ground(one), ground(other)
    shared = fsum(value * theirs.get(theme, 0.0) for theme, value in ours.items())
    return shared / (length(ours) * length(theirs)) if shared else 0.0


def ground(own: Sequence[str]) -> dict[str, float]:
    """What someone works on: their themes, and to a lesser degree those above."""
    found: dict[str, float] = {}
    for theme in own:
        found[theme] = found.get(theme, 0.0) + 1.0
        if (above := upper(theme)) != theme:
            found[above] = found.get(above, 0.0) + UPPER_THEME
    return found


def length(vector: Mapping[str, float]) -> float:
    """The length of a vector of names."""
    return sqrt(fsum(value * value for value in vector.values()))


def alike_in_size(one: str | None, other: str | None) -> float:
    """1 for places of one size class, less for each class between them; half where one is unknown."""
    if one is None or other is None:
        return UNKNOWN_SIZE
    return 1 - abs(SIZES.index(one) - SIZES.index(other)) / (len(SIZES) - 1)


def shared_hours(a: Peer, b: Peer, now: datetime) -> int:
    """How many hours of their working days two people have in common; all where a zone is not known."""
    return hours_between(a.zone, b.zone, now)


def hours_between(one: str, other: str, now: datetime) -> int:
    """The same of two zones."""
    if not one or not other:
        return WORKING_DAY
    apart = abs(_offset(one, now) - _offset(other, now)) % 24
    return max(0, int(WORKING_DAY - min(apart, 24 - apart)))


@lru_cache(1024)
def _offset(zone: str, now: datetime) -> float:
    """By how many hours the clocks of a zone are before UTC."""
    there = now.astimezone(ZoneInfo(zone)).utcoffset()
    return there.total_seconds() / 3600 if there else 0.0


def within_reach(hours: int) -> float:
    """How much a pair counts with so many working hours in common: with half of the day hardly less than
    with all of it, with none next to nothing."""
    return 1 - (1 - NO_HOUR) * (1 - hours / WORKING_DAY) ** 3


# --- why


class Sort(StrEnum):
    """What a pair has of each other, seen from the first."""

    MUTUAL = "mutual"
    GETS = "gets"
    GIVES = "gives"
    SAME_NEED = "same_need"  # both look for the same
    FIELD = "field"  # one works on what the other needs, or speaks the language that the first asks for
    COMMON = "common"  # no help that could be named, but the same themes
    NEW = "new"  # nothing of all that: someone one would not have met


class Near(StrEnum):
    """How an offer is near to a need, the nearest first."""

    CLOSE = "close"  # of one theme, and they speak of the same
    WORDS = "words"  # of different themes, but they name one thing
    THEME = "theme"  # of one theme, and no more is known


@dataclass(frozen=True)
class Help:
    """An offer that is near to a need. Whether it helps is for people to judge: they are shown both lines,
    and how near these are."""

    need: Subject
    offer: Subject
    near: Near
    fit: float


@dataclass(frozen=True)
class Reasons:
    """Why two people should meet, seen from the first: what they get and give, best first; what they look for
    and the other, too; their needs on whose theme the other works, and the themes of the other's needs on
    which they work; the languages that they ask for and the other speaks, and the other way round; what both
    work on; what the other offers and works on at all; the size class of both if it is the same; what both
    speak; how many working hours they have in common."""

    gets: tuple[Help, ...]
    gives: tuple[Help, ...]
    same_need: tuple[Subject, ...]
    their_field: tuple[Subject, ...]
    our_field: tuple[str, ...]
    they_speak: tuple[str, ...]
    we_speak: tuple[str, ...]
    themes: tuple[str, ...]
    offers: tuple[Subject, ...]
    works_on: tuple[str, ...]
    size: str | None
    languages: tuple[str, ...]
    hours: int

    @property
    def sort(self) -> Sort:
        """What is to be said first."""
        if self.gets or self.gives:
            return Sort.MUTUAL if self.gets and self.gives else Sort.GETS if self.gets else Sort.GIVES
        if self.same_need:
            return Sort.SAME_NEED
        if self.their_field or self.our_field or self.they_speak:
            return Sort.FIELD
        return Sort.COMMON if self.themes else Sort.NEW


def reasons(a: Peer, b: Peer, now: datetime) -> Reasons:
    """Why `a` should meet `b`, as things are at a moment."""
    return Reasons(
        gets=_helps(a, b),
        gives=_helps(b, a),
        same_need=_same_need(a, b),
        their_field=_field(a, b),
        our_field=tuple(dict.fromkeys(need.theme for need in _field(b, a))),
        they_speak=_speaks(a, b),
        we_speak=_speaks(b, a),
        themes=tuple(theme for theme in a.themes if theme in b.themes),
        offers=b.offers,
        works_on=b.themes,
        size=a.size if a.size == b.size else None,
        languages=tuple(code for code in a.languages if code in b.languages),
        hours=shared_hours(a, b, now),
    )


def meets_on(a: Peer, b: Peer, now: datetime) -> list[str]:
    """The themes that a pair would meet on, the one that is asked most of `a` first."""
    why = reasons(a, b, now)
    asked = [
        *(one.need.theme for one in why.gives),
        *why.our_field,
        *(one.theme for one in why.same_need),
        *why.themes,
    ]
    return list(
        dict.fromkeys(
            [*asked, *(one.need.theme for one in why.gets), *(one.theme for one in why.their_field)]
        )
    )


def _helps(taker: Peer, giver: Peer) -> tuple[Help, ...]:
    """The best offer for each need, where one is near to it."""
    named = (
        [
            Help(need, offer, how, fit(need, offer))
            for offer in giver.offers
            if (how := near(need, offer, spoken=speaks(giver, need))) is not None
        ]
        for need in taker.needs
    )
    return tuple(sorted((min(found, key=_best_first) for found in named if found), key=_best_first))


def near(one: Subject, other: Subject, *, spoken: bool = True) -> Near | None:
    """How near two lines are, if they are: a theme above the other's is taken for the same, and what both
    name on different themes is only a reason where all that they say fits besides. Nothing is close where a
    language is asked for that is not `spoken`."""
    if nearness(one.theme, other.theme) >= ABOVE_OR_BELOW:
        same = name_the_same(one, other) or _cosine(words(one.tokens), words(other.tokens)) >= ALIKE
        return Near.CLOSE if same and spoken else Near.THEME
    return Near.WORDS if fit(one, other) >= FITS_ELSEWHERE and name_the_same(one, other) else None


def _same_need(a: Peer, b: Peer) -> tuple[Subject, ...]:
    """What one looks for and the other in words, too: that two need help on one theme is no reason yet."""
    return tuple(ours for ours in a.needs if any(likeness(ours, theirs) >= ALIKE for theirs in b.needs))


def _field(taker: Peer, giver: Peer) -> tuple[Subject, ...]:
    """The needs on whose theme the other works, where no offer meets them."""
    met = {one.need for one in _helps(taker, giver)}
    return tuple(need for need in taker.needs if need not in met and need.theme in giver.themes)


def _speaks(taker: Peer, giver: Peer) -> tuple[str, ...]:
    """The languages that the needs of one ask for and the other speaks."""
    asked = (code for need in taker.needs for code in need.spoken)
    return tuple(dict.fromkeys(code for code in asked if code in giver.languages))


def _best_first(found: Help) -> tuple[int, float]:
    return list(Near).index(found.near), -found.fit


def best_for(member: Peer, others: Iterable[Peer], past: Past, limit: int) -> list[tuple[Peer, float]]:
    """The others whom a member should meet, best first, with the value of the pair; none is forbidden."""
    valued = [(other, score(member, other, past)) for other in others if not obstacle(member, other, past)]
    return sorted(valued, key=lambda one: (-one[1], one[0].user_id))[:limit]


# --- when


_PROPOSALS = 3


def next_common_hour(now: datetime, zones: Sequence[str]) -> datetime:
    """The moment from which people in several zones may be disturbed at once; where their working days have
    nothing in common, when the first one's begins."""
    hour = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    if len(set(zones)) > 1:
        for moment in (now, *(hour + timedelta(hours=later) for later in range(24 * 7))):
            if all(hours.works(moment, zone) for zone in zones):
                return moment
    local = hours.next_working_hour(now, zones[0])
    return local.replace(tzinfo=ZoneInfo(zones[0])).astimezone(now.tzinfo)


def common_hours(now: datetime, zones: Sequence[str]) -> list[datetime]:
    """Three hours on different days, from the day after next, that lie inside the working days of all zones,
    as near to the middle of them as can be; fewer where there are hardly any."""
    begin = now.replace(minute=0, second=0, microsecond=0) + timedelta(days=2)
    found: dict[date, datetime] = {}
    for later in range(24 * 14):
        moment = begin + timedelta(hours=later)
        if all(hours.works(moment, zone) for zone in zones):
            day = moment.astimezone(ZoneInfo(zones[0])).date()
            if day not in found or _off_the_middle(moment, zones) < _off_the_middle(found[day], zones):
                found[day] = moment
    return sorted(found.values())[:_PROPOSALS]


def _off_the_middle(moment: datetime, zones: Sequence[str]) -> int:
    middle = (hours.WORKING_HOURS[0] + hours.WORKING_HOURS[-1] + 1) // 2
    return max(abs(moment.astimezone(ZoneInfo(zone)).hour - middle) for zone in zones)
