"""Rounds as members, moderators and the hub room live through them."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from bot import draw
from bot.rounds import find, keep
from commands.core.registry import load
from commands.matching import introductions
from commands.matching.rounds import service
from storage import matching, members, rooms, rounds, schedule
from storage.matching import Participation
from tests import golden
from tests.commands.matching.rounds.town import current, due, fill, to_the_end, told, work_out
from tests.transcript import ADA, BEN, HUB, MIA, OUT, Chat

WORDS = {
    "en": {
        "round": "round",
        "preview": "round preview",
        "next": "round next 2027-04-13",
        "now": "round now",
        "off": "round off",
        "on": "round on",
        "yes": "yes",
        "pause": "matching snooze until 1 May",
        "out": "matching off",
    },
    "de": {
        "round": "runde",
        "preview": "runde vorschau",
        "next": "runde am 13.4.2027",
        "now": "runde jetzt",
        "off": "runde aus",
        "on": "runde an",
        "yes": "ja",
        "pause": "vermittlung pause bis 1. Mai",
        "out": "vermittlung aus",
    },
}


@pytest.fixture(params=("en", "de"))
def town(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Chat:
    """Ada, Ben and Mia and the forty of the sample, whose rounds have one seed: of pairs that are worth the
    same it is chance who meets; once in each language."""
    monkeypatch.setattr("secrets.randbits", lambda _bits: 7)
    chat: Chat = request.getfixturevalue("chat" if request.param == "en" else "chat_de")
    chat.begin(in_town)
    return chat


@pytest.fixture
def village(chat: Chat) -> Chat:
    """Ada, Ben, Mia and seven of the sample, in English."""
    chat.begin(in_village)
    return chat


def in_town(chat: Chat) -> None:
    fill(chat, 40)


def in_village(chat: Chat) -> None:
    fill(chat, 7)


def berlin(day: int, hour: int, minute: int = 0, month: int = 4) -> datetime:
    """A moment in the summer of Berlin."""
    return datetime(2027, month, day, hour - 2, minute, tzinfo=UTC)


def test_a_round_from_its_announcement_to_what_came_of_it(town: Chat) -> None:
    """Word for word, in each language: what members, moderators and the hub room read."""
    words = WORDS[town.language]
    said = [
        town.say(BEN, words["pause"]),
        town.say(ADA, words["round"]),
        town.say(BEN, words["round"]),
        town.say(MIA, words["round"]),
        town.say(MIA, words["preview"]),
        told(work_out(town)),
    ]
    town.clock.now = berlin(1, 10)
    said.append(told(due(town, only="round")))
    said.append(town.in_hub(MIA, f"!{words['next']}"))
    said.append(told(due(town, only="round")))
    town.clock.now = berlin(13, 9)
    assert due(town, only="round") == []
    assert work_out(town) == []
    asked = to_the_end(town)
    assert Counter(row.topic for row in asked if row.topic) == {
        f"introduction:{number}": 2 for number in range(1, 22)
    }
    agree(town)
    said.append(town.say(MIA, words["round"]))
    town.clock.now = berlin(22, 9)
    said.append(told(due(town, only="round")))
    said.append(town.say(MIA, words["now"]))
    said.append(town.say(MIA, words["yes"]))
    said.append(town.say(ADA, words["round"]))
    said += [town.say(MIA, words["off"]), town.say(BEN, words["round"]), town.say(MIA, words["on"])]
    golden.check(f"matching/round.{town.language}.txt", "\n\n======\n\n".join(said))


def test_everyone_is_asked_once(village: Chat) -> None:
    """Nobody twice, nobody not at all; ten people are five pairs."""
    begin(village)
    asked = to_the_end(village)
    proposed = introduced(village)
    assert sorted(user for people in proposed for user in people) == sorted(taking_part(village))
    assert Counter(row.lane for row in asked if row.topic) == Counter(
        village.dm(user) if user in (ADA, BEN, MIA) else user for user in taking_part(village)
    )
    assert due(village, only="round") == []


def test_who_left_paused_or_was_blocked_meanwhile_is_asked_nothing(village: Chat) -> None:
    """Between the drawing and the asking; with whom they were put together is told kindly, and comes first
    next time."""
    begin(village)
    with village.reading() as tx:
        groups = [[place.user_id for place in group] for group in rounds.next_groups(tx, 1, 0, 10)]
    (gone, left), (pausing, waiting), (blocking, blocked), *_ = groups
    with village.database.write("meanwhile") as tx:
        rooms.keep_member(tx, HUB, gone, "leave", "Gone")
        matching.keep(tx, Participation(user_id=pausing, snoozed_until=tx.now + timedelta(days=30)))
        matching.block(tx, blocking, blocked)
    letters = [row for row in to_the_end(village) if "nobody left for you" in str(row.content)]
    assert [set(people) for people in introduced(village)] == [set(group) for group in groups[3:]]
    expected = {left, waiting, blocking, blocked}
    assert {row.lane for row in letters} == {village.dm(u) if u in (ADA, BEN, MIA) else u for u in expected}
    with village.reading() as tx:
        assert rounds.waited(tx, 2) == dict.fromkeys(expected, 1)


def test_who_was_turned_down_comes_first_next_time(village: Chat) -> None:
    """Who said no, or nothing, does not."""
    begin(village)
    to_the_end(village)
    mine = next(people for people in introduced(village) if ADA in people)
    other = next(user for user in mine if user != ADA)
    with village.database.write("no") as tx:
        row = next(row for row, _ in matching.introductions_of(tx, ADA))
        for person in matching.introduced(tx, row):
            person.answers("yes" if person.user_id == ADA else "no", tx.now)
        row.state = "declined"
    with village.reading() as tx:
        waited = rounds.waited(tx, 2)
        assert (waited.get(ADA), waited.get(other)) == (1, None)
        assert rounds.waited(tx, 1) == {}


def test_the_same_comes_of_the_same(village: Chat) -> None:
    """A round can be drawn again from what it was drawn from: its digest tells whether it is the same."""
    begin(village)
    before = draw.outcome(village.database, 1, HUB)
    to_the_end(village)
    assert draw.outcome(village.database, 1, HUB) == before
    with village.reading() as tx:
        kept = Counter(place.number for place in rounds.places(tx, 1))
        assert [kept[number] for number in sorted(kept)] == [len(group.people) for group in before.groups]
        row = rounds.get(tx, 1)
        assert row
        assert row.digest == before.digest
    with village.database.write("profile") as tx:
        members.replace_lines(tx, ADA, "need", [("housing", "anything")])
    assert draw.outcome(village.database, 1, HUB).digest != before.digest


def test_with_too_few_there_is_no_round(chat: Chat) -> None:
    """It is neither announced nor drawn, and moderators hear why; the next month is another chance."""
    fill(chat, 0)
    chat.say(MIA, "round")
    chat.clock.now = berlin(1, 10)
    assert due(chat, only="round") == []
    chat.clock.now = berlin(6, 9)
    assert due(chat, only="round") == []
    assert (current(chat).state, current(chat).local_time) == ("planned", "2027-05-04T09:00:00")
    assert chat.say(MIA, "round now") == (
        "A round needs at least 4 members who take part; at the moment there are 3."
    )


def test_a_bot_that_was_away_draws_late_or_next_month(village: Chat) -> None:
    """A day late is better than not at all; a month late is another round."""
    village.say(MIA, "round")
    village.clock.now = berlin(7, 20)
    due(village, only="round")
    assert current(village).state == "drawing"
    village.say(MIA, "round off")
    village.say(MIA, "round on")
    assert current(village).local_time == "2027-05-04T09:00:00"
    village.clock.now = datetime(2027, 5, 20, 9, 0, tzinfo=UTC)
    due(village, only="round")
    assert (current(village).state, current(village).local_time) == ("planned", "2027-06-01T09:00:00")


def test_who_was_told_a_day_hears_that_it_is_another(village: Chat) -> None:
    """When too few are left on that day, at once; and of the new day again some days before."""
    village.say(MIA, "round")
    village.clock.now = berlin(1, 10)
    assert "On Tuesday, 6 April 2027 I bring members together" in told(due(village, only="round"))
    for user in (user for user in taking_part(village) if user not in (ADA, BEN, MIA)):
        with village.database.write(f"leaves {user}") as tx:
            rooms.keep_member(tx, HUB, user, "leave", "Gone")
    village.clock.now = berlin(6, 9)
    moved = "[!hub:test.localhost]\nThe next round is on Tuesday, 4 May 2027, not on Tuesday, 6 April 2027."
    assert told(due(village, only="round")) == moved
    fill(village, 7)
    village.clock.now = berlin(29, 10)
    assert "On Tuesday, 4 May 2027 I bring members together" in told(due(village, only="round"))


def test_a_chain_that_broke_is_taken_up_at_night(village: Chat) -> None:
    """Whoever has not been asked is asked then, and nobody twice."""
    begin(village)
    village.clock.forward(seconds=1)
    with village.database.write("broken") as tx:
        row = schedule.claim(tx)
        assert row
        schedule.finish(tx, row, "failed")
    village.clock.forward(hours=17)
    assert due(village, only="round") == []
    with village.database.write("night") as tx:
        load().jobs["plan_rounds"].run(tx, village.network, {})
    to_the_end(village)
    assert sorted(user for people in introduced(village) for user in people) == sorted(taking_part(village))


def test_only_moderators_set_rounds(village: Chat) -> None:
    """Others see when the next is; who is no member learns how to become one."""
    for command in ("round next 2027-05-11", "round preview", "round now", "round off", "round on"):
        assert "moderator" in village.say(ADA, command)
    assert current(village).local_time == "2027-04-06T09:00:00" if has_round(village) else True
    with village.database.write("guest") as tx:
        rooms.keep_member(tx, HUB, OUT, "join", "Out")
    assert "register" in village.say(OUT, "round")


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("round next 2027-03-01", "Monday, 1 March 2027 has come already."),
        ("round next 2029-03-01", "Thursday, 1 March 2029 is more than a year away."),
        ("round next someday", "I don't know what day “someday” is."),
        ("round now please", "I don't know what to do with “please”."),
    ],
)
def test_what_can_be_no_round_is_refused_with_what_to_do(village: Chat, typed: str, answer: str) -> None:
    """Nothing has changed then."""
    assert answer in village.in_hub(MIA, f"!{typed}")


def test_a_round_is_not_begun_without_asking(village: Chat) -> None:
    """And a no leaves everything as it was."""
    assert "10 members would be asked" in village.say(MIA, "round now")
    assert village.say(MIA, "no") == "All right, no round now."
    assert current(village).state == "planned"
    village.say(MIA, "round now")
    village.say(MIA, "round off")
    assert "10 members" in village.say(MIA, "round now")


def test_a_round_that_is_stopped_asks_nobody_else(village: Chat) -> None:
    """Whoever has been asked stays asked; there is no next round until moderators want one."""
    begin(village)
    village.clock.forward(seconds=1)
    with village.database.write("first") as tx:
        row = rounds.get(tx, 1)
        assert row
        service.ask(tx, village.network, row, rounds.next_groups(tx, 1, 0, 1)[0])
    assert "no more rounds" in village.say(MIA, "round off")
    village.clock.forward(days=1)
    due(village, only="round")
    assert len(introduced(village)) == 1
    assert current(village).state == "off"


def test_what_is_stopped_while_it_is_drawn_comes_to_nothing(village: Chat) -> None:
    """The hub hears of it if it had been told; a preview can be had again."""
    village.say(MIA, "round")
    village.clock.now = berlin(1, 10)
    due(village, only="round")
    village.clock.now = berlin(6, 9)
    due(village, only="round")
    wanted = find(village.database, village.network)
    assert wanted
    outcome = draw.outcome(village.database, 1, HUB)
    assert "The round on Tuesday, 6 April 2027 does not take place." in village.in_hub(MIA, "!round off")
    keep(village.database, village.network, wanted, outcome)
    village.clock.forward(seconds=5)
    due(village)
    assert introduced(village) == []
    village.say(MIA, "round preview")
    assert "10 members would take part" in told(work_out(village))


def test_a_group_that_goes_wrong_does_not_keep_the_others_waiting(
    village: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who was in it comes first next time."""
    begin(village)
    with village.reading() as tx:
        groups = [[place.user_id for place in group] for group in rounds.next_groups(tx, 1, 0, 10)]
    ask = service.ask

    def fails_for_one(tx, network, row, places):  # type: ignore[no-untyped-def]
        ask(tx, network, row, places)
        if places[0].user_id == groups[1][0]:
            raise RuntimeError

    monkeypatch.setattr(service, "ask", fails_for_one)
    to_the_end(village)
    assert [set(people) for people in introduced(village)] == [
        set(group) for group in groups if group != groups[1]
    ]
    with village.reading() as tx:
        assert set(rounds.waited(tx, 2)) == set(groups[1])


