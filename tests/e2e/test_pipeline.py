"""The whole way through a real homeserver: heard, journaled, carried out, answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tests.e2e.conftest import Arrive
from tests.e2e.living import LivingBot

Bring = Callable[..., Awaitable[LivingBot]]


async def test_a_command_in_a_room_is_answered_in_reply(arrive: Arrive, living: Bring) -> None:
    """`!ping` is answered once, with `pong`, as a notice that pings nobody."""
    ada = await arrive("ada")
    bot = await living(ada)
    await bot.start()
    asked = await ada.say(bot.hub_room, "!ping")
    answer = await ada.answer(bot.hub_room, asked)
    assert answer["content"]["body"] == "pong"
    assert answer["content"]["msgtype"] == "m.notice"
    assert answer["content"]["m.mentions"] == {}


async def test_an_invitation_to_a_direct_chat_is_accepted_and_needs_no_prefix(
    arrive: Arrive, living: Bring
) -> None:
    """In a direct chat a bare word is a command, even one that was said before the bot came in."""
    ada = await arrive("ada")
    bot = await living(ada)
    room_id = await ada.direct(bot.user_id)
    asked = await ada.say(room_id, "ping")
    await bot.start()
    answer = await ada.answer(room_id, asked)
    assert answer["content"]["body"] == "pong"
