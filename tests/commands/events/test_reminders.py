"""Reminders and calendar files: at the right local hour, each once, and none for what is no more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import icalendar
import pytest
from sqlmodel import col, select

from bot.pipeline.scheduler import Scheduler
from commands.core.registry import load
from storage import events, members, outbox, rooms, schedule
from storage.events import Answer, EventAnswer
from storage.outbox import Action, Delivered, OutboxRow
from tests.commands.events.meetings import EXCHANGE, TRAINING, make, tap, untap
from tests.commands.practices.clock import wait
from tests.transcript import ADA, BEN, HUB, MIA, Chat

SAO_PAULO, KATHMANDU = "America/Sao_Paulo", "Asia/Kathmandu"
DEADLINE = "event new\nkind: deadline\ntitle: Apply\nsummary: For the fund.\nwhen: {when}"


def pass_until(chat: Chat, moment: str) -> list[tuple[str, str, str]]:
    """Let time pass, the clock doing all when it is due: what the bot says, with when (UTC) and to whom."""
    end = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    scheduler = Scheduler(chat.database, load().jobs, chat.network, on_done=lambda _lanes: None)
    said: list[tuple[str, str, str]] = []
    while True:
        edits_arrive(chat)
        with chat.database.read() as tx:
            due = schedule.next_due(tx)
        if due is None or due > end:
            chat.clock.now = end
            return said
        chat.clock.now = max(due, chat.clock.now)
        before = len(messages(chat))
        scheduler._run_one()
        said += [
            (f"{chat.clock.now:%d.%m. %H:%M}", row.lane.replace("!dm-", "@"), row.content["body"])
            for row in messages(chat)[before:]
        ]


def edits_arrive(chat: Chat) -> None:
    """Otherwise the cards would be looked after every few seconds."""
    with chat.database.write() as tx:
        rows = tx.session.exec(
            select(OutboxRow).where(OutboxRow.action == Action.EDIT, OutboxRow.state == "pending")
        )
        outbox.mark_sent(tx, [Delivered(row.key, row.lane, f"$edit-{row.id}") for row in rows])


def messages(chat: Chat) -> list[OutboxRow]:
    with chat.database.read() as tx:
        rows = select(OutboxRow).where(OutboxRow.action == Action.MESSAGE).order_by(col(OutboxRow.id))
        return list(tx.session.exec(rows))


def reminders(said: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Of what was said the reminders: when, to whom, and their first line."""
    begins = ("In ", "Today", "Tomorrow", "Heute", "Morgen")
    return [(when, who[1:4], text.split("\n")[0]) for when, who, text in said if text.startswith(begins)]


def files(chat: Chat, user: str) -> list[tuple[str, str, int, icalendar.Calendar]]:
    """The calendar files that somebody was sent: caption, method, sequence, content."""
    with chat.database.read() as tx:
        rows = select(OutboxRow).where(OutboxRow.action == Action.FILE).order_by(col(OutboxRow.id))
        found = [row for row in tx.session.exec(rows) if row.lane in (user, chat.dm(user))]
    calendars = [(row, icalendar.Calendar.from_ical(row.data or b"")) for row in found]
    return [
        (row.content["body"], str(one["method"]), int(str(one.events[0]["sequence"])), one)
        for row, one in calendars
    ]


def prefer(chat: Chat, user: str, *, timezone: str | None = None, locale: str | None = None) -> None:
    with chat.database.write("prefer") as tx:
        found = members.preference(tx, user)
        found.timezone, found.locale = timezone or found.timezone, locale or found.locale
        members.keep_preference(tx, found)


def test_a_week_a_day_and_an_hour_before(dates: Chat) -> None:
    """Those who come, in their language and by their clock; nobody else, and then no more."""
    number = make(dates)
    prefer(dates, BEN, timezone=KATHMANDU, locale="de")
    for user, word in ((ADA, "going"), (BEN, "going"), (MIA, "maybe")):
        dates.say(user, f"{word} {number}")
    said = pass_until(dates, "2027-03-16T08:30")
    assert reminders(said) == [
        ("09.03. 09:00", "ada", "In 7 days: #1 Heat plans"),
        ("09.03. 09:00", "ben", "In 7 Tagen: #1 Hitzepläne"),
        ("15.03. 09:00", "ada", "Tomorrow: #1 Heat plans"),
        ("15.03. 09:00", "ben", "Morgen: #1 Hitzepläne"),
        ("16.03. 08:00", "ada", "In 60 minutes: #1 Heat plans"),
        ("16.03. 08:00", "ben", "In 60 Minuten: #1 Hitzepläne"),
    ]
    (last,) = [text for when, who, text in said if (when, who[1:4]) == ("16.03. 08:00", "ben")]
    assert last == (
        "In 60 Minuten: #1 Hitzepläne\n"
        "Wann: Dienstag, 16. März 2027, 14:45–16:45 Uhr (Asia/Kathmandu); vor Ort:"
        " Dienstag, 16. März 2027, 10:00–12:00 Uhr (Europe/Berlin)\n"
        "Wo: Town hall, room 2\nLink: https://example.org/heat\n\n"
        "Doch keine Zeit? nicht dabei 1 · Andere Erinnerungen: erinnern 1 …"
    )


