"""Introductions: one asks, the other answers, and only then both learn of each other and get a room."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from commands.core import hours
from commands.matching import introductions, rules
from storage import matching, members, outbox, rooms, rounds
from storage.inbox import Kind
from storage.outbox import Action, Delivered, OutboxRow
from tests import golden
from tests.commands.matching.scene import INTRODUCE, MATCH, ask, due, open_room, propose, told
from tests.transcript import ADA, BEN, HUB, MIA, Chat

ACCEPT = {"en": "accept", "de": "annehmen"}
DECLINE = {"en": "decline 1 we have done that with another city", "de": "ablehnen 1 haben wir schon gemacht"}
MEETINGS = {"en": "meetings", "de": "begegnungen"}


def test_both_agree(network: Chat) -> None:
    """The asking, the agreeing and the room, word for word; who is asked reads what the other needs."""
    language = network.language
    network.say(ADA, MATCH[language])
    said = [network.say(ADA, INTRODUCE[language]), told(due(network))]
    assert "heat action plans" in said[-1]
    said.append(network.say(BEN, ACCEPT[language]))
    opened = [row for row in network.answers if row.action == Action.ROOM]
    assert [row.content["invite"] for row in opened] == [[ADA, BEN]]
    assert opened[0].content["name"] == "Lyon – Bad Münstereifel"
    network.clock.forward(minutes=2)
    assert due(network) == []  # the room is not there yet
    open_room(network, opened[0])
    network.clock.forward(minutes=5)
    said.append(told(due(network)))
    said += [network.say(user, MEETINGS[language]) for user in (ADA, BEN)]
    golden.check(f"matching/introduced.{language}.txt", "\n\n======\n\n".join(said))
    network.clock.forward(days=1)
    assert due(network) == []  # said once


def test_what_somebody_needs_is_only_read_in_what_they_ask_by_name(peers: Chat) -> None:
    """Not in a round, and not from somebody who goes without a name: there it is the theme."""
    theme = "is looking for something on “Climate adaptation” – your offer “Hitzeaktionsplan"
    assert f"Ada Lovelace {theme}" in propose(peers, ADA, BEN)
    peers.say(ADA, "matching without name")
    peers.say(BEN, "decline 1")
    peers.clock.forward(days=200)
    letter = told(ask(peers))
    assert f"The other side {theme}" in letter
    assert "heat action plans" not in letter
    assert "what you are looking for, if" not in peers.say(ADA, "match").rpartition("introduce 1")[2]


def test_in_a_round_who_is_only_to_help_is_told_so(peers: Chat) -> None:
    """And what the other has to tell of, which may be a reason, too."""
    peers.say(BEN, "need remove 1")
    letters = propose(peers, ADA, BEN).split("---")
    [to_ben] = [letter for letter in letters if f"[{peers.dm(BEN)}]" in letter]
    assert "• This time you would probably be the one who helps." in to_ben
    assert "• Ada Lovelace offers “tours of our cooperative quarters”" in to_ben
    assert sum("who helps" in letter for letter in letters) == 1


def test_a_language_that_is_asked_for_is_a_reason(peers: Chat) -> None:
    """What others offer is shown, too, but never as close; which language it is reads only who is asked."""
    peers.say(BEN, "offer capacity building: trainers for protocol")
    peers.say(ADA, "need capacity building: protocol, with trainers who speak Romanian")
    offer, need = "“trainers for protocol”", "“protocol, with trainers who speak Romanian”"
    told_ = peers.say(ADA, "match")
    assert f"You are looking for {need}; Ben Ünal has an offer on the same theme: {offer}" in told_
    assert "which you ask for" not in told_
    assert "they read that, too" not in told_
    speak(peers, BEN, "en", "ro")
    told_ = peers.say(ADA, "match")
    assert f"Ben Ünal offers {offer} – close to what you are looking for: {need}" in told_
    assert "Ben Ünal speaks Romanian, which you ask for" in told_
    assert told_.endswith("If they speak a language that you ask for, they read that, too.")
    asks = "Ada Lovelace is looking for somebody who speaks Romanian, as you do"
    assert "Romanian, as you do" not in peers.say(BEN, "match")
    assert asks in told(ask(peers))


def test_in_a_round_no_language_is_told_that_somebody_asks_for(peers: Chat) -> None:
    peers.say(ADA, "need capacity building: trainers who speak German")
    letters = propose(peers, ADA, BEN)
    assert "Ben Ünal speaks German, which you ask for" in letters
    assert "somebody who speaks" not in letters


def test_a_language_of_those_who_are_served_is_not_asked_for(peers: Chat) -> None:
    """The offer is shown, and nobody is said to speak what nobody asked for."""
    speak(peers, BEN, "en", "es")
    speak(peers, MIA, "en", "de")
    peers.say(ADA, "need remove 1")
    peers.say(ADA, "need migrants: courses for refugees who do not speak German")
    peers.say(BEN, "offer migrants: courses for refugees")
    told_ = peers.say(ADA, "match")
    assert "Ben Ünal offers “courses for refugees” – close to what you are looking for" in told_
    assert "which you ask for" not in told_
    assert "as you do" not in peers.say(MIA, "match")


def speak(chat: Chat, user: str, *languages: str) -> None:
    """These languages and no others."""
    with chat.database.write() as tx:
        member = members.get(tx, user)
        assert member
        member.languages = list(languages)


def test_two_needs_on_one_theme_are_one_reason(peers: Chat) -> None:
    """In a round only the theme of what somebody needs is told, and that once."""
    for need in ("heat action plans for care homes", "heat action plans for schools"):
        peers.say(ADA, f"need climate adaptation: {need}")
    peers.say(BEN, "offer climate adaptation: heat action plans")
    [to_ben] = [one for one in propose(peers, ADA, BEN).split("---") if f"[{peers.dm(BEN)}]" in one]
    lines = [line for line in to_ben.split("\n") if line.startswith("•")]
    assert lines
    assert len(lines) == len(set(lines))


def test_the_letter_to_the_one_is_not_in_the_file_of_the_other(peers: Chat) -> None:
    """Who is asked finds it in theirs, and that they were asked."""
    ask(peers)
    files = {}
    for user in (ADA, BEN):
        peers.say(user, "mydata")
        files[user] = json.loads(peers.files[0].data or b"")
    letter = "Somebody would like to meet you"
    read = {user: [one for one in file["outbox"] if letter in one["text"]] for user, file in files.items()}
    assert read[ADA] == []
    assert [one["room"] for one in read[BEN]] == ["direct chat"]
    assert [one["state"] for one in files[BEN]["introduction_person"]] == ["open"]


def test_who_was_removed_is_neither_introduced_nor_written_to(peers: Chat) -> None:
    """Whoever asked is told so, whether they say yes or no; nobody answers who was removed themselves."""
    ask(peers)
    ask_key = next(row.key for row in rows_of(peers) if row.topic == "introduction:1")
    with peers.database.write("ban") as tx:
        rooms.keep_member(tx, HUB, BEN, "ban", "Ben")
    assert tap(peers, BEN, ask_key, "✅") == ""
    with peers.database.write("back") as tx:
        rooms.keep_member(tx, HUB, BEN, "join", "Ben")
        rooms.keep_member(tx, HUB, ADA, "ban", "Ada")
    assert tap(peers, BEN, ask_key, "✅") == "Whoever asked is no longer here."
    assert peers.say(BEN, "accept") == "Whoever asked is no longer here."
    assert peers.say(BEN, "decline").startswith("That is all right.")
    assert {row.lane for row in peers.answers} == {peers.dm(BEN)}


def test_a_decline_is_told_kindly_and_without_its_reason(network: Chat) -> None:
    """No room is opened, and the pair is not proposed again."""
    ask(network)
    said = [network.say(BEN, DECLINE[network.language])]
    assert not [row for row in network.answers if row.action == Action.ROOM]
    assert "city" not in told([row for row in network.answers if row.lane == network.dm(ADA)])
    said += [network.say(user, MEETINGS[network.language]) for user in (ADA, BEN)]
    golden.check(f"matching/declined.{network.language}.txt", "\n\n======\n\n".join(said))
    assert "Ben" not in network.say(ADA, MATCH[network.language])
    assert "Ada" not in network.say(BEN, MATCH[network.language])


def test_nobody_is_asked_outside_their_working_hours(peers: Chat) -> None:
    """On a Saturday evening the question waits for Monday morning."""
    peers.clock.now = datetime(2027, 3, 6, 19, 0, tzinfo=UTC)
    peers.say(ADA, "match")
    assert peers.say(ADA, "introduce 1").endswith("I ask during their working hours.")
    assert due(peers) == []
    assert peers.say(BEN, "accept").startswith("Nobody waits for your answer.")
    peers.clock.now = datetime(2027, 3, 8, 8, 0, tzinfo=UTC)  # nine o'clock in Berlin
    assert told(due(peers)).startswith(f"[{peers.dm(BEN)}]\nSomebody would like to meet you: Ada Lovelace")


def test_who_goes_without_a_name_is_named_once_both_agreed(peers: Chat) -> None:
    """Neither side learns of the other before."""
    peers.say(ADA, "matching without name")
    peers.say(BEN, "matching without name")
    peers.say(ADA, "match")
    assert "Ben" not in peers.say(ADA, "introduce 1")
    assert "Somebody would like to meet you: A member · City (L) · France" in told(due(peers))
    assert "Ada Lovelace · International Office · Lyon" in peers.say(BEN, "accept 1")
    assert "Ben Ünal · Stabsstelle Europa" in told(
        [row for row in peers.answers if row.lane == peers.dm(ADA)]
    )


def test_who_is_not_in_the_list_is_not_searched_for(peers: Chat) -> None:
    """Whom somebody would like to meet is no question to the network."""
    for whom in ("Ben Ünal", "Ben"):
        assert peers.say(ADA, f"introduce {whom}").startswith("You can ask those whom match showed you last")


def test_somebody_of_the_list_is_introduced_by_name(peers: Chat) -> None:
    """Only of those who are shown with theirs; the refusal is the same for who was shown without."""
    unclear = "You can ask those whom match showed you last"
    assert unclear in peers.say(ADA, "!introduce Ben")
    peers.say(BEN, "matching without name")
    peers.say(ADA, "match")
    assert unclear in peers.say(ADA, "!introduce Ben")
    peers.say(BEN, "matching with name")
    peers.say(ADA, "match")
    assert peers.say(ADA, "introduce Ben").startswith(
        "I ask this member whether they would like to meet you: Ben"
    )


@pytest.mark.parametrize(
    ("emoji", "answer"), [("✅", "I open a room for you two"), ("❌", "That is all right.")]
)
def test_a_tap_under_the_request_answers_it(peers: Chat, emoji: str, answer: str) -> None:
    """As the commands do; a second tap finds nothing to answer, and others' signs mean nothing."""
    ask(peers)
    assert peers.react(BEN, "🎉") == ""
    ask_key = next(row.key for row in rows_of(peers) if row.topic == "introduction:1")
    assert answer in tap(peers, BEN, ask_key, emoji)
    assert tap(peers, BEN, ask_key, emoji).startswith("Nobody waits for your answer.")
    assert tap(peers, MIA, ask_key, emoji).startswith("Nobody waits for your answer.")


