"""Assessing at a real homeserver, in English and German: paused, killed, gone on with, seen as a picture."""

from __future__ import annotations

import asyncio

import pytest

from bot.matrix.attachments import decrypt_file
from bot.matrix.gateway import Json
from storage import assessment as stored
from storage import inbox, outbox
from tests.e2e.conftest import Arrive, ArriveEncrypting, Person
from tests.e2e.test_crash import REGISTER, Bring, killed_at

# What is said before the kill, the answer during which it comes, and what is said after it; each with what
# the bot's answer holds.
BEFORE = {
    "en": [
        ("assess 2", "UD.2 Organisation, staff and budget (1/5)"),
        ("help", "F Fully: It works reliably"),
        ("F", "(2/5)"),
        ("fully", "(3/5)"),
        ("pause", "Paused; your answers are kept."),
    ],
    "de": [
        ("einschätzen 2", "UD.2 Organisation, Personal und Budget (1/5)"),
        ("hilfe", "F Vollständig: Es klappt verlässlich"),
        ("F", "(2/5)"),
        ("vollständig", "(3/5)"),
        ("pause", "Pause. Ihre Antworten sind aufgehoben."),
    ],
}
RESUMED = {"en": ("resume", "(3/5)"), "de": ("fortsetzen", "(3/5)")}
AFTER = {
    "en": [
        ("yes", "(5/5)"),
        ("95 %", "“Done” is fully there. Now to level 2, “Planned”."),
        *[("largely", f"({place}/5)") for place in (2, 3, 4, 5)],
        ("mostly", "UD.2 Organisation, staff and budget: level 2, Planned"),
    ],
    "de": [
        ("ja", "(5/5)"),
        ("95 %", "„Wird gemacht“ ist voll erreicht. Nun zur Stufe 2, „Geplant“."),
        *[("weitgehend", f"({place}/5)") for place in (2, 3, 4, 5)],
        ("größtenteils", "UD.2 Organisation, Personal und Budget: Stufe 2, Geplant"),
    ],
}


@pytest.mark.synapse
async def test_paused_killed_and_gone_on_with(
    arrive: Arrive, arrive_encrypting: ArriveEncrypting, living: Bring
) -> None:
    """Every answer counts once, ten questions are asked where the rules need ten, and the pictures arrive."""
    ada, ben = await arrive("ada"), await arrive_encrypting("ben")
    bot = await living(ada, ben)
    await bot.start()
    await ben.know(bot.user_id)
    chats = {ada.user_id: await ada.direct(bot.user_id)}
    chats[ben.user_id] = await ben.direct(bot.user_id, encrypted=True)
    people: dict[str, Person] = {"en": ada, "de": ben}

    async def talk(language: str, lines: list[tuple[str, str]]) -> None:
        person = people[language]
        for said, expected in lines:
            await exchange(person, chats[person.user_id], said, expected)

    async def both(lines: dict[str, list[tuple[str, str]]]) -> None:
        await asyncio.gather(*(talk(language, lines[language]) for language in people))

    await both({"en": [(REGISTER, "")], "de": [(REGISTER, ""), ("sprache deutsch", "Deutsch")]})
    await both(BEFORE)
    await both({language: [line] for language, line in RESUMED.items()})
    await bot.stop()

    # Killed when the answer is carried out and not yet told.
    given = {language: await person.say(chats[person.user_id], "F") for language, person in people.items()}
    await killed_at(bot, "carried out", 1)
    await bot.start()
    for language, person in people.items():
        told = await person.answer(chats[person.user_id], given[language])
        assert "(4/5)" in told["content"]["body"]
    await both(AFTER)
    for person in people.values():
        chat = chats[person.user_id]
        picture = await person.hear(chat, lambda event: event["content"].get("msgtype") == "m.image")
        assert picture["content"]["info"]["mimetype"] == "image/png"
        assert "UD.2" in picture["content"]["body"]
        with bot.database.read() as tx:
            (row,) = stored.of(tx, person.user_id)
        assert list(row.answers.values()) == ["F"] * 5 + ["L"] * 5
        assert row.finished_at
        asked = {
            event["content"]["body"].split("\n")[-3]
            for event in await person.history(chat)
            if "(" in event["content"].get("body", "") and "/5)" in event["content"]["body"]
        }
        assert len(asked) == len(row.answers)
    await bot.stop()

    # Killed when a picture is made, and not yet uploaded.
    wanted = [
        await person.say(chats[person.user_id], {"en": "assessment", "de": "einschätzung"}[language])
        for language, person in people.items()
    ]
    await killed_at(bot, "before upload", 1)
    await bot.start()
    await bot.until(
        lambda tx: (
            all(inbox.find(tx, event_id) for event_id in wanted)
            and not inbox.waiting_rooms(tx)
            and not outbox.waiting_lanes(tx)
        )
    )
    for person in people.values():
        chat = chats[person.user_id]
        await person.listen()
        shown = [event["content"] for event in await person.messages(chat)]
        pictures = [content for content in shown if content["msgtype"] == "m.image"]
        assert len(pictures) == 2
        for content in pictures:
            data = await seen(person, content)
            assert data.startswith(b"\x89PNG")
            assert len(data) == content["info"]["size"]


async def seen(person: Person, content: Json) -> bytes:
    """A picture as its reader's client shows it."""
    if "file" not in content:
        return await person.gateway.download(content["url"], limit=10**6)
    data = await person.gateway.download(content["file"]["url"], limit=10**6)
    return decrypt_file(data, content["file"])


async def exchange(person: Person, chat: str, said: str, expected: str) -> None:
    """Say something, and look at the answer."""
    told = await person.answer(chat, await person.say(chat, said))
    assert expected in told["content"]["body"], (said, told["content"]["body"])
