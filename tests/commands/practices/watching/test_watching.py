"""Bookmarks, and hearing of new practices: once, in the morning, and only of what fits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.pipeline.scheduler import Scheduler
from commands.core.registry import load
from commands.practices.watching import service
from storage import members, practices, rooms, schedule, watching
from storage.members import Preference
from tests.commands.practices.clock import wait
from tests.commands.practices.network import WINTER, WINTER_DE, bring, register, starter
from tests.transcript import ADA, BEN, HUB, MIA, Chat

SHADE = WINTER.replace("Cycling in winter", "Shade on squares").replace(
    "climate adaptation, mobility", "housing"
)


@pytest.fixture
def shared(ada: Chat) -> Chat:
    """Ada shared practice #1."""
    ada.say(ADA, WINTER)
    return ada


# --- bookmarks


def test_bookmarks(shared: Chat) -> None:
    """Kept, listed newest first, taken away; in whichever language and order."""
    bring(shared, *starter()[:1])
    assert shared.say(BEN, "bookmarks") == "Your list is empty. bookmark 12 puts a practice on it."
    assert shared.say(BEN, "bookmark 1") == (
        "#1 Cycling in winter is on your list. bookmarks shows it; nobody else can see it."
    )
    assert shared.say(BEN, "bookmark #1").startswith("#1 Cycling in winter is on your list already")
    shared.say(BEN, "bookmark 2")
    listed = shared.say(BEN, "bookmark")
    assert listed.startswith("2 practices are on your list:\n\n#2 Oslo")
    assert "#1 Cycling in winter\n   Ghent, Belgium" in listed
    assert listed.endswith("Read one: practice 2. Take it from the list: bookmark remove 2.")
    assert shared.say(BEN, "bookmark remove 2") == "#2 is no longer on your list."
    assert shared.say(BEN, "bookmark 2 löschen") == "#2 is not on your list: bookmarks."
    assert shared.say(BEN, "bookmarks").startswith("One practice is on your list:")
    assert shared.say(BEN, "bookmark 9").startswith("There is no practice with the number #9.")


def test_several_bookmarks_at_once(shared: Chat) -> None:
    """However they are written; all of them or none."""
    bring(shared, *starter()[:2])
    for typed in ("bookmark 1 3", "bookmark #1, 3.", "bookmark 1 and 3"):
        listed = shared.say(BEN, typed)
        assert listed.startswith("2 practices are on your list:")
        assert "#1 Cycling in winter" in listed
    assert "9" in shared.say(BEN, "bookmark 2 9")
    assert shared.say(BEN, "bookmark remove 1 3").startswith("Your list is empty.")
    assert shared.say(BEN, f"bookmark {' '.join(map(str, range(1, 22)))}") == (
        "That is 21 practices; I can put at most 20 on your list at once."
    )


def test_bookmarks_of_what_is_archived_are_told(shared: Chat) -> None:
    """By number; they can be taken away, and are back with the practice."""
    bring(shared, *starter()[:1])
    shared.say(BEN, "bookmark 1 2")
    shared.say(ADA, "archive 1 It has ended.")
    listed = shared.say(BEN, "bookmarks")
    assert listed.startswith(
        "One practice is on your list:\n(One that you bookmarked has been archived: #1.)\n\n#2 Oslo"
    )
    shared.say(BEN, "bookmark remove 2")
    assert shared.say(BEN, "bookmarks") == (
        "(One that you bookmarked has been archived: #1.)\n"
        "Your list is empty. bookmark 12 puts a practice on it."
    )
    shared.say(ADA, "restore 1")
    assert "#1 Cycling in winter" in shared.say(BEN, "bookmarks")
    shared.say(ADA, "archive 1 It has ended.")
    assert shared.say(BEN, "bookmark remove 1") == "#1 is no longer on your list."
    assert shared.say(BEN, "bookmarks") == "Your list is empty. bookmark 12 puts a practice on it."


def test_bookmarks_are_private(shared: Chat) -> None:
    """In a room there is only a pointer to the direct chat."""
    shared.in_hub(BEN, "!merken 1")
    assert [row.lane for row in shared.answers if row.action == "message"] == [HUB, shared.dm(BEN)]
    assert "#1" not in str(shared.answers[0].content)
    assert shared.say(ADA, "bookmarks").startswith("Your list is empty.")


