"""The whole life of a practice at a real homeserver, in two languages, as people read it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import pytest

from bot.matrix.gateway import Json
from tests import golden
from tests.commands.practices.files.pictures import JPEG
from tests.e2e.conftest import Arrive, Person
from tests.e2e.living import LivingBot
from tests.e2e.test_crash import SHARE, Bring, make_moderator
from tests.e2e.test_files import send
from tests.e2e.test_review import BACK, TICK

THUMB = "\N{THUMBS UP SIGN}"
REGISTER = """register
Name: {name}
Organisation: International Office
Kind: City
City: {city}
Country: {country}
Languages: English, German
Themes: Climate adaptation, Twinning
Consent: yes, I agree"""
SHORT = """übersetzen 1 de
Titel: Regengärten statt Bordsteine
Zusammenfassung: Kleine bepflanzte Mulden an der Straße nehmen Starkregen auf."""


@dataclass
class Stage:
    """The people and their rooms, and everything that was said and read there, in its order."""

    bot: LivingBot
    people: dict[str, Person]
    rooms: dict[str, str]
    lines: list[str] = field(default_factory=list)

    async def say(self, name: str, words: str, *, room: str = "", under: Json | None = None) -> Json:
        """Let someone say something, in their direct chat unless a room is named; returns the answer."""
        place = self.rooms[room or name]
        self._write(name, room, words)
        person = self.people[name]
        reply_to = under["event_id"] if under else None
        said = await person.say(place, words, reply_to=reply_to)
        return self._read(room or name, await person.answer(place, said))

    async def tap(self, name: str, under: Json, emoji: str, *, room: str = "") -> None:
        """Let someone react to a message."""
        self._write(name, room, f"taps {emoji}")
        await self.people[name].react(self.rooms[room or name], under["event_id"], emoji)

    async def reads(self, name: str, words: str, *, room: str = "") -> Json:
        """What the bot says next to someone of its own accord that has these words in it."""
        place = self.rooms[room or name]

        def wanted(event: Json) -> bool:
            body = event["content"].get("body")
            return event["sender"] == self.bot.user_id and isinstance(body, str) and words in body

        return self._read(room or name, await self.people[name].hear(place, wanted))

    async def send(self, name: str, file: str, data: bytes, *, under: Json) -> None:
        """Let someone send a picture in reply to a message."""
        self._write(name, "", f"sends {file}")
        await send(self.people[name], self.rooms[name], file, data, under=under["event_id"], encrypted=False)

    def _write(self, name: str, room: str, words: str) -> None:
        where = f"{name}, in {room}" if room else name
        self.lines.append(f"--- {where}\n{words}")

    def _read(self, where: str, event: Json) -> Json:
        self.lines.append(f"--- Proxenos to {where}\n{event['content']['body']}")
        return event

    def transcript(self) -> str:
        """All of it, without what is different each time: the numbers of accounts, and moments."""
        text = re.sub(r"-e2e\d+", "", "\n\n".join(self.lines))
        return re.sub(r"· [^·\n]*\d\d:\d\d[^(\n]*\(", "· MOMENT (", text)


@pytest.mark.synapse
async def test_the_whole_life_of_a_practice(arrive: Arrive, living: Bring) -> None:
    """Shared, returned, approved, translated, illustrated, pinned, taken over, asked about, archived."""
    ada, ben, cleo, mia = [await arrive(name) for name in ("ada", "ben", "cleo", "mia")]
    bot = await living(ada, ben, cleo, mia, review=True)
    await make_moderator(bot, mia)
    gateway = await bot.visit()
    bot.review_room = await gateway.create_room({"preset": "private_chat", "invite": [mia.user_id]})
    await gateway.close()
    await mia.gateway.join(bot.review_room)
    people = {"Ada": ada, "Ben": ben, "Cleo": cleo, "Mia": mia}
    rooms = {name: await person.direct(bot.user_id) for name, person in people.items()}
    stage = Stage(bot, people, rooms | {"the moderators' room": bot.review_room, "the lobby": bot.hub_room})
    await bot.start()
    await bot.ready()

    homes = {"Ada": ("Freiburg", "DE"), "Ben": ("Wien", "AT"), "Cleo": ("Linz", "AT")}
    for name, (city, country) in homes.items():
        await stage.say(name, REGISTER.format(name=name, city=city, country=country))
    for name in ("Ben", "Cleo"):
        await stage.say(name, "sprache deutsch")

    await stage.say("Ada", SHARE.removeprefix("!"))
    card = await stage.reads("Mia", "Rain gardens", room="the moderators' room")
    await stage.tap("Mia", card, BACK, room="the moderators' room")
    question = await stage.reads("Mia", "What should change", room="the moderators' room")
    await stage.say("Mia", "Please say what it cost.", room="the moderators' room", under=question)
    await stage.reads("Ada", "what it cost")
    await stage.say("Ada", f"author add 1 {ben.user_id}")
    await stage.reads("Ben", "Rain gardens")
    await stage.say("Ben", "bearbeiten 1 ressourcen 400 € je Mulde")
    await stage.reads("Ada", "has changed")
    await stage.say("Ada", "submit 1")
    again = await stage.reads("Mia", "Rain gardens", room="the moderators' room")
    await stage.tap("Mia", again, TICK, room="the moderators' room")
    await stage.reads("Ada", "Rain gardens")

    await stage.say("Ben", SHORT)
    await stage.say("Cleo", "regengärten")
    view = await stage.say("Ada", "practice 1")
    await stage.send("Ada", "basin.jpg", JPEG, under=view)
    await stage.reads("Ada", "now belongs to")
    await stage.say("Mia", "!pin 1 easy to repeat", room="the lobby")
    await stage.reads("Ada", "curated")

    await stage.say("Cleo", "übernehmen 1 geplant")
    await stage.reads("Ada", "Linz")
    await stage.say("Cleo", "danke 1")
    await stage.reads("Ada", "Rain gardens")
    await stage.say("Cleo", "fragen 1 Wer jätet?")
    asked = await stage.reads("Ada", "Wer jätet?")
    thanks = await stage.say("Ada", "The neighbours do.", under=asked)
    brought = await stage.reads("Cleo", "The neighbours do.")
    await stage.tap("Cleo", brought, THUMB)
    await stage.reads("Cleo", "Rain gardens")
    await stage.say("Ada", "yes", under=thanks)
    await stage.say("Cleo", "übernehmen 1 erledigt")
    await stage.reads("Ada", "Linz")
    await stage.say("Cleo", "ergebnis 1 Zwölf Mulden, keine nassen Keller mehr.")
    await stage.reads("Ada", "keine nassen Keller")
    await stage.say("Cleo", "praxis 1")
    await stage.say("Cleo", "mehr")
    await stage.say("Ada", "history 1")
    await stage.say("Ben", "verlauf 1")
    await stage.say("Ada", "archive 1 the street is rebuilt again")
    await stage.say("Cleo", "regengärten")

    golden.check("e2e/life.txt", stage.transcript())
