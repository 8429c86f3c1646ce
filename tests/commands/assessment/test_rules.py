"""The rules of the self-assessment, at their boundaries and for whatever is answered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.assessment import rules
from config.maturity import ATTRIBUTES, UNKNOWN, bundled

MODEL = bundled()[0]
PROCESS = MODEL.processes[0]
ANSWERS = (*rules.RATINGS, UNKNOWN)


@pytest.mark.parametrize(
    ("percent", "rating"),
    [
        (0, "N"),
        (15, "N"),
        (15.1, "P"),
        (50, "P"),
        (50.1, "L"),
        (85, "L"),
        (85.1, "F"),
        (100, "F"),
    ],
)
def test_rating_of_percent(percent: float, rating: str) -> None:
    """N 0 to 15, P to 50, L to 85, F to 100 percent; the upper end belongs to the lower rating."""
    assert rules.rating_of_percent(percent) == rating


@pytest.mark.parametrize("percent", [-0.1, 100.1])
def test_no_percentage(percent: float) -> None:
    """There is less than nothing, and more than everything, of nothing."""
    with pytest.raises(ValueError, match="from 0 to 100"):
        rules.rating_of_percent(percent)


@pytest.mark.parametrize(
    ("answers", "rating"),
    [
        ("N", "N"),
        ("NP", "P"),  # 0.5: a half rounds up
        ("NNP", "N"),
        ("PL", "L"),
        ("LF", "F"),
        ("LLF", "L"),
        ("FFFL", "F"),  # 2.75
        ("FFN", "L"),  # 2
        ("FFNN", "L"),  # 1.5
        ("F?", "F"),  # "don't know" is left out
        ("?N?", "N"),
        ("??", None),
        ("", None),
    ],
)
def test_rating_of_several_answers(answers: str, rating: str | None) -> None:
    """N, P, L, F count 0 to 3, and the mean is rounded; without an answer there is no rating."""
    assert rules.rating_of(UNKNOWN if one == "?" else one for one in answers) == rating


@pytest.mark.parametrize(
    ("ratings", "level"),
    [
        ("", 0),
        ("N", 0),
        ("P", 0),
        ("L", 1),  # PA 1.1 at L ends at level 1 …
        ("LFF", 1),  # … whatever is above it
        ("F", 1),
        ("FLL", 2),
        ("FFL", 2),
        ("FFP", 1),
        ("F?F", 1),  # one that is not rated is neither L nor F
        ("FLFFF", 2),
        ("FFFLL", 3),
        ("FFFNFFFFF", 2),  # a gap in the middle
        ("FFFFFPFFF", 3),
        ("FFFFFFFLF", 5),
        ("FFFFFFFFF", 5),
        ("NFFFFFFFF", 0),
        ("?FFFFFFFF", 0),
    ],
)
def test_level(ratings: str, level: int) -> None:
    """Level k needs all attributes of level k at L or F, and all below at F."""
    given = {name: None if one == "?" else one for name, one in zip(ATTRIBUTES, ratings, strict=False)}
    assert rules.level_of(given) == level


def test_questions_of_a_level_are_asked_while_all_below_is_fully_there() -> None:
    """The base questions first; one of the next level only when they come to F; an L ends the climb."""
    base = [question.id for question in PROCESS.on(1)]
    answers: dict[str, str] = {}
    for question in base:
        climb = rules.climb(PROCESS, answers)
        assert climb.next is not None
        assert climb.next.id == question
        assert [one.id for one in climb.asked] == base
        answers[question] = "F"
    climb = rules.climb(PROCESS, answers)
    assert (climb.level, climb.next and climb.next.attribute) == (1, "PA2.1")
    ended = rules.climb(PROCESS, dict.fromkeys(base, "L"))
    assert (ended.level, ended.finished, len(ended.asked)) == (1, True, len(base))


def test_an_attribute_that_nobody_knows_ends_the_climb() -> None:
    """It is not rated, and nothing above it is asked."""
    climb = rules.climb(PROCESS, {question.id: UNKNOWN for question in PROCESS.on(1)})
    assert (climb.level, climb.finished, dict(climb.ratings)) == (0, True, {"PA1.1": None})


def test_everything_fully_there_is_the_highest_level() -> None:
    """Then, and only then, all questions are asked."""
    climb = rules.climb(PROCESS, {question.id: "F" for question in PROCESS.questions})
    assert (climb.level, climb.finished, len(climb.asked)) == (5, True, len(PROCESS.questions))


def test_answers_of_several_people_are_taken_together() -> None:
    """Each answer counts as one; what only one of them knows is their answer."""
    base = [question.id for question in PROCESS.on(1)]
    climb = rules.climb(PROCESS, {question: ["F", "P"] for question in base})
    assert (climb.ratings["PA1.1"], climb.level) == ("L", 1)
    climb = rules.climb(PROCESS, {question: ["F", UNKNOWN] for question in base})
    assert climb.ratings["PA1.1"] == "F"


every_answer = st.fixed_dictionaries(
    {question.id: st.sampled_from(ANSWERS) for question in PROCESS.questions}
)
# Mostly high ones: elsewhere the climb ends at once.
high_answers = st.fixed_dictionaries(
    {question.id: st.sampled_from(("F", "F", "F", "L", UNKNOWN)) for question in PROCESS.questions}
)


@given(answers=every_answer | high_answers, better=st.data())
def test_a_better_answer_never_lowers_a_level(answers: dict[str, str], better: st.DataObject) -> None:
    """Whichever answer it is, and however much better."""
    known = [one for one in answers if answers[one] != UNKNOWN]
    if not known:
        return
    question = better.draw(st.sampled_from(known))
    place = rules.RATINGS.index(answers[question])
    raised = {**answers, question: better.draw(st.sampled_from(rules.RATINGS[place:]))}
    assert rules.climb(PROCESS, raised).level >= rules.climb(PROCESS, answers).level


@given(answers=every_answer | high_answers)
def test_never_more_questions_than_the_rules_need(answers: dict[str, str]) -> None:
    """Answered one by one: each question once, and none above an attribute that is not F."""
    given_so_far: dict[str, str] = {}
    while question := rules.climb(PROCESS, given_so_far).next:
        assert question.id not in given_so_far
        below = [
            one.attribute
            for one in PROCESS.questions
            if ATTRIBUTES[one.attribute] < ATTRIBUTES[question.attribute]
        ]
        rated = rules.climb(PROCESS, given_so_far).ratings
        assert all(rated[name] == "F" for name in below)
        given_so_far[question.id] = answers[question.id]
    assert rules.climb(PROCESS, given_so_far).level == rules.climb(PROCESS, answers).level


@pytest.mark.parametrize(
    ("levels", "quartiles"),
    [
        ([0, 1, 2, 3, 4], (1, 2, 3)),
        ([3, 3, 3, 3, 3], (3, 3, 3)),
        ([5, 0, 0, 0, 0, 0], (0, 0, 0)),
        ([1, 2, 1, 2, 1, 2], (1, 1.5, 2)),
    ],
)
def test_quartiles(levels: list[int], quartiles: tuple[float, float, float]) -> None:
    """Whatever the order."""
    assert rules.quartiles(levels) == quartiles


def test_four_are_too_few_for_quartiles() -> None:
    """No comparison below five cities, whoever asks for it in the code."""
    with pytest.raises(ValueError, match="too few"):
        rules.quartiles([1, 2, 3, 4])
