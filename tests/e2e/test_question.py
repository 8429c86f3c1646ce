"""Questions at a real homeserver: on a practice, with a restart in between, and to the whole network."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import Arrive
from tests.e2e.test_crash import REGISTER, SHARE, Bring

TITLE = "#1 Rain gardens instead of kerbs"


@pytest.mark.synapse
async def test_there_and_back(arrive: Arrive, living: Bring) -> None:
    """Asked in one direct chat, answered by a reply in another, agreed to with a tap and a word."""
    ada, ben = await arrive("ada"), await arrive("ben")
    bot = await living(ada, ben)
    adas, bens = await ada.direct(bot.user_id), await ben.direct(bot.user_id)
    await bot.start()
    for person, chat in ((ada, adas), (ben, bens)):
        await person.answer(chat, await person.say(chat, REGISTER))
    await ada.answer(adas, await ada.say(adas, SHARE))

    asked = await ben.say(bens, "ask 1 Who weeds them?")
    told = await ada.hear(adas, lambda event: "> Who weeds them?" in event["content"].get("body", ""))
    assert f"has a question on {TITLE}" in told["content"]["body"]
    await bot.stop()
    answered = await ada.say(adas, "The neighbours do.", reply_to=told["event_id"])
    await bot.start()
    thanks = await ada.answer(adas, answered)
    assert thanks["content"]["body"].startswith("Thank you! Your answer")
    brought = await ben.hear(bens, lambda event: "The neighbours do." in event["content"].get("body", ""))
    assert brought["content"]["m.relates_to"]["m.in_reply_to"]["event_id"] == asked

    await ben.react(bens, brought["event_id"], "\N{THUMBS UP SIGN}")
    await ben.answer(bens, brought["event_id"])
    agreed = await ada.say(adas, "yes", reply_to=thanks["event_id"])
    assert f"now stand with {TITLE}" in (await ada.answer(adas, agreed))["content"]["body"]
    pages = [await ben.answer(bens, await ben.say(bens, "practice 1"))]
    while "to go on." in pages[-1]["content"]["body"]:
        pages.append(await ben.answer(bens, await ben.say(bens, "more")))
    assert "The neighbours do." in "\n".join(page["content"]["body"] for page in pages)
    for person, chat, words in ((ada, adas, "> Who weeds them?"), (ben, bens, "has answered your question")):
        said = [event for event in await person.messages(chat) if words in event["content"].get("body", "")]
        assert len(said) == 1

    # To the network: open to all, so that nobody's working hours have to be waited for.
    asked = await ben.say(bens, "ask How do you pay for rain gardens in old streets?")
    await ben.answer(bens, asked)
    await ben.answer(bens, await ben.say(bens, "climate adaptation"))
    sent = await ben.answer(bens, await ben.say(bens, "1"))
    await ben.react(bens, sent["event_id"], "\N{THUMBS UP SIGN}")
    await ben.answer(bens, sent["event_id"])
    await ada.answer(adas, await ada.say(adas, "answer 1 The water board pays half."))
    brought = await ben.hear(bens, lambda event: "> The water board" in event["content"].get("body", ""))
    relation = brought["content"]["m.relates_to"]
    assert (relation["rel_type"], relation["event_id"]) == ("m.thread", asked)
    back = await ben.say(bens, "And who waters them?", reply_to=brought["event_id"])
    assert (await ben.answer(bens, back))["content"]["body"].startswith("Your question is on its way")
