"""A question on a practice: its way to the author, the answer's way back, and both with the practice."""

from __future__ import annotations

import pytest

from commands.core.registry import load
from storage import members, reuse, rooms
from storage.members import Preference
from tests.commands.practices.clock import wait
from tests.commands.practices.network import WINTER, bring, register, starter
from tests.commands.practices.under import reply, tap
from tests.transcript import ADA, BEN, HUB, MIA, Chat

ASKED = "ask 1 How many people did it take?"


@pytest.fixture
def shared(ada: Chat) -> Chat:
    """Ada, who speaks German, shared practice #1; Ben of Lyon speaks English."""
    ada.say(ADA, WINTER)
    register(ada, BEN, city="Lyon", country="FR")
    with ada.database.write("german") as tx:
        members.keep_preference(tx, Preference(user_id=ADA, locale="de", timezone="Europe/Berlin"))
    return ada


@pytest.fixture
def answered(shared: Chat) -> Chat:
    """Ben asked, Ada answered."""
    shared.say(BEN, ASKED)
    reply(shared, ADA, "Vier Leute, zwei Maschinen.")
    return shared


def stands(chat: Chat) -> bool:
    """Whether the practice shows question and answer to others."""
    pages = [chat.say(MIA, "practice 1"), chat.say(MIA, "more"), chat.say(MIA, "more")]
    return "How many people did it take?" in "\n".join(pages)


def test_the_way_of_a_question(shared: Chat) -> None:
    """To the author in their language, by name; the answer comes back under the question."""
    told, answer = shared.say(BEN, ASKED).split("\n---\n")
    asked = shared.last_event
    assert told == (
        "Ben Okri, City of Lyon hat eine Frage zu #1 Cycling in winter:\n\n"
        "> How many people did it take?\n\n"
        "Ein, zwei Sätze genügen. Antworten Sie einfach auf diese Nachricht, oder schreiben Sie:"
        " antworten 1 …"
    )
    assert answer == (
        "I have passed your question on #1 Cycling in winter on, with your name and organisation."
        " The answer comes into our direct chat. (Question 1)"
    )
    back, thanks = reply(shared, ADA, "Vier Leute, zwei Maschinen.").split("\n---\n")
    assert back == (
        "Ada Byron, City of Ghent has answered your question on #1 Cycling in winter.\n\n"
        "Question\nHow many people did it take?\n\n"
        "Answer\nVier Leute, zwei Maschinen.\n\n"
        "May question and answer stand with the practice, without your names? It is shown when both of you"
        " agree: 👍 or agree 1, otherwise 👎 or agree 1 no."
    )
    assert thanks.startswith("Vielen Dank! Ihre Antwort zu #1 Cycling in winter ist unterwegs.")
    message = next(row for row in shared.answers if row.lane == shared.dm(BEN))
    assert message.content["m.relates_to"] == {"m.in_reply_to": {"event_id": asked}}
    tapped = [(row.lane, row.content["key"]) for row in shared.answers if row.action == "reaction"]
    assert tapped == [(room, emoji) for room in (shared.dm(BEN), shared.dm(ADA)) for emoji in "👍👎"]


def test_answering_by_command(shared: Chat) -> None:
    """By the number that stands with the question; only who was asked, and once."""
    shared.say(BEN, ASKED)
    assert shared.say(BEN, "answer 1 two").startswith("Question 1 is yours")
    register(shared, MIA)
    assert (
        shared.say(MIA, "answer 1 two") == "There is no question 1 that you asked or that was asked of you."
    )
    assert "ist unterwegs" in shared.say(ADA, "antwort 1 Vier Leute.")
    assert shared.say(ADA, "answer 1 Fünf Leute.") == "Frage 1 ist schon beantwortet."
    assert "keine Nummer einer Frage" in shared.say(ADA, "!answer one two")


