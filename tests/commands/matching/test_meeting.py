"""What comes after both agreed: an hour, a calendar file, a nudge, and what they took home."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar
from sqlmodel import select

from commands.matching.holdings import INTRODUCTION_MOVES
from storage import matching, outbox, rooms
from storage.inbox import Kind
from storage.outbox import Action, Delivered, OutboxRow
from tests import golden
from tests.commands.matching.scene import TOGETHER, ask, due, open_room, propose, told
from tests.transcript import ADA, BEN, HUB, MIA, OUT, Chat

ACCEPT = {"en": "accept", "de": "annehmen"}
YES, NO = "\N{WHITE HEAVY CHECK MARK}", "\N{CROSS MARK}"


def keycap(number: int) -> str:
    return f"{number}\N{VARIATION SELECTOR-16}\N{COMBINING ENCLOSING KEYCAP}"


def together(chat: Chat) -> list[OutboxRow]:
    """Ada asked, Ben agreed, the room is there; what the bot says in it."""
    ask(chat)
    chat.say(BEN, ACCEPT[chat.language])
    open_room(chat, next(row for row in chat.answers if row.action == Action.ROOM))
    chat.clock.forward(minutes=2)
    return due(chat)


def three(chat: Chat) -> list[OutboxRow]:
    """Ada, Ben and Mia in their room; what the bot says in it."""
    propose(chat, ADA, BEN, MIA)
    for user in (ADA, BEN, MIA):
        chat.say(user, "accept")
    open_room(chat, next(row for row in chat.answers if row.action == Action.ROOM))
    chat.clock.forward(minutes=2)
    return due(chat)


@pytest.fixture
def meeting(peers: Chat) -> Chat:
    """Ada and Ben in their room, in English."""
    together(peers)
    return peers


def tap(chat: Chat, user: str, topic: str, emoji: str, *, room: str | None = None) -> str:
    """Let somebody tap a sign under the last message on a topic that they can see."""
    lane = room or chat.dm(user)
    with chat.database.write() as tx:
        rows = [row for row in outbox.on_topic(tx, topic) if row.lane == lane]
        event_id = f"$under-{rows[-1].id}"
        outbox.mark_sent(tx, [Delivered(rows[-1].key, lane, event_id)])
    relation = {"rel_type": "m.annotation", "event_id": event_id, "key": emoji}
    return chat.event(user, Kind.REACTION, {"m.relates_to": relation}, room=room)


def reply(chat: Chat, user: str, topic: str, words: str) -> str:
    """Let somebody answer the last message on a topic in their direct chat."""
    with chat.database.write() as tx:
        row = [row for row in outbox.on_topic(tx, topic) if row.lane == chat.dm(user)][-1]
        outbox.mark_sent(tx, [Delivered(row.key, row.lane, f"$under-{row.id}")])
    under: dict[str, Any] = {"m.relates_to": {"m.in_reply_to": {"event_id": f"$under-{row.id}"}}}
    return chat.say(user, words, **under)


def event_of(chat: Chat) -> tuple[str, str, int, str]:
    """The event in the calendar file of the last answer: method, UID, SEQUENCE, and when in UTC."""
    calendar = Calendar.from_ical(chat.files[0].data or b"")
    event = calendar.events[0]
    start = event.decoded("dtstart").astimezone(ZoneInfo("UTC"))
    assert chat.files[0].content["info"]["mimetype"] == "text/calendar"
    return str(calendar["method"]), str(event["uid"]), int(str(event["sequence"])), f"{start:%Y-%m-%d %H:%M}"


def test_from_the_hours_to_what_they_took_home(network: Chat) -> None:
    """Both languages in the room, the hour by taps, the file, the follow-up to each alone: word for word."""
    language = network.language
    other = "de" if language == "en" else "en"
    network.say(BEN, {"en": "language german", "de": "sprache englisch"}[language])
    network.say(BEN, {"de": "zeitzone Europe/Kyiv", "en": "timezone Europe/Kyiv"}[other])
    said = [told(together(network))]
    tap(network, BEN, "introduction_hours:1", keycap(1), room=TOGETHER)
    assert tap(network, BEN, "introduction_hours:1", keycap(2), room=TOGETHER) == ""
    said.append(tap(network, ADA, "introduction_hours:1", keycap(2), room=TOGETHER))
    assert event_of(network) == ("PUBLISH", "introduction-1@test.localhost", 0, "2027-03-04 11:00")
    network.clock.forward(days=14)
    said.append(told(due(network)))
    said.append(tap(network, ADA, "introduction_met:1", YES))
    said.append(tap(network, ADA, "introduction_took:1", keycap(1)))
    said.append(reply(network, BEN, "introduction_met:1", {"en": "not yet", "de": "noch nicht"}[other]))
    said += [network.say(ADA, {"en": "meetings", "de": "begegnungen"}[language])]
    golden.check(f"matching/met.{language}.txt", "\n\n======\n\n".join(said))
    network.clock.forward(days=30)
    assert due(network) == []  # asked once


def fix(chat: Chat, hour: str) -> str:
    """Ada names an hour, and it suits Ben too; what is said then."""
    assert "does that suit the other one, too?" in chat.say(ADA, f"!meet {hour}", room=TOGETHER)
    assert chat.files == []
    with chat.reading() as tx:
        topic = outbox.last_topic(tx, TOGETHER)
    assert topic
    return tap(chat, BEN, topic, YES, room=TOGETHER)


def test_an_hour_is_agreed_on_by_a_yes_in_reply(meeting: Chat) -> None:
    """All else in reply is talk among the two of them."""
    meeting.say(ADA, "!meet 2", room=TOGETHER)
    under = _under_last(meeting)
    assert meeting.say(BEN, "Let me look, yes?", room=TOGETHER, **under) == ""
    assert meeting.say(ADA, "yes", room=TOGETHER, **under) == ""
    assert meeting.say(BEN, "Ja, gern!", room=TOGETHER, **under).startswith("Agreed: Thursday, 4 March 2027")


def _under_last(chat: Chat) -> dict[str, Any]:
    with chat.database.write() as tx:
        row = outbox.on_topic(tx, outbox.last_topic(tx, TOGETHER) or "")[-1]
        outbox.mark_sent(tx, [Delivered(row.key, row.lane, "$proposed")])
    return {"m.relates_to": {"m.in_reply_to": {"event_id": "$proposed"}}}


def test_an_hour_in_words(meeting: Chat) -> None:
    """By its number or by its words, in the room; a change has a higher number in the calendar."""
    assert meeting.say(ADA, "!meet 2", room=TOGETHER) == (
        "Thursday, 4 March 2027, 13:00 (Europe/Paris): does that suit the other one, too? ✅, a “yes” in"
        " reply to this message or !meet 2 agrees on it."
    )
    said = meeting.say(BEN, "!meet 2", room=TOGETHER)
    assert said.startswith("Agreed: Thursday, 4 March 2027, 13:00 (Europe/Paris).")
    uid = "introduction-1@test.localhost"
    assert event_of(meeting) == ("PUBLISH", uid, 0, "2027-03-04 12:00")
    said = fix(meeting, "Friday 3pm")
    assert said.startswith("The new time: Friday, 5 March 2027, 15:00 (Europe/Paris).")
    assert event_of(meeting) == ("PUBLISH", uid, 1, "2027-03-05 14:00")
    again = meeting.say(ADA, "!treffen Freitag 15 Uhr", room=TOGETHER)
    assert again.startswith("You meet on Friday, 5 March 2027")
    assert meeting.files == []
    assert "To call it off: !meet off." in meeting.say(ADA, "!meet", room=TOGETHER)
    assert meeting.say(ADA, "!meet off", room=TOGETHER).startswith("The hour is called off")
    assert event_of(meeting) == ("CANCEL", uid, 2, "2027-03-05 14:00")
    assert meeting.say(ADA, "!meet off", room=TOGETHER).startswith("Nothing is agreed yet.")
    assert "!meet 1: Wednesday, 3 March 2027" in meeting.say(BEN, "!meet", room=TOGETHER)
    fix(meeting, "3")
    assert event_of(meeting) == ("PUBLISH", uid, 3, "2027-03-05 12:00")


def test_an_agreed_hour_is_among_ones_own_events(meeting: Chat) -> None:
    """For those who meet, and for nobody in a room to read; no more when it is called off, or was."""
    fix(meeting, "2")
    assert meeting.say(ADA, "events mine") == (
        "Conversations that you have agreed on:\n\n"
        "• Thursday, 4 March 2027, 13:00 (Europe/Paris) with Ben Ünal"
    )
    assert "with Ada Lovelace" in meeting.say(BEN, "events mine")
    pointer, *_ = meeting.say(ADA, "!events mine", room=HUB).split("\n---\n")
    assert pointer == "I have answered you in our direct chat."
    none = "You have not said that you are coming to anything"
    assert meeting.say(MIA, "events mine").startswith(none)
    meeting.say(ADA, "!meet off", room=TOGETHER)
    assert meeting.say(ADA, "events mine").startswith(none)
    fix(meeting, "3")
    meeting.clock.forward(days=5)
    assert meeting.say(ADA, "events mine").startswith(none)


def test_an_hour_is_never_fixed_by_one_alone(meeting: Chat) -> None:
    """What was misread is seen, does not move what is agreed, and is taken back."""
    assert meeting.say(ADA, "!meet off", room=TOGETHER).startswith("Nothing is agreed yet.")
    said = meeting.say(ADA, "!treffen verschieben auf 10.3. 15 Uhr", room=TOGETHER)
    assert said.startswith("Wednesday, 10 March 2027, 15:00 (Europe/Paris): does that suit")
    assert tap(meeting, ADA, "introduction_hour:1-4", YES, room=TOGETHER) == ""
    assert "!meet 4: Wednesday, 10 March" in meeting.say(BEN, "!meet", room=TOGETHER)
    assert meeting.say(ADA, "!meet off", room=TOGETHER).startswith("I have taken back")
    assert tap(meeting, BEN, "introduction_hour:1-4", YES, room=TOGETHER) == ""
    assert meeting.say(ADA, "!meet 4", room=TOGETHER).startswith("Agreed: Wednesday, 10 March")
    meeting.say(ADA, "!meet next Saturday 3:00", room=TOGETHER)
    assert meeting.say(BEN, "!meet", room=TOGETHER).startswith("You meet on Wednesday, 10 March")
    assert tap(meeting, BEN, "introduction_hour:1-5", NO, room=TOGETHER) == ""
    assert tap(meeting, OUT, "introduction_hour:1-5", YES, room=TOGETHER) == ""


def test_an_hour_of_today_that_is_over_is_none_of_next_year(meeting: Chat) -> None:
    """The day is said as it was read."""
    said = meeting.say(ADA, "!treffen 1.3. 8 Uhr", room=TOGETHER)
    assert said.startswith("As I read it that would be Wednesday, 1 March 2028, 08:00 (Europe/Paris)")


def test_each_is_reminded_an_hour_before(meeting: Chat) -> None:
    """Once, of the hour as it is by then; nobody after it was called off, and an old one can't be."""
    fix(meeting, "2")
    fix(meeting, "Friday 3pm")
    meeting.clock.now = datetime(2027, 3, 5, 12, 59, tzinfo=ZoneInfo("UTC"))
    assert "A reminder" not in told(due(meeting))
    meeting.clock.forward(minutes=1)
    said = told(due(meeting))
    assert "A reminder: you meet Ben Ünal on Friday, 5 March 2027, 15:00 (Europe/Paris)." in said
    assert said.count("A reminder") == 2
    meeting.clock.forward(days=42)
    said = meeting.say(ADA, "!meet off", room=TOGETHER)
    assert said.startswith("Your hour is over already (Friday, 5 March 2027, 15:00")
    assert meeting.files == []
    fix(meeting, "Friday 3pm")
    assert meeting.say(BEN, "!meet off", room=TOGETHER).startswith("The hour is called off")
    meeting.clock.forward(days=7)
    assert "A reminder" not in told(due(meeting))


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("!meet 7", "There is no hour 7 ahead. !meet shows what is proposed."),
        ("!meet every Tuesday 3pm", "A first conversation is held once."),
        ("!meet yesterday 3pm", "Monday, 1 March"),
    ],
)
def test_hours_that_are_none(meeting: Chat, words: str, answer: str) -> None:
    assert "Agreed" not in meeting.say(ADA, words, room=TOGETHER)
    if "yesterday" not in words:
        assert meeting.say(ADA, words, room=TOGETHER).startswith(answer)
    assert meeting.files == []


