"""Questions to the network: to the few who know most, their answers back, and kept where both agree."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from commands.members import service as forgetting
from storage import asking, dialogs, matching, members, outbox, rooms
from storage.asking import AnswerRequest, NetworkQuestion, QuestionState
from storage.inbox import Kind
from storage.outbox import Delivered
from storage.rooms import Room
from storage.search import meaning
from tests import golden
from tests.commands.matching.people import FORMS
from tests.commands.practices.clock import wait
from tests.commands.practices.under import _last, reply, tap
from tests.transcript import ADA, BEN, BOT, HUB, MIA, Chat

QUESTION = {
    "en": "How do you pay for shade and drinking water on hot days?",
    "de": "Wie bezahlen Sie Schatten und Trinkwasser an heißen Tagen?",
}
ASK = {"en": "ask", "de": "fragen"}
THEME = {"en": "climate adaptation", "de": "Klimaanpassung"}
ANSWER = "The region pays half, the city the rest."
PRACTICE = """\
!share
title: Cycle paths in winter
summary: Cycle paths are cleared first.
challenge: Nobody cycles on ice.
solution: Two machines and a budget.
evidence: Twice as many cyclists.
lessons: Begin early.
transfer: A machine and four people.
city: Barcelona
country: ES
themes: mobility
language: en"""
ALONG = "\N{BLACK RIGHTWARDS ARROW}\N{VARIATION SELECTOR-16}"


def ask(chat: Chat, user: str = ADA, how: str = "1", question: str | None = None) -> list[str]:
    """Let `user` ask, confirm the theme and send it; what the bot says to each."""
    language = chat.language
    words = question or QUESTION[language]
    return [chat.say(user, f"{ASK[language]} {words}"), chat.say(user, THEME[language]), chat.say(user, how)]


def told(said: list[tuple[str, str]]) -> str:
    """What is said, and where."""
    return "\n---\n".join(f"[{lane}]\n{text}" for lane, text in said)


def lanes(said: list[tuple[str, str]]) -> set[str]:
    return {lane for lane, _ in said}


def question(chat: Chat, number: int = 1) -> NetworkQuestion:
    with chat.reading() as tx:
        found = asking.question(tx, number)
        assert found
        return found


def requests(chat: Chat, number: int = 1) -> dict[str | None, AnswerRequest]:
    with chat.reading() as tx:
        return {one.user_id: one for one in asking.requests(tx, number)}


def more_people(chat: Chat, count: int) -> list[str]:
    """So many further members who work on the same, each in a city of their own."""
    people = [f"@p{number:02}:test.localhost" for number in range(count)]
    with chat.database.write("people") as tx:
        for user in people:
            rooms.keep_member(tx, HUB, user, "join", user)
            tx.session.add(Room(room_id=f"!dm-{user[1:4]}:test.localhost", version="12", direct_with=user))
            for one in (user, BOT):
                rooms.keep_member(tx, f"!dm-{user[1:4]}:test.localhost", one, "join", one)
    for number, user in enumerate(people):
        form = FORMS[MIA].replace("Mia Ferrer", f"P {number:02}").replace("Barcelona", f"City {number:02}")
        chat.say(user, form)
    return people


def under(chat: Chat, user: str, topic: str, text: str) -> str:
    """Let `user` reply to the first message in their direct chat on a topic."""
    with chat.database.write("sent") as tx:
        message = next(row for row in outbox.on_topic(tx, topic) if row.lane == chat.dm(user))
        outbox.mark_sent(tx, [Delivered(message.key, message.lane, f"${topic}")])
    relation = {"m.in_reply_to": {"event_id": f"${topic}"}}
    return chat.event(user, Kind.MESSAGE, {"msgtype": "m.text", "body": text, "m.relates_to": relation})


def in_thread(chat: Chat, user: str, text: str) -> str:
    """Let `user` go on in the thread under their first message, as clients do: behind the last one in it."""
    relation = {
        "rel_type": "m.thread",
        "event_id": "$root",
        "is_falling_back": True,
        "m.in_reply_to": {"event_id": _last(chat, user)},
    }
    return chat.event(user, Kind.MESSAGE, {"msgtype": "m.text", "body": text, "m.relates_to": relation})


# --- the whole way


def test_the_way_of_a_question(network: Chat) -> None:
    """Word for word: asked, told, answered, asked back, thanked, closed, and read by all."""
    said = ask(network)
    asked_in = question(network).asked_in
    said += [tap(network, ADA, "👍"), told(wait(network, minutes=1))]
    said.append(reply(network, BEN, ANSWER))
    answer = next(row for row in network.answers if row.lane == network.dm(ADA) and row.action == "message")
    relation = answer.content["m.relates_to"]
    assert (relation["rel_type"], relation["event_id"]) == ("m.thread", asked_in)
    said += [tap(network, BEN, "👍"), in_thread(network, ADA, "And who waters the trees?")]
    said += [told(wait(network, minutes=1)), reply(network, BEN, "The fire brigade does.")]
    said += [tap(network, ADA, "🙏"), told(wait(network, minutes=1))]
    mine = {"en": "ask mine", "de": "meine fragen"}[network.language]
    close = {"en": "ask close 1", "de": "frage schließen 1"}[network.language]
    answers = {"en": "answers", "de": "netzwerkfragen"}[network.language]
    said += [network.say(ADA, one) for one in (mine, close)]
    said += [network.say(MIA, answers), network.say(MIA, f"{answers} 1"), network.in_hub(MIA, "!answers 1")]
    golden.check(f"matching/asking.{network.language}.txt", "\n\n======\n\n".join(said))


def test_nobody_answers(network: Chat) -> None:
    """More are asked once after a week, then the moderators and the asker are told; word for word."""
    speaks(network, MIA, "es")
    ask(network, how="2")
    assert lanes(wait(network, minutes=1)) == {network.dm(BEN)}
    speaks(network, MIA, "es", network.language)
    said = [told(wait(network, days=7, hours=1)) for _ in range(2)]
    golden.check(f"matching/unanswered.{network.language}.txt", "\n\n======\n\n".join(said))
    assert question(network).state == QuestionState.UNANSWERED
    assert wait(network, days=30) == []
    late = reply(network, MIA, ANSWER)  # a moderator who knows more after all
    assert ANSWER in late
    assert network.dm(ADA) in {row.lane for row in network.answers}


# --- who is asked


def test_five_at_a_time_and_ten_in_all(peers: Chat) -> None:
    """Five at first, five more after a week; each once, and who passes it on makes room for one more."""
    more_people(peers, 12)
    assert "the 5 members" in ask(peers)[1]
    first = lanes(wait(peers, minutes=1))
    assert len(first) == 5
    assert peers.dm(BEN) in first  # who offers something on it comes before who only works on it
    assert tap(peers, BEN, ALONG).startswith("That is all right; I ask somebody else.")
    sixth = lanes(wait(peers, minutes=1))
    assert len(sixth) == 1
    assert sixth.isdisjoint(first)
    more = lanes(wait(peers, days=7, hours=1)) - {peers.dm(ADA)}
    assert more.isdisjoint(first | sixth)
    assert len(first | sixth | more) == 10
    assert len(requests(peers)) == 10
    again = under(peers, BEN, "network_question:1", "not me")
    assert again.startswith("That is all right; I leave you in peace")


def test_who_is_not_asked(peers: Chat) -> None:
    """Who left, is away, was blocked or blocked the asker, speaks another language, has been asked enough."""
    people = more_people(peers, 7)
    left, snoozed, blocked, blocking, busy, met, fine = people
    with peers.database.write("apart") as tx:
        rooms.keep_member(tx, HUB, left, "leave", left)
        matching.block(tx, ADA, blocked)
        matching.block(tx, blocking, ADA)
        for number in range(2):
            asked = NetworkQuestion(
                asker=MIA, text="Why?", language="en", theme="housing", named=True, asked_at=tx.now
            )
            asking.keep(tx, asked)
            asking.keep(tx, AnswerRequest(question=asked.number, user_id=busy, asked_at=tx.now))
            matching.introduce(tx, (met, [BEN, MIA][number]), asker=[BEN, MIA][number])
    peers.say(snoozed, "matching snooze until 1 May")
    speaks(peers, BEN, "de")
    ask(peers)
    assert set(requests(peers, 3)) == {MIA, fine}


def test_answers_count_against_introductions(peers: Chat) -> None:
    """Who was asked two questions this week is not asked to meet somebody as well."""
    for words in (QUESTION["en"], "How do you plant trees on hot squares?"):
        ask(peers, question=words)
    wait(peers, minutes=1)
    peers.say(MIA, "match")
    refused = [peers.say(MIA, f"introduce {number}") for number in (1, 2)]
    assert refused[1].startswith("This member has been asked twice within a week already")


def test_nobody_is_asked_at_night(peers: Chat) -> None:
    """On a Saturday evening it waits for Monday; and again if the program was away when that came."""
    peers.clock.now = datetime(2027, 3, 6, 19, 0, tzinfo=UTC)
    ask(peers)
    assert wait(peers, hours=20) == []
    peers.clock.now = datetime(2027, 3, 8, 20, 0, tzinfo=UTC)
    assert wait(peers, minutes=1) == []
    assert lanes(wait(peers, hours=14)) == {peers.dm(BEN), peers.dm(MIA)}


def test_by_their_practices(peers: Chat) -> None:
    """Who shared something on it is asked, though they offer nothing and work on something else."""
    with peers.database.write("themes") as tx:
        for user in (BEN, MIA):
            member = members.get(tx, user)
            assert member
            member.themes = ["culture"]
        members.replace_lines(tx, BEN, "offer", [])
    peers.say(MIA, PRACTICE)
    peers.say(ADA, "ask How do you finance cycle paths in winter?")
    peers.say(ADA, "mobility")
    peers.say(ADA, "1")
    assert set(requests(peers)) == {MIA}


def test_by_their_words(peers: Chat) -> None:
    """Who offers the very thing is asked, under whatever theme they filed it."""
    with peers.database.write("offers") as tx:
        members.replace_lines(tx, BEN, "offer", [("housing", "cargo bikes for craftsmen")])
    peers.say(ADA, "ask Who lends cargo bikes to craftsmen?")
    assert "goes to the member who knows most" in peers.say(ADA, "digital")
    peers.say(ADA, "1")
    assert set(requests(peers)) == {BEN}


def test_nobody_knows(peers: Chat) -> None:
    """The asker hears so beforehand, and the moderators read it at once."""
    said = ask(peers, question="Which software do you use for the register of graves?")
    peers.say(ADA, "ask Which software do you use for the register of graves?")
    said = [peers.say(ADA, "digital"), peers.say(ADA, "2")]
    assert "At present I find nobody who could be asked in English about" in said[0]
    assert "I have found nobody who could be asked. It comes from: A member" in said[1]
    assert "I have given your question to the moderators." in said[1]


def test_nobody_knows_in_the_language_of_the_question(peers: Chat) -> None:
    """Whom one could ask in another language that one speaks is said."""
    with peers.database.write() as tx:
        for user, languages in ((ADA, ["en", "de"]), (BEN, ["en", "uk"]), (MIA, ["en"])):
            member = members.get(tx, user)
            assert member
            member.languages = languages
    peers.say(ADA, "ask Wie bezahlen Sie Schatten und Trinkwasser an heißen Tagen?")
    said = peers.say(ADA, "climate adaptation")
    assert "nobody who could be asked in German about Climate adaptation, but 2 members in English" in said


def test_three_questions_a_week(peers: Chat) -> None:
    """The fourth is refused; a week later there is room again."""
    for number in range(3):
        ask(peers, question=f"How do you plant trees on {number} hot squares?")
    assert peers.say(ADA, "ask How do you water them?").startswith(
        "You can ask the network 3 questions a week"
    )
    peers.clock.forward(days=8)
    assert peers.say(ADA, "ask How do you water them?").startswith("Theme")


def test_nothing_is_sent_without_a_yes(peers: Chat) -> None:
    """Neither after a no, nor when the dialog is cancelled."""
    assert ask(peers, how="3")[-1] == "All right, I ask nobody."
    peers.say(ADA, f"ask {QUESTION['en']}")
    peers.say(ADA, "cancel")
    assert wait(peers, hours=1) == []
    assert requests(peers) == {}


@pytest.mark.parametrize(
    ("typed", "begins"),
    [
        ("ask", "Question (1/3)"),
        ("ask the mayor", "Did you mean the command ask? I took your words for a search"),
        ("ask 7 how many?", "There is no practice with the number #7"),
        ("ask 15-minute cities: who has one?", "Theme"),
        ("frage Wer hat so etwas schon einmal gemacht?", "Thema"),
    ],
)
def test_one_word_for_both(peers: Chat, typed: str, begins: str) -> None:
    """A number behind it means a practice, a sentence the network; two words are searched for."""
    with peers.database.write("no locale") as tx:
        members.keep_preference(tx, members.Preference(user_id=ADA))
    answer = peers.say(ADA, typed)
    assert begins in answer


def test_help_tells_of_both(peers: Chat) -> None:
    """They are told apart by what is typed behind the word."""
    explained = peers.say(ADA, "help ask")
    assert "ask [question …]" in explained
    assert "ask <number> [question …]" in explained
    assert peers.say(ADA, "help ask about") == explained


def test_a_search_that_finds_nothing_offers_to_ask(peers: Chat) -> None:
    """With the question ready to be sent; guests are told of the room."""
    nothing = peers.say(ADA, "search cargo trams")
    assert "ask Who has experience with cargo trams?" in nothing
    assert peers.say(ADA, "ask Who has experience with cargo trams?").startswith("Theme")


# --- answering


def test_by_name(peers: Chat) -> None:
    """The asker's choice holds for their question; who answers is named as others meet them."""
    for user in (ADA, BEN):
        peers.say(user, "matching without name")
    ask(peers)
    assert "Ada Lovelace" in told(wait(peers, minutes=1))
    assert "A member · Municipality (S) · Germany answers" in peers.say(BEN, f"answer 1 {ANSWER}")
    ask(peers, how="2", question="How do you plant trees on hot squares?")
    letters = told(wait(peers, minutes=1))
    assert "A member · City (L) · France has a question" in letters
    assert "Ada" not in letters