def test_a_file_of_ones_data_tells_of_the_rounds_and_not_of_the_others(village: Chat) -> None:
    """And whoever is forgotten is in no round any more."""
    village.say(MIA, "round preview")
    begin(village)
    to_the_end(village)
    village.say(ADA, "mydata")
    held = json.loads(village.files[0].data or b"")
    place = held["round_place"][0]
    assert set(place) == {"round", "value", "reason"}
    assert place["round"] == "2027-04-06T09:00:00"
    village.say(ADA, "forgetme")
    village.say(ADA, "yes, delete")
    with village.reading() as tx:
        assert rounds.places_of(tx, ADA) == []


# --- steps


def begin(chat: Chat) -> None:
    """Come to the day of the round and draw it; nobody has been asked yet."""
    chat.say(MIA, "round")
    chat.clock.now = berlin(6, 9)
    due(chat, only="round")
    work_out(chat)


def agree(chat: Chat) -> None:
    """Let Ada and whom she was put together with say yes."""
    with chat.database.write("yes") as tx:
        row = next(row for row, _ in matching.introductions_of(tx, ADA))
        for person in matching.introduced(tx, row):
            introductions.accept(tx, chat.network, row, person)


def introduced(chat: Chat) -> list[list[str]]:
    """Who was introduced to whom."""
    with chat.reading() as tx:
        numbers = sorted({number for number, *_ in matching.proposed_pairs(tx)})
        rows = [matching.introduction(tx, number) for number in numbers]
        return [[one.user_id for one in matching.introduced(tx, row)] for row in rows if row]


