"""The outbox: in order within a destination, with transaction ids that never change, marked when done."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from storage import files, outbox, rooms
from storage.database import Database
from storage.outbox import Action, Delivered, OutboxState
from storage.rooms import Room

NOTE = {"msgtype": "m.notice", "body": "hello"}
START = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)


def test_transaction_ids_are_the_same_for_ever(database: Database) -> None:
    """A replay of the same cause after a loss of the database makes the same transaction ids."""
    ids = []
    for _ in range(2):
        with database.write("$command") as tx:
            keys = [outbox.message(tx, "!a", NOTE), outbox.message(tx, "!a", NOTE)]
            ids.append([row.txn_id for row in outbox.pending(tx, ["!a"])["!a"]])
            assert keys == ["$command/1", "$command/2"]
            tx.session.rollback()
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 2
    # Not to be changed: rows from before an update must keep theirs.
    assert ids[0][0] == "px9d748f144433e802d1ec38cc645c3e1409edb988"


def test_rows_wait_in_order_and_only_so_many_at_once(database: Database) -> None:
    """Each destination gives its oldest rows, whatever lies in others."""
    with database.write("$command") as tx:
        for number in range(5):
            outbox.message(tx, "!a", {**NOTE, "body": str(number)})
            outbox.message(tx, "!b", {**NOTE, "body": str(number)})
        outbox.message(tx, "!c", NOTE)
        assert tx.lanes == {"!a", "!b", "!c"}
        assert outbox.waiting_lanes(tx) == ["!a", "!b", "!c"]
        found = outbox.pending(tx, ["!a", "!b"], limit=3)
    assert {lane: [row.content["body"] for row in rows] for lane, rows in found.items()} == {
        "!a": ["0", "1", "2"],
        "!b": ["0", "1", "2"],
    }


def test_what_is_marked_waits_no_longer(database: Database) -> None:
    """Delivered rows know their event, dead ones why; both let go of a file's bytes."""
    with database.write("$command") as tx:
        sent = files.send(tx, "!a", b"bytes", content_type="text/plain", filename="a.txt", content={})
        dead = files.send(tx, "!a", b"bytes", content_type="text/plain", filename="b.txt", content={})
        outbox.mark_sent(tx, [Delivered(sent, "!a", "$sent")])
        outbox.mark_dead(tx, dead, "403 M_FORBIDDEN")
        assert outbox.waiting_lanes(tx) == []
        assert [row.key for row in outbox.dead_letters(tx)] == [dead]
        row = outbox.by_event(tx, "$sent")
        assert row is not None
        assert (row.key, row.state, row.data) == (sent, OutboxState.SENT, None)
        assert outbox.dead_letters(tx)[0].data is None


def test_what_is_gone_when_it_is_marked_is_told(database: Database) -> None:
    """Somebody was forgotten while a message was on its way: it has to be taken back."""
    with database.write("$command") as tx:
        kept = Delivered(outbox.message(tx, "!a", NOTE), "!a", "$kept", said=True)
        gone = Delivered("never/1", "!a", "$gone", said=True)
        assert outbox.waits(tx, kept.key)
        assert not outbox.waits(tx, gone.key)
        assert outbox.mark_sent(tx, [kept, gone]) == [gone]
        assert outbox.mark_sent(tx, [kept]) == []
        assert not outbox.waits(tx, kept.key)


def test_an_answer_is_found_by_what_it_answers(database: Database) -> None:
    """The first message that answers a command, for the edit that replaces it."""
    with database.write("$command") as tx:
        key = outbox.message(tx, "!a", NOTE, answers="$command")
        outbox.message(tx, "!a", NOTE, answers="$command")
        found = outbox.answer_to(tx, "$command")
        assert found is not None
        assert found.key == key
        assert outbox.answer_to(tx, "$other") is None


def test_what_is_for_a_person_goes_to_their_direct_chat(database: Database) -> None:
    """Where there is none, the destination is the person, and the chat is made when it is delivered."""
    with database.write("$command") as tx:
        outbox.message(tx, "@ada:x", NOTE)
        tx.session.add(Room(room_id="!direct", direct_with="@ben:x", people=2))
        tx.session.flush()
        rooms.keep_member(tx, "!direct", "@ben:x", "join")
        outbox.message(tx, "@ben:x", NOTE)
        assert tx.lanes == {"@ada:x", "!direct"}