def test_who_was_removed_does_nothing_more_by_replying(answered: Chat) -> None:
    """As with the commands: no answer, no agreeing."""
    in_hub(answered, ADA, "ban")
    assert tap(answered, ADA, "👍") == ""
    in_hub(answered, ADA, "join")
    answered.say(BEN, "ask 1 And in spring?")
    in_hub(answered, ADA, "ban")
    assert reply(answered, ADA, "Genauso.").startswith(
        "Das steht allen offen, die unserem Hauptraum beigetreten sind."
    )
    with answered.reading() as tx:
        first, second = reuse.question(tx, 1), reuse.question(tx, 2)
        assert first
        assert first.answerer_agrees is None
        assert second
        assert second.answer is None


def in_hub(chat: Chat, user: str, membership: str) -> None:
    """Let somebody be in the main room, or no longer."""
    with chat.database.write(f"{membership} {chat.last_event}") as tx:
        rooms.keep_member(tx, HUB, user, membership, user[1:4].title())


def test_a_question_from_a_room(shared: Chat) -> None:
    """The answer goes to the direct chat all the same."""
    shared.in_hub(BEN, f"!{ASKED}")
    reply(shared, ADA, "Vier Leute.")
    message = next(row for row in shared.answers if row.lane == shared.dm(BEN))
    assert "m.relates_to" not in message.content


def test_both_have_to_agree(answered: Chat) -> None:
    """By a reaction or a command, in either order; who agreed first hears of it."""
    assert not stands(answered)
    assert tap(answered, ADA, "👍🏽").startswith("Danke. Sobald auch die andere Seite einverstanden ist")
    assert not stands(answered)
    told, answer = answered.say(BEN, "agree 1").split("\n---\n")
    assert told.startswith("Sie sind beide einverstanden, Frage und Antwort stehen jetzt bei #1")
    assert answer == "Thank you. Question and answer now stand with #1 Cycling in winter: practice 1"
    assert stands(answered)
    answered.say(MIA, "practice 1")
    answered.say(MIA, "more")
    page = answered.say(MIA, "more")
    assert "#1 Cycling in winter: questions and answers" in page
    assert "Vier Leute, zwei Maschinen." in page
    assert "Ben" not in page


@pytest.mark.parametrize("no", ["tap", "reply", "command"])
def test_one_of_them_does_not_want_it(answered: Chat, no: str) -> None:
    answered.say(ADA, "einverstanden 1")
    refusals = {
        "tap": lambda: tap(answered, BEN, "👎"),
        "reply": lambda: reply(answered, BEN, "Rather not"),
        "command": lambda: answered.say(BEN, "agree 1 no"),
    }
    assert refusals[no]() == "Good, question and answer on #1 Cycling in winter stay between the two of you."
    assert not stands(answered)


def test_consent_can_be_taken_back(answered: Chat) -> None:
    answered.say(ADA, "agree 1")
    answered.say(BEN, "agree 1")
    answered.say(ADA, "agree 1 nein")
    assert not stands(answered)


def test_what_is_said_under_an_answer(answered: Chat) -> None:
    """Words that are neither yes nor no are not lost without a word."""
    assert reply(answered, BEN, "And what did it cost?") == (
        "Question 1 is answered. Please say yes or no to its being shown with the practice, or write agree 1."
        " To ask another question: ask 1 …"
    )
    assert answered.say(MIA, "agree 1") == "There is no question 1 that you asked or that was asked of you."
    assert tap(answered, BEN, "🎉") == ""


def test_without_a_number(shared: Chat) -> None:
    """The question after it is asked for; words that are too few for one to the network are searched for."""
    assert shared.say(BEN, "ask 1").startswith("What would you like to know?")
    assert "Did you mean the command ask" in shared.say(BEN, "ask the mayor")