def test_nobody_is_woken_for_what_is_days_ahead(dates: Chat) -> None:
    """At ten in Berlin it is six in São Paulo: what can wait comes at eight there, the last hour does not."""
    number = make(dates)
    prefer(dates, ADA, timezone=SAO_PAULO)
    dates.say(ADA, f"going {number}")
    assert [when for when, *_ in reminders(pass_until(dates, "2027-03-17"))] == [
        "09.03. 11:00", "15.03. 11:00", "16.03. 08:00",
    ]  # fmt: skip


def test_reminders_are_chosen(dates: Chat) -> None:
    """Each for themselves and their event; off is off, and usual is usual again."""
    number = make(dates)
    assert dates.say(ADA, f"remind {number} 2 days").startswith("You are not coming to #1 Heat plans so far")
    for user in (ADA, BEN):
        dates.say(user, f"going {number}")
    assert dates.say(ADA, f"remind {number} 2 days, 90 min") == (
        "I remind you of #1 Heat plans: 2 days before and 90 minutes before.\n\n"
        "Change it with remind 1 2 days · remind 1 off · remind 1 usual"
    )
    assert dates.say(BEN, f"erinnern {number} aus").startswith("Ich erinnere Sie nicht an #1")
    assert [one[0] for one in reminders(pass_until(dates, "2027-03-17"))] == ["14.03. 09:00", "16.03. 07:30"]
    assert "For no reminders: off" in dates.say(ADA, f"remind {number} soon")
    assert "1 day before" in dates.say(ADA, f"remind {number} the day before")
    assert "1 Tag vorher" in dates.say(BEN, f"erinnern {number} am Vortag")
    assert dates.say(BEN, f"erinnern {number} gar nicht").startswith("Ich erinnere Sie nicht an #1")
    assert "as a time before the event" in dates.say(ADA, f"remind {number} 99 days")


def test_usual_again(dates: Chat) -> None:
    number = make(dates)
    dates.say(ADA, f"going {number}")
    dates.say(ADA, f"remind {number} off")
    told = dates.say(ADA, f"remind {number} usual")
    assert told.startswith("I remind you of #1 Heat plans: 1 week before, 1 day before and 1 hour before.")
    assert len(reminders(pass_until(dates, "2027-03-17"))) == 3


def test_what_was_moved_or_cancelled_is_not_reminded_of(dates: Chat) -> None:
    """Who says again that they come is reminded of the new date only."""
    number = make(dates)
    dates.say(ADA, f"going {number}")
    dates.say(MIA, f"event move {number} 23 March 2027 11:00")
    dates.say(MIA, "yes")
    dates.say(ADA, f"going {number}")
    assert [one[0] for one in reminders(pass_until(dates, "2027-03-20"))] == ["16.03. 10:00"]
    dates.say(MIA, f"event cancel {number} the speaker is ill")
    dates.say(MIA, "yes")
    assert reminders(pass_until(dates, "2027-03-24")) == []


def test_three_days_away(dates: Chat) -> None:
    """Of what passed meanwhile one reminder is left, with what remains; what is over is not reminded of."""
    number = make(dates)
    gone = make(dates, TRAINING.replace("16 March 2027", "14 March 2027"))
    for one in (number, gone):
        dates.say(ADA, f"going {one}")
    assert len(reminders(pass_until(dates, "2027-03-12T20:00"))) == 2
    late = [text.split("\n")[0] for _, text in wait(dates, hours=83.5)]  # 16 March, 8:30 in Berlin
    assert [one for one in late if "Heat plans" in one and not one.startswith("Thank")] == [
        "In 90 minutes: #1 Heat plans"
    ]
    assert [one[0] for one in reminders(pass_until(dates, "2027-03-17"))] == ["16.03. 08:00"]


def test_a_clock_set_back_reminds_of_nothing_twice(dates: Chat) -> None:
    """What was done is done, though its hour comes again; and files still come."""
    number = make(dates)
    dates.say(ADA, f"going {number}")
    assert len(reminders(pass_until(dates, "2027-03-15T09:30"))) == 2
    dates.clock.forward(hours=-1)
    dates.say(BEN, f"going {number}")
    assert [one[:2] for one in reminders(pass_until(dates, "2027-03-15T09:31"))] == []
    assert len(files(dates, BEN)) == 1


