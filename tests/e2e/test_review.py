"""A practice on its way to its readers, at a real homeserver, by taps and replies; whoever dies meanwhile."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest

from bot.matrix.gateway import Json
from storage import inbox, outbox, practices
from tests.e2e.conftest import PATIENCE, Arrive, Person
from tests.e2e.living import LivingBot
from tests.e2e.test_crash import REGISTER, SHARE, Bring, killed_at, make_moderator

TICK, BACK = "\N{WHITE HEAVY CHECK MARK}", "\N{LEFTWARDS ARROW WITH HOOK}\N{VARIATION SELECTOR-16}"
TITLE = "#1 Rain gardens instead of kerbs"


@dataclass
class Network:
    """Ada and Ben in the lobby, each with a direct chat with the bot; Mia moderates, in a room of her own."""

    ada: Person
    ben: Person
    mia: Person
    bot: LivingBot
    adas: str
    bens: str
    moderators: str

    @classmethod
    async def begin(cls, arrive: Arrive, living: Bring) -> Network:
        """Let everybody be there, Ada and Ben as members; the bot has stopped again."""
        ada, ben, mia = [await arrive(name) for name in ("ada", "ben", "mia")]
        bot = await living(ada, ben, mia, review=True)
        await make_moderator(bot, mia)
        gateway = await bot.visit()
        bot.review_room = await gateway.create_room({"preset": "private_chat", "invite": [mia.user_id]})
        await gateway.close()
        await mia.gateway.join(bot.review_room)
        adas, bens = [await person.direct(bot.user_id) for person in (ada, ben)]
        network = cls(ada, ben, mia, bot, adas, bens, bot.review_room)
        await bot.start()
        for person, chat in ((ada, adas), (ben, bens)):
            await person.answer(chat, await person.say(chat, REGISTER))
        await network.at_rest()
        await bot.stop()
        return network

    async def at_rest(self, *asked: str) -> None:
        """Wait until the bot has dealt with what was said, and said all that it has to say."""
        async with asyncio.timeout(PATIENCE):
            while True:
                with self.bot.database.read() as tx:
                    heard = all(inbox.find(tx, event_id) for event_id in asked)
                    if heard and not (inbox.waiting_rooms(tx) or outbox.waiting_lanes(tx)):
                        return
                await asyncio.sleep(0.02)

    async def says(self, words: str, room: str) -> Json:
        """What the bot says next in a room that begins like this."""
        people = {self.adas: self.ada, self.bens: self.ben, self.moderators: self.mia}
        return await people[room].hear(room, lambda event: self._said(event, words))

    async def said(self, words: str, room: str) -> list[Json]:
        """Everything that the bot has ever said in a room that begins like this."""
        people = {self.adas: self.ada, self.bens: self.ben, self.moderators: self.mia}
        return [event for event in await people[room].history(room) if self._said(event, words)]

    def _said(self, event: Json, words: str) -> bool:
        body = event["content"].get("body")
        return (
            event["sender"] == self.bot.user_id
            and isinstance(body, str)
            and body.removeprefix("* ").startswith(words)
        )

    def steps(self) -> list[tuple[str, str | None]]:
        """The steps of practice #1 and who took them."""
        with self.bot.database.read() as tx:
            return [(step.status, step.by) for step in practices.steps(tx, 1)]


