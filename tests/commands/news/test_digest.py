"""The weekly digest: what it says, to whom, and that it comes once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.pipeline.scheduler import Scheduler
from commands.core.registry import load
from storage import asking, digest, events, outbox, rooms
from storage.asking import NetworkQuestion
from storage.events import Event, EventCard
from storage.outbox import Delivered
from tests.commands.news.network import NAMES, join, publish, put, run, said, wait
from tests.transcript import ADA, BEN, HUB, MIA, Chat

# The clock of a chat starts on Monday, 1 March 2027, at 9:00 UTC: 10 o'clock in Berlin.
WEEK = 7 * 24


@pytest.fixture
def hub(chat: Chat) -> Chat:
    """Ada and Ben are members, and the hub gets the digest every Monday at nine."""
    join(chat, ADA)
    join(chat, BEN, city="Oslo", country="NO", themes=("social.housing",))
    chat.in_hub(MIA, "!digest on")
    return chat


def digests(told: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [one for one in told if one[1].startswith(("News from", "Neues aus"))]


# --- how it is set


def test_a_moderator_sets_it_in_a_room(hub: Chat) -> None:
    assert hub.in_hub(MIA, "!digest on") == (
        "The weekly digest comes to this room: every Monday at 09:00 (Europe/Berlin)."
        " In a week without news nothing comes.\n"
        "Next: Monday, 8 March 2027, 09:00 (Europe/Berlin).\n\n"
        "To change it: !digest day Friday or !digest hour 16. See what it would say now: !digest preview."
        " To end it: !digest off."
    )
    assert "every Friday at 09:00" in hub.in_hub(MIA, "!digest day Friday")
    assert "every Friday at 16:00" in hub.in_hub(MIA, "!digest hour 16")
    assert "every Tuesday at 16:00" in hub.in_hub(MIA, "!digest dienstag")
    assert "every Tuesday at 15:00" in hub.in_hub(MIA, "!digest 3 pm")
    assert "jeden Freitag um 08:00 Uhr" in hub.in_hub(MIA, "!wochenüberblick Freitags um 8")
    assert "every Monday at 15:00" in hub.in_hub(MIA, "!digest every Monday at 3 pm")
    assert "every Tuesday at 15:00" in hub.in_hub(MIA, "!digest day Tuesday 15:00")
    told = hub.in_hub(MIA, "!digest zone Kyiv")
    assert "15:00 (Europe/Kyiv)" in told
    assert hub.in_hub(ADA, "!digest").startswith("The weekly digest comes to this room: every Tuesday")
    assert hub.in_hub(MIA, "!digest off") == (
        "The weekly digest no longer comes to this room. !digest on brings it back."
    )
    assert hub.in_hub(ADA, "!digest").startswith("The weekly digest does not come to this room.")


def test_others_are_told_who_decides(hub: Chat) -> None:
    assert hub.in_hub(ADA, "!digest off") == (
        "Whether the digest comes to this room, and when, the moderators decide: Mia."
        " In our direct chat you can have your own."
    )
    assert "weekly digest comes to this room" in hub.in_hub(ADA, "!digest")


def test_a_member_has_their_own(chat_de: Chat) -> None:
    chat = chat_de
    assert "registrieren" in chat.say(ADA, "wochenüberblick an")
    join(chat, ADA)
    assert chat.say(ADA, "wochenüberblick").startswith("Zurzeit bekommen Sie keinen Wochenüberblick.")
    assert chat.say(ADA, "wochenüberblick an") == (
        "Sie bekommen den Wochenüberblick zu Ihren Themen: jeden Montag um 09:00 Uhr (Europe/Berlin)."
        " In einer Woche ohne Neues kommt nichts.\n"
        "Der nächste: Montag, 8. März 2027, 09:00 Uhr (Europe/Berlin).\n\n"
        "Ändern: wochenüberblick tag Freitag oder wochenüberblick stunde 16. Was jetzt darin stünde:"
        " wochenüberblick vorschau. Beenden: wochenüberblick aus."
    )
    assert chat.say(ADA, "wochenüberblick aus").startswith("Sie bekommen den Wochenüberblick nicht mehr.")


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("!digest hour 23", "Please give a full hour from 6 to 21; nothing comes at night."),
        ("!digest hour 9:30", "Please give a full hour from 6 to 21; nothing comes at night."),
        (
            "!digest day yesterday",
            "I do not know the weekday “yesterday”. Please write it like this: Tuesday.",
        ),
        ("!digest day T", "I do not know the weekday “T”."),
        ("!digest weekly please", "I do not understand “weekly please” here."),
        ("!digest zone Atlantis", "Atlantis"),
    ],
)
def test_what_is_not_understood(hub: Chat, typed: str, told: str) -> None:
    """It says what to write, and nothing is changed."""
    assert told in hub.in_hub(MIA, typed)
    assert "every Monday at 09:00" in hub.in_hub(MIA, "!digest")


# --- what it says


def test_a_week_in_a_room(hub: Chat) -> None:
    """Picks first, then what is new, then what cities make of it; a pick does not come twice."""
    put(hub, "Quiet streets", "Night buses", "Trees on roofs")
    hub.in_hub(MIA, "!pick 3 because it is cheap and quick")
    hub.say(ADA, "adopt 1 under way")
    hub.say(BEN, "thanks 2")
    hub.say(ADA, "thanks 2")
    told = wait(hub, hours=WEEK)
    assert told == [
        (
            HUB,
            "News from Urban Diplomacy since 22 February 2027\n\n"
            "Recommended by the moderators\n\n"
            "• #3 Trees on roofs · Oslo, Norway – “it is cheap and quick”\n\n"
            "New practices\n\n"
            "• #2 Night buses · Oslo, Norway\n"
            "• #1 Quiet streets · Oslo, Norway\n\n"
            "Taken up by other cities\n\n"
            "• #1 Quiet streets · Ghent (under way)\n\n"
            "More on it: !practice 3.",
        )
    ]


def test_the_next_week_tells_only_what_is_new_since(hub: Chat) -> None:
    put(hub, "Quiet streets")
    assert len(wait(hub, hours=WEEK)) == 1
    assert wait(hub, hours=WEEK) == []
    put(hub, "Night buses")
    [(_, body)] = wait(hub, hours=WEEK)
    assert body.startswith("News from Urban Diplomacy since 15 March 2027")
    assert "Night buses" in body
    assert "Quiet streets" not in body


def test_without_news_nothing_is_said(hub: Chat) -> None:
    for _ in range(3):
        assert wait(hub, hours=WEEK) == []
    assert hub.in_hub(MIA, "!digest preview").endswith(
        "There is nothing new to tell at the moment. In such a week no digest comes."
    )


def test_what_came_of_it_stands_in_the_words_of_the_city(hub: Chat) -> None:
    put(hub, "Quiet streets")
    wait(hub, hours=WEEK)
    hub.say(ADA, "adopt 1 done")
    hub.say(ADA, "outcome 1 Thirty per cent fewer cars,\nand children play again.")
    [(_, body)] = wait(hub, hours=WEEK)
    assert "• #1 Quiet streets · Ghent (done). “Thirty per cent fewer cars, and children play again.”" in body


def test_what_is_gone_meanwhile_is_not_told(hub: Chat) -> None:
    with hub.database.write("publish") as tx:
        publish(tx, "Quiet streets", author=ADA)
    hub.in_hub(MIA, "!pick 1")
    hub.say(ADA, "archive 1 It has ended.")
    assert wait(hub, hours=WEEK) == []


def test_a_long_week_fits_a_phone(hub: Chat) -> None:
    """At most about 25 lines, and how to see the others."""
    put(hub, *(f"Practice number {n}" for n in range(40)))
    for n in range(1, 9):
        hub.in_hub(MIA, f"!pick {n}")
    for n in range(10, 20):
        hub.say(ADA, f"adopt {n}")
    [(_, body)] = wait(hub, hours=WEEK)
    assert len([line for line in body.splitlines() if line]) <= 25
    assert "Recommended by the moderators · 3 more\n" in body
    assert "New practices · 26 more: !new\n" in body
    assert "Taken up by other cities · 5 more\n" in body


def test_titles_in_the_reader_s_language(chat_de: Chat) -> None:
    """In short where somebody wrote that; else it is told which language it is in."""
    chat = chat_de
    join(chat, ADA)
    put(chat, "Quiet streets", "Night buses", author=ADA)
    chat.say(ADA, "translate 1 de\nTitel: Stille Straßen\nZusammenfassung: Autos fahren Schritt.")
    chat.in_hub(MIA, "!digest an")
    [(_, body)] = digests(wait(chat, hours=WEEK))
    assert "• #2 Night buses · Oslo, Norwegen · Englisch\n" in body
    assert "• #1 Stille Straßen · Oslo, Norwegen\n" in body


def test_by_one_s_own_themes(hub: Chat) -> None:
    """A theme stands for those below it; one's own practices one knows."""
    hub.say(ADA, "digest on")
    hub.say(BEN, "digest on")
    hub.in_hub(MIA, "!digest off")
    put(hub, "Quiet streets", theme="mobility.planning")
    put(hub, "Homes for all", theme="social.housing")
    put(hub, "My own buses", author=ADA)
    told = dict(wait(hub, hours=WEEK))
    assert set(told) == {hub.dm(ADA), hub.dm(BEN)}
    assert "• #1 Quiet streets · Oslo, Norway\n" in told[hub.dm(ADA)]
    assert "#2" not in told[hub.dm(ADA)]
    assert "#3" not in told[hub.dm(ADA)]
    assert told[hub.dm(ADA)].endswith("More on it: practice 1. To end the digest: digest off.")
    assert "• #2 Homes for all" in told[hub.dm(BEN)]
    assert "#1" not in told[hub.dm(BEN)]