def test_where_nobody_can_answer(shared: Chat) -> None:
    """Imported practices have sources; who has left has none to give."""
    bring(shared, *starter()[:1])
    answer = shared.say(BEN, "ask 2 How is it going?")
    assert "Nobody in the network can answer for #2" in answer
    assert "Its links and sources lead further: practice 2" in answer
    with shared.database.write("leave") as tx:
        rooms.keep_member(tx, HUB, ADA, "leave")
    assert "Perhaps somebody in #ud-hub:test.localhost knows more" in shared.say(BEN, ASKED)
    with shared.reading() as tx:
        assert reuse.questions_of(tx, BEN) == []


def test_limits(shared: Chat) -> None:
    """One's own practice, the same twice, too many, too long."""
    assert (
        shared.say(ADA, ASKED)
        == "#1 Cycling in winter ist Ihr eigenes Praxisbeispiel; niemand kennt es besser."
    )
    shared.say(BEN, ASKED)
    assert shared.say(BEN, ASKED).startswith("You have asked this already; it is question 1 on #1")
    for number in range(4):
        shared.say(BEN, f"ask 1 And what about {number}?")
    assert shared.say(BEN, "ask 1 One more?").startswith("5 of your questions still wait for an answer.")
    shared.say(ADA, "answer 1 Four.")
    assert "I have passed your question" in shared.say(BEN, "ask 1 One more?")
    assert shared.say(BEN, f"ask 1 {'x' * 501}").startswith("That is 501 characters; at most 500 fit.")


def test_a_question_that_waits(shared: Chat) -> None:
    """After a week the author is reminded, once; after another the asker is told."""
    shared.say(BEN, ASKED)
    assert wait(shared, days=6) == []
    ((room, reminder),) = wait(shared, days=2)
    assert room == shared.dm(ADA)
    assert reminder.startswith("Vor einer Woche kam eine Frage zu #1 Cycling in winter")
    ((room, told),) = wait(shared, days=8)
    assert room == shared.dm(BEN)
    assert told.startswith("I am sorry: there is no answer yet to your question on #1 Cycling in winter")
    assert wait(shared, days=100) == []
    assert "Ada Byron, City of Ghent has answered" in reply(shared, ADA, "Vier Leute.")


def test_an_answered_question_does_not_wait(answered: Chat) -> None:
    assert wait(answered, days=100) == []


def test_the_author_is_gone_meanwhile(shared: Chat) -> None:
    """The asker hears that instead of waiting."""
    shared.say(BEN, ASKED)
    forget(shared, ADA, practices_too=False)
    ((room, told),) = wait(shared, days=8)
    assert room == shared.dm(BEN)
    assert "is no longer in the network" in told


def test_the_practice_is_archived_meanwhile(shared: Chat) -> None:
    """The asker hears that, and can ask about others."""
    for number in range(5):
        shared.say(BEN, f"ask 1 And what about {number}?")
    shared.say(ADA, WINTER.replace("Cycling", "Walking"))
    assert shared.say(BEN, "ask 2 One more?").startswith("5 of your questions still wait")
    shared.say(ADA, "archive 1 It has ended")
    assert "I have passed your question" in shared.say(BEN, "ask 2 One more?")
    told = [said for room, said in wait(shared, days=8) if room == shared.dm(BEN)]
    assert len(told) == 5
    assert "#1 Cycling in winter" in told[0]
    assert "has been archived meanwhile. You had asked: And what about 0?" in told[0]
    wait(shared, days=8)
    assert wait(shared, days=80) == []


@pytest.mark.parametrize("practices_too", [False, True])
@pytest.mark.parametrize("gone", [ADA, BEN])
def test_what_stands_stays_without_the_names(answered: Chat, gone: str, practices_too: bool) -> None:
    """Unless they want it all to go."""
    answered.say(ADA, "agree 1")
    answered.say(BEN, "agree 1")
    forget(answered, gone, practices_too=practices_too)
    assert stands(answered) is not practices_too


def forget(chat: Chat, user: str, *, practices_too: bool) -> None:
    """Let questions of a person go, as `forgetme` does."""
    with chat.database.write("forget") as tx:
        for holding in load().holdings:
            if holding.table == "question" and holding.erase:
                holding.erase(tx, user, practices_too)
