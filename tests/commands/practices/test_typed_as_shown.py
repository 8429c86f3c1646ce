"""What answers suggest with "…" in the place of words, typed as it stands there: it overwrites nothing."""

from __future__ import annotations

import pytest

from tests.commands.practices.network import WINTER, register
from tests.transcript import ADA, BEN, Chat


@pytest.fixture
def shared(ada: Chat) -> Chat:
    """Ada shared a practice, which Ben's city took over, with an outcome, and about which he asked."""
    ada.begin(furnished)
    return ada


def furnished(ada: Chat) -> None:
    ada.say(ADA, WINTER)
    register(ada, BEN, city="Lyon", country="FR")
    ada.say(BEN, "adopt 1 done")
    ada.say(BEN, "outcome 1 Twelve kilometres are clear.")
    ada.say(BEN, "ask 1 How many people did it take?")


@pytest.mark.parametrize("dots", ["…", "...", " … ", "…."])
@pytest.mark.parametrize(
    ("who", "said", "answer"),
    [
        (BEN, "outcome 1", "Something is missing: what came of it."),
        (ADA, "answer 1", "Something is missing: answer."),
        (BEN, "ask 1", "What would you like to know?"),
        (BEN, "export search", "Please give me the numbers of the practices, or a search"),
        (BEN, "watch search", "What shall I look for?"),
        (ADA, "edit 1 title", "Title\nWhat is it called?"),
        (ADA, "profile edit name", "Name\nWhat is your name?"),
        (ADA, "archive 1", "Something is missing: reason."),
        (ADA, "edit 1\nTitle:", "#1 Cycling in winter says that already"),
    ],
)
def test_the_words_are_still_asked_for(shared: Chat, who: str, said: str, answer: str, dots: str) -> None:
    assert shared.say(who, f"{said} {dots}").startswith(answer)
    shared.say(who, "!cancel")
    shown = shared.say(BEN, "practice 1")
    assert shown.startswith("#1 Cycling in winter")
    assert "Twelve kilometres are clear." in "\n".join([shown, *(shared.say(BEN, "more") for _ in range(2))])


def test_a_question_is_still_open_afterwards(shared: Chat) -> None:
    shared.say(ADA, "answer 1 …")
    assert "Ada Byron" in shared.say(ADA, "answer 1 Four people.")


def test_a_dialog_does_not_take_them_either(shared: Chat) -> None:
    shared.say(ADA, "edit 1 title")
    assert shared.say(ADA, "…") == "There is no text in it. Please write something."


def test_dots_in_a_sentence_are_the_writers_own(shared: Chat) -> None:
    shared.say(BEN, "outcome 1 Twelve, then twenty …")
    assert "Twelve, then twenty …" in shared.say(BEN, "adoptions")