def test_what_comes_up(hub: Chat) -> None:
    """What is announced since, and all of the next two weeks; not what is far off and known."""
    with hub.database.write("events") as tx:
        for number, (title, day) in enumerate([("Summit", 100), ("Call", 20), ("Training", 10)], 1):
            start = (tx.now + timedelta(days=day)).replace(tzinfo=None)
            event = Event(
                uid=title,
                kind="training",
                state="announced",
                title={"en": title, "de": f"{title} (deutsch)"},
                summary={},
                start=start,
                timezone="Europe/Kyiv",
                minutes=60,
                last_at=tx.now + timedelta(days=day + 1),
                created_at=tx.now,
                updated_at=tx.now,
            )
            events.keep(tx, event)
            at = tx.now if number == 1 else tx.now - timedelta(days=60)
            events.keep_card(tx, EventCard(event=event.number, room_id=HUB, message="x", at=at))
    hub.say(ADA, "digest on")
    told = dict(wait(hub, hours=WEEK))
    assert told[HUB].endswith(
        "Coming up\n\n"
        "• #3 Training · Thursday, 11 March 2027, 08:00 (Europe/Berlin)\n"
        "• #2 Call · Sunday, 21 March 2027, 08:00 (Europe/Berlin)\n"
        "• #1 Summit · Wednesday, 9 June 2027, 08:00 (Europe/Berlin)\n\n"
        "More on it: !event 3."
    )
    assert "Thursday, 11 March 2027, 08:00 (Europe/Berlin)" in told[hub.dm(ADA)]
    [(_, later), _] = wait(hub, hours=WEEK)
    assert "Summit" not in later


