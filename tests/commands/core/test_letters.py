"""What the bot says of its own accord: what makes a phone ring, and what does not."""

from __future__ import annotations

from datetime import UTC, datetime

from commands.core import letters
from storage import members, outbox
from storage.members import Preference
from storage.outbox import Action, OutboxRow
from tests.transcript import ADA, BEN, HUB, Chat

NIGHT = datetime(2027, 3, 1, 22, 0, tzinfo=UTC)  # in Berlin; in Honolulu it is noon


def write(chat: Chat, to: str, *, urgent: bool = False) -> OutboxRow:
    """Say something to a person or in a room, and see what goes out."""
    chat.clock.forward(seconds=1)
    with chat.database.write(f"letter {chat.clock.now}") as tx:
        there = letters.to_lane(tx, chat.network, to)
        key = letters.write(there, [there.p("reply.in_direct_chat")], urgent=urgent)
    with chat.reading() as tx:
        found = outbox.by_key(tx, key)
        assert found
        return found


def rings(row: OutboxRow) -> bool:
    """Whether phones ring for it by Matrix's default push rules."""
    return {"m.text": True, "m.notice": False}[row.content["msgtype"]]


def test_an_answer_does_not_ring_and_a_letter_does(chat: Chat) -> None:
    """Whoever asks looks at the chat anyway; whoever is written to may not. In rooms nothing rings."""
    chat.say(ADA, "ping")
    assert not rings(chat.answers[-1])
    assert rings(write(chat, ADA))
    assert not rings(write(chat, HUB))


def test_nothing_rings_at_night_but_what_is_urgent(chat: Chat) -> None:
    """It is there all the same, and the night is that of who reads it."""
    with chat.database.write("zones") as tx:
        members.keep_preference(tx, Preference(user_id=BEN, timezone="Pacific/Honolulu"))
    chat.clock.now = NIGHT
    assert not rings(write(chat, ADA))
    assert rings(write(chat, ADA, urgent=True))
    assert rings(write(chat, BEN))


def test_what_is_put_right_later_stays_what_it_was(chat: Chat) -> None:
    """An edit of a letter is a text, and one of a card in a room a notice."""
    for to in (ADA, HUB):
        first = write(chat, to)
        with chat.database.write(f"again {to}") as tx:
            there = letters.to_lane(tx, chat.network, to)
            letters.rewrite(there, [there.p("reply.in_direct_chat")], key=first.key, lane=to)
            edit = outbox.by_key(tx, f"again {to}/1")
            assert edit
            assert edit.action == Action.EDIT
            assert rings(edit) == rings(first)