def test_words_that_only_begin_like_it(shared: Chat) -> None:
    assert "Did you mean the command bookmark" in shared.say(BEN, "bookmark exchange libraries")
    assert "Did you mean the command watch" in shared.say(BEN, "watch out in winter")


# --- what is watched


@pytest.mark.parametrize("typed", ["watch theme housing", "beobachten Thema Wohnen", "watch theme:housing"])
def test_a_theme_may_be_called_one(shared: Chat, typed: str) -> None:
    shared.say(BEN, "language en")
    assert "You now watch Housing." in shared.say(BEN, typed)


def test_a_search_for_nothing_is_asked_for_words(shared: Chat) -> None:
    """In the direct chat as in a room."""
    for told in (shared.say(BEN, "watch search"), shared.in_hub(BEN, "!watch search")):
        assert told == "What shall I look for? Please write some words behind it."


def test_watching_a_theme(shared: Chat) -> None:
    """By any label in any language; the list shows it in the reader's own."""
    assert shared.say(BEN, "watch") == (
        "You watch nothing yet. watch climate tells you of new practices on a theme,"
        " watch search cycle paths country:Colombia of what a search would find."
    )
    assert shared.say(BEN, "watch Klimaanpassung") == (
        "You now watch Climate adaptation. When a new practice fits, I tell you in the morning,"
        " once a day at most. watch shows your list, unwatch 1 ends this one."
    )
    assert shared.say(BEN, "watch search winter country:BE").startswith("You now watch “winter country:BE”.")
    assert shared.say(BEN, "watch") == (
        "You watch 2 themes and searches:\n\n"
        "1. Climate adaptation\n   since 1 March 2027\n"
        "2. “winter country:BE”\n   since 1 March 2027\n\n"
        "To end one, write unwatch 1."
    )
    assert shared.say(BEN, "watch climate adaptation").startswith("You watch Climate adaptation already")
    assert shared.say(BEN, "unwatch 1") == "You no longer watch Climate adaptation."
    assert shared.say(BEN, "unwatch 1") == "There is no number 1 in your list: watch."
    assert shared.say(BEN, "!unwatch two").startswith("“two” is not a number.")
    assert "2. “winter country:BE”" in shared.say(BEN, "watch")


def test_what_can_not_be_watched(shared: Chat) -> None:
    assert "watch climate" in shared.say(BEN, "!watch zzyzx")
    assert shared.say(BEN, "!watch search").startswith("What shall I look for?")
    for number in range(service.MOST_WATCHED):
        shared.say(BEN, f"watch search word{number}")
    assert shared.say(BEN, "watch climate").startswith("You watch 20 themes and searches already")


# --- alerts


def test_an_alert_in_the_morning(chat: Chat) -> None:
    """All that fits in one message, at eight by one's own clock, each with why; not once more."""
    register(chat, ADA)
    with chat.database.write("zone") as tx:
        members.keep_preference(tx, Preference(user_id=BEN, timezone="America/Bogota"))
    chat.say(BEN, "watch climate")
    chat.say(BEN, "watch search squares")
    chat.say(ADA, WINTER)
    chat.say(ADA, SHADE)
    assert wait(chat, hours=3) == []  # noon in Ghent is seven in Bogota
    ((room, alert),) = wait(chat, hours=1)
    assert room == chat.dm(BEN)
    assert alert == (
        "2 new practices fit what you watch:\n\n"
        "#1 Cycling in winter\n   Ghent, Belgium\n"
        "   Ghent clears its main cycle paths before seven in the morning.\n"
        "   For what you watch: Climate & energy\n"
        "#2 Shade on squares\n   Ghent, Belgium\n"
        "   Ghent clears its main cycle paths before seven in the morning.\n"
        "   For what you watch: “squares”\n\n"
        "What you watch, and how to end it: watch"
    )
    for _ in range(3):
        assert wait(chat, days=1) == []
    chat.say(ADA, WINTER.replace("Cycling", "Walking"))
    ((_, alert),) = wait(chat, days=1)
    assert "Walking in winter" in alert
    assert "Cycling" not in alert


def test_in_the_watchers_language(chat: Chat) -> None:
    """And a practice in another language says so; the search crosses languages."""
    register(chat, ADA)
    with chat.database.write("german") as tx:
        members.keep_preference(tx, Preference(user_id=BEN, locale="de"))
    chat.say(BEN, "beobachten suche Radwege")
    chat.say(ADA, WINTER)
    chat.say(ADA, WINTER_DE)
    ((_, alert),) = wait(chat, days=1)
    assert alert.startswith("2 neue Praxisbeispiele passen zu dem, was Sie beobachten:")
    assert "Gent" in alert
    assert "Englisch" in alert