# --- who is new


def test_who_agreed_is_greeted_by_name_in_rooms(hub: Chat) -> None:
    """In a message of its own; in one's own digest there is only how many, and how to find them."""
    hub.say(BEN, "digest on")
    join(hub, MIA, themes=("social.housing",), city="Izmir", country="TR", greeted=True)
    told = wait(hub, hours=WEEK)
    assert told == [
        (HUB, "New in the network – welcome!\nMia Kaya, City of Izmir"),
        (
            hub.dm(BEN),
            "News from Urban Diplomacy since 22 February 2027\n\nNew members\n\n"
            "• Someone new works on your themes. Who it is: who Housing\n\n"
            "To end the digest: digest off.",
        ),
    ]


def test_who_is_forgotten_is_no_longer_named(hub: Chat) -> None:
    join(hub, MIA, greeted=True)
    put(hub, "Quiet streets")
    [_, (_, greeted)] = wait(hub, hours=WEEK)
    assert "Mia Kaya" in greeted
    with hub.database.write("sent") as tx:
        sent = [row for rows in outbox.pending(tx, [HUB], 100).values() for row in rows]
        outbox.mark_sent(tx, [Delivered(row.key, HUB, f"$sent-{row.id}") for row in sent])
        [greeting] = [f"$sent-{row.id}" for row in sent if "Mia Kaya" in str(row.content)]
    for words in ("forgetme", "yes"):
        hub.say(MIA, words)
    taken = [row.target_event for row in hub.answers if row.action == "redaction" and row.lane == HUB]
    assert taken == [greeting]


