"""Answers as people give them: what is clearly a yes or a no counts, all else is asked again."""

from __future__ import annotations

import pytest

from storage import matching
from tests.commands.events.meetings import TRAINING, make
from tests.commands.matching.people import register
from tests.commands.matching.scene import ask, due, propose
from tests.commands.matching.test_meeting import reply, together
from tests.commands.practices.under import reply as reply_to_last
from tests.transcript import ADA, BEN, MIA, Chat

ROOM, NO_ROOM = "I open a room", "That is all right."
UNCLEAR = "Please answer yes or no"


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("yes", ROOM),
        ("Ja", ROOM),
        ("ja gerne", ROOM),
        ("Yes please!", ROOM),
        ("👍🏽", ROOM),
        ("Ja, sehr gerne! Viele Grüße, Ben", ROOM),
        ("Yes, gladly! Greetings, Ben", ROOM),
        ("Hallo, ja gern.\nLiebe Gruesse\nBen Ünal", ROOM),
        ("ja bitte, ich würde sie gern kennenlernen", ROOM),
        ("Yes, I'd love to meet her, thank you! Ben", ROOM),
        ("Nein danke, viele Grüße, Ben", NO_ROOM),
        ("no", NO_ROOM),
        ("Nein, danke.", NO_ROOM),
        ("👎", NO_ROOM),
    ],
)
def test_a_plain_answer_is_understood(peers: Chat, said: str, answer: str) -> None:
    """In reply to the request, and without; only there is it an answer, and only once."""
    propose(peers, ADA, BEN)
    peers.say(ADA, "accept")
    assert answer in peers.say(BEN, said)
    assert answer not in peers.say(BEN, said)
    propose(peers, ADA, MIA)
    peers.say(ADA, "accept")
    assert answer in reply(peers, MIA, "introduction:2", said.replace("Ben", "Mia"))


def test_a_no_that_may_be_meant_for_something_else_declines_nothing(peers: Chat) -> None:
    """Some hours later and after other words it is asked again, in reply to who it was; then it counts."""
    ask(peers)
    peers.clock.forward(hours=5)
    peers.say(BEN, "ping")
    assert "Do you mean this question of mine?" in peers.say(BEN, "no")
    peers.clock.forward(hours=5)
    assert NO_ROOM in peers.say(BEN, "no")


def test_of_two_proposals_the_last_is_answered(peers: Chat) -> None:
    """Or it is asked which; a reply or a number tells, with its sign or without."""
    propose(peers, ADA, BEN)
    propose(peers, BEN, MIA)
    peers.say(BEN, "ping")
    assert "Please reply to the message that you mean" in peers.say(BEN, "yes")
    assert "answered yet" in peers.say(BEN, "accept #1")


def test_in_other_rooms_a_yes_is_talk(peers: Chat) -> None:
    """It may answer somebody else."""
    ask(peers)
    assert peers.in_hub(BEN, "yes") == ""


@pytest.mark.parametrize(
    "said",
    [
        "No problem, I'd love to!",
        "no, wait: yes please",
        "Nein, kein Problem, gern!",
        "Hm, who else?",
        "ja, aber erst im Mai",
        "Ja nicht!",
        "No, I'd love to",
        "yes gladly?",
    ],
)
def test_what_may_be_either_is_asked_again(peers: Chat, said: str) -> None:
    """Nothing is declined by it, and the answer to that is understood."""
    ask(peers)
    assert UNCLEAR in reply(peers, BEN, "introduction:1", said)
    assert ROOM in reply_to_last(peers, BEN, "ja")


def test_a_no_with_a_reason_is_a_no(peers: Chat) -> None:
    """The reason is kept."""
    ask(peers)
    assert NO_ROOM in reply(peers, BEN, "introduction:1", "No, that is not my theme")


@pytest.mark.parametrize(
    "said",
    [
        "No, we have not met.",
        "Unfortunately not",
        "We never found a date.",
        "not really",
        "Leider ist der Termin ausgefallen",
    ],
)
def test_who_denies_it_has_not_met(peers: Chat, said: str) -> None:
    """Nothing is kept of it; they are asked for a yes or a no, and that counts."""
    together(peers)
    peers.clock.forward(days=15)
    due(peers)
    assert "Have you met?" in reply(peers, ADA, "introduction_met:1", said)
    with peers.reading() as tx:
        assert [own.met for _, own in matching.introductions_of(tx, ADA)] == [None]
    assert "took" not in reply_to_last(peers, ADA, "no")
    with peers.reading() as tx:
        assert [own.met for _, own in matching.introductions_of(tx, ADA)] == [False]


def test_one_person_does_not_ask_everybody(peers: Chat) -> None:
    """Five in a week; what asks for more is told from when on."""
    with peers.database.write("before") as tx:
        for number in range(5):
            matching.introduce(tx, [ADA, f"@p{number}:test.localhost"], asker=ADA)
    peers.say(ADA, "match")
    assert peers.say(ADA, "introduce 1") == (
        "You have had 5 members asked within a week, and that shall be enough."
        " Please ask the next one from Tuesday, 9 March 2027 on."
    )
    peers.clock.forward(days=8)
    peers.say(ADA, "match")
    assert peers.say(ADA, "introduce 1").startswith("I ask this member")


def test_the_words_for_events_answer_no_introduction(chat_de: Chat) -> None:
    """A contact is not passed on by the words in which the bot speaks of coming to an event."""
    chat_de.begin(register)
    make(chat_de, TRAINING, "#ud-hub")
    ask(chat_de)
    assert "Sie kommen zu #1" in chat_de.say(BEN, "zusagen 1")
    assert "Sie kommen nicht" in chat_de.say(BEN, "absagen 1")
    with chat_de.reading() as tx:
        assert [own.answer for _, own in matching.introductions_of(tx, BEN)] == [None]
