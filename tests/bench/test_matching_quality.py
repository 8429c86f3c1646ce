"""Whom the sample members meet, by what was judged: guards what is had, and measures no other members."""

from __future__ import annotations

import pytest

from bench import matching_quality as quality
from bench.matching import NOW, sample
from commands.matching import rules
from commands.matching.rounds import drawing
from commands.matching.rules import Past

JUDGES = (quality.Judged(), quality.Judged(second=True))


def test_a_round_of_the_sample_brings_people_together_who_have_something_to_talk_about() -> None:
    """Nearly as good as the best round there could be by either judge, and all of them can talk by day."""
    everyone = sample()
    drawn, alone = drawing.pair_up(everyone, Past(NOW), seed=1)
    assert not alone
    for judge in JUDGES:
        grades = [judge.pair(one, other) for one, other in drawn]
        best = [judge.pair(one, other) for one, other in quality.best_possible(judge, everyone)]
        assert sum(grades) >= 0.6 * sum(best)
    assert all(rules.shared_hours(one, other, NOW) for one, other in drawn)


def test_offers_that_help_come_first() -> None:
    """For most needs to which somebody has something to say, it is among the first three offers."""
    for judge in JUDGES:
        gains = [gain for one in sample() for gain in quality.of_needs(judge, one, sample())]
        found = [gain for gain in gains if gain is not None]
        assert sum(found) / len(found) >= 0.5


def test_the_measure() -> None:
    """1 for the best order, less where something better comes later, nothing where there is nothing."""
    assert quality.ndcg([(0.9, 2), (0.5, 1), (0.1, 0)]) == pytest.approx(1)
    late = quality.ndcg([(0.9, 0), (0.5, 1), (0.1, 2)])
    equal = quality.ndcg([(0.5, 0), (0.5, 1), (0.5, 2)])
    assert late is not None
    assert equal is not None
    assert 0 < late < equal < 1
    assert quality.ndcg([(0.9, 0)]) is None
