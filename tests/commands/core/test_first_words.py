"""The first moments: a hello in a new direct chat, and help in the middle of a form."""

from __future__ import annotations

from storage.inbox import Kind
from storage.outbox import Action
from storage.rooms import Room
from tests.transcript import ADA, Chat


def invite(chat: Chat, room_id: str, *, direct: bool, encrypted: bool = False) -> str:
    """Let Ada invite the bot; returns what it says there."""
    with chat.database.write() as tx:
        tx.session.add(
            Room(
                room_id=room_id,
                membership="invite",
                inviter=ADA,
                direct_with=ADA if direct else None,
                encrypted=encrypted,
            )
        )
        tx.session.flush()
    return chat.event(ADA, Kind.INVITE, {}, room=room_id)


def test_a_new_direct_chat_begins_with_a_hello(chat: Chat) -> None:
    """First the bot joins, then it says who it is and what to write."""
    assert invite(chat, "!new:test.localhost", direct=True) == (
        "Hello! I am Proxenos, the assistant of the Urban Diplomacy network. Simply write what you are"
        " looking for, for instance “cycle paths”. register makes you a member, help shows everything I can"
        " do."
    )
    assert [row.action for row in chat.answers] == [Action.JOIN, Action.MESSAGE]


def test_a_room_of_many_is_joined_in_silence(chat: Chat) -> None:
    """Nobody asked there."""
    assert invite(chat, "!many:test.localhost", direct=False) == ""
    assert [row.action for row in chat.answers] == [Action.JOIN]


def test_an_encrypted_direct_chat_gets_the_same_hello(chat: Chat) -> None:
    """Most direct chats are encrypted."""
    assert invite(chat, "!secret:test.localhost", direct=True, encrypted=True).startswith("Hello! I am")


def test_help_in_the_middle_of_a_form_is_help(chat_de: Chat) -> None:
    """The question is asked again; "hilfe" is nobody's name."""
    chat_de.say(ADA, "registrieren")
    answer = chat_de.say(ADA, "Hilfe")
    assert answer.startswith("Sie sind mitten in einem Formular")
    assert answer.endswith("abbrechen (ich verwerfe sie) schreiben.")
    assert "Wie heißen Sie?" in answer
