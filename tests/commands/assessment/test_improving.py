"""What to do next, and the goals that one sets oneself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.assessment import rules
from config.maturity import ATTRIBUTES
from storage import assessment as stored
from storage.outbox import Action
from tests.commands.assessment.test_assessing import answer, city
from tests.commands.matching.people import register
from tests.commands.matching.scene import due, told
from tests.commands.members.test_holdings import deliver
from tests.transcript import ADA, BEN, Chat

SHARE = """\
!share
Title: A language course for twinning
Summary: Staff learn the language of the partner city.
Challenge: Nobody could talk to the partners.
Solution: One hour a week, together.
Evidence: Not measured yet.
Lessons: Mornings are better.
Transfer: A teacher.
Themes: Capacity building
City: Cologne
Country: Germany"""


@pytest.fixture
def one(chat: Chat) -> Chat:
    """Ada, Ben and Mia are members; Ben offers something on training, and has shared a practice on it."""
    chat.begin(furnished)
    return chat


def furnished(chat: Chat) -> None:
    register(chat)
    chat.say(BEN, "language en")
    chat.say(BEN, SHARE)
    chat.say(BEN, "offer capacity building: a course")


@given(
    ratings=st.dictionaries(st.sampled_from(list(ATTRIBUTES)), st.sampled_from([*rules.RATINGS, None])),
    level=st.integers(1, 5),
)
def test_nothing_is_missing_where_the_level_is_reached(ratings: dict[str, str | None], level: int) -> None:
    """And only there; who gets what is missing is at the level."""
    assert (rules.distance(ratings, level) == 0) == (rules.level_of(ratings) >= level)
    assert rules.level_of({**ratings, **rules.wanting(ratings, level)}) >= level


def test_the_nearest_steps_with_what_helps(one: Chat) -> None:
    """What is missing in one's own answers, a practice, somebody to talk to; three areas at the most."""
    answer(one, ADA, "3", *"FFFP", *"LLLNL")  # level 1; PA 2.2 is one step short
    for process in ("1", "4", "6"):
        answer(one, ADA, process, *"NNNP")
    answered = one.say(ADA, "improve")
    areas = [line for line in answered.split("\n") if line.startswith("UD.")]
    assert areas[0] == "UD.3 Skills and training: to level 2, Planned"
    assert len(areas) == 3
    assert "Is it clear which documents and results this area needs" in answered
    assert "#1 A language course for twinning" in answered
    assert "Ben Ünal · Stabsstelle Europa · Bad Münstereifel, Germany: “a course” – introduce 6" in answered
    assert "goal UD.3 Level 2 by 2027-08" in answered


def test_a_goal_is_asked_about_on_its_day(one: Chat) -> None:
    """At nine on a working day, once, with what one can do then."""
    one.say(ADA, "goal UD.3 level 1 by 2027-06-05")  # a Saturday
    one.clock.now = one.clock.now.replace(month=6, day=5, hour=12)
    assert due(one) == []
    one.clock.now = one.clock.now.replace(month=6, day=7)
    (letter,) = [row for row in due(one) if row.action == Action.MESSAGE]
    assert letter.lane == Chat.dm(ADA)
    assert "The day of your goal has come: UD.3 Skills and training: Level 1 by 5 June 2027." in told(
        [letter]
    )
    assert "goal UD.3 Level 1 by 2027-09" in told([letter])
    one.clock.forward(days=30)
    assert due(one) == []


@pytest.mark.parametrize("said", ["yes", "Ja, geschafft!", "reached", "erreicht", "Done!", "✅"])
def test_a_goal_is_said_to_be_reached(one: Chat, said: str) -> None:
    """On the day on which it is asked about; then it is done, and whatever is said is a search again."""
    _asked_for_goal(one)
    assert "You have reached your goal: UD.3 Skills and training" in one.say(ADA, said)
    assert "You have not set yourself a goal" in one.say(ADA, "goal")
    assert "reached your goal" not in one.say(ADA, said)


@pytest.mark.parametrize("said", ["no", "not yet", "Noch nicht.", "nein, noch nicht", "❌"])
def test_a_goal_that_is_not_reached_gets_more_time(one: Chat, said: str) -> None:
    """It stands until another day is named, for which there is an example that can be sent as it is."""
    _asked_for_goal(one)
    assert "More time: goal UD.3 Level 1 by 2027-09" in one.say(ADA, said)
    assert "UD.3" in one.say(ADA, "goal UD.3 Level 1 by 2027-09")