@pytest.mark.synapse
async def test_from_the_author_to_the_readers(arrive: Arrive, living: Bring) -> None:
    """Shared in English, returned with a tap and a reply, changed, submitted, approved, read in German."""
    network = await Network.begin(arrive, living)
    ada, ben, mia = network.ada, network.ben, network.mia
    await network.bot.start()
    shared = await ada.say(network.adas, SHARE)
    assert f"{TITLE} is submitted" in (await ada.answer(network.adas, shared))["content"]["body"]
    card = await network.says(f"Submitted: {TITLE}", network.moderators)
    ignored = await ada.say(network.adas, "practice 1")
    assert "Status: submitted" in (await ada.answer(network.adas, ignored))["content"]["body"]
    hidden = await ben.say(network.bens, "practice 1")
    assert "There is no practice" in (await ben.answer(network.bens, hidden))["content"]["body"]

    await mia.react(network.moderators, card["event_id"], BACK)
    question = await network.says("What should change", network.moderators)
    await mia.say(network.moderators, "Please say what it cost.", reply_to=question["event_id"])
    letter = await network.says("mia", network.adas)
    assert "> Please say what it cost." in letter["content"]["body"]
    await network.says(f"\N{LEFTWARDS ARROW WITH HOOK}\N{VARIATION SELECTOR-16} {TITLE}", network.moderators)

    edit = await ada.say(network.adas, "edit 1 resources 400 € a basin")
    assert "is changed" in (await ada.answer(network.adas, edit))["content"]["body"]
    await ada.say(network.adas, "submit 1")
    again = await network.says(f"Submitted: {TITLE}", network.moderators)
    await mia.react(network.moderators, again["event_id"], TICK)
    await network.says(f"{TICK} {TITLE} was approved", network.moderators)
    await network.says(f"Good news: {TITLE}", network.adas)
    german = await ben.say(network.bens, "sprache deutsch")
    await ben.answer(network.bens, german)
    found = await ben.say(network.bens, "suche Regengärten")
    assert TITLE in (await ben.answer(network.bens, found))["content"]["body"]
    history = await ben.say(network.bens, "verlauf 1")
    body = (await ben.answer(network.bens, history))["content"]["body"]
    assert "Veröffentlicht" in body
    assert "Please say what it cost" not in body


APPROVING = [
    ("journaling", 1),
    ("journaled", 1),
    ("carrying out", 1),
    ("carried out", 1),
    ("before send_event", 1),
    ("after send_event", 1),
    ("before send_event", 2),
    ("after send_event", 2),
    ("marking", 1),
    ("marked", 1),
]


@pytest.mark.synapse
@pytest.mark.parametrize(("moment", "count"), APPROVING, ids=[f"{m} {n}" for m, n in APPROVING])
async def test_killed_while_approving(arrive: Arrive, living: Bring, moment: str, count: int) -> None:
    """Published once, told once, and the card says so once, wherever between the tap and the end it dies."""
    network = await Network.begin(arrive, living)
    await network.bot.start()
    await network.ada.say(network.adas, SHARE)
    card = await network.says(f"Submitted: {TITLE}", network.moderators)
    await network.at_rest()
    await network.bot.stop()
    tapped = await network.mia.react(network.moderators, card["event_id"], TICK)
    await killed_at(network.bot, moment, count)
    await network.bot.start()
    await network.at_rest(tapped)
    await approved_once(network)


SUBMITTING = [
    ("carried out", 1),
    *((f"{when} send_event", count) for count in (1, 2, 3, 4) for when in ("before", "after")),
    ("marking", 1),
    ("marked", 1),
]


@pytest.mark.synapse
@pytest.mark.parametrize(("moment", "count"), SUBMITTING, ids=[f"{m} {n}" for m, n in SUBMITTING])
async def test_killed_while_submitting_and_tapped_at_once(
    arrive: Arrive, living: Bring, moment: str, count: int
) -> None:
    """Who sees the card before the bot knows that it was sent may tap it already."""
    network = await Network.begin(arrive, living)
    await network.ada.say(network.adas, SHARE)
    await killed_at(network.bot, moment, count)
    seen = await network.said(f"Submitted: {TITLE}", network.moderators)
    tapped = [await network.mia.react(network.moderators, card["event_id"], TICK) for card in seen]
    await network.bot.start()
    if not tapped:
        card = await network.says(f"Submitted: {TITLE}", network.moderators)
        tapped = [await network.mia.react(network.moderators, card["event_id"], TICK)]
    await network.at_rest(*tapped)
    await approved_once(network)


async def approved_once(network: Network) -> None:
    """Look at what everybody can see."""
    assert network.steps() == [("submitted", network.ada.user_id), ("published", network.mia.user_id)]
    # Each edit is an event of its own beside the message that it changes.
    assert len(await network.said(f"Submitted: {TITLE}", network.moderators)) == 1
    assert len(await network.said(f"{TICK} {TITLE} was approved", network.moderators)) == 1
    assert len(await network.said(f"Thank you! {TITLE} is submitted", network.adas)) == 1
    assert len(await network.said(f"Good news: {TITLE}", network.adas)) == 1
    with network.bot.database.read() as tx:
        assert outbox.dead_letters(tx) == []
