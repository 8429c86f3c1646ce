"""Times that people type: read as they are meant, or refused with what to write instead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commands.core import moments
from commands.core.context import Context, Network
from commands.core.errors import UserError
from commands.core.moments import When
from commands.core.recurrence import describe
from config.texts import texts
from tests.transcript import ADA, BOT, HUB, Chat

# At ten o'clock on Monday, 1 March 2027, in Berlin.
READ = [
    ("2027-03-14 15:00", "2027-03-14 15:00", "Europe/Berlin", ""),
    ("2027-03-14T15:00", "2027-03-14 15:00", "Europe/Berlin", ""),
    ("2027-03-14T15:00Z", "2027-03-14 16:00", "Europe/Berlin", ""),
    ("2027-03-14T15:00:00+05:45", "2027-03-14 10:15", "Europe/Berlin", ""),
    ("14.03.2027 15:00", "2027-03-14 15:00", "Europe/Berlin", ""),
    ("14.3.2027 15 Uhr", "2027-03-14 15:00", "Europe/Berlin", ""),
    ("14.3.27 15.30", "2027-03-14 15:30", "Europe/Berlin", ""),
    ("So 14.3. 15 Uhr", "2027-03-14 15:00", "Europe/Berlin", ""),
    ("Di 16.3. 15 Uhr", "2027-03-16 15:00", "Europe/Berlin", ""),
    ("Dienstag, 16.3., 15:00 Uhr", "2027-03-16 15:00", "Europe/Berlin", ""),
    ("Dienstag, den 16. März 2027 um 15 Uhr", "2027-03-16 15:00", "Europe/Berlin", ""),
    ("16. Maerz 15h", "2027-03-16 15:00", "Europe/Berlin", ""),
    ("tomorrow 3pm", "2027-03-02 15:00", "Europe/Berlin", ""),
    ("tomorrow at 3:30 pm", "2027-03-02 15:30", "Europe/Berlin", ""),
    ("morgen um 9", "2027-03-02 09:00", "Europe/Berlin", ""),
    ("morgen 15 Uhr", "2027-03-02 15:00", "Europe/Berlin", ""),
    ("morgen früh um 8", "2027-03-02 08:00", "Europe/Berlin", ""),
    ("morgen Nachmittag um 3", "2027-03-02 15:00", "Europe/Berlin", ""),
    ("heute Abend um 8", "2027-03-01 20:00", "Europe/Berlin", ""),
    ("heute 12 Uhr", "2027-03-01 12:00", "Europe/Berlin", ""),
    ("today at noon", "2027-03-01 12:00", "Europe/Berlin", ""),
    ("übermorgen 12 Uhr", "2027-03-03 12:00", "Europe/Berlin", ""),
    ("day after tomorrow noon", "2027-03-03 12:00", "Europe/Berlin", ""),
    ("the day after tomorrow at 10am", "2027-03-03 10:00", "Europe/Berlin", ""),
    ("nächsten Dienstag um 15:30", "2027-03-02 15:30", "Europe/Berlin", ""),
    ("next Tuesday at 3pm", "2027-03-02 15:00", "Europe/Berlin", ""),
    ("Monday 15:00", "2027-03-01 15:00", "Europe/Berlin", ""),
    ("Monday 09:00", "2027-03-08 09:00", "Europe/Berlin", ""),
    ("next Monday 15:00", "2027-03-08 15:00", "Europe/Berlin", ""),
    ("Tuesday next week 10:00", "2027-03-09 10:00", "Europe/Berlin", ""),
    ("nächste Woche Dienstag 10 Uhr", "2027-03-09 10:00", "Europe/Berlin", ""),
    ("Dienstag in zwei Wochen 10 Uhr", "2027-03-16 10:00", "Europe/Berlin", ""),
    ("in drei Wochen um 10 Uhr", "2027-03-22 10:00", "Europe/Berlin", ""),
    ("in 2 hours", "2027-03-01 12:00", "Europe/Berlin", ""),
    ("in 30 Minuten", "2027-03-01 10:30", "Europe/Berlin", ""),
    ("in einer Stunde", "2027-03-01 11:00", "Europe/Berlin", ""),
    ("in a fortnight 10:00", "2027-03-15 10:00", "Europe/Berlin", ""),
    ("in 3 days at 9:00", "2027-03-04 09:00", "Europe/Berlin", ""),
    ("every second Tuesday 3pm", "2027-03-02 15:00", "Europe/Berlin", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"),
    ("every other Tuesday at 15:00", "2027-03-02 15:00", "Europe/Berlin", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"),
    ("jeden zweiten Dienstag 15 Uhr", "2027-03-02 15:00", "Europe/Berlin", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"),
    ("every Tuesday 15:00", "2027-03-02 15:00", "Europe/Berlin", "FREQ=WEEKLY;BYDAY=TU"),
    ("jeden Dienstag um 15.30 Uhr", "2027-03-02 15:30", "Europe/Berlin", "FREQ=WEEKLY;BYDAY=TU"),
    ("dienstags 15 Uhr", "2027-03-02 15:00", "Europe/Berlin", "FREQ=WEEKLY;BYDAY=TU"),
    ("Tuesdays and Thursdays 9am", "2027-03-02 09:00", "Europe/Berlin", "FREQ=WEEKLY;BYDAY=TU,TH"),
    ("jeden Mo und Do 9:00", "2027-03-04 09:00", "Europe/Berlin", "FREQ=WEEKLY;BYDAY=MO,TH"),
    (
        "jeden ersten Donnerstag im Monat 15 Uhr",
        "2027-03-04 15:00",
        "Europe/Berlin",
        "FREQ=MONTHLY;BYDAY=1TH",
    ),
    (
        "am ersten Donnerstag jedes Monats um 15 Uhr",
        "2027-03-04 15:00",
        "Europe/Berlin",
        "FREQ=MONTHLY;BYDAY=1TH",
    ),
    ("first Thursday of every month at 3pm", "2027-03-04 15:00", "Europe/Berlin", "FREQ=MONTHLY;BYDAY=1TH"),
    ("every first Thursday of the month 3pm", "2027-03-04 15:00", "Europe/Berlin", "FREQ=MONTHLY;BYDAY=1TH"),
    (
        "jeden dritten Donnerstag im Monat 15 Uhr",
        "2027-03-18 15:00",
        "Europe/Berlin",
        "FREQ=MONTHLY;BYDAY=3TH",
    ),
    ("every last Friday 15:00", "2027-03-26 15:00", "Europe/Berlin", "FREQ=MONTHLY;BYDAY=-1FR"),
    ("jeden letzten Freitag im Monat 10 Uhr", "2027-03-26 10:00", "Europe/Berlin", "FREQ=MONTHLY;BYDAY=-1FR"),
    (
        "every second Tuesday of the month 15:00",
        "2027-03-09 15:00",
        "Europe/Berlin",
        "FREQ=MONTHLY;BYDAY=2TU",
    ),
    ("every day 9:00", "2027-03-02 09:00", "Europe/Berlin", "FREQ=DAILY"),
    ("täglich um 9 Uhr", "2027-03-02 09:00", "Europe/Berlin", "FREQ=DAILY"),
    ("daily at 9am", "2027-03-02 09:00", "Europe/Berlin", "FREQ=DAILY"),
    ("every 3 days 9:00", "2027-03-02 09:00", "Europe/Berlin", "FREQ=DAILY;INTERVAL=3"),
    ("weekdays 9:00", "2027-03-02 09:00", "Europe/Berlin", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
    ("werktags 8.30 Uhr", "2027-03-02 08:30", "Europe/Berlin", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
    ("every weekday at 9:00", "2027-03-02 09:00", "Europe/Berlin", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
    ("weekly on Friday 10:00", "2027-03-05 10:00", "Europe/Berlin", "FREQ=WEEKLY;BYDAY=FR"),
    (
        "alle zwei Wochen freitags 10 Uhr",
        "2027-03-05 10:00",
        "Europe/Berlin",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR",
    ),
    (
        "alle 2 Wochen am Freitag um 10 Uhr",
        "2027-03-05 10:00",
        "Europe/Berlin",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR",
    ),
    (
        "every 3 weeks on Tuesday 10:00",
        "2027-03-02 10:00",
        "Europe/Berlin",
        "FREQ=WEEKLY;INTERVAL=3;BYDAY=TU",
    ),
    ("alle 14 Tage 10 Uhr", "2027-03-02 10:00", "Europe/Berlin", "FREQ=DAILY;INTERVAL=14"),
    ("monthly on the 15th 10:00", "2027-03-15 10:00", "Europe/Berlin", "FREQ=MONTHLY;BYMONTHDAY=15"),
    ("jeden 15. 10 Uhr", "2027-03-15 10:00", "Europe/Berlin", "FREQ=MONTHLY;BYMONTHDAY=15"),
    ("jeden 15. im Monat 10 Uhr", "2027-03-15 10:00", "Europe/Berlin", "FREQ=MONTHLY;BYMONTHDAY=15"),
    ("monatlich am 15. um 10 Uhr", "2027-03-15 10:00", "Europe/Berlin", "FREQ=MONTHLY;BYMONTHDAY=15"),
    ("every month on the last day 18:00", "2027-03-31 18:00", "Europe/Berlin", "FREQ=MONTHLY;BYMONTHDAY=-1"),
    ("jeden letzten Tag im Monat 18 Uhr", "2027-03-31 18:00", "Europe/Berlin", "FREQ=MONTHLY;BYMONTHDAY=-1"),
    ("jeden 31. 10 Uhr", "2027-03-31 10:00", "Europe/Berlin", "FREQ=MONTHLY;BYMONTHDAY=31"),
    (
        "every year on 29 February 10:00",
        "2028-02-29 10:00",
        "Europe/Berlin",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
    ),
    (
        "jedes Jahr am 14. März um 10 Uhr",
        "2027-03-14 10:00",
        "Europe/Berlin",
        "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=14",
    ),
    ("jährlich am 14.3. 10 Uhr", "2027-03-14 10:00", "Europe/Berlin", "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=14"),
    ("every 14 March 10:00", "2027-03-14 10:00", "Europe/Berlin", "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=14"),
    ("jeden 14. März 10 Uhr", "2027-03-14 10:00", "Europe/Berlin", "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=14"),
    (
        "first Monday of June every year 10:00",
        "2027-06-07 10:00",
        "Europe/Berlin",
        "FREQ=YEARLY;BYMONTH=6;BYDAY=1MO",
    ),
    (
        "jedes Jahr am ersten Montag im Juni 10 Uhr",
        "2027-06-07 10:00",
        "Europe/Berlin",
        "FREQ=YEARLY;BYMONTH=6;BYDAY=1MO",
    ),
    (
        "quarterly on the first Monday 10:00",
        "2027-04-05 10:00",
        "Europe/Berlin",
        "FREQ=MONTHLY;INTERVAL=3;BYDAY=1MO",
    ),
    ("first Monday in June 10:00", "2027-06-07 10:00", "Europe/Berlin", ""),
    (
        "every Tuesday 15:00 until 30 June",
        "2027-03-02 15:00",
        "Europe/Berlin",
        "FREQ=WEEKLY;BYDAY=TU;UNTIL=20270630T235959",
    ),
    (
        "jeden Dienstag 15 Uhr bis 30.6.2027",
        "2027-03-02 15:00",
        "Europe/Berlin",
        "FREQ=WEEKLY;BYDAY=TU;UNTIL=20270630T235959",
    ),
    ("every Tuesday 15:00 10 times", "2027-03-02 15:00", "Europe/Berlin", "FREQ=WEEKLY;BYDAY=TU;COUNT=10"),
    ("jeden Dienstag 15 Uhr, 10 mal", "2027-03-02 15:00", "Europe/Berlin", "FREQ=WEEKLY;BYDAY=TU;COUNT=10"),
    ("every Tuesday 15:00 from 1 June", "2027-06-01 15:00", "Europe/Berlin", "FREQ=WEEKLY;BYDAY=TU"),
    ("jeden Dienstag ab 1. Juni 15 Uhr", "2027-06-01 15:00", "Europe/Berlin", "FREQ=WEEKLY;BYDAY=TU"),
    ("14 March 2027 15:00 Europe/Kyiv", "2027-03-14 15:00", "Europe/Kyiv", ""),
    ("14.3.2027 15:00 Kiew", "2027-03-14 15:00", "Europe/Kyiv", ""),
    ("tomorrow 3pm Kyiv time", "2027-03-02 15:00", "Europe/Kyiv", ""),
    ("tomorrow 3pm São Paulo", "2027-03-02 15:00", "America/Sao_Paulo", ""),
    ("14 March 2027 15:00 UTC", "2027-03-14 15:00", "UTC", ""),
    ("morgen 15 Uhr MEZ", "2027-03-02 15:00", "Europe/Berlin", ""),
    ("morgen 15 Uhr Kathmandu", "2027-03-02 15:00", "Asia/Kathmandu", ""),
    ("tomorrow 15:00 (New York)", "2027-03-02 15:00", "America/New_York", ""),
    ("every Tuesday 15:00 Europe/Kyiv", "2027-03-02 15:00", "Europe/Kyiv", "FREQ=WEEKLY;BYDAY=TU"),
    ("13/06/2027 10:00", "2027-06-13 10:00", "Europe/Berlin", ""),
    ("06/13/2027 10:00", "2027-06-13 10:00", "Europe/Berlin", ""),
    ("05/05/2027 10:00", "2027-05-05 10:00", "Europe/Berlin", ""),
    ("2027/06/05 10:00", "2027-06-05 10:00", "Europe/Berlin", ""),
    ("29.2. 10:00", "2028-02-29 10:00", "Europe/Berlin", ""),
    ("29.2.2028 10:00", "2028-02-29 10:00", "Europe/Berlin", ""),
    ("tomorrow 12 am", "2027-03-02 00:00", "Europe/Berlin", ""),
    ("tomorrow 12 pm", "2027-03-02 12:00", "Europe/Berlin", ""),
    ("morgen halb vier nachmittags", "2027-03-02 15:30", "Europe/Berlin", ""),
    ("morgen um halb 10", "2027-03-02 09:30", "Europe/Berlin", ""),
    ("\u200f14.3.2027 15:00", "2027-03-14 15:00", "Europe/Berlin", ""),
    ("１４.３.２０２７ 15:00", "2027-03-14 15:00", "Europe/Berlin", ""),
    ("every 999 days 9:00", "2027-03-02 09:00", "Europe/Berlin", "FREQ=DAILY;INTERVAL=999"),
    ("every month 10:00 from 14 March", "2027-03-14 10:00", "Europe/Berlin", "FREQ=MONTHLY;BYMONTHDAY=14"),
    ("2027-10-31T02:30+02:00", "2027-10-31 02:30", "Europe/Berlin", ""),
    ("2027-10-31T02:30+01:00", "2027-10-31 01:30", "UTC", ""),
    ("2027-10-31T01:30Z", "2027-10-31 01:30", "UTC", ""),
    ("2027-10-31 01:30 UTC", "2027-10-31 01:30", "UTC", ""),
    ("Viertel nach 9 am Dienstag", "2027-03-02 09:15", "Europe/Berlin", ""),
    ("morgen um Viertel vor 10", "2027-03-02 09:45", "Europe/Berlin", ""),
    ("tomorrow at a quarter to one in the afternoon", "2027-03-02 12:45", "Europe/Berlin", ""),
    ("tomorrow half past 3 in the afternoon", "2027-03-02 15:30", "Europe/Berlin", ""),
    ("morgen 3 Uhr nachts", "2027-03-02 03:00", "Europe/Berlin", ""),
    ("morgen 11 Uhr nachts", "2027-03-02 23:00", "Europe/Berlin", ""),
    ("heute in einer Woche um 10 Uhr", "2027-03-08 10:00", "Europe/Berlin", ""),
    ("Dienstag in 14 Tagen um 10 Uhr", "2027-03-16 10:00", "Europe/Berlin", ""),
    ("in a month at 10:00", "2027-04-01 10:00", "Europe/Berlin", ""),
    ("in drei Monaten 10 Uhr", "2027-06-01 10:00", "Europe/Berlin", ""),
    ("alle 14 Tage dienstags 9 Uhr", "2027-03-02 09:00", "Europe/Berlin", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"),
    (
        "jeden Dienstag 15 Uhr bis Ende Juni",
        "2027-03-02 15:00",
        "Europe/Berlin",
        "FREQ=WEEKLY;BYDAY=TU;UNTIL=20270630T235959",
    ),
    (
        "every Tuesday 15:00 until the end of February",
        "2027-03-02 15:00",
        "Europe/Berlin",
        "FREQ=WEEKLY;BYDAY=TU;UNTIL=20280229T235959",
    ),
    ("May 5 10:00", "2027-05-05 10:00", "Europe/Berlin", ""),
    ("5 May at 10", "2027-05-05 10:00", "Europe/Berlin", ""),
    ("am 14. um 15 Uhr", "2027-03-14 15:00", "Europe/Berlin", ""),
    ("the 14th at 3 p.m.", "2027-03-14 15:00", "Europe/Berlin", ""),
    ("March 14th, 2027, 3:00 p.m.", "2027-03-14 15:00", "Europe/Berlin", ""),
    ("Sat 3pm", "2027-03-06 15:00", "Europe/Berlin", ""),
    ("Tuesday morning at 9", "2027-03-02 09:00", "Europe/Berlin", ""),
    ("Dienstag Morgen um 9", "2027-03-02 09:00", "Europe/Berlin", ""),
    ("dienstagnachmittag um 3", "2027-03-02 15:00", "Europe/Berlin", ""),
    ("dienstagnachmittag um 3", "2027-03-02 15:00", "Europe/Berlin", ""),
    ("morgen um halb vier am Nachmittag", "2027-03-02 15:30", "Europe/Berlin", ""),
    ("Mittwochabend 20 Uhr", "2027-03-03 20:00", "Europe/Berlin", ""),
    ("jeden Sonnabend 10 Uhr", "2027-03-06 10:00", "Europe/Berlin", "FREQ=WEEKLY;BYDAY=SA"),
]
UNTIL = datetime(2027, 12, 31, tzinfo=UTC)
REFUSED = {
    "moment.unknown": [
        "asdf", "hello 3", "12", "3", "1e9", "🎉", "🎉 tomorrow 3pm", "١٤.٣.٢٠٢٧ 15:00", "yesterday 10:00",
        "gestern 10 Uhr", "25:00 tomorrow", "31.2.2027 10:00", "29.2.2027 10:00", "31.12.99999 10:00",
        "2027-03-14 15:00 2027-03-15 16:00", "2027-13-01T10:00Z", "tomorrow 3pm and 4pm", "may 10:00",
        "every 5 minutes", "tomorrow 10-9 Uhr", "tomorrow 25-26 Uhr", "Dienstag in 10 Tagen 9:00",
        "ende Juni 10:00",
        "every hour", "jede Minute", "every 0 days 9:00", "every month on Tuesday 9:00", "jeden 45. 9:00",
        "every 30 February 9:00", "every Tuesday 9:00 0 times", "@d1 9:00", "noch nie", "tomorrow 3pm " * 40,
        "9" * 5000, "every " * 60, "\u202e00:51 7202.3.41", "every Tuesday 15:00 until 31.2.2027",
        "tomorrow 3pm Atlantis", "0.0.2027 10:00", "every first Tuesday of the year 10:00",
    ],
    "moment.no_time": ["14.3.2027", "tomorrow", "every second Tuesday", "jeden Dienstag", "in 3 Tagen"],
    "moment.no_day": ["15:00", "um 9", "every month 10:00", "jährlich 10 Uhr", "alle zwei Wochen 10:00"],
    "moment.past": ["1.1.2020 10:00", "heute 9:30", "2027-03-01 09:59", "2027-03-01T08:59Z"],
    "moment.far": ["1.1.9999 10:00", "2207-03-14 10:00"],
    "moment.two_days": ["05/06/2027 10:00", "5/6 10:00", "05-06-2027 10:00"],
    "moment.two_times": ["tomorrow at 3", "morgen um 3", "morgen halb vier", "morgen Viertel nach 3"],
    "moment.two_rules": ["every third Thursday 3pm", "jeden vierten Freitag 10 Uhr"],
    "moment.other_weekday": ["Di 14.3. 15 Uhr", "Friday 13.3. 10:00", "Monday, 14 March 2027, 3pm"],
    "moment.only_begin": ["14:00-16:00 tomorrow", "tomorrow 15-17 Uhr", "morgen 15:00 bis 17:00"],
    "moment.skipped": ["28.3.2027 02:30", "28 March 2:00"],
    "moment.twice": ["31.10.2027 02:30", "31.10.2027 02:30 CET", "31 October 02:00"],
    "moment.midnight": ["morgen 12 Uhr nachts", "midnight tomorrow", "morgen um Mitternacht"],
}  # fmt: skip


@pytest.fixture
def ctx(chat: Chat) -> Iterator[Context]:
    """A reader of English in Berlin."""
    with chat.reading() as tx:
        yield Context(tx, Network(BOT, HUB), ADA, chat.dm(ADA), "en")


def test_what_is_read(ctx: Context) -> None:
    """Both languages are understood whatever language the reader has."""
    for language in ("en", "de"):
        reader = replace(ctx, language=language)
        found = {typed: moments.when(typed, reader) for typed, *_ in READ if typed != "tomorrow 12 am"}
        assert {t: (f"{w.local:%Y-%m-%d %H:%M}", w.timezone, w.rrule or "") for t, w in found.items()} == {
            typed: tuple(rest) for typed, *rest in READ if typed != "tomorrow 12 am"
        }


def test_what_is_refused(ctx: Context) -> None:
    """It is said what is wrong with it; every sentence has what it speaks of."""
    for language in ("en", "de"):
        reader = replace(ctx, language=language)
        for told, phrases in REFUSED.items():
            for typed in phrases:
                with pytest.raises(UserError) as error:
                    pytest.fail(f"{typed!r} was read as {moments.when(typed, reader)}")
                assert (error.value.message_id, typed) == (told, typed)
                assert "{" not in reader.texts.get(told, **error.value.parameters)


def test_twelve_am_is_midnight_in_english_and_a_preposition_in_german(ctx: Context) -> None:
    """Everything else reads the same."""
    assert moments.when("tomorrow 12 am", ctx).local.hour == 0
    german = replace(ctx, language="de")
    assert moments.when("um 12 am Dienstag", german).local.isoformat() == "2027-03-02T12:00:00"


def test_what_a_refusal_proposes_can_be_typed(ctx: Context) -> None:
    """The examples and both readings of what was ambiguous."""
    for language in ("en", "de"):
        reader = replace(ctx, language=language)
        for typed in ("every third Thursday 3pm", "05/06/2027 10:00", "tomorrow at 3"):
            with pytest.raises(UserError) as error:
                moments.when(typed, reader)
            for proposed in error.value.parameters.values():
                if proposed != "05/06/2027":
                    day = "" if ":" not in str(proposed) else "tomorrow "
                    time = "" if ":" in str(proposed) else " 15:00"
                    moments.when(f"{day}{proposed}{time}", reader)


def test_every_rule_in_words_is_read_back(ctx: Context) -> None:
    """What the bot says comes again can be typed so; the times people type cover all kinds of rules."""
    for language in ("en", "de"):
        reader = replace(ctx, language=language)
        for typed, *_, rrule in READ:
            if rrule and "COUNT" not in rrule and "(" not in (said := _rule_in_words(reader, typed)):
                assert moments.when(f"{said} 10:00", reader).rrule == rrule, said


def _rule_in_words(ctx: Context, typed: str) -> str:
    found = moments.when(typed, ctx)
    return describe(found.rrule or "", found.local, ctx.texts).replace(",", "")


def test_in_words(ctx: Context) -> None:
    """In full, with weekday and zone; a time that the change of clocks skips as the clocks will show it."""
    one = When(datetime(2027, 3, 28, 2, 30), "Europe/Berlin")  # noqa: DTZ001 - local on purpose
    assert moments.in_words(one, texts("en")) == "Sunday, 28 March 2027, 03:30 (Europe/Berlin)"
    again = moments.when("every year on 29 February 10:00 Kathmandu", ctx)
    assert moments.in_words(again, texts("de")) == (
        "jedes Jahr am 29. Februar (nur in Schaltjahren), zum ersten Mal am Dienstag, 29. Februar 2028,"
        " 10:00 Uhr (Asia/Kathmandu)"
    )


def test_a_room_has_its_own_zone(ctx: Context) -> None:
    """What was typed without a zone is meant in the one that is given."""
    assert moments.when("tomorrow 3pm", ctx, timezone="America/Sao_Paulo").timezone == "America/Sao_Paulo"
    assert moments.when("tomorrow 3pm Kyiv", ctx, timezone="America/Sao_Paulo").timezone == "Europe/Kyiv"


def test_every_second_begins_with_the_next(ctx: Context) -> None:
    """Said on a Wednesday as on any other day; every other counts from there."""
    ctx.tx.now = datetime(2027, 3, 3, 9, 0, tzinfo=UTC)
    found = {
        typed: [f"{one.local:%d.%m.}" for one in moments.when(typed, ctx).series.between(ctx.now, UNTIL)][:2]
        for typed in (
            "every other monday 9:00", "every 2 months on the 1st 9:00", "quarterly on the first Monday 9:00",
            "alle 2 Wochen am Montag und Freitag 9:00", "every 2 weeks on Monday 9:00 from 10 March",
        )
    }  # fmt: skip
    assert list(found.values()) == [
        ["08.03.", "22.03."],
        ["01.04.", "01.06."],
        ["05.04.", "05.07."],
        ["05.03.", "15.03."],
        ["15.03.", "29.03."],
    ]


def test_hours_of_the_night_in_which_clocks_go_back(ctx: Context) -> None:
    """In an hour and in two hours are two moments, though the clock shows the same."""
    ctx.tx.now = datetime(2027, 10, 30, 23, 40, tzinfo=UTC)
    soon, later = (moments.when(typed, ctx) for typed in ("in 1 hour", "in 2 hours"))
    assert [one.at.hour for one in (soon, later)] == [0, 1]
    assert moments.in_words(soon, texts("en")) == "Sunday, 31 October 2027, 02:40 (Europe/Berlin)"
    assert moments.in_words(later, texts("en")) == "Sunday, 31 October 2027, 01:40 (UTC)"


@pytest.mark.parametrize(
    ("typed", "begin", "minutes"),
    [
        ("16.3. 10-12 Uhr", "2027-03-16 10:00", 120),
        ("Dienstag 10 Uhr bis 12 Uhr", "2027-03-02 10:00", 120),
        ("morgen von 15 bis 17:30 Uhr", "2027-03-02 15:00", 150),
        ("14:00–16:00 tomorrow", "2027-03-02 14:00", 120),
        ("tomorrow 3-5 pm", "2027-03-02 15:00", 120),
        ("tomorrow from 11 to 1 pm", "2027-03-02 11:00", 120),
        ("tomorrow 10 am to 12 pm", "2027-03-02 10:00", 120),
        ("morgen 22-2 Uhr", "2027-03-02 22:00", 240),
        ("every Tuesday 10:00-11:30", "2027-03-02 10:00", 90),
        ("jeden Dienstag 15 Uhr bis 30. Juni", "2027-03-02 15:00", None),
    ],
)
def test_from_one_hour_to_another(ctx: Context, typed: str, begin: str, minutes: int | None) -> None:
    """Where it is asked for, the end may be typed as well."""
    found = moments.when(typed, ctx, lasting=True)
    assert (f"{found.local:%Y-%m-%d %H:%M}", found.minutes) == (begin, minutes)


def test_today_is_the_day_of_the_zone(ctx: Context, chat: Chat) -> None:
    """At 23:30 in Berlin it is tomorrow in Kathmandu."""
    ctx.tx.now = ctx.tx.now.replace(hour=22, minute=30)
    assert moments.when("today 9:00 Kathmandu", ctx).local.isoformat() == "2027-03-02T09:00:00"


_PIECES = (
    "every jeden zweiten 2 3pm 15:00 Tuesday Di . / - 14.3. 2027 März first last month @d1 bis until 10 "
    "times um am in Kyiv ١ \u202e 🎉 31 29.2. week 0 999 half halb"
)


@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(_PIECES.split()), max_size=7).map(" ".join)))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_typed_is_ahead_or_refused(ctx: Context, typed: str) -> None:
    """Nothing else comes out, and nothing else is raised."""
    try:
        found = moments.when(typed, ctx)
    except UserError as error:
        ctx.texts.get(error.message_id, **error.parameters)
    else:
        assert isinstance(found, When)
        assert found.at > ctx.now
        assert found.rrule is None or found.series.next(ctx.now)
