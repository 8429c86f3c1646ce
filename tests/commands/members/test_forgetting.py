"""What the bot knows about somebody, and how it forgets."""

from __future__ import annotations

import json

from storage import dialogs, members, practices, rooms
from storage.outbox import Action
from storage.rooms import Room
from tests import golden
from tests.commands.members.people import register
from tests.commands.members.test_holdings import deliver, naming, practice
from tests.transcript import ADA, BEN, BOT, HUB, OUT, Chat


def with_practice(chat: Chat) -> None:
    """Ada is a member and has shared a practice."""
    register(chat)
    with chat.database.write("$practice") as tx:
        practices.add(tx, practice(tx, ADA))


def test_everything_in_a_file(either: Chat) -> None:
    """In the direct chat, also when it was asked for in a room."""
    with_practice(either)
    either.say(ADA, f"language {either.language}")
    golden.check(f"members/mydata.{either.language}.txt", either.say(ADA, "mydata"))
    either.in_hub(ADA, "!mydata")
    (sent,) = either.files
    assert (sent.lane, sent.about) == (either.dm(ADA), ADA)
    assert sent.content["filename"] == "proxenos-ada-2027-03-01.json"
    assert sent.content["info"]["mimetype"] == "application/json"
    assert sent.data
    data = json.loads(sent.data)
    assert data["member"]["organisation"] == "International Office"
    assert [line["side"] for line in data["line"]] == ["offer", "need"]
    assert data["practice"][0]["title"] == "Shade by ada"
    assert data["preference"]["locale"] == either.language
    assert next(iter(data)) == "summary"
    assert data["summary"]["English"] == [
        "Everything that I keep of Ada Lovelace (@ada:test.localhost), as of"
        " Monday, 1 March 2027, 10:00 (Europe/Paris).",
        "In this file: 2 things that you offer or need, one practice, 4 messages of yours to me,"
        " 4 messages of mine to you or about you and 2 rooms that we share or shared.",
        "Agreed to version 1 of the consent on Monday, 1 March 2027, 10:00 (Europe/Paris).",
    ]
    assert data["summary"]["Deutsch"][0].startswith("Alles, was ich über Ada Lovelace")
    assert {"room": "Lobby", "what": "message", "text": "!mydata"}.items() <= data["inbox"][-1].items()
    assert {room["room_id"] for room in data["room_member"]} == {HUB, either.dm(ADA)}
    assert BEN not in sent.data.decode()


def test_the_file_holds_what_the_bot_said(chat: Chat) -> None:
    """In the direct chat and in rooms; what others asked and were told in their direct chats is theirs."""
    register(chat)
    chat.say(ADA, "hlp")
    chat.in_hub(ADA, "!ping")
    chat.say(BEN, "profile Ada")
    deliver(chat)
    chat.say(ADA, "mydata")
    said = json.loads(chat.files[0].data or b"")["outbox"]
    assert [set(one) for one in said] == [{"room", "when", "text"}] * len(said)
    assert [(one["room"], one["text"].split("\n")[0][:20]) for one in said] == [
        ("direct chat", "Welcome, Ada Lovelac"),
        ("direct chat", said[1]["text"].split("\n")[0][:20]),
        ("Lobby", "pong"),
    ]


def test_a_stranger_has_a_file_as_well(chat: Chat) -> None:
    chat.say(OUT, "mydata")
    data = json.loads(chat.files[0].data or b"")
    assert data["member"] is None
    assert len(data["inbox"]) == 1


def test_forgetting_in_a_conversation(either: Chat) -> None:
    """Counted, asked once, done; practices as the person chose; a guest again afterwards."""
    with_practice(either)
    either.say(ADA, f"language {either.language}")
    deliver(either)
    name = f"members/forgetme_{{}}.{either.language}"
    golden.check(name.format("asked") + ".txt", either.say(ADA, "forgetme"))
    golden.check(name.format("asked") + ".html", either.html)
    golden.check(name.format("sure") + ".txt", either.say(ADA, "1"))
    golden.check(name.format("done") + ".txt", either.say(ADA, "1"))
    golden.check(name.format("done") + ".html", either.html)
    with either.reading() as tx:
        assert naming(tx, ADA) == {
            ("room_member", HUB),
            ("room_member", either.dm(ADA)),
            ("room", either.dm(ADA)),
        }
        assert [one.author for one in practices.everything(tx)] == [None]
        assert members.count(tx) == 2
    assert "register" in either.say(ADA, "profile") or "registrieren" in either.say(ADA, "profile")