def test_asked_in_a_room(peers: Chat) -> None:
    """All the rest happens in the direct chat; there is no message to make a thread of."""
    assert "direct chat" in peers.in_hub(ADA, f"!ask {QUESTION['en']}")
    peers.say(ADA, "ok")
    peers.say(ADA, "1")
    wait(peers, minutes=1)
    assert ANSWER in peers.say(BEN, f"answer 1 {ANSWER}")
    sent = next(row for row in peers.answers if row.lane == peers.dm(ADA))
    assert "m.relates_to" not in sent.content


def test_answering_twice_and_for_others(peers: Chat) -> None:
    """One answer each; who was not asked is told that there is nothing to answer."""
    speaks(peers, MIA, "es")
    ask(peers)
    wait(peers, minutes=1)
    peers.say(BEN, f"answer 1 {ANSWER}")
    assert peers.say(BEN, "answer 1 again").startswith("You have answered question 1 already")
    assert under(peers, BEN, "network_question:1", "PS: in summer").startswith(
        "Under this message I only understand yes or no"
    )
    assert peers.say(MIA, "answer 1 I know, too").startswith("There is no question 1")
    assert peers.say(ADA, "answer 1 myself").startswith("There is no question 1")


def test_everyone_may_answer_what_everyone_may_read(peers: Chat) -> None:
    """A question that its asker shows finds answers of people who were not asked."""
    speaks(peers, MIA, "es")
    ask(peers)
    assert peers.say(MIA, "answers").startswith(
        "There are no questions and answers for everyone to read yet."
    )
    tap(peers, ADA, "👍")
    assert "Still without an answer. Do you know? answer 1 …" in peers.say(MIA, "answers")
    assert "Do you know? answer 1 …" in peers.say(MIA, "answers 1")
    assert ANSWER in peers.say(MIA, f"answer 1 {ANSWER}")
    with peers.reading() as tx:
        assert asking.without_answer(tx) == []