def rows_of(chat: Chat) -> list[OutboxRow]:
    """What was said and done under the request."""
    with chat.reading() as tx:
        found = outbox.on_topic(tx, "introduction:1")
        tx.session.expunge_all()
        return found


def tap(chat: Chat, user: str, key: str, emoji: str) -> str:
    """Let somebody tap a sign under the message of a row."""
    with chat.database.write() as tx:
        outbox.mark_sent(tx, [Delivered(key, chat.dm(BEN), "$request")])
    relation = {"rel_type": "m.annotation", "event_id": "$request", "key": emoji}
    return chat.event(user, Kind.REACTION, {"m.relates_to": relation})


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("Gerne!", "I open a room for you two"),
        ("no, too far away", "I bear that in mind: it is too far away."),
        ("lieber nicht", "That is all right."),
        ("who is that?", "Would you like to meet them?"),
        ("1", "Would you like to meet them?"),
        ("have they got time?", "Would you like to meet them?"),
        ("accept 1", "I open a room for you two"),
    ],
)
def test_words_in_reply_to_the_request_answer_it(peers: Chat, words: str, answer: str) -> None:
    """As taps and commands do."""
    ask(peers)
    ask_key = next(row.key for row in rows_of(peers) if row.topic == "introduction:1")
    with peers.database.write() as tx:
        outbox.mark_sent(tx, [Delivered(ask_key, peers.dm(BEN), "$request")])
    under: dict[str, Any] = {"m.relates_to": {"m.in_reply_to": {"event_id": "$request"}}}
    assert answer in peers.say(BEN, words, **under)
    if "room" in answer:
        assert peers.say(BEN, words.replace("accept 1", "yes"), **under).startswith("Nobody waits")