def test_a_goal_is_tapped_to_be_reached(one: Chat) -> None:
    _asked_for_goal(one)
    assert "You have reached your goal" in one.react(ADA, "✅")


def test_a_sentence_about_a_goal_is_asked_back_about(one: Chat) -> None:
    _asked_for_goal(one)
    assert "Have you reached your goal? Please answer ✅ yes or ❌ not yet." in one.say(
        ADA, "We have trained three people"
    )
    assert "More time" in one.say(ADA, "not yet")


def _asked_for_goal(one: Chat) -> None:
    one.say(ADA, "goal UD.3 level 1 by 2027-06-07")
    one.clock.now = one.clock.now.replace(month=6, day=7)
    assert "Have you reached it, yes or not yet?" in told(due(one))


def test_a_goal_that_is_reached_or_gone(one: Chat) -> None:
    """Reached: congratulations; given up, replaced or forgotten: no word."""
    one.say(ADA, "goal 3 level 1 by June 2027")
    one.say(ADA, "goal 4 level 2 by 2027-06")
    one.say(ADA, "goal 4 level 3 by 2028-01")
    one.say(ADA, "goal 5 level 1 by 2027-06")
    assert "The goal is gone." in one.say(ADA, "goal remove 5")
    answer(one, ADA, "3", *"LLLL")
    assert "You are there already" in one.say(ADA, "goal 3 level 1 by 2027-09")
    deliver(one)
    one.clock.forward(days=150)
    said = told(due(one))
    assert said.count("goal") == 1
    assert "You have reached your goal: UD.3 Skills and training" in said
    with one.database.write("$forget") as tx:
        stored.forget_goals(tx, ADA)
    one.clock.forward(days=300)
    assert due(one) == []


@pytest.mark.parametrize(
    ("typed", "answered"),
    [
        ("UD.3", "A goal has an area, a level and a day."),
        ("UD.33 level 2 by 2027-06", "I don't know the area"),
        ("UD.3 level 9 by 2027-06", "Levels go from 1 to 5. For example: goal UD.3 Level 2 by 2027-06-30"),
        ("UD.3 level 2 by 2027-02", "28 February 2027 is not ahead of us."),
        ("UD.3 level 2 by 2099-02", "five years ahead at the most"),
        ("UD.3 level 2 by 2027-13", "2027-13"),
        ("UD.3 level 2 by 0000-01", "0000-01"),
        ("UD.3 level 2", "By when? For example: goal UD.3 Level 2 by 2027-08"),
        ("UD.3 to level 2 by June 2027", "30 June 2027"),
        ("UD.3 auf Stufe 2 bis Ende Juni 2027", "30 June 2027"),
        ("3 stufe 2 bis Juni 2027", "30 June 2027"),
        ("Skills and training level 2 until 1 July 2027", "1 July 2027"),
    ],
)
def test_how_goals_are_typed(one: Chat, typed: str, answered: str) -> None:
    """In either language, with a month or a day; what is wrong is told."""
    assert answered in one.say(ADA, f"!goal {typed}")


def test_what_is_said_about_goals_without_a_prefix(one: Chat) -> None:
    """It is no search, even where something is missing; and which goal is meant is asked back."""
    assert one.say(ADA, "goal UD.3 level 2").startswith("By when?")
    one.say(ADA, "goal UD.3 to level 2 by the end of June 2027")
    one.say(ADA, "goal 4 level 2 by 2027-06")
    told = one.say(ADA, "goal remove")
    assert "UD.3" in told
    assert "UD.4" in told
    assert "goal remove UD.3" in told


def test_the_next_step_of_one_area(one: Chat) -> None:
    """By its number or id."""
    for process in ("1", "3"):
        answer(one, ADA, process, *"NNNP")
    told = one.say(ADA, "improve UD.3")
    assert "UD.3 Skills and training: to level 1" in told
    assert "UD.1" not in told


def test_nothing_to_improve_without_a_finished_area(one: Chat) -> None:
    """Neither before, nor where everything is reached."""
    assert "no result yet" in one.say(ADA, "improve")
    answer(one, ADA, "1", "F")
    one.say(ADA, "pause")
    assert "no finished area" in one.say(ADA, "improve")
    assert city(one, 1)