def test_who_is_forgotten_before_it_was_sent_is_not_named(hub: Chat) -> None:
    join(hub, MIA, greeted=True)
    wait(hub, hours=WEEK)
    for words in ("forgetme", "yes"):
        hub.say(MIA, words)
    assert not any("Mia Kaya" in body for _, body in said(hub))


# --- picks


def test_picks(hub: Chat) -> None:
    put(hub, "Quiet streets")
    assert hub.say(MIA, "pick") == (
        "Nothing is recommended at the moment. pick 12 because it is cheap and quick puts a practice first"
        " in the next digest."
    )
    assert hub.say(MIA, "pick 1") == (
        "#1 Quiet streets comes first in the next digest. To take it back out: unpick 1.\n"
        "To say why, write pick 1 because …."
    )
    assert "nicht empfehlen 1" in hub.say(MIA, "empfehlen 1 denn es ist leise")
    hub.say(MIA, "language en")
    assert "• #1 Quiet streets: es ist leise" in hub.say(MIA, "pick")
    hub.say(MIA, "empfehlen 1 weil es leise ist")
    assert hub.say(MIA, "pick") == (
        "First in the next digest:\n\n• #1 Quiet streets: weil es leise ist\n\n"
        "To take one back out: unpick 1."
    )
    assert hub.say(MIA, "unpick 1") == "#1 is no longer recommended."
    assert hub.say(MIA, "unpick 1").startswith("#1 is not recommended at the moment.")
    assert hub.say(MIA, "pick 9") == "There is no practice with the number #9."
    assert "200" in hub.say(MIA, f"pick 1 because {'x' * 300}")
    assert "moderators" in hub.say(ADA, "!pick 1")


# --- preview


def test_preview_goes_to_the_direct_chat(hub: Chat) -> None:
    put(hub, "Quiet streets")
    told = hub.in_hub(MIA, "!digest preview").split("\n---\n")
    assert "direct chat" in told[0]
    assert told[1].startswith("If the digest came now, it would say this:\n\nNews from Urban Diplomacy")
    assert "Quiet streets" in hub.say(ADA, "digest preview")
    assert hub.say(BEN, "digest preview").startswith("There is nothing new to tell at the moment.")
    assert len(wait(hub, hours=WEEK)) == 1


# --- once, whatever happens


def test_changing_the_day_neither_doubles_nor_loses(hub: Chat) -> None:
    """Told on Monday and moved to Friday: the next is Friday of the week after, with all since."""
    put(hub, "Quiet streets")
    assert len(wait(hub, hours=WEEK)) == 1  # Monday 8 March
    put(hub, "Night buses")
    assert "Next: Friday, 19 March 2027, 09:00" in hub.in_hub(MIA, "!digest day Friday")
    assert digests(wait(hub, days=4)) == []
    [(_, body)] = digests(wait(hub, days=7))
    assert "Night buses" in body
    assert "Quiet streets" not in body


def test_off_and_on_does_not_double(hub: Chat) -> None:
    put(hub, "Quiet streets")
    assert len(wait(hub, hours=WEEK)) == 1
    hub.in_hub(MIA, "!digest off")
    hub.in_hub(MIA, "!digest on")
    put(hub, "Night buses")
    assert "Next: Monday, 15 March" in hub.in_hub(MIA, "!digest day Monday")
    assert "Next: Tuesday, 16 March" in hub.in_hub(MIA, "!digest day Tuesday")
    [(_, body)] = digests(wait(hub, days=8))
    assert "Quiet streets" not in body


def test_late_by_less_than_a_day_is_sent(hub: Chat) -> None:
    put(hub, "Quiet streets")
    assert len(wait(hub, hours=WEEK + 20)) == 1
    put(hub, "Night buses")
    [(_, body)] = wait(hub, hours=WEEK - 20)
    assert "Night buses" in body
    assert "Quiet streets" not in body


