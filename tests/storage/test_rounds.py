"""Rounds in both databases: who takes part, who is put together with whom, and who has waited."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from storage import matching, members, rooms, rounds
from storage.database import Database, Tx
from storage.matching import Participation
from storage.members import Member
from storage.rounds import Round

NOW = datetime(2027, 4, 6, 9, 0, tzinfo=UTC)
HUB = "!hub:example.org"


def join(tx: Tx, *names: str, hub: str = HUB) -> None:
    """Make members of them, in the hub room."""
    for name in names:
        user_id = f"@{name}:example.org"
        rooms.keep_member(tx, hub, user_id, "join", name)
        member = Member(
            user_id=user_id,
            name=name,
            organisation="",
            kind="city",
            city="Lyon",
            country="FR",
            consent_version="1",
            consent_at=NOW,
            registered_at=NOW,
            updated_at=NOW,
        )
        members.keep(tx, member)


def test_who_takes_part_is_read_page_by_page(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each once, with their lines in order; not who paused, left, or is in another room only."""
    monkeypatch.setattr(rounds, "_AT_ONCE", 2)
    database.clock = lambda: NOW
    with database.write("members") as tx:
        join(tx, "a", "b", "c", "d", "e", "off", "snoozes", "awake", "left")
        join(tx, "elsewhere", hub="!other:example.org")
        rooms.keep_member(tx, HUB, "@left:example.org", "leave", "left")
        rooms.keep_member(tx, HUB, "@guest:example.org", "join", "guest")
        matching.keep(tx, Participation(user_id="@off:example.org", takes_part=False))
        for name, days in (("snoozes", 1), ("awake", -1)):
            until = NOW + timedelta(days=days)
            matching.keep(tx, Participation(user_id=f"@{name}:example.org", snoozed_until=until))
        members.replace_lines(tx, "@b:example.org", "need", [("housing", "second"), ("climate", "first")])
        members.replace_lines(tx, "@c:example.org", "offer", [("housing", "tours")])
    with database.read() as tx:
        found = {one.member.name: one for one in rounds.taking_part(tx, HUB)}
        assert list(found) == ["a", "awake", "b", "c", "d", "e"]
        assert [line.text for line in found["b"].needs] == ["second", "first"]
        assert [line.text for line in found["c"].offers] == ["tours"]
        assert rounds.count_taking_part(tx, HUB) == 6


def test_who_was_left_over_again_and_again_has_waited_longest(database: Database) -> None:
    """In a row: whoever met somebody in between begins anew; whoever said no has not waited."""
    with database.write("rounds") as tx:
        for number, groups in enumerate(
            ([["a", "b"], ["c"]], [["a"], ["b"], ["c"]], [["b"], ["c"], ["d", "e"]]), 1
        ):
            row = Round(local_time="2027-04-06T09:00:00", timezone="UTC", seed=1, drawn_at=NOW)
            rounds.add(tx, row)
            rounds.keep_places(
                tx,
                number,
                [
                    {"user_id": user, "number": place, "value": 0.5, "sort": None}
                    for place, group in enumerate(groups, 1)
                    for user in group
                ],
            )
        introduced = matching.introduce(tx, ["d", "e"], round_id=3)
        introduced.state = "declined"
        for person, answer in zip(matching.introduced(tx, introduced), ("no", "yes"), strict=True):
            person.answers(answer, NOW)
    with database.read() as tx:
        assert rounds.waited(tx, 4) == {"b": 2, "c": 3, "e": 1}
        assert rounds.waited(tx, 2) == {"c": 1}
        assert (rounds.alone_before(tx, "b", 3), rounds.alone_before(tx, "b", 2)) == (True, False)
        assert [[one.user_id for one in group] for group in rounds.next_groups(tx, 3, 1, 5)] == [
            ["c"],
            ["d", "e"],
        ]
        assert rounds.introduced(tx, 3) == {"declined": 1}
    with database.write("forget") as tx:
        rounds.forget_places_before(tx, NOW + timedelta(days=1))
        assert rounds.waited(tx, 4) == {"e": 1}