def taking_part(chat: Chat) -> list[str]:
    """Everyone who takes part."""
    with chat.reading() as tx:
        return [one.member.user_id for one in rounds.taking_part(tx, HUB)]


def has_round(chat: Chat) -> bool:
    """Whether any round is planned."""
    with chat.reading() as tx:
        return rounds.latest(tx) is not None


def test_two_moderators_both_read_the_preview(village: Chat) -> None:
    """Each in their own chat, however often they ask."""
    with village.database.write("moderators") as tx:
        hub = rooms.get(tx, HUB)
        assert hub
        hub.power_levels = {"users": {MIA: 50, BEN: 50}}
        tx.session.add(hub)
    for user in (MIA, BEN, MIA):
        village.say(user, "round preview")
    said = told(work_out(village))
    assert said.count("10 members would take part") == 2
    assert f"[{village.dm(BEN)}]" in said


def test_who_was_not_asked_before_a_round_was_stopped_comes_first_next_time(village: Chat) -> None:
    """And the hub, which knew of the round, hears that it is stopped."""
    village.say(MIA, "round")
    village.clock.now = berlin(1, 10)
    due(village, only="round")
    village.clock.now = berlin(6, 9)
    due(village, only="round")
    work_out(village)
    with village.database.write("first") as tx:
        row = rounds.get(tx, 1)
        assert row
        first = rounds.next_groups(tx, 1, 0, 1)[0]
        asked = {place.user_id for place in first}
        service.ask(tx, village.network, row, first)
    assert "The round of 6 April 2027 has been stopped." in village.in_hub(MIA, "!round off")
    with village.reading() as tx:
        assert set(rounds.waited(tx, 2)) == {place.user_id for place in rounds.places(tx, 1)} - asked


def test_a_round_knows_where_people_live(village: Chat) -> None:
    """Of who never said so, it knows nothing."""
    village.say(ADA, "timezone Asia/Tokyo")
    with village.database.write("look") as tx:
        peers, _, _ = service.everyone(tx, HUB, service.current(tx, village.network))
    zones = {one.user_id: one.zone for one in peers}
    assert zones[ADA] == "Asia/Tokyo"
    assert "" in zones.values()