def test_answered_in_reply_to_the_list(peers: Chat) -> None:
    """Who looks at an open question can simply reply to it."""
    speaks(peers, MIA, "es")
    ask(peers)
    tap(peers, ADA, "👍")
    peers.say(MIA, "answers 1")
    assert "answers your question" in reply(peers, MIA, ANSWER)


def test_a_number_with_two_meanings(peers: Chat) -> None:
    """Who is asked a question on a practice and one to the network under the same number replies instead."""
    peers.say(BEN, PRACTICE)
    peers.say(MIA, "ask 1 How many people did it take?")
    ask(peers)
    wait(peers, minutes=1)
    assert peers.say(BEN, f"answer 1 {ANSWER}").startswith("You have been asked two different questions")
    assert "answers your question" in under(peers, BEN, "network_question:1", ANSWER)
    assert "has answered your question on #1" in peers.say(
        BEN, "answer 1 Four people."
    )  # only that one waits


def test_asking_back_once(peers: Chat) -> None:
    """A second time, a meeting is offered; a tap asks for it."""
    ask(peers)
    wait(peers, minutes=1)
    peers.say(BEN, f"answer 1 {ANSWER}")
    reply(peers, ADA, "And who waters them?")
    again = under(peers, ADA, "network_answer:1", "And how often?")
    assert again.startswith("You have asked back once already.")
    meet = {"m.relates_to": {"rel_type": "m.annotation", "event_id": "$network_answer:1", "key": "🤝"}}
    assert peers.event(ADA, Kind.REACTION, meet).startswith("I ask this member whether they would like")