def test_what_waits_for_a_person_is_not_overtaken(database: Database) -> None:
    """A direct chat that is made meanwhile does not let later messages pass by earlier ones."""
    with database.write("$1") as tx:
        outbox.message(tx, "@ada:x", NOTE)
        tx.session.add(Room(room_id="!direct", direct_with="@ada:x", people=2))
        tx.session.flush()
        rooms.keep_member(tx, "!direct", "@ada:x", "invite")
    with database.write("$2") as tx:
        outbox.message(tx, "@ada:x", NOTE)
        assert tx.lanes == {"@ada:x"}
        outbox.mark_sent(tx, [Delivered("$1/1", "!direct", "$a"), Delivered("$2/1", "!direct", "$b")])
    with database.write("$3") as tx:
        outbox.message(tx, "@ada:x", NOTE)
        assert tx.lanes == {"!direct"}


def test_old_content_is_blanked_and_its_traces_kept(database: Database) -> None:
    """After the time that privacy allows, the words are gone; what waits and what is newer stays."""
    moments = iter([START, START + timedelta(days=2)])
    database.clock = lambda: next(moments)
    with database.write("$old") as tx:
        gone = outbox.message(tx, "!a", NOTE)
        waits = outbox.message(tx, "!a", NOTE)
        outbox.mark_sent(tx, [Delivered(gone, "!a", "$gone")])
    with database.write("$new") as tx:
        kept = outbox.message(tx, "!a", NOTE)
        outbox.mark_sent(tx, [Delivered(kept, "!a", "$kept")])
        assert outbox.forget_before(tx, START + timedelta(days=1)) == 1
        assert outbox.forget_before(tx, START + timedelta(days=1)) == 0
        contents = {key: row.content for key in (gone, waits, kept) if (row := outbox.by_key(tx, key))}
        assert contents == {gone: {}, waits: NOTE, kept: NOTE}
        trace = outbox.by_event(tx, "$gone")
        assert trace is not None
        assert trace.key == gone


def test_a_room_has_a_destination_of_its_own(database: Database) -> None:
    """Two rooms that two causes ask for do not wait for each other."""
    for cause in ("$1", "$2"):
        with database.write(cause) as tx:
            outbox.room(tx, {"name": "Room"})
    with database.read() as tx:
        lanes = outbox.waiting_lanes(tx)
        assert len(lanes) == 2
        assert [rows[0].action for rows in outbox.pending(tx, lanes).values()] == [Action.ROOM] * 2


def test_messages_are_found_by_what_they_are_about(database: Database) -> None:
    """Also by the event of an edit, and long after their words are gone; not what can never arrive."""
    with database.write("$command") as tx:
        card = outbox.message(tx, "!a", NOTE, topic="practice:12")
        lost = outbox.message(tx, "!b", NOTE, topic="practice:12")
        outbox.message(tx, "!b", NOTE, topic="practice:1")
        edit = outbox.edit(tx, "!a", NOTE, key=card)
        outbox.mark_sent(tx, [Delivered(card, "!a", "$card"), Delivered(edit, "!a", "$edit")])
        outbox.mark_dead(tx, lost, "403 M_FORBIDDEN")
        outbox.forget_before(tx, tx.now + timedelta(days=1))
        assert [row.key for row in outbox.on_topic(tx, "practice:12")] == [card]
        found = [outbox.message_of(tx, event) for event in ("$card", "$edit", "$other")]
        assert [row and (row.key, row.topic) for row in found] == [(card, "practice:12")] * 2 + [None]
        outbox.set_topic(tx, card, None)
        assert outbox.on_topic(tx, "practice:12") == []


def test_what_was_sent_but_not_marked_is_known_by_its_transaction(database: Database) -> None:
    """Only in the room where it was heard; it still waits to be marked."""
    with database.write("$command") as tx:
        key = outbox.message(tx, "!a", NOTE, topic="practice:12")
        outbox.message(tx, "!a", NOTE)
        row, _ = outbox.pending(tx, ["!a"])["!a"]
        assert outbox.unmarked(tx, ["!b"]) == {}
        assert outbox.unmarked(tx, ["!a", "@ada"]) == {row.txn_id: key}
        outbox.heard(tx, key, "$card")
        assert outbox.unmarked(tx, ["!a"]) == {}
        known = outbox.by_event(tx, "$card")
        assert known is not None
        assert (known.key, known.state) == (key, OutboxState.PENDING)
