"""Announcements of moderators: asked back, said once, in the rooms that were named."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from sqlmodel import select

from commands.core.markdown import to_html
from commands.news.announcements import service
from storage import announcements, rooms
from storage.outbox import OutboxRow
from storage.rooms import Room
from tests.commands.news.network import run, said, wait
from tests.transcript import ADA, BOT, HUB, MIA, Chat

SIDE = "!side:test.localhost"  # a room where Mia is
OTHER = "!other:test.localhost"  # a room where she isn't


@pytest.fixture
def rooms_(chat: Chat) -> Chat:
    """Two more rooms."""
    with chat.database.write("rooms") as tx:
        for room_id, name in ((SIDE, "Climate"), (OTHER, "Ben and Ada")):
            tx.session.add(
                Room(room_id=room_id, name=name, alias=f"#{name[:3].lower()}:test.localhost", people=3)
            )
            rooms.keep_member(tx, room_id, BOT, "join")
        rooms.keep_member(tx, SIDE, MIA, "join")
    return chat


def planned(chat: Chat, typed: str) -> str:
    """Ask for an announcement and say yes."""
    chat.say(MIA, typed)
    return chat.say(MIA, "yes")


def test_asked_back_in_full_and_said_once(rooms_: Chat) -> None:
    """With the zone of the rooms, as it will look; in each room, once."""
    chat = rooms_
    told = chat.say(MIA, "announce at 2027-03-02 09:00 in #ud-hub, #cli: The *programme* is out.")
    assert told == (
        "This is what I would say:\n\nThe *programme* is out.\n\n"
        "Announce it\nTuesday, 2 March 2027, 09:00 (Europe/Berlin), in Lobby and Climate. Shall I?\n\n"
        "1. yes\n2. no"
    )
    assert chat.say(MIA, "yes") == (
        "Announcement 1 is planned: Tuesday, 2 March 2027, 09:00 (Europe/Berlin)."
        " To cancel it: announcement cancel 1."
    )
    chat.clock.now = datetime(2027, 3, 2, 7, 59, tzinfo=UTC)
    assert run(chat) == []
    said = wait(chat, minutes=1)
    assert said == [(HUB, "The *programme* is out."), (SIDE, "The *programme* is out.")]
    assert wait(chat, days=7) == []
    assert chat.say(MIA, "announcements").startswith("Nothing is planned.")


def test_in_german_from_a_room(chat_de: Chat) -> None:
    """Without rooms it is the one in which it was said; asked back in the direct chat."""
    told = chat_de.in_hub(MIA, "!ankündigen am Freitag um 15 Uhr: Bis gleich!")
    assert "Das würde ich sagen:\n\nBis gleich!" in told
    assert "Freitag, 5. März 2027, 15:00 Uhr (Europe/Berlin), in Lobby. Soll ich?" in told
    assert chat_de.say(MIA, "ja").startswith("Ankündigung 1 ist geplant")
    assert wait(chat_de, days=4, hours=5) == [(HUB, "Bis gleich!")]


def test_no_is_no(rooms_: Chat) -> None:
    rooms_.say(MIA, "announce at tomorrow 9:00 in Lobby: Hello")
    assert rooms_.say(MIA, "no") == "All right, I announce nothing."
    assert wait(rooms_, days=2) == []


def test_again_and_again(rooms_: Chat) -> None:
    """By the clock of the rooms, over the change of clocks as well; listed with the next time."""
    chat = rooms_
    planned(chat, "announce on every Monday 9:00 in Climate: Call at ten")
    assert chat.say(MIA, "announcements") == (
        "Still to be announced, the next first:\n\n"
        "1. Call at ten\n"
        "   every Monday, for the first time on Monday, 8 March 2027, 09:00 (Europe/Berlin), in Climate\n\n"
        "To cancel one: announcement cancel 1."
    )
    hours = []
    for _ in range(6 * 7):
        chat.clock.now = chat.clock.now.replace(hour=9, minute=0)
        hours += [chat.clock.now for _ in wait(chat, days=1)]
    assert [moment.weekday() for moment in hours] == [0] * 6


def test_cancelled(rooms_: Chat) -> None:
    planned(rooms_, "announce at tomorrow 9:00 in Lobby: Hello")
    assert rooms_.say(MIA, "announcement cancel 1") == "Announcement 1 is cancelled: “Hello”"
    assert rooms_.say(MIA, "announcement cancel 1").startswith(
        "Nothing with the number 1 is to be announced."
    )
    assert wait(rooms_, days=2) == []


def test_late_by_less_than_an_hour_it_is_said_and_later_its_author_is_told(rooms_: Chat) -> None:
    """What comes again goes on with its next date. Nobody is told in the night what began at ten."""
    planned(rooms_, "announce at tomorrow 9:00 in Lobby: It starts in ten minutes")
    planned(rooms_, "announce on every day 9:00 in Climate: Daily")
    rooms_.clock.now = datetime(2027, 3, 2, 8, 50, tzinfo=UTC)
    assert run(rooms_) == [(HUB, "It starts in ten minutes"), (SIDE, "Daily")]
    planned(rooms_, "announce at tomorrow 9:00 in Lobby: It starts in ten minutes")
    rooms_.clock.now = datetime(2027, 3, 4, 2, 0, tzinfo=UTC)
    told = run(rooms_)
    assert [lane for lane, _ in told] == [rooms_.dm(MIA)] * 2
    assert all(body.startswith("I was not there in time to announce this") for _, body in told)
    rooms_.clock.now = datetime(2027, 3, 4, 8, 0, tzinfo=UTC)
    assert run(rooms_) == [(SIDE, "Daily")]


def test_one_that_fails_is_told_to_its_author(rooms_: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    planned(rooms_, "announce at tomorrow 9:00 in Lobby: Once")
    with monkeypatch.context() as broken:
        broken.setattr(service, "Markdown", None)
        assert wait(rooms_, hours=23) == []
    with rooms_.database.write("morning") as tx:
        service.look_after(tx, rooms_.network)
    rooms_.clock.forward(hours=22)
    with rooms_.database.write("morning-2") as tx:
        service.look_after(tx, rooms_.network)
    [(lane, body)] = [one for one in said(rooms_) if "in time" in one[1]]
    assert lane == rooms_.dm(MIA)
    assert body.endswith("> Once\n\nShould it still be said? announce at …")


def test_what_is_odd_is_said_when_asking_back(chat_de: Chat) -> None:
    """That it is night then; by which rule it comes again; that the room is missing."""
    assert "In welchen Räumen" in chat_de.say(MIA, "ankündigen am nächsten Montag um 9 Uhr: Hallo")
    assert "Dann ist es Nacht." in chat_de.say(MIA, "ankündigen am 2.3. um 03:00 Uhr in Lobby: Hallo")
    chat_de.say(MIA, "nein")
    assert "Nacht" not in chat_de.say(MIA, "ankündigen für jeden Montag 9 Uhr in Lobby: Hallo")
    assert "ist geplant: jeden Montag, zum ersten Mal am Montag, 8. März" in chat_de.say(MIA, "ja")


def test_what_somebody_planned_who_was_forgotten(rooms_: Chat) -> None:
    """Nobody answers for it any more: it is not said, the moderators are asked; they are told so before."""
    planned(rooms_, "announce on every day 9:00 in Lobby: Hello")
    with rooms_.database.write("two") as tx:
        hub = rooms.get(tx, HUB)
        assert hub is not None
        hub.power_levels = {"users": {BOT: 100, ADA: 50, MIA: 50}}
    assert "your name on one planned announcement" in rooms_.say(MIA, "forgetme")
    rooms_.say(MIA, "yes")
    told = [one for one in wait(rooms_, days=1) if one[0] == rooms_.dm(ADA)]
    assert len(told) == 1
    assert told[0][1].startswith("Announcement 1 did not go out in Lobby")
    assert all("Hello" not in body for _, body in wait(rooms_, days=3))


def test_whose_right_is_gone(rooms_: Chat) -> None:
    """What somebody planned who is no moderator any more is not said; the others are told."""
    planned(rooms_, "announce at tomorrow 9:00 in Lobby: Hello")
    with rooms_.database.write("demoted") as tx:
        hub = rooms.get(tx, HUB)
        assert hub is not None
        hub.power_levels = {"users": {BOT: 100, ADA: 50}}
    [(lane, body)] = wait(rooms_, days=1)
    assert lane == rooms_.dm(ADA)
    assert "no longer a moderator:\n\n> Hello" in body


def test_where_the_bot_is_no_longer_nothing_is_said(rooms_: Chat) -> None:
    """Whoever planned it is told."""
    planned(rooms_, "announce at tomorrow 9:00 in Lobby, Climate: Hello")
    with rooms_.database.write("gone") as tx:
        room = rooms.get(tx, SIDE)
        assert room is not None
        room.membership = "leave"
    assert wait(rooms_, hours=23) == [
        (HUB, "Hello"),
        (rooms_.dm(MIA), "I am no longer in Climate, so I could not announce this there:\n\n> Hello"),
    ]


def test_a_room_that_is_upgraded(rooms_: Chat) -> None:
    planned(rooms_, "announce at tomorrow 9:00 in Climate: Hello")
    with rooms_.database.write("upgrade") as tx:
        tx.session.add(Room(room_id="!new:test.localhost", people=3))
        announcements.move_room(tx, SIDE, "!new:test.localhost")
    assert wait(rooms_, hours=23) == [("!new:test.localhost", "Hello")]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("!announce at tomorrow 9:00 in Lobby", "I need to know when, where and what"),
        ("!announce at tomorrow 9:00: Hello", "In which rooms shall I say it?"),
        ("!announce at tomorrow 9:00 in #oth: Hello", "I know no room “#oth” that both of us are in"),
        ("!announce at tomorrow 9:00 in Ben and Ada: Hello", "I know no room “Ben”"),
        ("!announce at yesterday in Lobby: Hello", "yesterday"),
        ("!announce at tomorrow 9:00 in Lobby: " + "x" * 5000, "4000"),
        ("!announcement cancel nothing", "“nothing” is not a number of an announcement."),
    ],
)
def test_what_is_not_understood(rooms_: Chat, typed: str, told: str) -> None:
    """It says what is missing; rooms in which the moderator is not are nobody's business."""
    assert told in rooms_.say(MIA, typed)
    assert wait(rooms_, days=2) == []