def test_words_that_stand_for_a_tap(peers: Chat) -> None:
    """Thanks are passed on as thanks, in reply or in the thread, not as a question; so is a wish to meet."""
    ask(peers)
    wait(peers, minutes=1)
    peers.say(BEN, f"answer 1 {ANSWER}")
    assert in_thread(peers, ADA, "Danke, das hilft sehr!") == "I pass your thanks on."
    assert "says thanks" in told(wait(peers, minutes=1))
    assert (
        under(peers, ADA, "network_answer:1", "thank you") == "You have said thanks for this answer already."
    )
    assert under(peers, ADA, "network_answer:1", "introduce").startswith("I ask this member whether")
    assert requests(peers)[BEN].follow_up is None


@pytest.mark.parametrize("how", ["blocks", "is blocked", "leaves"])
def test_what_comes_between_question_and_answer(peers: Chat, how: str) -> None:
    """Nothing reaches who left, or either of two of whom one blocked the other; nobody learns why."""
    ask(peers)
    wait(peers, minutes=1)
    with peers.database.write("between") as tx:
        if how == "leaves":
            rooms.keep_member(tx, HUB, ADA, "leave", "Ada")
        else:
            matching.block(tx, *((ADA, BEN) if how == "blocks" else (BEN, ADA)))
    assert peers.say(BEN, f"answer 1 {ANSWER}").startswith("This question is no longer open")
    assert {row.lane for row in peers.answers} == {peers.dm(BEN)}


