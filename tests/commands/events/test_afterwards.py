"""What comes after an event: thanks, two questions, material, and what the host is told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from storage import events, outbox
from storage.events import EventState
from storage.outbox import Action
from tests.commands.events.meetings import EXCHANGE, TRAINING, card, delivered, make, tap
from tests.commands.practices.clock import wait
from tests.commands.practices.files.pictures import PDF
from tests.commands.practices.files.sending import bring, rows, send
from tests.golden import check
from tests.transcript import ADA, BEN, MIA, Chat

YES, NO = "✅", "❌"
MANY = TRAINING.replace("places: 2", "places: 9")


def held(chat: Chat, form: str = MANY) -> int:
    """Let an event come and go that Ada and Ben go to, until the next morning has begun."""
    number = make(chat, form)
    tap(chat, ADA, number, YES)
    tap(chat, BEN, number, YES)
    chat.say(MIA, f"going {number}")
    wait(chat, seconds=5)
    delivered(chat)
    return number


def test_who_came_is_thanked_in_their_next_morning(dates: Chat) -> None:
    """Once, in their language, by their own clock; not the host, and nobody at night."""
    dates.say(ADA, "timezone Kathmandu")
    dates.say(BEN, "sprache deutsch")
    held(dates)
    assert wait(dates, days=15, hours=4) == []  # it is over, 13:00 UTC
    told = wait(dates, hours=15.5)  # 04:30 UTC, 10:15 in Kathmandu
    assert [lane for lane, _ in told] == [dates.dm(ADA)]
    check("events/thanks_en.txt", told[0][1])
    told = wait(dates, hours=5)
    assert [lane for lane, _ in told] == [dates.dm(BEN)]
    check("events/thanks_de.txt", told[0][1])
    assert "This is over" in card(dates, 1)
    assert wait(dates, days=1) == []


def test_answers_reach_the_host_without_names(dates: Chat) -> None:
    """By a tap, by a reply, by number, by the command; the last answer counts."""
    number = held(dates)
    wait(dates, days=15, hours=4)
    assert len(wait(dates, days=1)) == 2
    delivered(dates)
    thanks = _thanks(dates, ADA)
    assert "Thank you!" in dates.say(ADA, "👎", **_replying(thanks))
    assert "Thank you!" in dates.say(ADA, "1", **_replying(thanks))
    assert "without your name" in dates.say(ADA, "More time for questions!", **_replying(thanks))
    assert "Vielleicht klappt es" in dates.say(BEN, f"rückmeldung {number} nicht da")
    assert "I have not asked you" in dates.say(MIA, f"feedback {number} good")
    told = wait(dates, days=4)
    assert [lane for lane, _ in told] == [dates.dm(MIA)]
    check("events/summary_en.txt", told[0][1])
    for name in ("Ada", "Ben"):
        assert name not in told[0][1]


def test_how_it_was_is_typed_as_the_question_names_it(dates: Chat) -> None:
    """Without a reply: a courtesy is the verdict here, and a sentence after it belongs to it."""
    held(dates)
    wait(dates, days=15, hours=4)
    wait(dates, days=1)
    assert "add something in words" in dates.say(ADA, "👍")
    assert "without your name" in dates.say(ADA, "Very good, but too short.")
    assert "add something in words" in dates.say(BEN, "so-so")
    assert "add something in words" in dates.say(BEN, "Good!")
    with dates.reading() as tx:
        said = events.feedbacks(tx, 1, datetime.fromisoformat("2027-03-16T10:00"))
        assert {one.user_id: (one.verdict, one.words) for one in said} == {
            ADA: ("good", "Very good, but too short."),
            BEN: ("good", None),
        }
    assert "I am here" in dates.say(ADA, "👍")


def _thanks(chat: Chat, user: str) -> str:
    with chat.reading() as tx:
        found = outbox.on_topic(tx, "event_feedback:1/2027-03-16T10:00:00")
        return next(str(row.event_id) for row in found if row.lane == chat.dm(user))


def _replying(event_id: str) -> dict[str, Any]:
    return {"m.relates_to": {"m.in_reply_to": {"event_id": event_id}}}


def test_who_left_a_date_out_is_not_thanked_for_it(dates: Chat) -> None:
    """And the series goes on: the card shows the next date, and who comes still does."""
    number = held(dates, EXCHANGE)
    dates.say(ADA, f"notgoing {number} 4 March")
    wait(dates, days=3, hours=8)
    told = wait(dates, days=1)
    assert [lane for lane, said in told if "Thank you" in said] == [dates.dm(BEN)]
    assert "Next: Thursday, 1 April 2027" in card(dates, number)
    assert "3 coming" in card(dates, number)
    delivered(dates)
    wait(dates, days=27, hours=23)
    told = wait(dates, days=1)
    assert sorted(lane for lane, said in told if "Thank you" in said) == [dates.dm(ADA), dates.dm(BEN)]


def test_after_a_year_everybody_is_asked_anew(dates: Chat) -> None:
    """Who came to this year's summit has not said anything about the next."""
    number = held(dates, MANY.replace("16 March 2027 10:00", "every 16 March 10:00"))
    wait(dates, days=16)
    with dates.reading() as tx:
        assert {one.user_id: one.answer for one in events.answers(tx, number)} == {
            ADA: "asked",
            BEN: "asked",
            MIA: "going",
        }
        event = events.get(tx, number)
        assert event
        assert event.state == EventState.ANNOUNCED


