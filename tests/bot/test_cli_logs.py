"""The log: readable by people and machines, and silent about what members write."""

from __future__ import annotations

import json
import logging

import pytest
import structlog

from bot import logs
from bot.matrix.gateway import Unavailable


def told(capsys: pytest.CaptureFixture[str]) -> list[dict[str, str]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_lines_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    """Each line is JSON with level, origin and a time in UTC; libraries' only from warning up."""
    logs.configure("json", "info")
    structlog.get_logger("sender").info("delivered", lane="!room")
    structlog.get_logger("sender").debug("unheard")
    logging.getLogger("aiohttp").info("unheard")
    logging.getLogger("aiohttp").warning("slow %s", "answer")
    ours, theirs = told(capsys)
    assert ours["event"] == "delivered"
    assert ours["lane"] == "!room"
    assert ours["logger"] == "proxenos.sender"
    assert ours["timestamp"].endswith("Z")
    assert (theirs["event"], theirs["level"], theirs["logger"]) == ("slow answer", "warning", "aiohttp")


def test_lines_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    """On the console a line reads from left to right."""
    logs.configure("console", "warning")
    structlog.get_logger("sender").warning("dead_letter", why="too large")
    assert "[warning  ] dead_letter" in capsys.readouterr().err


def test_tokens_are_blanked(capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever a library logs of a request, its token does not stand there."""
    logs.configure("json", "info")
    logging.getLogger("aiohttp").warning("GET /sync?access_token=syt_secret&since=1")
    structlog.get_logger("x").info("headers", headers="{'Authorization': 'Bearer syt_secret'}")
    structlog.get_logger("x").info("login", body='{"password": "syt_secret"}')
    structlog.get_logger("x").info("start", settings="PROXENOS_STORE_KEY=syt_secret")
    assert "syt_secret" not in capsys.readouterr().err


def test_what_members_write_is_not_in_an_exception(capsys: pytest.CaptureFixture[str]) -> None:
    """A bug's message may quote what a member wrote; where it came from is told, what it says is not."""
    logs.configure("json", "info")
    words = "my private words"
    try:
        try:
            int(words)
        except ValueError as error:
            raise ExceptionGroup(words, [error]) from Unavailable("502 from the homeserver")
    except ExceptionGroup:
        structlog.get_logger("dispatcher").exception("command_failed")
        logging.getLogger("asyncio").exception("task failed")
    for line in told(capsys):
        assert "test_cli_logs.py" in line["exception"]
        assert "ValueError" in line["exception"]
        assert "bot.matrix.gateway.Unavailable: 502 from the homeserver" in line["exception"]
        assert words not in line["exception"]