def test_who_blocks_before_they_hear_of_it_is_replaced(peers: Chat) -> None:
    """The request is dropped, and the next one is asked."""
    speaks(peers, MIA, "es")
    peers.clock.now = datetime(2027, 3, 6, 19, 0, tzinfo=UTC)
    ask(peers)
    speaks(peers, MIA, "en")
    with peers.database.write("between") as tx:
        matching.block(tx, BEN, ADA)
    assert lanes(wait(peers, hours=40)) == {peers.dm(MIA)}


# --- afterwards


def test_closed(peers: Chat) -> None:
    """Nobody else is asked; what came of it becomes a practice, with the question as the challenge."""
    ask(peers)
    wait(peers, minutes=1)
    peers.say(BEN, f"answer 1 {ANSWER}")
    assert "Tap 📚" in tap(peers, ADA, "✅")
    form = tap(peers, ADA, "📚")
    assert form.startswith("Good that you want to share something!")
    assert dialog_of(peers)["challenge"] == QUESTION["en"]
    assert wait(peers, days=15) == []


def test_a_practice_that_was_begun_is_not_lost(peers: Chat) -> None:
    """The form goes on where it was."""
    peers.say(ADA, "share")
    peers.say(ADA, "Trees on squares")
    peers.say(ADA, "pause")
    ask(peers)
    wait(peers, minutes=1)
    peers.say(BEN, f"answer 1 {ANSWER}")
    tap(peers, ADA, "✅")
    tap(peers, ADA, "📚")
    assert dialog_of(peers) == {"title": "Trees on squares"}


