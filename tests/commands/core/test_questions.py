"""Plain words in the direct chat answer what the bot asked last, unless they may be a search."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from commands.core.context import Context
from commands.core.conversation import Conversation
from commands.core.nodes import paragraph
from commands.core.registry import load
from commands.core.reply import Reply, reply
from commands.core.topics import Asks, Topic
from commands.core.values import yes_or_no
from storage import inbox, outbox
from storage.outbox import Action, Delivered
from tests.commands.practices import under
from tests.commands.practices.network import register
from tests.transcript import BEN, Chat

LETTER = {"msgtype": "m.notice", "body": "A question"}
SENTENCE = "We pay half of it ourselves."
MEANT = "I am not sure whether"
NO_YES = "Please write yes or no after the number."


@dataclass
class Heard:
    """What topics were told; of what is answered nothing is open any more."""

    words: list[str] = field(default_factory=list)

    def consents(self, ctx: Context, reference: str, text: str) -> Reply:
        """Take a yes or no."""
        yes_or_no(text, ctx)
        return self.takes(ctx, reference, text)

    def takes(self, _ctx: Context, reference: str, text: str) -> Reply:
        """Take any words."""
        self.words.append(f"{reference}: {text}")
        return reply(paragraph(f"Noted for {reference}"))

    def is_open(self, asks: Asks) -> Topic:
        """A topic that asks this."""
        name = {Asks.YES_OR_NO: "consent", Asks.WORDS: "words"}.get(asks, "answer")
        replied = self.consents if name == "consent" else self.takes

        def still(_ctx: Context, reference: str) -> Asks:
            answered = any(one.startswith(f"{reference}: ") for one in self.words)
            return Asks.NOTHING if answered else asks

        return Topic(name, replied=replied, open=still)


@pytest.fixture
def heard() -> Heard:
    """What the topics were told."""
    return Heard()


@pytest.fixture
def chat(chat: Chat, heard: Heard) -> Chat:
    """Ben is a member, and may be asked for a yes, for words, or be given an answer."""
    register(chat, BEN)
    kinds = (Asks.YES_OR_NO, Asks.WORDS, Asks.THANKS | Asks.WORDS)
    topics = {topic.name: topic for topic in map(heard.is_open, kinds)}
    registry = replace(load(), topics={**load().topics, **topics})
    chat.conversation = Conversation(registry, chat.network)
    return chat


def letter(chat: Chat, topic: str | None) -> None:
    """Let the bot write to Ben of its own accord."""
    with chat.database.write(f"letter {topic} {chat.clock.now}") as tx:
        outbox.message(tx, BEN, LETTER, topic=topic)


@pytest.mark.parametrize("said", ["yes", "Ja", "👍", "ok", "thanks, yes"])
def test_a_yes_answers_the_last_question_however_old(chat: Chat, heard: Heard, said: str) -> None:
    letter(chat, "consent:1")
    chat.clock.forward(days=3)
    assert chat.say(BEN, said) == "Noted for 1"
    assert heard.words


def test_a_yes_after_another_exchange_answers_the_only_question(chat: Chat, heard: Heard) -> None:
    letter(chat, "consent:1")
    chat.say(BEN, "ping")
    assert chat.say(BEN, "ok").startswith("Good.")  # to the pong
    assert chat.say(BEN, "yes") == "Noted for 1"
    assert "nothing for that" in chat.say(BEN, "yes")  # nothing is asked any more


def test_a_yes_long_after_another_exchange_is_asked_back_about(chat: Chat, heard: Heard) -> None:
    letter(chat, "consent:1")
    chat.say(BEN, "ping")
    with chat.reading() as tx:
        (question,) = outbox.on_topic(tx, "consent:1")
    with chat.database.write() as tx:
        outbox.mark_sent(tx, [Delivered(question.key, chat.dm(BEN), "$asked")])
    chat.clock.forward(days=7)
    assert chat.say(BEN, "yes").startswith("Do you mean this question of mine?")
    assert chat.answers[0].content["m.relates_to"] == {"m.in_reply_to": {"event_id": "$asked"}}
    assert heard.words == []
    assert chat.say(BEN, "no") == "Noted for 1"
    assert heard.words == ["1: no"]


def test_of_several_questions_none_is_answered_by_chance(chat: Chat, heard: Heard) -> None:
    """The last one may be meant, as long as nothing came between."""
    letter(chat, "consent:1")
    letter(chat, "consent:2")
    chat.say(BEN, "ping")
    assert chat.say(BEN, "yes").startswith("I have asked you several things.")
    assert heard.words == []
    letter(chat, "consent:3")
    assert chat.say(BEN, "yes") == "Noted for 3"


def test_a_sentence_answers_what_was_just_asked(chat: Chat, heard: Heard) -> None:
    letter(chat, "words:1")
    assert chat.say(BEN, SENTENCE) == "Noted for 1"
    assert heard.words == [f"1: {SENTENCE}"]


@pytest.mark.parametrize(
    ("said", "days"), [("bicycles", 0), ("How is that paid for?", 0), (SENTENCE, 7), ("yes", 0)]
)
def test_what_may_be_a_search_is_no_answer_until_that_is_said(
    chat: Chat, heard: Heard, said: str, days: int
) -> None:
    letter(chat, "words:1")
    chat.clock.forward(days=days)
    shown = chat.say(BEN, said)
    assert shown.startswith(f"{MEANT} “{said}”")
    assert "ask " not in shown
    assert "watch" not in shown
    assert [row.content["key"] for row in chat.answers if row.action == Action.REACTION] == ["✅"]
    assert heard.words == []
    assert chat.react(BEN, "✅") == "Noted for 1"
    assert heard.words == [f"1: {said}"]


def test_the_words_are_taken_once_and_only_while_they_are_there(chat: Chat, heard: Heard) -> None:
    letter(chat, "words:1")
    chat.say(BEN, "bicycles")
    with chat.database.write("took back") as tx:
        inbox.withdraw(tx, chat.last_event)
    assert "once more" in chat.say(BEN, "yes")
    letter(chat, "words:2")
    chat.say(BEN, "bicycles")
    assert chat.react(BEN, "✅") == "Noted for 2"
    assert heard.words == ["2: bicycles"]


def test_a_no_leaves_the_question_open(chat: Chat, heard: Heard) -> None:
    letter(chat, "words:1")
    chat.say(BEN, "bicycles")
    assert "still open" in chat.say(BEN, "no")
    assert heard.words == []


def test_words_after_another_exchange_are_looked_for(chat: Chat, heard: Heard) -> None:
    """Even long ones; but nobody is invited to pass them on."""
    letter(chat, "words:1")
    chat.say(BEN, "ping")
    shown = chat.say(BEN, SENTENCE)
    assert shown.startswith("I have found nothing")
    assert "ask " not in shown
    assert "watch" not in shown
    assert heard.words == []


def test_what_is_no_yes_is_looked_for_with_a_word_on_the_question(chat: Chat, heard: Heard) -> None:
    letter(chat, "consent:1")
    shown = chat.say(BEN, "bicycles")
    assert shown.startswith(NO_YES)
    assert "found nothing" in shown
    assert "ask " not in shown
    assert chat.say(BEN, "yes") == "Noted for 1"


def test_commands_stay_commands_and_letters_that_ask_nothing_change_nothing(chat: Chat, heard: Heard) -> None:
    letter(chat, "words:1")
    assert chat.say(BEN, "ping") == "pong"
    letter(chat, None)
    chat.say(BEN, SENTENCE)
    chat.clock.forward(days=15)
    letter(chat, None)
    assert "ask Who" in chat.say(BEN, "bicycles")
    assert heard.words == []


def test_what_was_said_before_the_question_was_asked_is_no_answer(chat: Chat, heard: Heard) -> None:
    """The bot was away, or slow."""
    asked_at = chat.clock.now
    chat.clock.forward(minutes=5)
    letter(chat, "consent:1")
    chat.clock.now = asked_at
    chat.say(BEN, "yes", delay=600)
    assert heard.words == []


def test_thanks_go_to_who_gave_the_answer(chat: Chat, heard: Heard) -> None:
    letter(chat, "answer:1")
    assert chat.say(BEN, "Thank you for the quick answer!") == "Noted for 1"
    assert heard.words == ["1: Thank you"]


def test_thanks_for_something_else_are_for_the_bot(chat: Chat, heard: Heard) -> None:
    letter(chat, "answer:1")
    chat.say(BEN, "ping")
    assert chat.say(BEN, "thank you") != "Noted for 1"
    letter(chat, "answer:2")
    assert chat.say(BEN, "And who waters the trees in the summer?").startswith(MEANT)
    assert heard.words == []


def test_a_refusal_under_a_question_is_about_it_as_well(chat: Chat, heard: Heard) -> None:
    letter(chat, "consent:1")
    assert under.reply(chat, BEN, "bicycles") == NO_YES
    assert chat.say(BEN, "yes") == "Noted for 1"


def test_a_yes_in_a_form_is_not_taken_for_the_wrong_question(chat: Chat, heard: Heard) -> None:
    """Where another question came meanwhile, neither is answered by chance."""
    chat.say(BEN, "forgetme")
    letter(chat, "consent:1")
    shown = chat.say(BEN, "yes")
    assert shown.startswith("There are two questions now.")
    assert "To be sure" in shown
    assert heard.words == []
    assert chat.say(BEN, "no") == "Nothing was deleted."
