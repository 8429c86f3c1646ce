"""Pictures made by another process: the same each time, whatever is killed meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import signal
import struct
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import psutil
import pytest

import bot.pictures
from bench.pictures import answered
from bot.pictures import NotNow, png
from commands.assessment import pictures
from config.maturity import bundled
from config.texts import texts
from storage import files, outbox
from tests.bot.pipeline.conftest import scene
from tests.bot.pipeline.scene import BOT, PATIENCE, Scene

__all__ = ["scene"]

NOTE = {"msgtype": "m.notice", "body": "the words", "m.mentions": {}}
DRAWN = pictures.of_profile(answered(bundled()[0], 2), texts("de"), date(2027, 12, 31))
SVG = DRAWN.svg.encode()


def tell_and_show(scene: Scene) -> None:
    """Put words, a picture and more words for the lobby into the outbox."""
    with scene.database.write("test") as tx:
        outbox.message(tx, scene.hub, NOTE)
        content = {"msgtype": "m.image", "body": DRAWN.alt, "info": {"w": DRAWN.width, "h": DRAWN.height}}
        files.send(
            tx, scene.hub, SVG, content_type="image/png", filename="a.png", content=content, painted=True
        )
        outbox.message(tx, scene.hub, {**NOTE, "body": "afterwards"})


def shown(scene: Scene) -> list[str]:
    """What the bot said in the lobby; of pictures their names."""
    said = [event["content"] for event in scene.homeserver.timeline(scene.hub) if event["sender"] == BOT]
    return [content.get("filename") or content["body"] for content in said if "body" in content]


def instead(monkeypatch: pytest.MonkeyPatch, folder: Path, *lines: str) -> None:
    """Let a process do something before it makes a picture."""
    script = folder / "paint.py"
    script.write_text("\n".join([*lines, bot.pictures.PAINT.read_text(encoding="utf-8")]).replace(FUTURE, ""))
    monkeypatch.setattr(bot.pictures, "PAINT", script)


FUTURE = "from __future__ import annotations\n"
DIE = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"


async def test_a_picture_is_as_large_as_it_says() -> None:
    """It is made with the bundled letters, whatever fonts the machine has, and always the same."""
    picture, again = await asyncio.gather(png(SVG), png(SVG))
    assert picture == again
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", picture[16:24]) == (DRAWN.width, DRAWN.height)
    mute = await png(SVG.replace(b"<text", b"<desc").replace(b"</text", b"</desc"))
    assert len(picture) > 1.5 * len(mute)


async def test_a_picture_is_sent_in_its_place(scene: Scene) -> None:
    """Between what was said before and after it, with its size and what it shows in words."""
    tell_and_show(scene)
    await scene.run_once()
    assert shown(scene) == ["the words", "a.png", "afterwards"]
    sent = next(e["content"] for e in scene.homeserver.timeline(scene.hub) if "url" in e["content"])
    assert sent["body"].startswith("Selbsteinschätzung Städtediplomatie, 31. Dezember 2027.")
    _by, data, content_type, _name = scene.homeserver.media[sent["url"]]
    picture = await png(SVG)
    assert (content_type, data) == ("image/png", picture)
    size = {"size": len(picture), "w": DRAWN.width, "h": DRAWN.height}
    assert sent["info"] == {"mimetype": "image/png", **size}


async def test_who_talks_to_the_bot_does_not_wait_for_a_picture(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """However long it takes: only its own room does. What is killed in the middle is made anew, once."""
    go = tmp_path / "go"
    waiting = f"import os, time\nwhile not os.path.exists({str(go)!r}): time.sleep(0.01)"
    instead(monkeypatch, tmp_path, waiting)
    tell_and_show(scene)
    chat = scene.direct(scene.ada)
    async with scene.running():
        child = await a_child(tmp_path)
        asked = scene.ada.send(chat, "ping")
        async with asyncio.timeout(PATIENCE):
            while not scene.answers(chat, asked):  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        assert shown(scene) == ["the words"]
        child.send_signal(signal.SIGKILL)
        go.touch()
        await scene.settled()
    assert shown(scene) == ["the words", "a.png", "afterwards"]


async def test_a_picture_that_can_not_be_made(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The words arrive, the operator can see it, and it is not tried again: it is the drawing's fault."""
    count = tmp_path / "count"
    instead(monkeypatch, tmp_path, f"open({str(count)!r}, 'a').write('x')", "raise SystemExit(1)")
    tell_and_show(scene)
    await scene.run_once()
    await scene.run_once()
    assert shown(scene) == ["the words", "afterwards"]
    assert [(dead.action, dead.error, dead.data) for dead in scene.dead_letters()] == [
        ("picture", "the picture could not be made: the process ended with 1", None)
    ]
    assert count.read_text() == "x"


