"""Pinning practices: the card, its place among other pins, its reason, and what stands in the way."""

from __future__ import annotations

import pytest

from storage import outbox, practices, rooms
from storage.rooms import Room
from tests import golden
from tests.commands.practices.network import WINTER, register
from tests.transcript import ADA, BOT, HUB, MIA, Chat

OTHER = "!other:test.localhost"


@pytest.fixture
def shared(ada: Chat) -> Chat:
    """A network with one practice, #1, and a second room, which speaks German."""
    ada.say(ADA, WINTER)
    with ada.database.write("room") as tx:
        tx.session.add(
            Room(
                room_id=OTHER,
                version="12",
                language="de",
                creators=["@root:test.localhost"],
                power_levels={"users": {BOT: 50, MIA: 20, ADA: 100}},
                people=4,
            )
        )
        for user, name in ((BOT, "Proxenos"), (ADA, "Ada"), (MIA, "Mia"), ("@root:test.localhost", "Root")):
            rooms.keep_member(tx, OTHER, user, "join", name)
    return ada


def status(chat: Chat) -> str:
    """Where practice #1 is in its life."""
    with chat.reading() as tx:
        practice = practices.get(tx, 1)
        assert practice is not None
        return practice.status


def done(chat: Chat) -> list[tuple[str, str]]:
    """What the bot did last, and where."""
    return [(row.action, row.lane) for row in chat.answers]


@pytest.mark.parametrize("room", [HUB, OTHER])
def test_the_card(shared: Chat, room: str) -> None:
    """In the language of the room, in both forms."""
    shared.say(MIA, "!pin 1 clear and reusable", room=room)
    card = shared.answers[0].content
    language = "en" if room == HUB else "de"
    golden.check(
        f"practices/card.{language}.txt", f"{card['body']}\n\n{'-' * 20}\n\n{card['formatted_body']}"
    )


def test_pinning(shared: Chat) -> None:
    """The card is posted and pinned, the practice is curated: by whom, when and why stays readable."""
    answer = shared.in_hub(MIA, "!pin 1 clear and reusable")
    assert answer.split("\n---\n")[1:] == [
        "#1 Cycling in winter was chosen by the moderators: it is pinned and marked as curated.\n\n"
        "> clear and reusable",
        "#1 Cycling in winter is pinned here and marked as curated.",
    ]
    assert done(shared) == [("message", HUB), ("pin", HUB), ("message", shared.dm(ADA)), ("message", HUB)]
    assert shared.answers[1].target_key == shared.answers[0].key
    assert status(shared) == "curated"
    with shared.reading() as tx:
        step = practices.steps(tx, 1)[-1]
        assert (step.status, step.by, step.reason) == ("curated", MIA, "clear and reusable")
    assert "📌 Curated" in shared.say(ADA, "search winter")
    assert shared.say(ADA, "search curated:yes").startswith("One practice · curated")


def test_pinning_again_changes_the_card_that_is_there(shared: Chat) -> None:
    """A new reason, no second card."""
    shared.in_hub(MIA, "!pin 1 clear and reusable")
    card = shared.answers[0].key
    answer = shared.in_hub(MIA, "!pin 1 tried in three cities")
    assert done(shared) == [("edit", HUB), ("pin", HUB), ("message", HUB)]
    assert (shared.answers[0].target_key, shared.answers[1].target_key) == (card, card)
    assert "📌 Curated: tried in three cities" in answer
    assert (
        answer.split("\n---\n")[1]
        == "#1 Cycling in winter was pinned here already; its card is up to date now."
    )


def test_a_card_that_never_arrived_is_posted_anew(shared: Chat) -> None:
    """What could not be sent can't be edited."""
    shared.in_hub(MIA, "!pin 1")
    with shared.database.write("dead") as tx:
        outbox.mark_dead(tx, shared.answers[0].key, "M_FORBIDDEN")
    shared.in_hub(MIA, "!pin 1")
    assert done(shared) == [("message", HUB), ("pin", HUB), ("message", HUB)]


def test_unpinning(shared: Chat) -> None:
    """The pin and the card go; what is pinned nowhere is no longer curated."""
    shared.in_hub(MIA, "!pin 1 clear and reusable")
    card = shared.answers[0].key
    shared.say(MIA, "!pin 1", room=OTHER)
    answer = shared.in_hub(MIA, "!unpin #1")
    assert answer == (
        "#1 Cycling in winter is no longer pinned here. It stays curated, as it is pinned in another room."
    )
    assert done(shared) == [("unpin", HUB), ("redaction", HUB), ("message", HUB)]
    assert {row.target_key for row in shared.answers[:2]} == {card}
    assert status(shared) == "curated"
    assert shared.say(MIA, "!lösen 1", room=OTHER) == (
        "#1 Cycling in winter is no longer pinned, and no longer marked as curated.\n---\n"
        "#1 Cycling in winter ist hier nicht mehr angeheftet und nicht mehr als kuratiert gekennzeichnet."
    )
    assert status(shared) == "published"
    assert shared.in_hub(MIA, "!unpin 1") == "#1 is not pinned in this room."


def test_without_the_power_the_bot_says_what_it_needs_and_from_whom(shared: Chat) -> None:
    """Its level, the one that pins need, and those who can give it; nothing is curated."""
    with shared.database.write("power") as tx:
        room = rooms.get(tx, OTHER)
        assert room is not None
        room.power_levels = {
            "users": {BOT: 10, MIA: 60, ADA: 100},
            "events": {"m.room.pinned_events": 30, "m.room.power_levels": 90},
        }
    for word in ("pin", "unpin"):
        assert shared.say(MIA, f"!{word} 1", room=OTHER) == (
            "In diesem Raum darf ich nichts anheften: Ich habe die Berechtigungsstufe 10 und brauche 30."
            " Geben kann sie mir Root oder Ada."
        )
    assert status(shared) == "published"


def test_where_nobody_has_the_power(shared: Chat) -> None:
    """That is said, too."""
    with shared.database.write("power") as tx:
        room = rooms.get(tx, HUB)
        assert room is not None
        room.power_levels = {"users": {MIA: 50}, "events": {"m.room.power_levels": 100}}
    assert shared.in_hub(MIA, "!pin 1") == (
        "I may not pin in this room: I have power level 0 and need 50."
        " It can be granted by nobody in this room at present."
    )


def test_not_in_a_direct_chat(shared: Chat) -> None:
    """A pin belongs where others see it."""
    assert shared.say(MIA, "pin 1") == "Please do this in the room where it is to be pinned: !pin 12."
    assert status(shared) == "published"


def test_only_moderators_pin(shared: Chat) -> None:
    """Members are told whom to ask."""
    register(shared, ADA)
    assert shared.in_hub(ADA, "!pin 1") == "Only moderators can do this. You can ask Mia."
    assert shared.in_hub(ADA, "!unpin 1") == "Only moderators can do this. You can ask Mia."


def test_what_cannot_be_pinned(shared: Chat) -> None:
    """A number that nobody has, no number at all, a reason that fits no card."""
    assert shared.in_hub(MIA, "!pin 7").startswith("There is no practice with the number #7.")
    assert shared.in_hub(MIA, "!pin") == (
        "Something is missing: number.\n\nFor example: !pin 12 clear and reusable"
    )
    assert shared.in_hub(MIA, f"!pin 1 {'x' * 301}").startswith("That is 301 characters; at most 300 fit.")
    assert status(shared) == "published"