def test_what_is_not_told(chat: Chat) -> None:
    """One's own practices, edits, what was there before, what is archived again, what only comes near."""
    for user in (ADA, BEN):
        register(chat, user)
    chat.say(ADA, WINTER)
    chat.say(BEN, "watch climate")
    chat.say(BEN, "watch search cycling in Antarctica")
    chat.say(ADA, "watch climate")
    assert wait(chat, days=1) == []
    chat.say(ADA, "edit 1 title Bikes on ice")
    chat.in_hub(MIA, "!pin 1")
    chat.in_hub(MIA, "!unpin 1")
    chat.say(BEN, WINTER.replace("Cycling", "Walking"))
    told = wait(chat, days=1)
    assert [room for room, _ in told] == [chat.dm(ADA)]
    assert "Walking in winter" in told[0][1]


def test_who_left_is_not_written_to(chat: Chat) -> None:
    register(chat, ADA)
    chat.say(BEN, "watch climate")
    chat.say(ADA, WINTER)
    with chat.database.write("leave") as tx:
        rooms.keep_member(tx, HUB, BEN, "leave")
    assert wait(chat, days=1) == []


def test_a_late_morning_is_told_the_next_one(chat: Chat) -> None:
    """Nobody is woken because the bot was away: it waits for a decent hour."""
    register(chat, ADA)
    chat.say(BEN, "watch climate")
    chat.say(ADA, WINTER)
    assert wait(chat, hours=34) == []  # 19:00 UTC on the next day
    ((_, alert),) = wait(chat, hours=13)
    assert "Cycling in winter" in alert


def test_many_watchers_in_parts(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few of them a transaction; everybody once, whatever fails in between."""
    monkeypatch.setattr(service, "AT_ONCE", 2)
    register(chat, ADA)
    people = [f"@w{number}:test.localhost" for number in range(5)]
    for person in people:
        with chat.database.write(person) as tx:
            rooms.keep_member(tx, HUB, person, "join", person)
        chat.say(person, "!watch climate", room=HUB)
    chat.say(ADA, WINTER)
    chat.clock.forward(days=1)
    told: list[str] = []
    scheduler = Scheduler(chat.database, load().jobs, chat.network, on_done=lambda _: None)
    while (lanes := scheduler._run_one()) is not None:
        told += sorted(lanes)
        # Whoever repeats a part that was done finds nobody left to tell.
        with chat.database.write("again") as tx:
            until = tx.now - service.SETTLED
            since = watching.watched_since(tx, "", until)
            behind = watching.watchers(tx, "", until, 100) if since else []
            assert set(behind) == set(people) - set(told)
    assert told == people


def test_a_part_that_fails_is_told_the_next_day(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is rolled back whole, and the mornings go on."""
    register(chat, ADA)
    chat.say(BEN, "watch climate")
    chat.say(ADA, WINTER)
    with monkeypatch.context() as broken:
        broken.setattr(watching, "mark_seen", lambda *_: 1 / 0)
        assert wait(chat, days=1) == []
    ((room, _),) = wait(chat, days=1)
    assert room == chat.dm(BEN)
    assert wait(chat, days=2) == []


def test_a_new_time_zone_is_followed(chat: Chat) -> None:
    """Who moves is told in the morning of the new place, once."""
    register(chat, ADA)
    chat.say(BEN, "watch climate")
    assert wait(chat, days=1) == []
    with chat.database.write("zone") as tx:
        members.keep_preference(tx, Preference(user_id=BEN, timezone="Asia/Tokyo"))
    chat.say(ADA, WINTER)
    told = [wait(chat, hours=1) for _ in range(72)]
    ((room, _),) = [one for hour in told for one in hour]
    assert room == chat.dm(BEN)
    with chat.reading() as tx:
        assert schedule.planned(tx, "alerts:Asia/Tokyo:", since=tx.now - timedelta(days=2))


def test_practices_that_are_gone_by_then(chat: Chat) -> None:
    register(chat, ADA)
    chat.say(BEN, "watch climate")
    chat.say(ADA, WINTER)
    with chat.database.write("gone") as tx:
        practice = practices.get(tx, 1)
        assert practice
        practice.status = "archived"
    assert wait(chat, days=1) == []