@pytest.mark.parametrize("wish", ["off", "snooze until 31 March"])
@pytest.mark.parametrize("who", [ADA, BEN])
def test_who_pauses_takes_no_part_in_what_is_open(peers: Chat, who: str, wish: str) -> None:
    """Whichever side pauses, the other is told kindly, and nothing can be agreed to any more."""
    ask(peers)
    peers.say(who, f"matching {wish}")
    other = BEN if who == ADA else ADA
    letters = told([row for row in peers.answers if row.lane == peers.dm(other)])
    assert letters.startswith(f"[{peers.dm(other)}]\nIt does not work out at the moment:")
    assert peers.say(BEN, "accept").startswith("Nobody waits for your answer.")


def test_bad_news_waits_for_working_hours(peers: Chat) -> None:
    """A decline on a Friday evening is told on Monday."""
    peers.clock.now = datetime(2027, 3, 5, 15, 0, tzinfo=UTC)
    ask(peers)
    peers.clock.now = datetime(2027, 3, 5, 20, 0, tzinfo=UTC)
    peers.say(BEN, "decline 1 no time")
    assert {row.lane for row in peers.answers} == {peers.dm(BEN)}
    assert due(peers) == []
    peers.clock.now = datetime(2027, 3, 8, 8, 0, tzinfo=UTC)
    assert told(due(peers)).startswith(f"[{peers.dm(ADA)}]\nIt does not work out at the moment:")


