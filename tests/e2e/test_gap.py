"""What was said while the bot was away is answered, all of it, once, and in its order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from storage import inbox, outbox
from tests.e2e.conftest import PATIENCE, Arrive, Person
from tests.e2e.living import LivingBot

Bring = Callable[..., Awaitable[LivingBot]]


async def answered(person: Person, room_id: str, bot: LivingBot) -> list[str]:
    """The events that the bot answered in a room, in the order of its answers."""
    return [
        message["content"]["m.relates_to"]["m.in_reply_to"]["event_id"]
        for message in await person.messages(room_id)
        if message["sender"] == bot.user_id and "m.relates_to" in message["content"]
    ]


async def at_rest(bot: LivingBot, *last: str) -> None:
    """Wait until the bot has heard these events and has nothing left to do."""
    async with asyncio.timeout(PATIENCE):
        while True:
            with bot.database.read() as tx:
                heard = all(inbox.find(tx, event_id) for event_id in last)
                if heard and not inbox.waiting_rooms(tx) and not outbox.waiting_lanes(tx):
                    return
            await asyncio.sleep(0.02)


@pytest.mark.synapse
async def test_a_hundred_and_fifty_commands_while_the_bot_was_down(arrive: Arrive, living: Bring) -> None:
    """In one room, a few in another, and many in one that the bot was invited to meanwhile."""
    ada, ben = await arrive("ada"), await arrive("ben")
    bot = await living(ada, ben)
    await bot.start()
    first = await ada.say(bot.hub_room, "!ping")
    await at_rest(bot, first)
    await bot.stop()

    other = await ada.direct(bot.user_id)
    in_the_lobby = [first]
    for number in range(150):
        in_the_lobby.append(await ada.say(bot.hub_room, "!ping"))
        if number % 3 == 0:
            await ben.say(bot.hub_room, f"just talking {number}")
    in_the_chat = [await ada.say(other, "ping") for _ in range(5)]
    new = await ben.gateway.create_room({"preset": "private_chat"})
    before = [await ben.say(new, "!ping") for _ in range(5)]
    await ben.gateway.invite(new, bot.user_id)
    in_the_new_room = [await ben.say(new, "!ping") for _ in range(110)]

    await bot.start()
    await at_rest(bot, in_the_lobby[-1], in_the_chat[-1], in_the_new_room[-1])
    assert await answered(ada, bot.hub_room, bot) == in_the_lobby
    assert await answered(ada, other, bot) == in_the_chat
    assert await answered(ben, new, bot) == in_the_new_room
    assert not set(before) & set(await answered(ben, new, bot))
    await bot.stop()


@pytest.mark.synapse
async def test_moderators_are_those_of_the_rooms_real_state(arrive: Arrive, living: Bring) -> None:
    """The creator of a room of version 12 stands above all levels; others need 50, and changes count at once,
    also those made while the bot was away."""
    ada, mia = await arrive("ada"), await arrive("mia")
    bot = await living()
    hub = await mia.gateway.create_room(
        {"preset": "private_chat", "invite": [bot.user_id, ada.user_id], "room_version": "12"}
    )
    await ada.gateway.join(hub)
    bot.hub_room = hub
    await bot.start()

    async def may(person: Person) -> bool:
        asked = await person.say(hub, "!pin 1 because it is good")
        answer = await person.answer(hub, asked)
        return "moderator" not in answer["content"]["body"].casefold()

    assert await may(mia)
    assert not await may(ada)
    await bot.stop()
    levels = await mia.gateway.state_event(hub, "m.room.power_levels") or {}
    await mia.gateway.put_state(hub, "m.room.power_levels", {**levels, "users": {ada.user_id: 50}})
    for _ in range(120):  # so that the change lies before what the next sync shows
        await mia.say(hub, "hello")
    await bot.start()
    assert await may(ada)