def test_a_series_reminds_of_each_date_but_not_before_the_last_one_was(dates: Chat) -> None:
    """Monthly: three times each. Skipped, moved and cancelled dates are heeded."""
    number = make(dates, EXCHANGE)
    dates.say(ADA, f"going {number}")
    dates.say(BEN, f"going {number}")
    dates.say(BEN, f"notgoing {number} 1 April")
    dates.say(MIA, f"event move {number} 1 April to 8 April 2027 16:00")
    dates.say(MIA, "yes")
    dates.say(MIA, f"event cancel {number} 6 May: a holiday")
    dates.say(MIA, "yes")
    said = [(when, who) for when, who, _ in reminders(pass_until(dates, "2027-06-03T14:00"))]
    assert said == [
        *[(when, who) for when in ("03.03. 14:00", "04.03. 13:00") for who in ("ada", "ben")],
        ("01.04. 14:00", "ada"),
        ("07.04. 14:00", "ada"),
        ("08.04. 13:00", "ada"),
        *[(when, who) for when in ("27.05. 13:00", "02.06. 13:00", "03.06. 12:00") for who in ("ada", "ben")],
    ]


@pytest.mark.parametrize(
    ("when", "reminded"),
    [
        # Right behind the hour that is skipped; a day before it is half past three as well.
        ("28 March 2027 03:30", ["21.03. 02:30", "27.03. 02:30", "28.03. 00:30"]),
        # The hour that comes twice: its first half past two.
        ("2027-10-31T00:30Z", ["24.10. 00:30", "30.10. 00:30", "30.10. 23:30"]),
        ("31 October 2027 09:00", ["24.10. 07:00", "30.10. 07:00", "31.10. 07:00"]),
        ("29 February 2028 10:00", ["22.02. 09:00", "28.02. 09:00", "29.02. 08:00"]),
        ("14 March 2027 19:00 America/Sao_Paulo", ["07.03. 22:00", "13.03. 22:00", "14.03. 21:00"]),
        ("14 March 2027 13:00 Asia/Kathmandu", ["07.03. 07:15", "13.03. 07:15", "14.03. 06:15"]),
    ],
)
def test_whole_days_are_counted_by_the_events_clock(dates: Chat, when: str, reminded: list[str]) -> None:
    """Through both nights in which Berlin changes its clocks, in a leap year, and elsewhere."""
    number = make(dates, DEADLINE.format(when=when))
    zone = when.split()[4] if len(when.split()) > 4 else "Europe/Berlin"
    with dates.database.write("answers") as tx:  # by somebody who is never asleep here
        now = tx.now
        events.keep_answer(tx, EventAnswer(event=number, user_id=ADA, answer=Answer.GOING, at=now))
    prefer(dates, ADA, timezone="Pacific/Honolulu" if "03:30" in when or "T00:30" in when else zone)
    end = datetime.fromisoformat("2028-03-01")
    found = [one[0] for one in reminders(pass_until(dates, f"{end:%Y-%m-%d}"))]
    assert found == reminded


def test_a_yearly_event_on_the_29th_of_february(dates: Chat) -> None:
    """It is reminded of in leap years."""
    number = make(dates, DEADLINE.format(when="every year on 29 February 10:00"))
    pass_until(dates, "2028-02-01")
    dates.say(ADA, f"going {number}")
    found = [one[0] for one in reminders(pass_until(dates, "2029-12-31"))]
    assert found == ["22.02. 09:00", "28.02. 09:00", "29.02. 08:00"]


def test_many_are_reminded_in_parts(dates: Chat) -> None:
    """A hundred and thirty people, each once, fifty in one transaction; who has left is left in peace."""
    number = make(dates, DEADLINE.format(when="16 March 2027 10:00"))
    people = [f"@p{n:03}:test.localhost" for n in range(130)]
    with dates.database.write("crowd") as tx:
        for user in people:
            rooms.keep_member(tx, HUB, user, "join")
            events.keep_answer(
                tx, EventAnswer(event=number, user_id=user, answer=Answer.GOING, at=tx.now, reminders=[1440])
            )
        events_left = people[7]
        rooms.keep_member(tx, HUB, events_left, "leave")
    dates.say(ADA, f"going {number}")
    said = [row for row in pass_until(dates, "2027-03-15T09:00") if row[1].startswith("@p")]
    reminded = [who for _, who, text in said if text.startswith("Tomorrow")]
    assert sorted(reminded) == sorted(set(people) - {events_left})