def test_a_block_takes_a_request_back(peers: Chat) -> None:
    """Whichever side blocks; the other is not told that."""
    ask(peers)
    peers.say(ADA, "block Ben")
    assert peers.say(BEN, "accept").startswith("Nobody waits for your answer.")


def test_who_pauses_meanwhile_is_not_asked(peers: Chat) -> None:
    """Who asked is told what they are told after a decline."""
    peers.clock.now = datetime(2027, 3, 6, 19, 0, tzinfo=UTC)
    peers.say(ADA, "match")
    peers.say(ADA, "introduce 1")
    peers.say(BEN, "matching off")
    peers.clock.now = datetime(2027, 3, 8, 9, 0, tzinfo=UTC)
    assert told(due(peers)).startswith(f"[{peers.dm(ADA)}]\nIt does not work out at the moment: Ben Ünal")


def test_at_most_two_requests_a_week_to_one_person(peers: Chat) -> None:
    """The third is told from when on it may ask."""
    with peers.database.write("earlier") as tx:
        matching.introduce(tx, ["@one:x.org", BEN], asker="@one:x.org")
        matching.introduce(tx, ["@two:x.org", BEN], asker="@two:x.org")
    peers.say(ADA, "match")
    assert peers.say(ADA, "introduce 1") == (
        "This member has been asked twice within a week already, and that shall be enough."
        " Please ask again from Tuesday, 9 March 2027 on."
    )
    peers.clock.forward(days=8)
    assert peers.say(ADA, "introduce 1").startswith("I ask this member")


