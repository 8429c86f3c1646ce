"""Whose data the practices are: what a person is given, and what goes with them."""

from __future__ import annotations

import json

import pytest
from sqlmodel import select

from commands.core.registry import load
from storage import practices
from storage.outbox import OutboxRow
from tests.commands.practices.network import WINTER
from tests.transcript import ADA, HUB, MIA, Chat

TABLES = ("practice", "practice_step", "practice_version", "practice_card")


@pytest.fixture
def shared(ada: Chat) -> Chat:
    """Ada shared and edited a practice, Mia pinned and edited it."""
    ada.say(ADA, WINTER)
    ada.say(ADA, "edit 1 title Bikes on ice")
    ada.say(MIA, "edit 1 title Bikes on snow")
    ada.in_hub(MIA, "!pin 1 clear and reusable")
    return ada


def exported(chat: Chat, user: str) -> dict[str, list[dict[str, object]]]:
    """What each table of practices gives to a person, as it goes into the file."""
    with chat.reading() as tx:
        found = {
            holding.table: holding.export(tx, user)
            for holding in load().holdings
            if holding.table in TABLES and holding.export
        }
    result: dict[str, list[dict[str, object]]] = json.loads(json.dumps(found))
    return result


def erase(chat: Chat, user: str, *, practices_too: bool) -> None:
    """Let everything of a person go, as `forgetme` does."""
    with chat.database.write("forget") as tx:
        for holding in load().holdings:
            if holding.table in TABLES and holding.erase:
                holding.erase(tx, user, practices_too)


def test_an_author_is_given_practices_with_versions_and_steps(shared: Chat) -> None:
    """And who curates is given what they did."""
    ada = exported(shared, ADA)
    (practice,) = ada["practice"]
    assert practice["title"] == "Bikes on snow"
    versions = practice["earlier_versions"]
    assert isinstance(versions, list)
    assert [version["title"] for version in versions] == ["Cycling in winter", "Bikes on ice"]
    steps = practice["steps"]
    assert isinstance(steps, list)
    assert [step["status"] for step in steps] == ["published", "curated"]
    assert MIA not in json.dumps(ada)
    mia = exported(shared, MIA)
    assert mia["practice"] == []
    assert [(step["status"], step["reason"]) for step in mia["practice_step"]] == [
        ("curated", "clear and reusable")
    ]
    assert [card["room"] for card in mia["practice_card"]] == [HUB]
    assert [version["replaced_version"] for version in mia["practice_version"]] == [2]


def test_what_somebody_shared_is_read_at_once(shared: Chat) -> None:
    """However much it is."""
    few = shared.statements(ADA, "mydata")
    for number in range(3):
        shared.say(ADA, WINTER.replace("winter", f"winter {number}"))
        shared.say(ADA, f"edit {number + 2} title Bikes {number}")
    assert shared.statements(ADA, "mydata") == few


def test_practices_can_be_handed_over_to_the_network(shared: Chat) -> None:
    """They stay and can be found, without the name; the card stays pinned."""
    erase(shared, ADA, practices_too=False)
    assert exported(shared, ADA) == {table: [] for table in TABLES}
    with shared.reading() as tx:
        practice = practices.get(tx, 1)
        assert practice is not None
        assert practice.author is None
        assert [step.by for step in practices.steps(tx, 1)] == [None, MIA]
        assert len(practices.cards(tx, 1)) == 1
    assert "#1 Bikes on snow" in shared.say(MIA, "search snow")


def test_practices_can_go_with_their_author(shared: Chat) -> None:
    """Text, history, index and card: nothing is left to find."""
    with shared.reading() as tx:
        card = practices.cards(tx, 1)[0].message
    erase(shared, ADA, practices_too=True)
    with shared.reading() as tx:
        assert practices.everything(tx) == []
        assert [*practices.steps(tx, 1), *practices.versions(tx, 1), *practices.cards(tx, 1)] == []
        rows = tx.session.exec(select(OutboxRow).where(OutboxRow.target_key == card)).all()
        assert [row.action for row in rows][-2:] == ["unpin", "redaction"]
    assert shared.say(MIA, "search snow").startswith("I have found nothing for that.")
    assert shared.say(MIA, "#1").startswith("There is no practice with the number #1.")


def test_a_number_is_never_given_twice(shared: Chat) -> None:
    """`#1` in an old message must not point at something else one day."""
    erase(shared, ADA, practices_too=True)
    assert "#2 Cycling in winter" in shared.say(ADA, WINTER)


def test_a_moderator_leaves_without_a_trace_in_the_history(shared: Chat) -> None:
    """Steps, versions and cards stay; who it was is forgotten."""
    erase(shared, MIA, practices_too=True)
    assert exported(shared, MIA) == {table: [] for table in TABLES}
    with shared.reading() as tx:
        assert [step.status for step in practices.steps(tx, 1)] == ["published", "curated"]
        assert [card.reason for card in practices.cards(tx, 1)] == ["clear and reusable"]


def test_every_table_of_practices_says_why_it_is_there() -> None:
    """One sentence each, for the reader of the privacy documentation."""
    whys = {holding.table: holding.why for holding in load().holdings}
    assert all(whys[table].endswith(".") for table in TABLES)