def test_after_a_long_downtime_nobody_is_thanked_any_more(dates: Chat) -> None:
    held(dates)
    assert wait(dates, days=20) == []
    assert wait(dates, seconds=5) == []
    assert "This is over" in card(dates, 1)
    assert "is over" in dates.say(ADA, "going 1")


def test_material_is_added_by_the_host_and_told_of_once(dates: Chat) -> None:
    number = held(dates)
    wait(dates, days=15, hours=4)
    wait(dates, days=1)
    assert "no material" in dates.say(ADA, f"material {number}")
    assert "can only be changed by its host" in dates.say(ADA, f"material {number} https://spam.example")
    dates.say(MIA, f"material {number} https://example.org/slides")
    assert "Added to" in dates.say(MIA, f"material {number} The minutes are with Mia.")
    assert "https://example.org/slides" in dates.say(ADA, f"material {number}")
    told = wait(dates, days=1)
    assert sorted(lane for lane, said in told if "new material" in said) == [dates.dm(ADA), dates.dm(BEN)]
    assert wait(dates, days=1) == []


def test_files_are_material_too(dates: Chat) -> None:
    """What a file is, its bytes say; only the host and moderators add any."""
    number = held(dates)
    dates.say(MIA, f"material {number}")
    assert "I am fetching" in send(dates, MIA, "slides.pdf", msgtype="m.file")
    assert "Added to" in bring(dates, PDF)
    shown = dates.say(ADA, f"material {number}")
    assert "File: slides.pdf" in shown
    assert [(row.content["filename"], row.data) for row in dates.files] == [("slides.pdf", PDF)]
    send(dates, ADA, "spam.pdf", msgtype="m.file")
    assert rows(dates, Action.FETCH) == []
    dates.say(MIA, f"material {number}")
    send(dates, MIA, "odd.pdf", msgtype="m.file")
    assert "File" not in bring(dates, b"MZ")
    assert "odd" not in dates.say(ADA, f"material {number}")


def test_a_clock_that_was_ahead_ends_nothing_for_good(dates: Chat) -> None:
    """The next night the event is ahead again, and it ends when it does."""
    number = held(dates)
    wait(dates, days=15, hours=4)
    delivered(dates)
    assert "Nothing is planned" in dates.say(ADA, "events")
    dates.clock.now -= timedelta(days=10)
    wait(dates, days=1)
    delivered(dates)
    assert "Heat plans" in dates.say(ADA, "events")
    wait(dates, days=10)
    delivered(dates)
    assert "This is over" in dates.say(ADA, f"event {number}")
