"""Questions to the network, in both databases."""

from __future__ import annotations

from datetime import timedelta

from storage import asking, matching
from storage.asking import AnswerRequest, NetworkQuestion, QuestionState, RequestState
from storage.database import Database, Tx

ADA, BEN, MIA = "@ada:x", "@ben:x", "@mia:x"


def question(tx: Tx, *, shown: bool | None, state: str = QuestionState.OPEN) -> int:
    row = NetworkQuestion(
        asker=ADA, text="Why?", language="en", theme="housing", named=True, state=state, asked_at=tx.now
    )
    row.shown = shown
    asking.keep(tx, row)
    return row.number


def answer(
    tx: Tx, number: int, user_id: str, words: str | None, *, kept: bool | None = None
) -> AnswerRequest:
    row = AnswerRequest(question=number, user_id=user_id, asked_at=tx.now, answer=words, kept=kept)
    row.state = RequestState.ANSWERED if words else RequestState.WAITING
    row.answered_at = tx.now if words else None
    asking.keep(tx, row)
    return row


def test_what_all_may_read(database: Database) -> None:
    """Only where both sides agreed; questions without an answer only where the asker did."""
    with database.write("questions") as tx:
        agreed, unsaid, alone, closed = (
            question(tx, shown=True),
            question(tx, shown=None),
            question(tx, shown=True),
            question(tx, shown=True, state=QuestionState.CLOSED),
        )
        answer(tx, agreed, BEN, "Therefore.", kept=True)
        answer(tx, agreed, MIA, "For us two.", kept=False)
        answer(tx, unsaid, BEN, "Therefore.", kept=True)
        answer(tx, alone, BEN, None)
    with database.read() as tx:
        assert [
            (one.number, [each.answer for each in given]) for one, given in asking.readable_answers(tx, 10)
        ] == [(agreed, ["Therefore."])]
        assert [one.number for one in asking.without_answer(tx)] == [alone]
        assert closed > alone


def test_what_only_two_have_read_is_forgotten_in_time(database: Database) -> None:
    """What the network may read stays."""
    with database.write("questions") as tx:
        kept, private = question(tx, shown=True), question(tx, shown=True)
        answer(tx, kept, BEN, "Therefore.", kept=True)
        answer(tx, kept, MIA, "For us two.", kept=False)
        answer(tx, private, BEN, "Therefore.")
        asking.forget_before(tx, tx.now)
        assert len(asking.requests(tx, kept)) == 2
    with database.write("forget") as tx:
        asking.forget_before(tx, tx.now + timedelta(days=1))
    with database.read() as tx:
        assert [one.answer for one in asking.requests(tx, kept)] == ["Therefore."]
        assert asking.question(tx, private) is None


def test_requests_are_counted_together(database: Database) -> None:
    """Questions and introductions alike; with what they have not read yet, or without."""
    with database.write("requests") as tx:
        answer(tx, question(tx, shown=None), BEN, None)
        answer(tx, question(tx, shown=None), BEN, "Therefore.")
        dropped = answer(tx, question(tx, shown=None), BEN, None)
        dropped.state = RequestState.DROPPED
        asking.keep(tx, dropped)
        matching.introduce(tx, (BEN, MIA), asker=MIA)
    with database.read() as tx:
        week = tx.now - timedelta(weeks=1)
        assert len(matching.requests_since(tx, BEN, week)) == 3
        assert len(matching.requests_since(tx, BEN, week, told=True)) == 1
        assert matching.requests_since(tx, MIA, week) == []
        assert matching.requests_since(tx, BEN, tx.now) == []
        assert list(matching.all_requests_since(tx, week)) == [BEN]


def test_the_asker_is_forgotten(database: Database) -> None:
    """What all may read stays without their name, with nothing of what the two wrote besides."""
    with database.write("questions") as tx:
        kept, private = question(tx, shown=True), question(tx, shown=None)
        row = answer(tx, kept, BEN, "Therefore.", kept=True)
        row.follow_up, row.follow_up_answer = "And?", "Well."
        asking.keep(tx, row)
        answer(tx, kept, MIA, "For us two.")
        answer(tx, private, BEN, "Therefore.", kept=True)
    with database.write("forget") as tx:
        asking.forget(tx, ADA, outright=False)
    with database.read() as tx:
        stays = asking.question(tx, kept)
        assert stays
        assert (stays.asker, stays.state) == (None, QuestionState.CLOSED)
        assert [(one.answer, one.follow_up) for one in asking.requests(tx, kept)] == [("Therefore.", None)]
        assert asking.question(tx, private) is None
        assert asking.requests(tx, private) == []