@pytest.mark.parametrize(
    "fault", [BlockingIOError(errno.EAGAIN, "?"), OSError(errno.ENOMEM, "?"), RuntimeError("no thread")]
)
async def test_a_machine_that_is_short_of_something_is_given_time(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    """Three times there is no process to be had; the picture comes all the same, in its place."""
    faults = [fault] * 3
    start = asyncio.create_subprocess_exec

    async def perhaps(*command: Any, **options: Any) -> asyncio.subprocess.Process:
        if faults:
            raise faults.pop()
        return await start(*command, **options)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", perhaps)
    tell_and_show(scene)
    await scene.run_once()
    assert shown(scene) == ["the words", "a.png", "afterwards"]
    assert scene.waits == [0.5, 1.0, 2.0]


async def test_what_is_killed_each_time_is_given_up(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """After many tries and a while: what is said next in that room waits for it."""
    count = tmp_path / "count"
    instead(monkeypatch, tmp_path, f"open({str(count)!r}, 'a').write('x')", DIE)
    monkeypatch.setattr("bot.pipeline.sender.PAINT_TRIES", 3)
    tell_and_show(scene)
    await scene.run_once()
    assert count.read_text() == "xxx"
    assert [dead.error for dead in scene.dead_letters()] == [
        "the picture could not be made: the process ended with -9"
    ]
    assert shown(scene) == ["the words", "afterwards"]


async def test_what_takes_too_long_is_tried_again(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """By another process, as the machine may be busy."""
    once = tmp_path / "once"
    stuck = f"if not os.path.exists({str(once)!r}): open({str(once)!r}, 'x'); time.sleep(1000)"
    instead(monkeypatch, tmp_path, "import os, time", stuck)
    monkeypatch.setattr(bot.pictures, "LONGEST", 1.0)
    tell_and_show(scene)
    await scene.run_once()
    assert shown(scene) == ["the words", "a.png", "afterwards"]


async def test_a_stop_leaves_no_process_behind(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What was being made is made after the next start."""
    monkeypatch.setattr("bot.app.GRACE", 0.05)
    with monkeypatch.context() as patch:
        instead(patch, tmp_path, "import time; time.sleep(1000)")
        tell_and_show(scene)
        async with scene.running():
            child = await a_child(tmp_path)
    assert not child.is_running()
    await scene.run_once()
    assert shown(scene) == ["the words", "a.png", "afterwards"]


def test_a_process_ends_with_the_bot() -> None:
    """Of a bot that was killed while it handed over a drawing nothing is left working."""
    painting = [sys.executable, "-P", str(bot.pictures.PAINT)]
    ended = subprocess.run(painting, input=SVG[:1000], capture_output=True, check=False)
    assert (ended.returncode, ended.stdout) == (1, b"")


async def test_what_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of it is left. And where no process can be started at all, it is said as well."""
    monkeypatch.setattr(bot.pictures, "LONGEST", 0.5)
    with monkeypatch.context() as patch:
        instead(patch, tmp_path, "import time; time.sleep(1000)")
        making = asyncio.create_task(png(SVG))
        child = await a_child(tmp_path)
        with pytest.raises(NotNow):
            await making
    assert not child.is_running()
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nothing"))
    with pytest.raises(NotNow):
        await png(SVG)


async def test_who_is_forgotten_meanwhile_is_not_shown(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was taken out of the outbox while it was made is not sent, and not even uploaded."""

    async def forgotten(svg: bytes) -> bytes:
        with scene.database.write() as tx:
            tx.connection.execute(outbox.outbox.delete().where(outbox.outbox.c.action == "picture"))
        return svg

    monkeypatch.setattr(bot.pictures, "png", forgotten)
    tell_and_show(scene)
    await scene.run_once()
    assert shown(scene) == ["the words", "afterwards"]
    assert scene.homeserver.media == {}


async def a_child(folder: Path) -> psutil.Process:
    """The process that makes a picture, once it is there."""
    while True:
        for child in psutil.Process().children():
            with contextlib.suppress(psutil.Error):
                if str(folder / "paint.py") in child.cmdline():
                    return child
        await asyncio.sleep(0.01)  # nobody tells when it is