def test_only_those_who_meet_agree_on_an_hour(meeting: Chat) -> None:
    """Not in the direct chat, not in the lobby, and nobody who was brought along."""
    assert meeting.say(ADA, "meet 1").startswith("An hour is agreed on in the room")
    assert "An hour is agreed on in the room" in meeting.in_hub(ADA, "!meet 1")
    assert meeting.say(MIA, "!meet 1", room=TOGETHER).startswith("An hour is agreed on in the room")
    for user in (ADA, MIA, OUT):
        assert tap(meeting, user, "introduction_hours:1", keycap(1), room=TOGETHER) == ""
    assert "Agreed" in tap(meeting, BEN, "introduction_hours:1", keycap(1), room=TOGETHER)


def test_taps_do_not_move_what_is_agreed(meeting: Chat) -> None:
    """And one that is past can't be chosen any more."""
    for user in (ADA, BEN):
        tap(meeting, user, "introduction_hours:1", keycap(1), room=TOGETHER)
    for user in (ADA, BEN):
        assert tap(meeting, user, "introduction_hours:1", keycap(3), room=TOGETHER) == ""
    meeting.say(ADA, "!meet off", room=TOGETHER)
    meeting.clock.forward(days=10)
    late = tap(meeting, ADA, "introduction_hours:1", keycap(3), room=TOGETHER)
    assert late == "There is no hour 3 ahead. !meet shows what is proposed."
    assert meeting.say(ADA, "!meet", room=TOGETHER).startswith("No proposed hour is ahead any more.")


