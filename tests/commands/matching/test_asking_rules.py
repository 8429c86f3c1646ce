"""Who knows most about a question."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from commands.matching.asking.rules import LEAST, Candidate, best, knows
from commands.matching.rules import Peer, Subject

QUESTION = Subject("climate.adaptation", "How do you cool squares?", ("k_heat", "cool"))
NEAR = Subject("climate.adaptation", "Shade on playgrounds", ("k_shade", "k_playground"))
FAR = Subject("culture", "Museums at night", ("k_museum",))


def candidate(
    name: str, *, offers: bool = False, shared: bool = False, works: str = "culture", asked: int = 0
) -> Candidate:
    peer = Peer(
        user_id=f"@{name}:x",
        city=name,
        country="DE",
        languages=("en",),
        themes=(works,),
        offers=(NEAR if offers else FAR,),
    )
    return Candidate(peer, (NEAR,) if shared else (), asked)


def names(found: list[Candidate]) -> list[str]:
    return [one.peer.user_id[1:].partition(":")[0] for one in found]


def test_what_counts() -> None:
    """To offer or to have shared something counts more than to work on it; whoever knows nothing is left
    alone."""
    people = [
        candidate("nothing"),
        candidate("works", works="climate.adaptation"),
        candidate("above", works="climate"),
        candidate("offers", offers=True),
        candidate("shared", shared=True, works="climate"),
        candidate("all", offers=True, shared=True, works="climate.adaptation"),
    ]
    assert names(best(QUESTION, people, 10)) == ["all", "shared", "offers", "works", "above"]
    assert names(best(QUESTION, people, 2)) == ["all", "shared"]


def test_of_two_alike_who_was_asked_less() -> None:
    people = [candidate("a", offers=True, asked=1), candidate("b", offers=True)]
    assert names(best(QUESTION, people, 1)) == ["b"]


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(st.booleans(), st.booleans(), st.sampled_from(["culture", "climate", "housing"])),
        max_size=8,
    ),
    st.integers(0, 6),
)
def test_the_best_are_the_best(drawn: list[tuple[bool, bool, str]], limit: int) -> None:
    """In whatever order they come; never more than asked for, and nobody below the least."""
    people = [
        candidate(f"p{number}", offers=offers, shared=shared, works=works)
        for number, (offers, shared, works) in enumerate(drawn)
    ]
    found = best(QUESTION, people, limit)
    assert names(found) == names(best(QUESTION, people[::-1], limit))
    assert len(found) <= limit
    values = [knows(QUESTION, one) for one in found]
    assert all(value >= LEAST - 0.01 for value in values)
    left = [knows(QUESTION, one) for one in people if one not in found]
    if len(found) == limit and found:
        assert all(value <= min(values) + 0.01 for value in left)