def test_several_requests_are_told_apart_by_their_numbers(peers: Chat) -> None:
    ask(peers)
    peers.say(MIA, "match")
    with peers.reading() as tx:
        place = matching.participation(tx, MIA).shown.index(BEN) + 1
    peers.say(MIA, f"introduce {place}")
    due(peers)
    assert peers.say(BEN, "accept") == (
        "Several requests wait for you. Which one do you mean? Please add the number: 1 or 2."
    )
    assert (
        peers.say(BEN, "accept 7") == "A request with that number does not wait for you. What waits: 1 or 2."
    )
    assert "Mia Ferrer" in peers.say(BEN, "accept 2")
    assert "at the moment, without a reason.\n\nIf you like, tell me why" in peers.say(BEN, "decline")


def test_three_of_a_round_agree(network: Chat) -> None:
    """Each is asked with the reasons for both others; all learn of it when the last one agrees."""
    said = [propose(network, ADA, BEN, MIA)]
    said += [network.say(user, ACCEPT[network.language]) for user in (ADA, BEN)]
    said.append(network.say(ADA, MEETINGS[network.language]))
    said.append(network.say(MIA, ACCEPT[network.language]))
    opened = [row for row in network.answers if row.action == Action.ROOM]
    assert [sorted(row.content["invite"]) for row in opened] == [sorted([ADA, BEN, MIA])]
    open_room(network, opened[0])
    network.clock.forward(minutes=2)
    said.append(told(due(network)))
    golden.check(f"matching/three.{network.language}.txt", "\n\n======\n\n".join(said))


@pytest.mark.parametrize("order", ["no first", "no last"])
def test_two_of_three_meet_when_the_third_does_not_want_to(peers: Chat, order: str) -> None:
    """Whoever answers last; who declined is not invited, and is not told of the others."""
    propose(peers, ADA, BEN, MIA)
    if order == "no first":
        peers.say(MIA, "decline")
        peers.say(ADA, "accept")
    else:
        peers.say(ADA, "accept")
        assert peers.say(BEN, "accept").startswith("Thank you! Not everybody has answered yet.")
    said = peers.say(*((BEN, "accept") if order == "no first" else (MIA, "decline")))
    assert [row.content["invite"] for row in peers.answers if row.action == Action.ROOM] == [[ADA, BEN]]
    assert "The third can't be there this time." in said
    assert "Lyon" not in "".join(
        str(row.content.get("body")) for row in peers.answers if row.lane == peers.dm(MIA)
    )


def test_who_is_left_alone_of_three_is_told_kindly(peers: Chat) -> None:
    """Once two have declined the third learns of it, whether they have answered or not."""
    propose(peers, ADA, BEN, MIA)
    peers.say(ADA, "decline")
    assert not [row for row in peers.answers if row.lane == peers.dm(BEN)]
    peers.say(BEN, "decline")
    letters = [row for row in peers.answers if row.lane == peers.dm(MIA)]
    assert told(letters).split("\n")[1].startswith("It does not work out at the moment: Ada Lovelace")
    assert peers.say(MIA, "accept").startswith("Nobody waits for your answer.")


def test_who_does_not_answer_is_waited_for_a_week(peers: Chat) -> None:
    """Then whoever asked learns that it does not work out, and the answer comes too late."""
    ask(peers)
    peers.clock.forward(days=6)
    assert due(peers) == []
    peers.clock.forward(days=1)
    said = told(due(peers))
    assert said.startswith(f"[{peers.dm(ADA)}]\nIt does not work out at the moment: Ben Ünal")
    assert peers.say(BEN, "accept").startswith("Nobody waits for your answer.")
    assert "did not answer in time" in peers.say(BEN, "meetings")