def test_a_silent_room_is_nudged_once(meeting: Chat) -> None:
    """After two days, in working hours."""
    meeting.clock.forward(hours=47)
    assert due(meeting) == []
    meeting.clock.forward(hours=1)
    assert told(due(meeting)) == (
        f"[{TOGETHER}]\nIt is still quiet here, and somebody has to begin. A sentence is enough: what are you"
        " working on at the moment? Hours for a first call: !meet"
    )
    meeting.clock.forward(days=5)
    assert due(meeting) == []


@pytest.mark.parametrize("what", ["spoke", "agreed", "left", "blocked", "forgotten"])
def test_no_nudge_where_there_is_nothing_to_nudge(meeting: Chat, what: str) -> None:
    """Somebody has spoken, the hour stands, or there are no two left who want to meet."""
    match what:
        case "spoke":
            with meeting.database.write() as tx:
                room = rooms.get(tx, TOGETHER)
                assert room
                room.spoken = True
                tx.flush()
        case "agreed":
            fix(meeting, "3")
        case "left":
            with meeting.database.write() as tx:
                rooms.keep_member(tx, TOGETHER, BEN, "leave", "Ben")
        case "blocked":
            meeting.say(ADA, "block Ben")
        case "forgotten":
            meeting.say(ADA, "forgetme")
            meeting.say(ADA, "yes")
    meeting.clock.forward(days=3)
    assert [row for row in due(meeting) if row.lane == TOGETHER] == []


