"""The search finds what the judged queries ask for; the benchmark of its size runs."""

from __future__ import annotations

import random
import sys
from statistics import mean

import pytest

from bench import search_scale
from bench.search_quality import ask_judged, fill, library, measure, misspell, read_judged, read_practices


def test_most_of_what_answers_a_query_in_another_language_is_on_the_first_pages() -> None:
    """Recall@10 over the judged set, without any model."""
    with library() as database:
        fill(database, read_practices())
        outcomes = ask_judged(database)
    across = [each.by_language["others"] for each in outcomes if "others" in each.by_language]
    assert len(across) >= 100
    assert mean(each.recall for each in across) >= 80


def test_the_judged_set_is_what_it_says() -> None:
    """At least a hundred queries, a third of the needs held out, grades of 1 and 2."""
    judged = read_judged()
    assert len(judged) >= 100
    assert {query.language for query in judged} >= {"en", "de", "es", "fr"}
    assert 0.3 < mean(query.held_out for query in judged) < 0.4
    assert {grade for query in judged for grade in query.grades.values()} == {1, 2}


def test_a_ranking_is_measured_by_what_it_puts_first() -> None:
    """The best order is 100, a lost document costs recall, a late one costs nDCG."""
    assert measure([1, 2], {1: 2, 2: 1}) == pytest.approx((100, 100))
    assert measure([1, 3], {1: 2, 2: 1}).recall == 50
    assert measure([2, 1], {1: 2, 2: 1}).ndcg < 100
    assert measure([], {1: 1}) == (0, 0)


def test_a_slip_is_in_the_longest_word() -> None:
    """Everything else stays as it was typed."""
    chance = random.Random(1)  # noqa: S311  no secret
    for _ in range(20):
        first, _longest, last = misspell("how organised? is", chance).split(" ")
        assert (first, last) == ("how", "is")


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_scale(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], kind: str) -> None:
    """An index is built, searched and changed."""
    where = ["--postgresql"] if kind == "postgresql" else []
    monkeypatch.setattr(sys, "argv", ["search_scale", "--documents", "50", *where])
    search_scale.main()
    told = capfd.readouterr().out
    assert f"{kind}, 50 documents" in told
    assert "find p50" in told