def test_both_have_to_agree(peers: Chat) -> None:
    """Neither side alone shows anything, and either takes it back."""
    ask(peers)
    wait(peers, minutes=1)
    peers.say(BEN, f"answer 1 {ANSWER}")
    empty = "There are no questions and answers"
    assert peers.say(MIA, "answers").startswith(empty)
    assert reply(peers, BEN, "yes").startswith("Thank you, I have noted that you agree.")
    assert peers.say(MIA, "answers").startswith(empty)
    with peers.database.write("shown") as tx:
        found = asking.question(tx, 1)
        assert found
        found.shown = True
        asking.keep(tx, found)
    shown = peers.say(MIA, "answers 1")
    assert ANSWER in shown
    assert not [name for name in ("Ada", "Ben", "Lyon", "Münstereifel") if name in shown]
    under(peers, BEN, "network_question:1", "no")
    assert ANSWER not in peers.say(MIA, "answers 1")


def test_found_across_languages(peers: Chat) -> None:
    """By words in another language than the text's, and by theme; not by what it has nothing to do with."""
    keep(peers, "How do you plan cycle paths in old towns?", "mobility", ANSWER)
    keep(peers, "Wie viel kostet ein Wärmenetz?", "climate", "Rund zwei Millionen Euro.")
    assert "cycle paths in old towns" in peers.say(MIA, "answers Radwege")
    assert "Wärmenetz" in peers.say(MIA, "answers district heating")
    assert "cycle paths" in peers.say(MIA, "answers mobility")
    assert peers.say(MIA, "answers museums").startswith("Nobody has asked about this yet")


def test_moderators_take_something_away(peers: Chat) -> None:
    """All read it no longer; those whom it concerns keep it."""
    keep(peers, "How do you plan cycle paths in old towns?", "mobility", ANSWER)
    assert peers.say(ADA, "answers remove 1").startswith("Only moderators")
    assert peers.say(MIA, "answers remove 1").startswith("The question")
    assert peers.say(BEN, "answers 1").startswith("There is no question 1")
    assert ANSWER in peers.say(ADA, "answers 1")


# --- whose it is


def test_the_file_of_each(peers: Chat) -> None:
    """The asker finds their question with the answers, who answered theirs; no names of the other."""
    ask(peers)
    wait(peers, minutes=1)
    peers.say(BEN, f"answer 1 {ANSWER}")
    files = {}
    for user in (ADA, BEN, MIA):
        peers.say(user, "mydata")
        files[user] = json.loads(peers.files[0].data or b"")
    assert files[ADA]["network_question"][0]["answers"][0]["answer"] == ANSWER
    assert files[BEN]["answer_request"][0]["answer"] == ANSWER
    assert files[MIA]["answer_request"][0]["answer"] is None
    assert files[BEN]["network_question"] == files[ADA]["answer_request"] == []


def test_forgotten(peers: Chat) -> None:
    """What all may read stays without the names; everything else goes, and nothing more is sent."""
    keep(peers, "How do you plan cycle paths in old towns?", "mobility", ANSWER)
    ask(peers)
    wait(peers, minutes=1)
    forget(peers, ADA)
    assert peers.say(BEN, f"answer 2 {ANSWER}").startswith("There is no question 2")
    forget(peers, BEN)
    assert wait(peers, days=15) == []
    assert ANSWER in peers.say(MIA, "answers 1")
    with peers.reading() as tx:
        assert [(one.user_id, one.answer) for one in asking.requests(tx, 1)] == [(None, ANSWER)]
        assert asking.question(tx, 2) is None


def test_forgotten_outright(peers: Chat) -> None:
    """Who wants everything gone takes their words from what all may read, too."""
    keep(peers, "How do you plan cycle paths in old towns?", "mobility", ANSWER)
    forget(peers, BEN, practices_too=True)
    assert peers.say(MIA, "answers Radwege").startswith("Nobody has asked about this yet")