@pytest.mark.parametrize("what", ["left", "blocked", "forgotten"])
def test_no_follow_up_to_whoever_is_gone(meeting: Chat, what: str) -> None:
    """Nor to anybody after one blocked the other."""
    match what:
        case "left":
            with meeting.database.write() as tx:
                rooms.keep_member(tx, HUB, BEN, "leave", "Ben")
        case "blocked":
            meeting.say(ADA, "block Ben")
        case "forgotten":
            meeting.say(BEN, "forgetme")
            meeting.say(BEN, "yes")
    meeting.clock.forward(days=15)
    asked = {row.lane for row in due(meeting) if row.action == Action.MESSAGE and row.lane != TOGETHER}
    assert asked == ({meeting.dm(ADA)} if what == "left" else set())


def test_the_follow_up_waits_for_the_hour_that_was_agreed(meeting: Chat) -> None:
    """And for working hours after it."""
    fix(meeting, "20 March 2027 15:00")  # a Saturday
    meeting.clock.forward(days=15)
    assert due(meeting) == []
    meeting.clock.now = datetime(2027, 3, 22, 8, 0, tzinfo=ZoneInfo("UTC"))
    assert told(due(meeting)).count("Have you met") == 2


def test_what_they_took_home_leads_on(meeting: Chat) -> None:
    """To the practices of the other, to sharing, or to words that only oneself sees."""
    meeting.clock.forward(days=15)
    due(meeting)
    said = reply(meeting, ADA, "introduction_met:1", "yes")
    assert "What did you take home?" in said
    said = reply(meeting, ADA, "introduction_took:1", "2")
    assert "adopt 12 under way says that your city takes it over" in said
    assert reply(meeting, ADA, "introduction_took:1", "9") == "Please choose a number from 1 to 4."
    said = reply(meeting, BEN, "introduction_met:1", "Ada showed me how they pay for it")
    assert said.startswith("Thank you!")
    assert "Ada showed me how they pay for it" in meeting.say(BEN, "meetings")
    assert "Ada showed me" not in meeting.say(ADA, "meetings")
    assert "you met, and take something over" in meeting.say(ADA, "meetings")