def test_later_is_folded_into_the_next(hub: Chat) -> None:
    put(hub, "Quiet streets")
    assert wait(hub, hours=WEEK + 3 * 24) == []  # Thursday
    put(hub, "Night buses")
    [(_, body)] = wait(hub, hours=WEEK - 3 * 24)
    assert body.startswith("News from Urban Diplomacy since 22 February 2027")
    assert "Quiet streets" in body
    assert "Night buses" in body


def test_months_of_downtime_are_one_digest(hub: Chat) -> None:
    put(hub, "Quiet streets")
    assert wait(hub, hours=10 * WEEK + 48) == []
    assert len(wait(hub, days=5)) == 1


def test_a_clock_that_jumps_back_doubles_nothing(hub: Chat) -> None:
    put(hub, "Quiet streets")
    assert len(wait(hub, hours=WEEK)) == 1
    hub.clock.forward(hours=-3)
    put(hub, "Night buses")
    assert wait(hub, hours=4) == []


def test_where_nobody_reads_it_stops(hub: Chat) -> None:
    """The bot was sent away; the member has left."""
    hub.say(ADA, "digest on")
    put(hub, "Quiet streets")
    with hub.database.write("leaves") as tx:
        rooms.keep_member(tx, HUB, ADA, "leave")
        room = rooms.get(tx, HUB)
        assert room is not None
        room.membership = "leave"
    assert wait(hub, hours=WEEK) == []
    with hub.reading() as tx:
        rows = [digest.of(tx, HUB), digest.of(tx, ADA)]
        assert not any(row.active for row in rows if row)
    assert run(hub) == []
    assert wait(hub, hours=WEEK) == []


def test_a_room_that_is_upgraded_keeps_its_digest(hub: Chat) -> None:
    new = "!new:test.localhost"
    put(hub, "Quiet streets")
    with hub.database.write("upgrade") as tx:
        digest.move(tx, HUB, new)
        tx.session.add(rooms.Room(room_id=new, people=4))
    [(lane, body)] = wait(hub, hours=WEEK)
    assert lane == new
    assert "Quiet streets" in body


