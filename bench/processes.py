"""The processes of a benchmark: each part runs apart, as it would in life, and ends with the benchmark."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from bench.fake_homeserver import DEVICE_ID, TOKEN, USER_ID

PROJECT = Path(__file__).parent.parent
PRACTICES = PROJECT / "config" / "data" / "practices.json"
PATIENCE = 300.0  # seconds; what takes longer will take for ever
UNLIMITED = {"PROXENOS_SENDER_LIMIT": "0", "PROXENOS_ROOM_LIMIT": "0"}  # nobody else asks as much
LAST_CALL = 20.0  # seconds for an orderly end


@dataclass(frozen=True)
class Account:
    """Who a bot is at its homeserver."""

    homeserver_url: str
    user_id: str
    device_id: str
    token: str


@contextlib.contextmanager
def child(
    module: str, *arguments: str, settings: dict[str, str] | None = None, folder: Path = PROJECT
) -> Iterator[subprocess.Popen[str]]:
    """A module of this project as a process that starts in `folder`; ended by SIGTERM, or by force."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        env=environment(settings or {}),
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(LAST_CALL)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()


@contextlib.contextmanager
def proxenos(
    account: Account,
    hub_room: str,
    data_dir: Path,
    further: dict[str, str] | None = None,
    *,
    program: tuple[str, ...] = ("bot", "run"),
) -> Iterator[subprocess.Popen[str]]:
    """The whole program, with its database in a file unless further settings say otherwise.

    `program` is the module that runs it, with its arguments.
    """
    settings = {
        **_credentials(account),
        "PROXENOS_HUB_ROOM": hub_room,
        "PROXENOS_DATA_DIR": str(data_dir),
        "PROXENOS_LOG_LEVEL": "warning",
        # High enough to limit nobody, but counted all the same.
        "PROXENOS_SENDER_LIMIT": "1000000",
        "PROXENOS_ROOM_LIMIT": "1000000",
        **(further or {}),
    }
    with child(*program, settings=settings, folder=data_dir) as process:
        yield process


def import_practices(data_dir: Path) -> None:
    """Put the sixty practices that come with the program into the database of a bot to be."""
    subprocess.run(
        [sys.executable, "-m", "bot", "import", "practices", str(PRACTICES)],
        env=environment({"PROXENOS_DATA_DIR": str(data_dir)}),
        cwd=data_dir,
        stdout=subprocess.DEVNULL,
        check=True,
    )


@contextlib.contextmanager
def bare_echo(account: Account, store: Path | None = None) -> Iterator[subprocess.Popen[str]]:
    """The nio client that Proxenos is compared with; it encrypts when it has a folder to `store` its keys."""
    keys = ("--store", str(store)) if store else ()
    with child("bench.echo", *keys, settings=_credentials(account)) as process:
        yield process


def environment(settings: dict[str, str]) -> dict[str, str]:
    """The environment of this process with these settings of the bot and no others."""
    # Whoever runs a benchmark may have a bot of their own configured here.
    foreign = {name: value for name, value in os.environ.items() if not name.startswith("PROXENOS_")}
    return {**foreign, **settings}


def _credentials(account: Account) -> dict[str, str]:
    return {
        "PROXENOS_HOMESERVER_URL": account.homeserver_url,
        "PROXENOS_USER_ID": account.user_id,
        "PROXENOS_DEVICE_ID": account.device_id,
        "PROXENOS_ACCESS_TOKEN": account.token,
    }


class Answer(NamedTuple):
    """What a bot said: where, to which event, and when."""

    room_id: str
    event_id: str
    at: float


class Report(NamedTuple):
    """When each place of the stream was handed out, and all answers; times are of `time.monotonic`."""

    handed_out: dict[int, float]
    answers: list[Answer]


class Homeserver:
    """The fake homeserver's other side: what it is to hand out, and what came of it."""

    def __init__(self, url: str) -> None:
        self.account = Account(url, USER_ID, DEVICE_ID, TOKEN)

    def hand_out(self, rooms: dict[str, Any]) -> int:
        """Append the `rooms` of a sync to the stream; returns its place there."""
        return int(self._call("/_bench/stream", json.dumps(rooms).encode()))

    def report(self, answers: int, bot: subprocess.Popen[str]) -> Report:
        """Wait for so many answers of the bot, and for the duplicates that must not come."""
        until = time.monotonic() + PATIENCE
        told: Any = {"answers": []}
        while len(told["answers"]) < answers and time.monotonic() < until and bot.poll() is None:
            told = self._call(f"/_bench/report?answers={answers}")
        if len(told["answers"]) != answers:
            raise SystemExit(f"{answers} answers were expected, {len(told['answers'])} came")
        handed_out = {int(place): when for place, when in told["handed_out"].items()}
        return Report(handed_out, [Answer(*answer) for answer in told["answers"]])

    def answers(self) -> list[Answer]:
        """All answers so far."""
        return [Answer(*answer) for answer in self._call("/_bench/answers")]

    def answer_to(self, event_id: str, bot: subprocess.Popen[str]) -> Answer:
        """Wait for the answer to a command."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and bot.poll() is None:
            if told := self._call(f"/_bench/answer?to={event_id}"):
                return Answer(*told)
        raise SystemExit("a command was not answered")

    def _call(self, path: str, body: bytes | None = None) -> Any:
        with urllib.request.urlopen(self.account.homeserver_url + path, body) as answer:  # noqa: S310 -- loopback
            return json.load(answer)


@contextlib.contextmanager
def fake_homeserver(people: int) -> Iterator[Homeserver]:
    """A fast homeserver with nothing behind it."""
    with child("bench.fake_homeserver", "--people", str(people)) as process:
        assert process.stdout
        yield Homeserver(process.stdout.readline().strip())
