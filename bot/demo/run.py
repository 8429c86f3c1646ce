"""The demo from its start to its end, which leaves no process behind."""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.patch_stdout import patch_stdout
from rich.console import Console

from bot import logs
from bot.demo.chat import Chat
from bot.demo.network import DemoNetwork, Language
from bot.demo.screen import Screen

Talk = Callable[[Chat], Awaitable[None]]

STDIN = 0


def run_demo(folder: Path, language: Language) -> int:
    """Play the demo in this terminal, or with the lines on standard input; returns the exit code.

    Raises `SynapseFailed` and `DemoFailed`.
    """
    logs.configure("console", "error")
    screen = Screen(Console(highlight=False))
    return play(folder, language, screen, typed if sys.stdin and sys.stdin.isatty() else scripted)


def play(folder: Path, language: Language, screen: Screen, talk: Talk) -> int:
    """Start the network, let `talk` have its conversation, and stop everything, whatever happens."""
    network = DemoNetwork(folder, language, screen.note)
    with _terminated_as_by_ctrl_c():
        try:
            network.start()
            asyncio.run(_play(network, screen, talk))
        finally:
            # Ctrl-C a second time must not leave the stopping half done.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            screen.note("Stopping …")
            network.stop()
    return 0


async def _play(network: DemoNetwork, screen: Screen, talk: Talk) -> None:
    await network.furnish()
    network.start_bot()
    chat = Chat(network, screen)
    tasks: set[asyncio.Task[None]] = set()
    try:
        await chat.begin()
        chat.introduce()
        screen.note("Type to Proxenos as to a person; `help` shows what it can do, /help what this chat can.")
        tasks.add(asyncio.create_task(chat.listen()))
        tasks.add(asyncio.create_task(_talk(chat, talk)))
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    except ExceptionGroup as group:
        raise _first(group) from None
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await chat.end()


async def _talk(chat: Chat, talk: Talk) -> None:
    await chat.wait_for_bot()
    await talk(chat)


async def typed(chat: Chat) -> None:
    """Take what is typed in the terminal; answers appear above the line that is being typed."""
    session: PromptSession[str] = PromptSession(
        multiline=True,
        key_bindings=_keys(),
        prompt_continuation=lambda width, _line, _wraps: "…> ".rjust(width),
    )
    with patch_stdout(raw=True):
        while True:
            try:
                words = await session.prompt_async(
                    lambda: [("bold ansigreen", chat.prompt)], handle_sigint=False
                )
            except (EOFError, KeyboardInterrupt):
                return
            if not await chat.take(words):
                return


def _keys() -> KeyBindings:
    """Enter sends; Alt-Enter, or Enter behind a backslash, begins a new line."""
    keys = KeyBindings()

    @keys.add("enter")
    def send(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if buffer.document.text_before_cursor.endswith("\\"):
            buffer.delete_before_cursor()
            buffer.insert_text("\n")
        else:
            buffer.validate_and_handle()

    @keys.add("escape", "enter")
    def new_line(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    return keys


async def scripted(chat: Chat) -> None:
    """Take the lines of standard input, each after the answer to the one before; ends when they end."""
    async for words in _messages(_standard_input()):
        chat.screen.typed(chat.prompt, words)
        if not await chat.take(words):
            return
        await chat.settle()


async def _messages(lines: AsyncIterator[str]) -> AsyncIterator[str]:
    """Lines put together to messages: a backslash at the end of a line continues it with the next."""
    begun: list[str] = []
    async for line in lines:
        if line.endswith("\\"):
            begun.append(line[:-1])
        elif begun or line.strip():
            yield "\n".join([*begun, line])
            begun = []
    if begun:
        yield "\n".join(begun)


async def _standard_input() -> AsyncIterator[str]:
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str | None] = asyncio.Queue()

    def read() -> None:
        # Not sys.stdin: its lock, held by a thread that waits, breaks the interpreter's end.
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        rest = ""
        with contextlib.suppress(RuntimeError):  # the loop is closed, nobody wants more lines
            while data := _read():
                *whole, rest = (rest + decoder.decode(data)).split("\n")
                for line in whole:
                    loop.call_soon_threadsafe(lines.put_nowait, line.rstrip("\r"))
            if rest:
                loop.call_soon_threadsafe(lines.put_nowait, rest)
            loop.call_soon_threadsafe(lines.put_nowait, None)

    threading.Thread(target=read, daemon=True).start()
    while (line := await lines.get()) is not None:
        yield line


def _read() -> bytes:
    try:
        return os.read(STDIN, 65_536)
    except OSError:  # closed
        return b""


@contextlib.contextmanager
def _terminated_as_by_ctrl_c() -> Iterator[None]:
    """Make SIGTERM and a closed terminal end the demo as Ctrl-C does."""
    numbers = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
    before = {number: signal.getsignal(number) for number in numbers}
    # A shell that starts it in the background has Ctrl-C ignored, and then nothing would end it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