def test_moderators_see_sums_only(peers: Chat) -> None:
    """What came of all, from five people on; members don't see it."""
    together(peers)
    assert peers.say(MIA, "meetings").startswith("In the whole network 1 introduction led to a room.\n")
    with peers.database.write() as tx:
        for number in range(3):
            row = matching.introduce(tx, [f"@one{number}:x.org", f"@two{number}:x.org"])
            row.state = "accepted"
            for person in matching.introduced(tx, row):
                person.met = number > 0
                person.took = "talk" if number > 1 else None
        tx.flush()
    assert peers.say(MIA, "meetings").startswith(
        "In the whole network 4 introductions led to a room.\n6 people told what came of it: 4 have met,"
        " and 2 have taken something home."
    )
    assert "network" not in peers.say(ADA, "meetings")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("decline 1 that is not my theme, sorry", "climate.adaptation"),
        ("ablehnen 1 leider zu weit weg", "far"),
        ("decline we have no time", "time"),
        ("decline 1 I do not like them", None),
    ],
)
def test_of_a_reason_only_what_helps_is_kept(peers: Chat, typed: str, kept: str | None) -> None:
    """Nobody else reads it, and nothing else of it stays."""
    ask(peers)
    said = peers.say(BEN, typed)
    assert ("I bear that in mind" in said) is (kept is not None)
    assert ("If you like, tell me why" in said) is (kept is None)
    with peers.reading() as tx:
        assert [person.reason for _, person in matching.introductions_of(tx, BEN)] == [kept]
        assert [person.reason for _, person in matching.introductions_of(tx, ADA)] == [None]


