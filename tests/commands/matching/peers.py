"""Peers for the tests of matching: small ones by hand, any ones by chance."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import combinations

from hypothesis import strategies as st

from commands.matching.rules import SIZES, Past, Peer, Subject, pair

NOW = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
NOTHING = Past(NOW)

THEMES = ("climate", "climate.energy", "climate.air", "mobility.transport", "dip.strategy")
TOKENS = ("k_bus", "k_air", "h_k_air", "k_energy", "h_t_climate_air", "g_city", "word")
_ZONES = ("", "Europe/Prague", "Asia/Tokyo", "America/Bogota", "Asia/Kolkata")


def subject(theme: str, *tokens: str) -> Subject:
    """A line of which only the theme and the meaning matter."""
    return Subject(theme, f"about {theme}", tokens)


_subjects = st.builds(
    Subject,
    theme=st.sampled_from(THEMES),
    text=st.just("text"),
    tokens=st.lists(st.sampled_from(TOKENS), unique=True, max_size=3).map(tuple),
    spoken=st.sampled_from(((), (), ("de", "fr"))),
)


@st.composite
def peers(draw: st.DrawFn, most: int = 10) -> list[Peer]:
    """Up to `most` people with different ids."""
    count = draw(st.integers(0, most))
    return [
        Peer(
            user_id=f"@p{number}:example.org",
            city=draw(st.sampled_from(("aarhus", "brno", "cluj", "dakar"))),
            country=draw(st.sampled_from(("DK", "CZ"))),
            languages=draw(st.lists(st.sampled_from(("en", "de", "fr")), unique=True, max_size=2).map(tuple)),
            themes=draw(st.lists(st.sampled_from(THEMES), unique=True, max_size=3).map(tuple)),
            size=draw(st.sampled_from((None, *SIZES))),
            zone=draw(st.sampled_from(_ZONES)),
            offers=draw(st.lists(_subjects, max_size=2).map(tuple)),
            needs=draw(st.lists(_subjects, max_size=2).map(tuple)),
            takes_part=draw(st.integers(0, 9)) > 0,
            waited=draw(st.sampled_from((0, 0, 0, 1, 2))),
            busy=draw(st.integers(0, 5)) == 0,
            nearby=draw(st.integers(0, 3)) == 0,
        )
        for number in range(count)
    ]


@st.composite
def pasts(draw: st.DrawFn, among: list[Peer]) -> Past:
    """Some have blocked each other, some have met, lately or long ago."""
    pairs = [pair(one.user_id, other.user_id) for one, other in combinations(among, 2)]
    if not pairs:
        return NOTHING
    blocked = draw(st.sets(st.sampled_from(pairs), max_size=6))
    met = draw(st.dictionaries(st.sampled_from(pairs), st.integers(0, 900), max_size=6))
    return Past(NOW, frozenset(blocked), {both: NOW - timedelta(days=days) for both, days in met.items()})
