"""Reading practices: in full, page by page, one's own."""

from __future__ import annotations

import pytest

from storage import practices
from storage.practices import Status
from tests import golden
from tests.commands.practices.network import WINTER, register
from tests.transcript import ADA, BEN, MIA, OUT, Chat


def both(chat: Chat, body: str) -> str:
    """The plain and the HTML form of an answer."""
    return f"{body}\n\n{'-' * 20}\n\n{chat.html}"


@pytest.mark.parametrize("network", ["library", "library_de"])
def test_a_practice_page_by_page(network: str, request: pytest.FixtureRequest) -> None:
    """The essentials first, everything else in pages that fit a phone, each in both forms."""
    chat: Chat = request.getfixturevalue(network)
    language = chat.language
    word, more = ("practice", "more") if language == "en" else ("praxis", "mehr")
    golden.check(f"practices/practice-1.{language}.txt", both(chat, chat.say(ADA, f"{word} 1")))
    golden.check(f"practices/practice-2.{language}.txt", both(chat, chat.say(ADA, more)))
    golden.check(f"practices/practice-3.{language}.txt", both(chat, chat.say(ADA, more)))
    with chat.reading() as tx:
        assert practices.get(tx, 1) is not None


def test_every_practice_fits_a_phone(library: Chat) -> None:
    """No page is longer than what one scrolls through in a few seconds."""
    for number in range(1, 61, 6):
        answer = library.say(ADA, f"#{number}")
        assert len(answer) < 1000
        while answer.endswith("to go on."):
            answer = library.say(ADA, "more")
            assert len(answer) < 2400


@pytest.mark.parametrize(
    "typed", ["practice 1", "practice #1", "#1", "1", "#1.", "show 1", "search #1", "praxis 1"]
)
def test_a_number_is_enough(ada: Chat, typed: str) -> None:
    """In a direct chat a practice is shown by its number alone."""
    ada.say(ADA, WINTER)
    answer = ada.say(BEN, typed)
    assert answer.startswith("#1 Cycling in winter\n")


def test_a_bare_year_is_searched_for(ada: Chat) -> None:
    """Digits that are no practice's number are words like others."""
    ada.say(ADA, WINTER)
    assert ada.say(ADA, "2027").startswith("I have found nothing for that.")


def test_words_behind_the_command_are_searched_for(ada: Chat) -> None:
    """Nobody who begins a sentence with "practice" meant a number."""
    ada.say(ADA, WINTER)
    assert "#1 Cycling in winter" in ada.say(ADA, "practice of brine machines")


def test_without_a_number_an_example_helps(chat: Chat) -> None:
    """What is missing, and how it is done."""
    assert chat.say(ADA, "practice") == "Something is missing: number.\n\nFor example: practice 12"


def test_a_number_that_nobody_has(library: Chat, library_de: Chat) -> None:
    """A friendly answer in both languages."""
    assert library.say(ADA, "practice 99") == ("There is no practice with the number #99.")
    assert library_de.say(ADA, "praxis 99") == ("Ein Praxisbeispiel mit der Nummer #99 gibt es nicht.")


def test_what_is_archived_is_not_shown(ada: Chat) -> None:
    """Its number still says that there was something."""
    ada.say(ADA, WINTER)
    with ada.database.write("archive") as tx:
        practice = practices.get(tx, 1)
        assert practice is not None
        practice.status = Status.ARCHIVED
        practices.flush(tx)
    assert ada.say(BEN, "#1") == "#1 “Cycling in winter” has been archived and is no longer shown."


def test_who_is_not_in_the_network_reads_nothing(ada: Chat) -> None:
    """The library is the network's."""
    ada.say(ADA, WINTER)
    assert ada.say(OUT, "practice 1") == (
        "This is for people in our main room. Please join #ud-hub:test.localhost first, then try again."
    )


def test_the_author_is_named_to_members_in_the_direct_chat_alone(ada: Chat) -> None:
    """A guest is told how to see the name, a room how to ask for it; the address only where it is allowed."""
    ada.say(ADA, WINTER)
    assert ada.say(BEN, "#1").split("\n")[-3] == "Who shared it is for members to see: register."
    register(ada, BEN)
    assert ada.say(BEN, "#1").split("\n")[-3] == "Shared by Ada Byron, City of Ghent"
    assert "matrix.to" not in ada.html
    assert (
        ada.in_hub(BEN, "!practice 1").split("\n")[-3] == "In our direct chat I can tell you who shared it."
    )
    register(ada, ADA, contact_visible=True)
    assert ada.say(BEN, "#1").split("\n")[-3] == "Shared by Ada Byron, City of Ghent"
    assert '<a href="https://matrix.to/#/@ada:test.localhost">Ada Byron</a>' in ada.html


def test_a_translation_names_its_original(ada: Chat) -> None:
    """Both can be read, and each tells its language to those who speak another."""
    ada.say(ADA, WINTER)
    ada.say(
        ADA, WINTER.replace("Cycling in winter", "Radwege im Winter") + "\nlanguage: de\ntranslation of: #1"
    )
    answer = ada.say(ADA, "#2")
    assert "Written in German\nTranslation of #1 Cycling in winter\n" in answer


def test_curated_says_why(ada: Chat) -> None:
    """The reason of the moderator stands first among the facts."""
    ada.say(ADA, WINTER)
    ada.in_hub(MIA, "!pin 1 clear and reusable")
    assert "\n\n📌 Curated: clear and reusable\nSize: M (100,000 to 500,000)\n" in ada.say(BEN, "#1")


def test_ones_own_practices(ada: Chat) -> None:
    """With number, state and date; in the direct chat."""
    assert ada.say(ADA, "mine") == (
        "You have not shared a practice yet. share asks you step by step, form share gives you the form."
    )
    ada.say(ADA, WINTER)
    ada.say(ADA, WINTER.replace("in winter", "in summer"))
    ada.in_hub(MIA, "!pin 1")
    answer = ada.in_hub(ADA, "!mine")
    assert answer == (
        "I have answered you in our direct chat.\n---\n"
        "2 practices of yours:\n\n"
        "#2 Cycling in summer\n   published · as of 1 March 2027\n"
        "#1 Cycling in winter\n   curated · as of 1 March 2027\n\n"
        "To change one, write for example edit 2."
    )


def test_ones_own_drafts_and_archived_ones_are_called_so(ada: Chat) -> None:
    """What was never shared is not called shared, and only what can be changed is the example for that."""
    ada.say(ADA, WINTER)
    ada.say(ADA, WINTER.replace("in winter", "in summer").replace("share", "draft", 1))
    ada.say(ADA, "archive 2 Not now.")
    answer = ada.say(ADA, "mine")
    assert answer.startswith("2 practices of yours:\n\n")
    assert "archived" in answer
    assert answer.endswith("To change one, write for example edit 1.")
    ada.say(ADA, "archive 1 It has ended.")
    assert ada.say(ADA, "mine").endswith("To bring one back, write for example restore 2.")


def test_the_empty_form_is_handed_out(ada: Chat) -> None:
    """With everything that `share` takes, in the reader's language."""
    answer = ada.say(ADA, "form share")
    assert (
        "!share\nTitle:\nSummary:\nChallenge:\nSolution:\nEvidence:\nLessons:\nTransfer:\nCity:\n" in answer
    )
    assert "Translation of:" in answer