def test_what_is_gone_is_not_counted_again(chat: Chat) -> None:
    """Who asks once more right after does not read that all of it is still there."""
    register(chat, ADA)
    for _ in range(5):
        chat.say(ADA, "profile")
    deliver(chat)
    assert "messages of mine" in chat.say(ADA, "forgetme")
    assert chat.say(ADA, "yes").startswith("Done.")
    deliver(chat)
    # Only the "Done." itself.
    assert "one message of mine" in chat.say(ADA, "forgetme")


def test_practices_go_too_when_asked(chat: Chat) -> None:
    with_practice(chat)
    chat.say(ADA, "forgetme")
    chat.say(ADA, "delete them too")
    assert chat.say(ADA, "yes").startswith("Done.")
    with chat.reading() as tx:
        assert practices.everything(tx) == []


def test_rooms_that_the_bot_has_left_are_named_as_such(chat: Chat) -> None:
    """Nothing can be taken back there, and nothing is tried."""
    register(chat, ADA)
    old, new = chat.dm(ADA), "!new:test.localhost"
    deliver(chat)
    with chat.database.write("$moved") as tx:
        room = rooms.get(tx, old)
        assert room
        room.membership = "leave"
        tx.session.add(Room(room_id=new, direct_with=ADA, people=2, since=chat.clock.now))
        for user in (ADA, BOT):
            rooms.keep_member(tx, new, user, "join")
    chat.say(ADA, "profile", room=new)
    deliver(chat)
    chat.say(ADA, "forgetme", room=new)
    deliver(chat)
    assert chat.say(ADA, "yes", room=new).split("\n\n")[1:] == [
        "In rooms that I have left, I can't take anything back.",
        "Copies may remain on other servers, and your own messages stay in the rooms: only you can delete"
        " those. I still see which rooms we share, as long as you are in them.",
    ]
    assert {row.lane for row in chat.answers if row.action == Action.REDACTION} == {new}


def test_who_wrote_no_practice_is_only_asked_to_be_sure(chat: Chat) -> None:
    register(chat, ADA)
    assert chat.say(ADA, "forget me") == (
        "To be sure\nThis will go:\n• your profile\n• 2 things that you offer or need\n"
        "• 2 messages of yours to me\n• one message of mine to you or about you\n"
        "Shall I delete it now? This can't be undone.\n\n"
        "1. yes, delete\n2. no, keep everything"
    )
    assert chat.say(ADA, "no") == "Nothing was deleted."
    with chat.reading() as tx:
        assert members.get(tx, ADA)
        assert dialogs.of(tx, ADA) == []


def test_one_can_change_ones_mind(chat: Chat) -> None:
    with_practice(chat)
    for last in ("3", "cancel"):
        chat.say(ADA, "forgetme")
        assert chat.say(ADA, last).startswith(("Nothing was deleted.", "Cancelled"))
    chat.say(ADA, "forgetme")
    chat.say(ADA, "hand")
    assert chat.say(ADA, "maybe").startswith("Please choose one: yes, delete or no, keep everything.")
    assert chat.say(ADA, "back").startswith("Your practices (1/2)")
    chat.say(ADA, "3")
    with chat.reading() as tx:
        assert members.get(tx, ADA)


def test_asked_in_a_room_it_goes_on_in_the_direct_chat(chat: Chat) -> None:
    register(chat, ADA)
    chat.in_hub(ADA, "!forgetme")
    assert [row.lane for row in chat.answers] == [HUB, chat.dm(ADA)]
    assert chat.in_hub(ADA, "!ping") == "pong"
    assert chat.say(ADA, "1").startswith("Done.")


def test_a_stranger_can_be_forgotten(chat: Chat) -> None:
    chat.say(OUT, "language de")
    assert chat.say(OUT, "vergissmich").startswith(
        "Zur Sicherheit\nDas wird gelöscht:\n• 2 Ihrer Nachrichten"
    )
    assert chat.say(OUT, "ja").startswith("Erledigt.")
    with chat.reading() as tx:
        assert members.preference(tx, OUT).locale is None


def test_forgotten_twice(chat: Chat) -> None:
    """Somebody who registers again is a new member like any other."""
    for _ in range(2):
        register(chat, ADA)
        chat.say(ADA, "forgetme")
        assert chat.say(ADA, "yes").startswith("Done.")
    with chat.reading() as tx:
        assert members.count(tx) == 0
