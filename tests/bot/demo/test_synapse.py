"""The private Synapse: it comes, keeps what it has, and goes."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import urllib.request
from pathlib import Path

import psutil
import pytest

from bot.demo.synapse import Synapse, SynapseFailed
from bot.matrix.gateway import Limited
from bot.matrix.session import open_gateway

pytestmark = pytest.mark.synapse

PARENT = """
import sys, time
from pathlib import Path
from bot.demo.synapse import Synapse
synapse = Synapse(Path(sys.argv[1]))
synapse.start()
print(synapse.port, flush=True)
time.sleep(3600)
"""


def answers(synapse: Synapse) -> bool:
    with urllib.request.urlopen(f"{synapse.url}/_matrix/client/versions") as response:  # noqa: S310
        return bool(json.load(response)["versions"])


def test_everything_survives_but_the_process(tmp_path: Path) -> None:
    """Port and accounts are the same after a stop, a kill and in a new program; a folder has one Synapse."""
    synapse = Synapse(tmp_path)
    synapse.start()
    try:
        port = synapse.port
        assert synapse.register("ada", "secret") == "@ada:demo.localhost"
        assert synapse.register("ada", "other") == "@ada:demo.localhost"
        with pytest.raises(SynapseFailed):
            synapse.start()
        synapse.restart()
        assert synapse.port == port
        assert answers(synapse)
        synapse.kill()
        synapse.kill()
        synapse = Synapse(tmp_path)
        synapse.start()
        assert synapse.port == port
        assert answers(synapse)
    finally:
        synapse.stop()
    synapse.stop()


def test_it_says_why_it_does_not_start(tmp_path: Path) -> None:
    """A start that fails ends with the homeserver's own words."""
    with pytest.raises(SynapseFailed, match="Server name"):
        Synapse(tmp_path, server_name="no server name").start()


def test_it_does_not_outlive_its_parent(tmp_path: Path) -> None:
    """A program that is killed leaves no homeserver behind."""
    with subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert int(parent.stdout.readline())
        [child] = psutil.Process(parent.pid).children()
        parent.kill()
        parent.wait()
    assert psutil.wait_procs([child], timeout=60)[1] == []

    successor = Synapse(tmp_path)
    successor.start()
    successor.stop()


async def test_the_usual_limits(tmp_path: Path) -> None:
    """With its own limits Synapse soon asks for patience, and says for how long."""
    synapse = Synapse(tmp_path / "synapse", limits="default")
    await asyncio.to_thread(synapse.start)
    try:
        user_id = await asyncio.to_thread(synapse.register, "ada", "secret")
        gateway = await open_gateway(
            synapse.url, user_id, password="secret", access_token=None, device_id=None, data_dir=tmp_path
        )
        room = await gateway.create_room({})

        async def chatter() -> None:
            for number in range(50):
                content = {"msgtype": "m.text", "body": str(number)}
                await gateway.send_event(room, "m.room.message", content, txn_id=str(number))

        with pytest.raises(Limited) as limited:
            await chatter()
        assert limited.value.retry_after is not None
        assert 0 < limited.value.retry_after <= 60
        await gateway.close()
    finally:
        await asyncio.to_thread(synapse.stop)
