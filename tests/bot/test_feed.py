"""The calendar of all events: on the command line, and for programs on this machine."""

from __future__ import annotations

from pathlib import Path

import icalendar
import pytest
from aiohttp.test_utils import TestClient, TestServer
from structlog.testing import capture_logs

from bot.__main__ import main
from bot.feed import HOST, PATH, Feed
from storage.database import Database
from tests.blank import blank_database
from tests.commands.events.meetings import EXCHANGE, TRAINING, furnish, make
from tests.transcript import MIA, Chat

DRAFT = TRAINING.replace("Heat plans", "Secret plans").replace("Hitzepläne", "Geheime Pläne")


@pytest.fixture
def network(tmp_path: Path) -> Chat:
    """A network with a training, a series and a draft."""
    database = Database(blank_database(tmp_path / "proxenos.db"))
    chat = Chat(database)
    furnish(chat)
    for form in (TRAINING, EXCHANGE):
        make(chat, form)
    chat.say(MIA, DRAFT)
    chat.say(MIA, "yes")
    return chat


def test_export(
    network: Chat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """What is announced, in either language; no drafts, no links into meetings, no people."""
    network.database.close()
    monkeypatch.setenv("PROXENOS_DATA_DIR", str(tmp_path))
    assert main(["export", "calendar", "--language", "de"]) == 0
    file = capfdbinary.readouterr().out
    read = icalendar.Calendar.from_ical(file)
    assert [str(one["summary"]) for one in read.events] == ["Hitzepläne", "Monthly exchange"]
    assert str(read["x-wr-calname"]) == "Urban Diplomacy: Veranstaltungen"
    for secret in (b"Geheim", b"example.org", b"Mia", b"@"):
        assert secret not in file.replace(b"mailto:nobody@invalid", b"").replace(b"@test.localhost", b"")
    assert main(["export", "calendar", "--output", str(tmp_path / "events.ics")]) == 0
    (training, _) = icalendar.Calendar.from_ical((tmp_path / "events.ics").read_bytes()).events
    assert str(training["summary"]) == "Heat plans"


async def test_over_http(network: Chat) -> None:
    """Told once: who has it as it is gets no second copy. Nothing else is there."""
    feed = Feed(network.database, "Urban Diplomacy", "en")
    async with TestClient(TestServer(feed.app(), host=HOST)) as client:
        first = await client.get(PATH)
        assert first.status == 200
        assert first.headers["Content-Type"] == "text/calendar; charset=utf-8"
        assert b"SUMMARY:Heat plans" in await first.read()
        again = await client.get(PATH, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status, await again.read()) == (304, b"")
        german = await client.get(PATH, params={"language": "de"})
        assert "SUMMARY:Hitzepläne" in await german.text()
        assert german.headers["ETag"] != first.headers["ETag"]
        assert (await client.get("/")).status == 404
        assert (await client.post(PATH)).status == 405
    network.database.close()


async def test_a_port_that_is_taken_is_no_end(network: Chat) -> None:
    """The operator is told; the bot goes on."""
    feed = Feed(network.database, "Urban Diplomacy", "en")
    async with TestServer(feed.app(), host=HOST) as server:
        taken = server.port
        assert taken
        with capture_logs() as logs:
            await feed.serve(taken)
    assert [(one["event"], one["port"]) for one in logs] == [("calendar_not_served", taken)]
    network.database.close()