def test_a_reason_by_tap_and_in_words(peers: Chat) -> None:
    """Under the answer to the decline; what is no reason is said to be none."""
    ask(peers)
    peers.say(BEN, "decline")
    assert tap(peers, BEN, "introduction_why:1", keycap(2)).endswith("it is too far away.")
    said = reply(peers, BEN, "introduction_why:1", "no time")
    assert said.endswith("If you would like a rest from proposals: matching snooze until 31 March")
    assert reply(peers, BEN, "introduction_why:1", "because").startswith("I can only make use of")
    assert tap(peers, ADA, "introduction:1", keycap(2), room=peers.dm(BEN)) == ""


def test_a_theme_that_is_not_theirs_is_no_reason_any_more(peers: Chat) -> None:
    """For a year; what they offer and need in words stays."""
    housing = "You both work on Housing"
    assert housing in peers.say(ADA, "match")
    propose(peers, MIA, ADA)
    peers.say(MIA, "decline 1 not my theme")
    with peers.reading() as tx:
        assert matching.reasons_against(tx) == {MIA: {"climate.adaptation"}}
    with peers.database.write() as tx:
        row, person = matching.introductions_of(tx, MIA)[0]
        person.reason = "social.housing"
        row.proposed_at -= timedelta(days=200)
    assert "Mia Ferrer" in peers.say(ADA, "match")
    assert housing not in peers.say(ADA, "match")
    peers.clock.forward(days=366)
    assert housing in peers.say(ADA, "match")


def test_three_agree_on_an_hour_only_together(peers: Chat) -> None:
    """What suits two of three is not agreed."""
    three(peers)
    for user in (ADA, BEN):
        assert tap(peers, user, "introduction_hours:1", keycap(2), room=TOGETHER) == ""
    assert "Agreed" in tap(peers, MIA, "introduction_hours:1", keycap(2), room=TOGETHER)


def test_an_upgraded_room_keeps_its_meeting(meeting: Chat) -> None:
    """The hour is agreed on in the new one."""
    with meeting.database.write() as tx:
        old = rooms.get(tx, TOGETHER)
        new = rooms.Room(room_id="!new:test.localhost", version="12", people=3)
        tx.session.add(new)
        tx.flush()
        assert old
        assert INTRODUCTION_MOVES.move
        INTRODUCTION_MOVES.move(tx, meeting.network, old, new)
    meeting.say(ADA, "!meet 2", room="!new:test.localhost")
    assert "Agreed" in meeting.say(BEN, "!meet 2", room="!new:test.localhost")


def forget(chat: Chat, user: str) -> None:
    """Let somebody be forgotten, after everything that was said has been sent."""
    with chat.database.write("sent") as tx:
        while waiting := outbox.pending(tx, outbox.waiting_lanes(tx)):  # only some of each at a time
            for row in (one for rows in waiting.values() for one in rows):
                outbox.mark_sent(tx, [Delivered(row.key, row.room_id or row.lane, f"$sent-{row.id}")])
    chat.say(user, "forgetme")
    chat.say(user, "yes")


def naming(chat: Chat, name: str) -> list[str]:
    """Where the bot has said a name and it still stands: in Matrix, and to be sent."""
    with chat.reading() as tx:
        rows = list(tx.session.exec(select(OutboxRow)))
        redactions = [row for row in rows if row.action == Action.REDACTION]
        taken = {row.target_event for row in redactions} | {row.target_key for row in redactions} - {None}
        return [
            row.lane
            for row in rows
            if (row.event_id or row.key) not in taken
            and name in f"{row.content}{(row.data or b'').decode(errors='replace')}"
        ]


