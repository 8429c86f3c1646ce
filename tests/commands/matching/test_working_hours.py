"""Letters of matching disturb nobody at night, whenever the program was away, and none of them is lost."""

from __future__ import annotations

from datetime import UTC, datetime

from commands.matching.rounds import service as rounds_service
from storage import matching, rooms, rounds, schedule
from storage.rounds import Place, Round
from tests.commands.matching.scene import TOGETHER, ask, due, told
from tests.commands.matching.test_asking import ask as ask_network
from tests.commands.matching.test_asking import question, requests
from tests.commands.matching.test_meeting import together
from tests.transcript import ADA, BEN, HUB, MIA, Chat


def away_until_night(chat: Chat) -> None:
    """Go to the night after the next row was due, without doing anything."""
    with chat.reading() as tx:
        moment = schedule.next_due(tx)
    assert moment
    chat.clock.now = moment.replace(hour=22, minute=30)  # by UTC; in Berlin it is later


def lanes(chat: Chat) -> set[str]:
    """Where something is said now."""
    return {row.lane for row in due(chat)}


def in_the_morning(chat: Chat) -> str:
    """What is said on the next working day, at nine in Berlin in winter."""
    with chat.reading() as tx:
        moment = schedule.next_due(tx)
    assert moment
    assert moment.hour in (7, 8)
    chat.clock.now = moment
    return told(due(chat))


def declined_at_night(chat: Chat) -> None:
    ask(chat)
    chat.clock.now = datetime(2027, 3, 1, 19, 0, tzinfo=UTC)
    chat.say(BEN, "decline")
    assert lanes(chat) == set()


def test_what_fell_due_while_the_program_was_away_is_told_the_next_morning(peers: Chat) -> None:
    """It is not lost by having waited once already."""
    declined_at_night(peers)
    peers.clock.now = datetime(2027, 3, 2, 19, 0, tzinfo=UTC)
    assert lanes(peers) == set()
    peers.clock.now = datetime(2027, 3, 3, 8, 0, tzinfo=UTC)
    assert "does not work out" in told(due(peers))
    peers.clock.forward(days=10)
    assert "does not work out" not in told(due(peers))


def test_who_moves_to_another_time_zone_is_told_there(peers: Chat) -> None:
    """At nine by the new clock, also where that is on the same day."""
    declined_at_night(peers)
    peers.say(ADA, "timezone America/New_York")
    peers.clock.now = datetime(2027, 3, 2, 8, 0, tzinfo=UTC)
    assert lanes(peers) == set()
    peers.clock.now = datetime(2027, 3, 2, 14, 0, tzinfo=UTC)
    assert "does not work out" in told(due(peers))


def test_a_question_follows_who_is_asked_to_another_time_zone(peers: Chat) -> None:
    """Nobody's request stays waiting."""
    peers.clock.now = datetime(2027, 3, 6, 10, 0, tzinfo=UTC)  # a Saturday
    ask_network(peers)
    peers.say(BEN, "timezone America/New_York")
    peers.clock.now = datetime(2027, 3, 8, 8, 0, tzinfo=UTC)
    assert lanes(peers) == {peers.dm(MIA)}
    peers.clock.now = datetime(2027, 3, 8, 14, 0, tzinfo=UTC)
    assert lanes(peers) == {peers.dm(BEN)}
    assert {one.state for one in requests(peers).values()} == {"told"}


def test_nobody_is_asked_at_night_though_the_program_was_away_by_day(peers: Chat) -> None:
    """Neither whether they want to meet, nor that they rest now."""
    peers.clock.now = datetime(2027, 3, 6, 19, 0, tzinfo=UTC)
    assert ask(peers) == []
    away_until_night(peers)
    assert lanes(peers) == set()
    assert "would like to meet you" in in_the_morning(peers)
    with peers.database.write("twice before") as tx:
        part = matching.participation(tx, BEN)
        part.unanswered = 2
        matching.keep(tx, part)
    away_until_night(peers)
    assert lanes(peers) == set()
    assert "not answered" in in_the_morning(peers)


def test_nobody_is_reminded_at_night(peers: Chat) -> None:
    """Of a room in which nobody speaks, and of what came of it."""
    together(peers)
    away_until_night(peers)
    assert lanes(peers) == set()
    assert in_the_morning(peers).startswith(f"[{TOGETHER}]")
    peers.clock.now = datetime(2027, 3, 20, 3, 0, tzinfo=UTC)  # a Saturday
    assert lanes(peers) == set()
    assert in_the_morning(peers).count("Have you met") == 2


def test_that_nobody_answered_is_not_told_at_night(peers: Chat) -> None:
    """Neither to who asked nor to moderators; and who was away for the look is looked after later."""
    ask_network(peers)
    due(peers)
    with peers.database.write("away") as tx:
        rooms.keep_member(tx, HUB, ADA, "leave", "Ada")
    away_until_night(peers)
    assert lanes(peers) == set()
    peers.clock.forward(days=1)
    peers.clock.now = peers.clock.now.replace(hour=9)
    assert lanes(peers) == set()
    with peers.database.write("back") as tx:
        rooms.keep_member(tx, HUB, ADA, "join", "Ada")
    away_until_night(peers)
    assert lanes(peers) == set()
    assert "nobody has answered" in in_the_morning(peers).lower()
    assert question(peers).state == "unanswered"


def test_who_is_left_over_in_a_round_hears_of_it_by_day(peers: Chat) -> None:
    """As all others do."""
    peers.clock.now = datetime(2027, 3, 6, 19, 0, tzinfo=UTC)
    with peers.database.write("round") as tx:
        row = rounds.add(tx, Round(local_time="2027-03-06T09:00:00", timezone="UTC", seed=1))
        place = Place(round_id=row.id or 0, user_id=ADA, number=1)
        tx.session.add(place)
        tx.flush()
        rounds_service.leave(tx, peers.network, row, place)
    away_until_night(peers)
    assert lanes(peers) == set()
    assert in_the_morning(peers).startswith(f"[{peers.dm(ADA)}]")


def test_a_request_of_an_older_version_hides_no_new_one(peers: Chat) -> None:
    """Their numbers counted something else."""
    with peers.database.write("older") as tx:
        for number in range(1, 4):
            key = f"introduction_request:{number}"
            row = schedule.plan(tx, key, "introduction_request", tx.now.replace(tzinfo=None), "UTC")
            schedule.finish(tx, row, "done")
    assert "would like to meet you" in told(ask(peers))