def keep(chat: Chat, text: str, theme: str, answer: str) -> None:
    """A question of Ada's that Ben answered and that everyone may read."""
    with chat.database.write(text) as tx:
        asked = NetworkQuestion(
            asker=ADA, text=text, language="en", theme=theme, named=True, shown=True, asked_at=tx.now
        )
        asked.tokens = list(meaning(text))
        asking.keep(tx, asked)
        answered = AnswerRequest(question=asked.number, user_id=BEN, asked_at=tx.now, state="answered")
        answered.answer, answered.answered_at, answered.kept = answer, tx.now, True
        asking.keep(tx, answered)


def forget(chat: Chat, user: str, *, practices_too: bool = False) -> None:
    with chat.database.write(f"forget {user}") as tx:
        forgetting.forget(tx, user, practices_too=practices_too, reason="on request")


def speaks(chat: Chat, user: str, *languages: str) -> None:
    with chat.database.write("speaks") as tx:
        member = members.get(tx, user)
        assert member
        member.languages = list(languages)


def dialog_of(chat: Chat) -> dict[str, Any]:
    with chat.reading() as tx:
        begun = dialogs.get(tx, ADA, "share")
        return dict(begun.answers) if begun else {}


def test_everything_in_plain_words(peers: Chat) -> None:
    """The answer, the consent to its being kept, and the thanks, without a single reply or tap."""
    ask(peers)
    wait(peers, minutes=1)
    peers.say(BEN, ANSWER)
    assert requests(peers)[BEN].answer == ANSWER
    peers.say(BEN, "yes")
    assert requests(peers)[BEN].kept is True
    peers.say(ADA, "Thank you so much!")
    assert requests(peers)[BEN].thanked


def test_what_is_looked_for_is_not_sent_to_who_asked(peers: Chat) -> None:
    ask(peers)
    wait(peers, minutes=1)
    shown = peers.say(BEN, "skateboards")
    assert "found nothing" in shown
    assert requests(peers)[BEN].answer is None
    peers.say(BEN, "ok")
    assert requests(peers)[BEN].answer == "skateboards"


def test_agreeing_with_the_number(peers: Chat) -> None:
    """As with a question on a practice; of the others nobody may."""
    ask(peers)
    wait(peers, minutes=1)
    reply(peers, BEN, ANSWER)
    for user in (BEN, ADA):
        peers.say(user, "agree 1")
    assert question(peers).readable
    assert peers.say(MIA, "agree 1").startswith("There is no question 1")
    peers.say(ADA, "agree 1 no")
    assert question(peers).shown is False


def test_who_asked_without_a_name_is_told_before_it_is_read(peers: Chat) -> None:
    """Nobody is asked to meet them until they say so."""
    ask(peers, how="2")
    wait(peers, minutes=1)
    peers.say(BEN, f"answer 1 {ANSWER}")
    under(peers, ADA, "network_answer:1", "thanks")
    meet = {"m.relates_to": {"rel_type": "m.annotation", "event_id": "$network_answer:1", "key": "🤝"}}
    assert "You asked without your name" in peers.event(ADA, Kind.REACTION, meet)
    assert "would like to meet" not in told(wait(peers, minutes=1))
    assert reply(peers, ADA, "no") == "All right, I ask nobody."
    peers.event(ADA, Kind.REACTION, meet)
    assert tap(peers, ADA, "👍").startswith("I ask this member whether they would like")
    assert "Ada Lovelace" in told(wait(peers, minutes=1))


def test_who_answers_by_themselves_can_still_be_asked(peers: Chat) -> None:
    """Two questions that somebody found among the open ones are no two requests to them."""
    for number in (1, 2):
        with peers.database.write(f"asked {number}") as tx:
            about: dict[str, Any] = {"text": QUESTION["en"], "language": "en", "theme": "climate-adaptation"}
            asking.keep(tx, NetworkQuestion(asker=MIA, named=True, shown=True, asked_at=tx.now, **about))
        assert "on its way" in peers.say(BEN, f"answer {number} {ANSWER}")
    peers.say(ADA, "match")
    assert peers.say(ADA, "introduce 1").startswith("I ask this member")