def test_one_that_fails_keeps_no_other_from_theirs(hub: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is left out once and comes again the week after, with what it missed."""
    hub.say(ADA, "digest on")
    put(hub, "Quiet streets")
    with hub.database.write("breaks") as tx:
        row = digest.of(tx, HUB)
        assert row is not None
        row.timezone = "Not/AZone"
        broken = row.id
    assert [lane for lane, _ in wait(hub, hours=WEEK)] == [hub.dm(ADA)]
    with hub.database.write("mended") as tx:
        row = digest.of(tx, HUB)
        assert row is not None
        assert row.id == broken
        row.timezone = None
    assert [lane for lane, _ in wait(hub, hours=WEEK)] == [HUB]


def test_in_the_night_of_the_change_of_clocks(hub: Chat) -> None:
    """On that Sunday it comes at nine by the new time, once."""
    hub.clock.now = datetime(2027, 3, 26, 12, tzinfo=UTC)
    assert "Next: Sunday, 28 March 2027, 09:00" in hub.in_hub(MIA, "!digest day Sunday")
    put(hub, "Quiet streets")
    hub.clock.now = datetime(2027, 3, 28, 6, 59, tzinfo=UTC)
    assert run(hub) == []
    assert len(wait(hub, minutes=1)) == 1
    assert wait(hub, hours=2) == []


def test_who_is_greeted_says_so_in_their_profile(hub: Chat) -> None:
    """Nobody is unless they said yes; said once, it counts from then on."""
    hub.say(BEN, "profile edit greeting yes")
    hub.say(BEN, "profile edit greeting yes")
    assert "may welcome you by name" in hub.say(BEN, "profile")
    assert wait(hub, hours=WEEK) == [(HUB, "New in the network – welcome!\nBen Okri, City of Oslo")]
    assert wait(hub, hours=WEEK) == []
    hub.say(BEN, "profile edit greeting no")
    assert "may welcome you" not in hub.say(BEN, "profile")
    hub.say(BEN, "profile edit greeting -")
    assert "may welcome you" not in hub.say(BEN, "profile")


def test_questions_without_an_answer(hub: Chat) -> None:
    """Those that the network may read, without who asked; not what was answered or is for a few only."""
    with hub.database.write("ask") as tx:
        for text, shown in (("How do you heat old schools?", True), ("Who pays for interpreters?", False)):
            question = NetworkQuestion(
                asker=BEN, text=text, language="en", theme="climate", named=True, shown=shown, asked_at=tx.now
            )
            asking.keep(tx, question)
    [(_, told)] = digests(wait(hub, hours=WEEK))
    assert "Who knows an answer?\n\n• How do you heat old schools? · !answer 1 …" in told
    assert "interpreters" not in told
    assert "Ben" not in told
    assert digests(wait(hub, hours=WEEK)) == []


# --- what readers differ in, where they are, and clocks that go wrong


def test_nobody_is_told_of_themselves_nor_loses_a_digest_by_it(hub: Chat) -> None:
    """Ben asked and Mia is new: both are told to Ada, and to neither of the two of themselves."""
    join(hub, BEN)
    join(hub, MIA, greeted=True)
    hub.in_hub(MIA, "!digest off")
    for user in (MIA, BEN, ADA):
        hub.say(user, "digest on")
    with hub.database.write("ask") as tx:
        question = NetworkQuestion(
            asker=BEN, text="Who heats?", language="en", theme="mobility", named=True, shown=True,
            asked_at=tx.now,
        )  # fmt: skip
        asking.keep(tx, question)
    told = dict(digests(wait(hub, hours=WEEK)))
    assert {user: ("new" in told[hub.dm(user)], "Who heats?" in told[hub.dm(user)]) for user in NAMES} == {
        ADA: (True, True),
        BEN: (True, False),
        MIA: (False, True),
    }


def test_who_moves_to_another_zone_gets_it_at_nine_there(hub: Chat) -> None:
    """Not in the night at which it is nine at home."""
    hub.in_hub(MIA, "!digest off")
    hub.say(ADA, "digest on")
    put(hub, "Quiet streets")
    hub.clock.forward(days=2)
    hub.say(ADA, "timezone Los Angeles")
    assert run(hub) == []
    assert "Next: Monday, 8 March 2027, 09:00 (America/Los_Angeles)" in hub.say(ADA, "digest")
    hub.clock.now = datetime(2027, 3, 8, 16, 59, tzinfo=UTC)
    assert run(hub) == []
    assert len(wait(hub, minutes=1)) == 1
    hub.say(ADA, "timezone Tokyo")
    put(hub, "Night buses")
    hub.clock.now = datetime(2027, 3, 14, 23, 59, tzinfo=UTC)
    assert run(hub) == []
    assert len(wait(hub, minutes=1)) == 1


def test_after_a_day_away_it_waits_for_the_morning(hub: Chat) -> None:
    """Back at two in the night, on the Monday after a Sunday: it comes at eight, the next one on Sunday."""
    hub.in_hub(MIA, "!digest day Sunday")
    put(hub, "Quiet streets")
    hub.clock.now = datetime(2027, 3, 8, 1, 0, tzinfo=UTC)
    assert run(hub) == []
    hub.clock.now = datetime(2027, 3, 8, 6, 59, tzinfo=UTC)
    assert run(hub) == []
    assert len(wait(hub, minutes=1)) == 1
    put(hub, "Night buses")
    hub.clock.now = datetime(2027, 3, 14, 8, 0, tzinfo=UTC)
    assert len(run(hub)) == 1


def test_a_clock_that_was_ahead_loses_nothing(hub: Chat) -> None:
    """What is new after it was set right is told in its week, though the digest believed itself ahead."""
    put(hub, "Quiet streets")
    assert len(wait(hub, days=28)) == 1
    hub.clock.forward(days=-27)
    Scheduler(hub.database, load().jobs, hub.network, on_done=lambda _lanes: None)._plan_daily_jobs()
    put(hub, "Night buses")
    told = [body for _ in range(7) for _, body in wait(hub, days=1)]
    assert len(told) == 1
    assert "Night buses" in told[0]
    put(hub, "Homes for all")
    assert ["Homes" in body for _ in range(21) for _, body in wait(hub, days=1)] == [True]