def test_who_is_forgotten_is_named_in_the_room_no_longer(meeting: Chat) -> None:
    """The first words and the calendar file are taken back, and the hour is called off."""
    meeting.say(ADA, "!meet 1", room=TOGETHER)
    meeting.say(BEN, "!meet 1", room=TOGETHER)
    with meeting.reading() as tx:
        said = [row for row in tx.session.exec(select(OutboxRow)) if row.lane == TOGETHER]
    told_of = [f"$sent-{row.id}" for row in said if b"Ben" in str(row.content).encode() + (row.data or b"")]
    assert len(told_of) >= 2
    forget(meeting, BEN)
    taken = [row.target_event for row in meeting.answers if row.action == Action.REDACTION]
    assert set(told_of) <= set(taken)
    rows = due(meeting)
    assert told(rows).startswith(f"[{TOGETHER}]\nThe hour is called off")
    meeting.answers = rows
    assert event_of(meeting) == ("CANCEL", "introduction-1@test.localhost", 1, "2027-03-03 12:00")
    assert b"Ben" not in (meeting.files[0].data or b"")
    assert [lane for lane in naming(meeting, "Ben Ünal") if lane in (TOGETHER, meeting.dm(ADA))] == []


def test_two_of_three_keep_their_hour(peers: Chat) -> None:
    """When the third is forgotten, with a file that names the two alone."""
    three(peers)
    for user in (ADA, BEN, MIA):
        peers.say(user, "!meet 1", room=TOGETHER)
    forget(peers, BEN)
    rows = due(peers)
    assert "Agreed" in told(rows)
    peers.answers = rows
    assert event_of(peers)[:3] == ("PUBLISH", "introduction-1@test.localhost", 1)
    assert b"Ben" not in (peers.files[0].data or b"")
    assert "Mia" in (peers.files[0].data or b"").decode()


def test_a_reminder_of_three_is_taken_back_from_both(peers: Chat) -> None:
    """It names two to each, and either may be forgotten."""
    three(peers)
    for user in (ADA, BEN, MIA):
        peers.say(user, "!meet 1", room=TOGETHER)
    with peers.reading() as tx:
        at = matching.introductions_of(tx, ADA)[0][0].meets_at
    assert at
    peers.clock.now = at - timedelta(hours=1)
    reminders = [row for row in due(peers) if "A reminder" in str(row.content)]
    assert len(reminders) == 3
    forget(peers, BEN)
    naming_him = {f"$sent-{row.id}" for row in reminders if row.lane != peers.dm(BEN)}
    assert naming_him <= {row.target_event for row in peers.answers if row.action == Action.REDACTION}


def test_who_was_to_meet_a_third_who_is_forgotten_is_asked_anew(peers: Chat) -> None:
    """In working hours, without the name; what has not been sent yet is not sent any more."""
    propose(peers, ADA, BEN, MIA)
    peers.say(ADA, "accept")
    peers.clock.now = datetime(2027, 3, 1, 20, 0, tzinfo=ZoneInfo("UTC"))
    peers.say(BEN, "forgetme")
    peers.say(BEN, "yes")
    assert told(due(peers)) == ""
    assert [lane for lane in naming(peers, "Ben Ünal") if lane != peers.dm(BEN)] == []
    peers.clock.now = datetime(2027, 3, 2, 9, 0, tzinfo=ZoneInfo("UTC"))
    rows = due(peers)
    assert {row.lane for row in rows} == {peers.dm(MIA)}
    assert "Ada Lovelace" in told(rows)
    assert "Ada Lovelace" in peers.say(MIA, "accept")