def test_of_two_silent_ones_neither_is_told_that_it_did_not_work_out(peers: Chat) -> None:
    """Both have not answered, and for both it counts; a third who agreed is told."""
    propose(peers, ADA, BEN)
    peers.clock.forward(days=8)
    assert told(due(peers)) == ""
    with peers.reading() as tx:
        assert [matching.participation(tx, one).unanswered for one in (ADA, BEN)] == [1, 1]
    for user in (ADA, BEN):
        assert "did not answer in time" in peers.say(user, "meetings")
    with peers.database.write() as tx:  # a while later
        for row, _ in matching.introductions_of(tx, BEN):
            row.proposed_at -= timedelta(days=200)
    propose(peers, ADA, BEN, MIA)
    peers.say(MIA, "accept")
    peers.clock.forward(days=8)
    assert told(due(peers)).startswith(f"[{peers.dm(MIA)}]\nIt does not work out")
    with peers.reading() as tx:
        assert [matching.participation(tx, one).unanswered for one in (ADA, BEN)] == [2, 2]


def test_three_unanswered_in_a_row_let_a_member_rest(peers: Chat) -> None:
    """They are told so, in words that say how to come back; afterwards it is counted anew."""
    for count in range(3):
        assert "not answered 3 proposals" not in propose(peers, ADA, BEN)
        peers.say(ADA, "accept")
        peers.clock.forward(days=7)
        said = told(due(peers))
        assert ("You have not answered 3 proposals in a row." in said) is (count == 2)
        with peers.database.write() as tx:  # a while later
            for row, _ in matching.introductions_of(tx, BEN):
                row.proposed_at -= timedelta(days=200)
    assert peers.say(BEN, "match").startswith("You don't take part in matching at the moment.")
    peers.say(BEN, "matching on")
    propose(peers, ADA, BEN)
    peers.clock.forward(days=7)
    assert "in a row" not in told(due(peers))


def test_an_answer_begins_the_count_anew(peers: Chat) -> None:
    with peers.database.write() as tx:
        matching.keep(tx, matching.Participation(user_id=BEN, unanswered=2))
    ask(peers)
    peers.say(BEN, "decline")
    with peers.reading() as tx:
        assert matching.participation(tx, BEN).unanswered == 0


def test_a_round_waits_until_the_week_has_room_for_another_request(peers: Chat) -> None:
    """At most two requests a week, whoever makes them."""
    with peers.database.write("earlier") as tx:
        for days, other in ((5, "@one:x.org"), (1, "@two:x.org")):
            row = matching.introduce(tx, [other, BEN], asker=other)
            matching.introduced(tx, row)[1].told_at = tx.now - timedelta(days=days)
    assert f"[{peers.dm(BEN)}]" not in propose(peers, ADA, BEN)
    peers.clock.forward(days=2)
    assert f"[{peers.dm(BEN)}]" in told(due(peers))


def test_who_leaves_before_being_asked_is_not_asked(peers: Chat) -> None:
    """Somebody leaves the network between the proposal of a round and the working day."""
    peers.clock.now = datetime(2027, 3, 6, 19, 0, tzinfo=UTC)  # a Saturday
    assert propose(peers, ADA, BEN) == ""
    with peers.database.write("leaves") as tx:
        rooms.keep_member(tx, HUB, BEN, "leave", "Ben")
    peers.clock.now = datetime(2027, 3, 8, 9, 0, tzinfo=UTC)
    assert f"[{peers.dm(BEN)}]" not in told(due(peers))


def test_who_waits_for_somebody_who_has_left_is_told(peers: Chat) -> None:
    """Once the week is over; who left is not written to."""
    ask(peers)
    with peers.database.write("leaves") as tx:
        rooms.keep_member(tx, HUB, BEN, "leave", "Ben")
    peers.clock.forward(days=7)
    said = due(peers)
    assert {row.lane for row in said} == {peers.dm(ADA)}
    assert told(said).split("\n")[1].startswith("It does not work out at the moment: Ben Ünal")


