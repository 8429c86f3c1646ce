"""From what people offer and need to what they took home, at a real homeserver, as they read it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from icalendar import Calendar

from bot.matrix.gateway import Json
from commands.matching.meeting.service import room_of
from storage import matching
from storage.database import utc_now
from tests import golden
from tests.commands.matching.people import FORMS
from tests.e2e.conftest import Arrive, Person
from tests.e2e.test_crash import Bring, killed_at
from tests.e2e.test_life import Stage
from tests.transcript import ADA, BEN

TICK, CROSS = "\N{WHITE HEAVY CHECK MARK}", "\N{CROSS MARK}"
CLEO = """\
registrieren
Name: Cleo Moser
Organisation: Magistrat
Art: Stadt
Stadt: Linz
Land: Österreich
Sprachen: Deutsch, Englisch
Themen: Klimaanpassung, Wohnen
Angebote: Wohnen: Baugruppen begleiten
Gesuche: Klimaanpassung: Trinkbrunnen
Einwilligung: ja"""


def keycap(number: int) -> str:
    return f"{number}\N{VARIATION SELECTOR-16}\N{COMBINING ENCLOSING KEYCAP}"


def until_a_working_day() -> timedelta:
    """How long it takes until a Monday or Tuesday morning: two days later people work, too."""
    day = utc_now().replace(hour=9, minute=30, second=0, microsecond=0)
    while day < utc_now() or day.weekday() > 1:
        day += timedelta(days=1)
    return day - utc_now()


def number_of(name: str, listed: Json) -> str:
    """The number of somebody in the list of `match`."""
    found = re.search(rf"(\d)\. {name}", listed["content"]["body"])
    assert found
    return found[1]


async def join_the_only_room(person: Person) -> str:
    """Accept the one invitation there is."""
    invitations = await person.invitations()
    assert len(invitations) == 1
    await person.gateway.join(invitations[0])
    return invitations[0]


def without_moments(text: str) -> str:
    """A transcript in which no day and no hour is said."""
    text = re.sub(r"\w+, \d{1,2}\.? \w+ \d{4}, \d\d:\d\d(?: Uhr)?", "MOMENT", text)
    return re.sub(r"\d{1,2}\.? \w+ \d{4}", "DAY", text)


@pytest.mark.synapse
async def test_from_a_need_to_what_came_of_it(arrive: Arrive, living: Bring) -> None:
    """A block, a decline, an acceptance with kills before and after the room is made, an hour, a nudge, and
    the questions afterwards; there is one room, with both in it."""
    ada, ben, cleo = [await arrive(name) for name in ("ada", "ben", "cleo")]
    bot = await living(ada, ben, cleo, gap_max_age=timedelta(days=60))
    people = {"Ada": ada, "Ben": ben, "Cleo": cleo}
    stage = Stage(bot, people, {name: await one.direct(bot.user_id) for name, one in people.items()})
    begin = until_a_working_day()
    await bot.start(later=begin)
    await bot.ready()
    await stage.say("Ada", FORMS[ADA].removeprefix("!"))
    await stage.say("Ben", FORMS[BEN].removeprefix("!"))
    await stage.say("Cleo", CLEO)
    for name in ("Ben", "Cleo"):
        await stage.say(name, "sprache deutsch")

    listed = await stage.say("Ada", "match")
    await stage.say("Ada", f"introduce {number_of('Ben', listed)}")
    await stage.reads("Ben", "kennenlernen: Ada")

    theirs = await stage.say("Cleo", "wer passt")
    await stage.say("Cleo", f"vorstellen {number_of('Ben', theirs)}")
    await stage.reads("Ben", "kennenlernen: Cleo")
    await stage.say("Ben", "blockieren Cleo")
    await stage.reads("Cleo", "passt es leider nicht: Ben")

    await stage.say("Ada", f"introduce {number_of('Cleo', listed)}")
    await stage.tap("Cleo", await stage.reads("Cleo", "kennenlernen: Ada"), CROSS)
    declined = await stage.reads("Cleo", "Das ist in Ordnung.")
    await stage.reads("Ada", "does not work out at the moment: Cleo")
    await stage.tap("Cleo", declined, keycap(3))
    await stage.reads("Cleo", "das merke ich mir")

    await bot.stop()
    said = await ben.say(stage.rooms["Ben"], "annehmen 1")
    await killed_at(bot, "before create_room", 1)
    await killed_at(bot, "after create_room", 1)
    await bot.start(later=begin + timedelta(minutes=5))
    stage.lines.append("--- Ben\nannehmen 1 (the program is killed twice)")
    stage._read("Ben", await ben.answer(stage.rooms["Ben"], said))
    await stage.reads("Ada", "you have both agreed")
    together = {await join_the_only_room(one) for one in (ada, ben)}
    assert len(together) == 1
    stage.rooms["their room"] = room_id = together.pop()
    # They are in it a moment before the bot has taken down that it is there, without which nothing is said.
    await bot.until(
        lambda tx: (row := matching.introduction(tx, 1)) is not None and room_of(tx, row) == room_id
    )
    bot.later += timedelta(minutes=5)  # it is looked for after a minute, and after two more
    english = await stage.reads("Ada", "Welcome", room="their room")
    german = await stage.reads("Ben", "Willkommen", room="their room")

    bot.later = begin + timedelta(hours=50)
    await stage.reads("Ada", "still quiet here", room="their room")
    await stage.reads("Ben", "noch still", room="their room")
    await stage.tap("Ada", english, keycap(3), room="their room")
    await stage.tap("Ben", german, keycap(3), room="their room")
    await stage.reads("Ada", "Agreed", room="their room")
    files = [await calendar_file(one, stage.rooms["their room"], bot.user_id) for one in (ada, ben)]
    assert files[0] == files[1]
    stage.lines.append(f"--- the file\n{files[0]}")

    bot.later = begin + timedelta(days=21)
    await stage.tap("Ada", await stage.reads("Ada", "Have you met"), TICK)
    await stage.tap("Ada", await stage.reads("Ada", "take home"), keycap(1))
    await stage.reads("Ada", "Thank you")
    asked = await stage.reads("Ben", "Haben Sie sich getroffen")
    took = await stage.say("Ben", "ja", under=asked)
    await stage.say("Ben", "Wie Lyon seine Genossenschaften anspricht.", under=took)
    await stage.say("Ada", "meetings")
    await stage.say("Ben", "begegnungen")

    assert [await one.invitations() for one in (ada, ben)] == [[], []]
    golden.check("e2e/meeting.txt", without_moments(stage.transcript()))


async def calendar_file(person: Person, room_id: str, bot: str) -> str:
    """The event in the only calendar file of a room, as a calendar reads it."""

    def wanted(event: Json) -> bool:
        return bool(event["sender"] == bot and event["content"].get("msgtype") == "m.file")

    file = await person.hear(room_id, wanted)
    every = [event["event_id"] for event in await person.messages(room_id) if wanted(event)]
    assert every == [file["event_id"]]
    assert file["content"]["info"]["mimetype"] == "text/calendar"
    data = await person.gateway.download(file["content"]["url"], limit=100_000)
    event = Calendar.from_ical(data).events[0]
    start = event.decoded("dtstart")
    assert isinstance(start, datetime)
    assert start.weekday() < 5
    return f"{event['summary']} at {start:%H:%M} {start.tzinfo}, sequence {event['sequence']}"