def test_only_moderators(rooms_: Chat) -> None:
    for typed in ("!announce at tomorrow 9:00 in Lobby: Hello", "!announcements", "!announcement cancel 1"):
        assert "moderators" in rooms_.say(ADA, typed)


def test_markdown_is_shown_as_meant(rooms_: Chat) -> None:
    """And nothing that a client should not show gets through."""
    planned(
        rooms_,
        "announce at tomorrow 9:00 in Lobby: **New:** [the page](https://example.org)\n\n- one\n- two"
        "\n\n<img src=x onerror=alert(1)> @room",
    )
    rooms_.clock.forward(hours=23)
    run(rooms_)
    with rooms_.reading() as tx:
        said = tx.session.exec(select(OutboxRow).where(OutboxRow.lane == HUB)).one()
    assert said.content["formatted_body"] == (
        '<p><strong>New:</strong> <a href="https://example.org">the page</a></p>\n<ul>\n<li>one</li>\n'
        "<li>two</li>\n</ul>\n<p>&lt;img src=x onerror=alert(1)&gt; @\u2060room</p>"
    )


@pytest.mark.parametrize(
    "typed",
    [
        "[x](javascript:alert(1))",
        "<script>alert(1)</script>",
        "![x](https://example.org/pixel.png)",
        '<a href="javascript:alert(1)">x</a>',
        "[x](data:text/html;base64,AAAA)",
        "<img src=x onerror=alert(1)>",
        "[" * 3000,
        "> " * 3000,
        "`" * 4000,
    ],
)
def test_markdown_carries_nothing_else(typed: str) -> None:
    html = to_html(typed)
    assert not re.search(r"<(?:script|img|[a-z]+ on)|<[^>]*(?:javascript|data):", html)