def test_who_waits_for_somebody_who_is_forgotten_is_told(peers: Chat) -> None:
    """Without saying who it was: that is forgotten."""
    ask(peers)
    peers.say(BEN, "forgetme")
    peers.say(BEN, "yes")
    said = told([row for row in due(peers) if row.lane == peers.dm(ADA)])
    assert "An introduction that you waited for does not work out at the moment." in said
    assert "Ben" not in peers.say(ADA, "meetings")


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("introduce 1", "There is no number 1 in your last list. match shows a new one."),
        ("accept", "Nobody waits for your answer. match shows whom you could meet."),
        (
            "meetings",
            "You have not asked anybody yet, and nobody has asked you. match shows whom you should meet.",
        ),
    ],
)
def test_before_anything_happened(peers: Chat, said: str, answer: str) -> None:
    assert peers.say(ADA, said) == answer


def test_asking_twice(peers: Chat) -> None:
    """The second time it is said that the answer is still to come."""
    ask(peers)
    assert peers.say(ADA, "introduce 1") == (
        "You two are proposed to each other already, and an answer is still to come."
    )


def test_a_round_is_not_told_of_before_its_time(peers: Chat) -> None:
    """Who asks to meet somebody learns of it only once they have been asked themselves."""
    peers.say(ADA, "match")
    peers.clock.now = datetime(2027, 3, 5, 20, 0, tzinfo=UTC)
    with peers.database.write("round") as tx:
        introductions.propose(tx, peers.network, (ADA, BEN), round_id=1)
    assert peers.say(ADA, "introduce 1").startswith("I can't introduce the two of you at the moment.")
    peers.clock.now = datetime(2027, 3, 8, 8, 0, tzinfo=UTC)
    assert f"[{peers.dm(ADA)}]" in told(due(peers))
    assert peers.say(ADA, "introduce 1").startswith("You two are proposed to each other already")


def test_who_is_forgotten_takes_their_introductions_along(peers: Chat) -> None:
    ask(peers)
    peers.say(ADA, "forgetme")
    peers.say(ADA, "yes")
    assert peers.say(BEN, "accept").startswith("Nobody waits for your answer.")
    assert peers.say(BEN, "meetings").startswith("You have not asked anybody yet")


def test_common_hours_lie_inside_both_working_days() -> None:
    """Three days, even where the change of clocks lies between; none where day and night are opposite."""
    now = datetime(2027, 3, 24, 13, 20, tzinfo=UTC)
    zones = ["Europe/Berlin", "America/Bogota"]
    found = rules.common_hours(now, zones)
    assert len({moment.date() for moment in found}) == 3
    assert all(hours.works(moment, zone) for moment in found for zone in zones)
    assert min(found) > now
    assert rules.common_hours(now, ["Europe/Berlin", "Pacific/Auckland"]) == []


def mydata(chat: Chat, user: str) -> list[dict[str, Any]]:
    """What the file of somebody says of their introductions."""
    chat.say(user, "mydata")
    found: list[dict[str, Any]] = json.loads(chat.files[0].data or b"")["introduction_person"]
    return found


@pytest.mark.parametrize("why", ["decline", "silence", "matching off", "block Ada Lovelace"])
def test_the_file_says_no_more_than_meetings(peers: Chat, why: str) -> None:
    """Why it did not work out is not in the file of who asked."""
    ask(peers)
    if why == "silence":
        peers.clock.forward(days=8)
        due(peers)
    else:
        peers.say(BEN, why)
    assert "you asked; it did not work out" in peers.say(ADA, "meetings")
    assert [one["state"] for one in mydata(peers, ADA)] == ["withdrawn"]