def test_each_who_comes_gets_a_file_and_every_change_of_it(dates: Chat) -> None:
    """One UID; new, moved, cancelled; in the language of who reads it. Who doesn't come gets nothing more."""
    prefer(dates, BEN, locale="de")
    number = make(dates, TRAINING.replace("places: 2", "places: 5"))
    for user in (ADA, BEN, MIA):
        dates.say(user, f"going {number}")
    wait(dates, seconds=10)
    wait(dates, seconds=10)
    dates.say(MIA, f"notgoing {number}")
    ((caption, method, sequence, file),) = files(dates, BEN)
    assert (caption, method, sequence) == ("Für Ihren Kalender: #1 Hitzepläne", "PUBLISH", 0)
    (one,) = file.events
    assert str(one["summary"]) == "Hitzepläne"
    assert one.start == datetime.fromisoformat("2027-03-16T10:00+01:00")
    dates.say(MIA, f"event move {number} 23 March 2027 11:00")
    dates.say(MIA, "yes")
    wait(dates, seconds=10)
    dates.say(MIA, f"event cancel {number} the speaker is ill")
    dates.say(MIA, "yes")
    wait(dates, seconds=10)
    ada = files(dates, ADA)
    assert [one[:3] for one in ada] == [
        ("For your calendar: #1 Heat plans", "PUBLISH", 0),
        ("For your calendar, changed: #1 Heat plans", "PUBLISH", 1),
        ("Takes it out of your calendar: #1 Heat plans", "CANCEL", 2),
    ]
    assert len({str(one[3].events[0]["uid"]) for one in [*ada, *files(dates, BEN)]}) == 1
    assert ada[1][3].events[0].start == datetime.fromisoformat("2027-03-23T11:00+01:00")
    assert [one[1] for one in files(dates, MIA)] == ["PUBLISH", "CANCEL"]


def test_nobody_is_woken_by_a_file(dates: Chat) -> None:
    """Who has just answered is awake; who sleeps when the event moves gets the file in the morning."""
    number = make(dates)
    prefer(dates, BEN, timezone="America/Los_Angeles")  # it is one in the night there
    dates.say(BEN, f"going {number}")
    wait(dates, seconds=10)
    assert len(files(dates, BEN)) == 1
    wait(dates, minutes=5)
    dates.say(MIA, f"event edit {number} place Room 7")
    wait(dates, seconds=10)
    assert len(files(dates, BEN)) == 1
    wait(dates, hours=7)
    assert len(files(dates, BEN)) == 2


def test_who_no_longer_comes_has_it_in_no_calendar(dates: Chat) -> None:
    """By the word, or by taking the tap back; who leaves out a date gets a file without it."""
    number = make(dates, EXCHANGE)
    dates.say(ADA, f"going {number}")
    tap(dates, BEN, number, "✅")
    tapped = dates.last_event
    wait(dates, seconds=10)
    dates.say(ADA, f"notgoing {number} 4 March")
    untap(dates, BEN, tapped)
    wait(dates, seconds=10)
    assert [one[1] for one in files(dates, BEN)] == ["PUBLISH", "CANCEL"]
    assert str(files(dates, BEN)[1][3].events[0]["status"]) == "CANCELLED"
    assert ["exdate" in one[3].events[0] for one in files(dates, ADA)] == [False, True]
    dates.say(ADA, f"notgoing {number}")
    wait(dates, seconds=10)
    dates.say(MIA, f"event cancel {number} ill")
    dates.say(MIA, "2")
    dates.say(MIA, "yes")
    wait(dates, seconds=10)
    assert [one[1] for one in files(dates, ADA)] == ["PUBLISH", "PUBLISH", "CANCEL"]
    assert len(files(dates, BEN)) == 2


def test_who_moves_up_gets_the_file(dates: Chat) -> None:
    number = make(dates, TRAINING.replace("places: 2", "places: 1"))
    dates.say(ADA, f"going {number}")
    dates.say(BEN, f"going {number}")
    wait(dates, seconds=10)
    assert len(files(dates, BEN)) == 0
    dates.say(ADA, f"notgoing {number}")
    wait(dates, seconds=10)
    assert len(files(dates, BEN)) == 1


def test_what_is_long_over_is_sent_to_nobody(dates: Chat) -> None:
    """The program was away while it took place."""
    number = make(dates)
    dates.say(ADA, f"going {number}")
    wait(dates, days=30)
    assert files(dates, ADA) == []


def test_a_zone_whose_rules_change_moves_what_is_planned(dates: Chat) -> None:
    """The event moves to another zone: reminders go by its new clock."""
    number = make(dates)
    dates.say(ADA, f"going {number}")
    dates.say(MIA, f"event move {number} 16 March 2027 10:00 Kathmandu")
    dates.say(MIA, "yes")
    dates.say(ADA, f"going {number}")
    said = [one[0] for one in reminders(pass_until(dates, "2027-03-17"))]
    assert said == ["09.03. 07:00", "15.03. 07:00", "16.03. 03:15"]
    assert dates.clock.now - datetime(2027, 3, 17, tzinfo=UTC) == timedelta()