def test_who_left_after_a_yes_is_neither_named_nor_waited_for(peers: Chat) -> None:
    """In the letter, the first words and the calendar; the others agree on an hour by taps."""
    peers.say(BEN, "matching nameless")
    propose(peers, ADA, BEN, MIA)
    peers.say(BEN, "accept")
    with peers.database.write("leaves") as tx:
        rooms.keep_member(tx, HUB, BEN, "leave", "Ben")
    peers.say(ADA, "accept")
    said = [peers.say(MIA, "accept")]
    open_room(peers, next(row for row in peers.answers if row.action == Action.ROOM))
    said.append(told(peers.answers))
    peers.clock.forward(minutes=2)
    said.append(told(due(peers)))
    assert "Ada Lovelace" in said[-1]
    assert tap(peers, ADA, "introduction_hours:1", keycap(1), room=TOGETHER) == ""
    said.append(tap(peers, MIA, "introduction_hours:1", keycap(1), room=TOGETHER))
    assert said[-1].startswith("Agreed")
    said.append((peers.files[0].data or b"").decode())
    assert "Ben" not in "".join(said)


def test_who_leaves_the_room_is_not_waited_for(peers: Chat) -> None:
    """The two others agree on an hour by taps; nobody does alone."""
    three(peers)
    with peers.database.write("leaves") as tx:
        rooms.keep_member(tx, TOGETHER, BEN, "leave", "Ben")
    assert tap(peers, ADA, "introduction_hours:1", keycap(1), room=TOGETHER) == ""
    assert tap(peers, MIA, "introduction_hours:1", keycap(1), room=TOGETHER).startswith("Agreed")


@pytest.mark.parametrize("who", [ADA, BEN])
def test_a_block_before_the_first_words_lets_them_be_unsaid(peers: Chat, who: str) -> None:
    """The room was on its way; nobody is told of the block, and nobody is named."""
    ask(peers)
    peers.say(BEN, "accept")
    opened = next(row for row in peers.answers if row.action == Action.ROOM)
    peers.say(who, f"block {'Ben Ünal' if who == ADA else 'Ada Lovelace'}")
    open_room(peers, opened)
    peers.clock.forward(minutes=2)
    assert due(peers) == []
    peers.clock.forward(days=20)
    assert due(peers) == []


@pytest.mark.parametrize("how", ["refused", "never comes"])
def test_a_room_that_can_not_be_opened_is_told_of(peers: Chat, how: str) -> None:
    """Each of them hears, in working hours, how they meet anyway; once."""
    ask(peers)
    peers.say(BEN, "accept")
    opened = next(row for row in peers.answers if row.action == Action.ROOM)
    if how == "refused":
        with peers.database.write("refused") as tx:
            outbox.mark_dead(tx, opened.key, "M_FORBIDDEN")
        peers.clock.forward(minutes=1)
        said = told(due(peers))
    else:
        said = ""
        for _ in range(24 * 7):
            peers.clock.forward(hours=1)
            said += told(due(peers))
    names = [
        f"You and {name} would like to meet, but I could not open a room"
        for name in ("Ada Lovelace", "Ben Ünal")
    ]
    assert said.count("could not open a room") == 2
    assert all(name in said for name in names)
    peers.clock.forward(days=20)
    assert "could not open a room" not in told(due(peers))


def test_an_hour_that_was_tapped_is_taken_back(meeting: Chat) -> None:
    """It is not agreed on then, unless it has been tapped again; one that is agreed on stays."""
    tap(meeting, ADA, "introduction_hours:1", keycap(1), room=TOGETHER)
    untap(meeting, ADA, meeting.last_event)
    assert tap(meeting, BEN, "introduction_hours:1", keycap(1), room=TOGETHER) == ""
    assert tap(meeting, ADA, "introduction_hours:1", keycap(1), room=TOGETHER).startswith("Agreed")
    untap(meeting, ADA, meeting.last_event)
    assert meeting.say(ADA, "!meet", room=TOGETHER).startswith("You meet on Wednesday, 3 March")


def untap(chat: Chat, user: str, reaction: str) -> None:
    """Let somebody take a reaction back."""
    assert chat.event(user, Kind.UNTAPPED, {"reaction": reaction}, room=TOGETHER) == ""