@pytest.mark.parametrize("answer", ["decline", "matching off", "silence"])
def test_who_does_not_meet_them_reads_no_names_in_the_file(peers: Chat, answer: str) -> None:
    """Nor when the others meet."""
    for user in (BEN, MIA):
        peers.say(user, "matching nameless")
    propose(peers, ADA, BEN, MIA)
    for user in (BEN, MIA):
        peers.say(user, "accept")
    if answer == "silence":
        peers.clock.forward(days=7)
        due(peers)
    else:
        peers.say(ADA, answer)
    with peers.database.write() as tx:
        for row, _ in matching.introductions_of(tx, ADA):
            assert row.state == "accepted"
            row.meets_at = tx.now + timedelta(days=3)
    assert "you meet on" in peers.say(BEN, "meetings")
    assert "you meet on" not in peers.say(ADA, "meetings")
    assert [(one["with"], one["meets_at"]) for one in mydata(peers, ADA)] == [(None, None)]
    assert [one["with"] for one in mydata(peers, BEN)] == [["Mia Ferrer"]]


@pytest.mark.parametrize("before", ["forgetme", "decline"])
def test_who_is_forgotten_at_night_leaves_nobody_waiting(peers: Chat, before: str) -> None:
    """Whoever asked hears in the morning that it is over, also where that was to be told anyway; then
    nothing is kept of it."""
    ask(peers)
    peers.clock.now = datetime(2027, 3, 1, 20, 0, tzinfo=UTC)
    if before == "decline":
        peers.say(BEN, "decline")
    peers.say(BEN, "forgetme")
    peers.say(BEN, "yes")
    assert told(due(peers)) == ""
    peers.clock.now = datetime(2027, 3, 2, 8, 0, tzinfo=UTC)
    said = told(due(peers))
    assert said.startswith(f"[{peers.dm(ADA)}]\nAn introduction that you waited for does not work out")
    assert mydata(peers, ADA) == []
    peers.clock.forward(days=10)
    assert told(due(peers)) == ""


def test_who_is_left_over_because_the_other_pauses_is_told(peers: Chat) -> None:
    """Whoever was not asked yet hears what others hear whom a round left over, and comes first next time."""
    peers.say(ADA, "timezone America/New_York")
    peers.clock.now = datetime(2027, 3, 2, 7, 0, tzinfo=UTC)  # before Berlin's working day, too
    with peers.database.write("round") as tx:
        row = rounds.add(
            tx, rounds.Round(local_time="2027-03-01T09:00", timezone="UTC", seed=1, drawn_at=tx.now)
        )
        introductions.propose(tx, peers.network, (ADA, BEN), round_id=row.id)
    peers.say(BEN, "matching off")
    peers.clock.now = datetime(2027, 3, 2, 15, 0, tzinfo=UTC)
    rows = due(peers)
    assert told(rows).startswith(f"[{peers.dm(ADA)}]\nIn this round there was nobody left for you")
    assert {row.lane for row in rows} == {peers.dm(ADA)}
    with peers.reading() as tx:
        assert rounds.waited(tx, 99) == {ADA: 1}


@pytest.mark.parametrize("what", ["matching off", "block Ben Ünal"])
def test_two_of_three_are_asked_without_the_third(peers: Chat, what: str) -> None:
    """Who pauses or blocks before anybody was asked takes nobody along."""
    peers.clock.now = datetime(2027, 3, 1, 20, 0, tzinfo=UTC)
    propose(peers, ADA, BEN, MIA)
    peers.say(ADA, what)
    peers.clock.now = datetime(2027, 3, 2, 8, 0, tzinfo=UTC)
    rows = due(peers)
    assert {row.lane for row in rows} == {peers.dm(BEN), peers.dm(MIA)}
    assert "Ada" not in told(rows)


@pytest.mark.parametrize(("said", "answer"), [("yes", "yes"), ("nein", "no")])
def test_a_plain_yes_or_no_answers_the_request(peers: Chat, said: str, answer: str) -> None:
    """Without a reply."""
    ask(peers)
    peers.say(BEN, said)
    with peers.reading() as tx:
        (_, person), *_ = matching.introductions_of(tx, BEN)
        assert person.answer == answer


def test_a_search_is_no_answer_to_a_request(peers: Chat) -> None:
    ask(peers)
    assert "found nothing" in peers.say(BEN, "skateboards")
    with peers.reading() as tx:
        (_, person), *_ = matching.introductions_of(tx, BEN)
        assert person.answer is None
