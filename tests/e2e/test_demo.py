"""The demo, played with lines on standard input: from nothing, and again where it ended."""

from __future__ import annotations

import os
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from config.settings import PREFIX

REGISTER = """\
register\\
Name: Alex Demo\\
Organisation: International Office\\
Kind: City\\
City: Freiburg\\
Country: Germany\\
Languages: English, German\\
Themes: Climate, Twinning\\
Consent: yes, I agree"""
SHARE = """\
share\\
Title: Rain gardens instead of kerbs\\
Summary: Small planted basins along the street take up heavy rain.\\
Challenge: Heavy rain flooded cellars in one quarter several times a year.\\
Solution: Residents and the city planted forty basins at the kerb.\\
Evidence: Not measured yet.\\
Lessons: Care has to be agreed with the residents before planting.\\
Transfer: A street that is being rebuilt anyway.\\
Themes: Climate adaptation"""
SCRIPT = [
    REGISTER,
    "match",
    "introduce 1",
    "heavy rain",
    "Hochwasser",
    SHARE,
    "mydata",
    "/lobby",
    "!ping",
    "hello everybody",
    "!pin 61 easy to repeat",
    "/moderator",
    "!pin 61 easy to repeat",
    "/nonsense",
]


@pytest.mark.synapse
def test_the_demo(tmp_path: Path) -> None:
    """Every line is answered before the next; nothing is left running, and nothing is forgotten."""
    demo = _start(tmp_path)
    told, _ = demo.communicate("\n".join(SCRIPT))
    assert demo.returncode == 0, told
    assert _left_running(tmp_path) == []
    assert "no answer" not in told
    answers = _answers(told)
    registered, matched, introduced, *answers = answers
    english, german, shared, mine, lobby, ping, hello, denied, _, pinned, unknown = answers
    assert "Welcome, Alex Demo!" in registered
    assert "1. Oksana Prykladenko" in matched
    assert "I ask this member" in introduced
    assert "#4 Cloudburst plan" in english
    assert "#4 Cloudburst plan" in german
    assert "#61 Rain gardens instead of kerbs is published" in shared
    (saved,) = re.findall(r"\(saved as (.*)\)", mine)
    assert "Alex Demo" in Path(saved).read_text("utf-8")
    assert "You are in the lobby" in lobby
    assert "Proxenos @lobby: pong" in ping
    assert "Proxenos" not in hello
    assert "moderator" in denied
    assert "#61 Rain gardens instead of kerbs is pinned here" in pinned
    assert "1 pinned now" in pinned
    assert "/nonsense is not a command of this chat" in unknown
    accounts = tmp_path / "demo/accounts.json"
    assert stat.S_IMODE(accounts.stat().st_mode) == 0o600
    secrets = accounts.read_text("utf-8")

    again = _start(tmp_path)
    assert again.stdin
    assert again.stdout
    again.stdin.write("practice 61\n")
    again.stdin.flush()
    seen = []
    for line in again.stdout:
        seen.append(line)
        if "easy to repeat" in line:
            break
    assert not any("filling the library" in line for line in seen)
    again.send_signal(signal.SIGINT)
    again.stdout.read()  # to its end, with standard input open: it is the signal that ends it
    again.communicate()
    assert again.returncode == 130
    assert _left_running(tmp_path) == []
    assert accounts.read_text("utf-8") == secrets


def _start(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "bot", "demo", "--folder", str(folder / "demo")],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if not name.startswith(PREFIX)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _answers(told: str) -> list[str]:
    """What was said after each line, up to the next one."""
    return re.split(r"^(?:you|moderator)(?: @lobby)?> ", told, flags=re.MULTILINE)[1:]


def _left_running(folder: Path) -> list[str]:
    """The command lines of processes that work in the folder."""
    found = []
    for process in psutil.process_iter():
        try:
            command, cwd = process.cmdline(), process.cwd()
        except (psutil.AccessDenied, psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
        if str(folder) in cwd or any(str(folder) in part for part in command):
            found.append(" ".join(command))
    return found
