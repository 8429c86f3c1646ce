"""The life of a practice among others, once through, in SQLite and in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from commands.practices.service import answers_of, publish
from storage import practices
from tests.commands.practices.clock import wait
from tests.commands.practices.network import WINTER, register
from tests.commands.practices.under import reply, tap
from tests.storage.conftest import KINDS, new_database, postgres_url
from tests.transcript import ADA, BEN, MIA, Chat

__all__ = ["postgres_url"]  # a fixture that `new_database` asks for


@pytest.fixture(params=KINDS)
def anywhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Chat]:
    """Ada of Ghent and Ben of Lyon, in each database."""
    with new_database(request.param, tmp_path, request) as database:
        chat = Chat(database)
        register(chat, ADA)
        register(chat, BEN, city="Lyon", country="FR")
        yield chat


def test_a_practice_among_others(anywhere: Chat) -> None:
    chat = anywhere
    chat.say(BEN, "watch search zeppelin docks")
    chat.say(BEN, "watch climate")
    chat.say(BEN, "watch search winter paths country:BE")
    chat.say(BEN, "watch search country:PL")
    assert chat.say(MIA, "search zeppelin docks").startswith("I have found nothing for that.")
    assert "1. zeppelin docks" in chat.say(MIA, "gaps")
    chat.say(ADA, WINTER)
    ((room, alert),) = wait(chat, days=1)
    assert room == chat.dm(BEN)
    assert alert.count("#1 Cycling in winter") == 1
    assert wait(chat, days=1) == []
    chat.say(BEN, "bookmark 1")
    assert "#1 Cycling in winter" in chat.say(BEN, "bookmarks")
    chat.say(BEN, "thanks 1")
    chat.say(BEN, "ask 1 How many people?")
    reply(chat, ADA, "Four.")
    tap(chat, ADA, "👍")
    chat.say(BEN, "agree 1")
    chat.say(BEN, "adopt 1 under way")
    ((_, asked),) = wait(chat, days=190)
    assert "What has come of it?" in asked
    reply(chat, BEN, "It works.")
    shown = "\n".join([chat.say(MIA, "practice 1"), *(chat.say(MIA, "more") for _ in range(3))])
    for said in ("Lyon (under way)", "One person says thanks", "It works.", "How many people?", "Four."):
        assert said in shown
    assert "There is nothing more" not in shown


def test_a_draft_that_waited_while_the_library_grew(anywhere: Chat) -> None:
    """Watchers hear of it once it is published, and of everything else of that day, however many fit."""
    chat = anywhere
    chat.say(ADA, WINTER.replace("share", "draft", 1))
    with chat.database.write("many") as tx:
        draft = practices.get(tx, 1)
        assert draft
        answers = answers_of(draft)
        for place in range(210):
            publish(tx, answers, author=None, external_id=f"grown-{place}")
    chat.say(BEN, "watch search cycling in winter")
    chat.say(MIA, "watch climate")
    wait(chat, days=1)
    chat.say(ADA, "submit 1")
    chat.say(ADA, WINTER.replace("Cycling in", "Cycling through the"))
    alerts = dict(wait(chat, days=1))
    for watcher in (BEN, MIA):
        assert "2 new practices fit" in alerts[chat.dm(watcher)]
        assert "#1 Cycling in winter" in alerts[chat.dm(watcher)]
    with chat.database.write("as many at once") as tx:
        for place in range(205):
            publish(tx, answers, author=None, external_id=f"more-{place}")
    assert "205 new practices fit" in dict(wait(chat, days=1))[chat.dm(BEN)]
