"""What all tests share: no network but loopback, and one real Synapse for those that ask."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import settings
from pytest_socket import socket_allow_hosts

from bot.demo.synapse import Synapse
from storage import database
from tests import statements

# A machine that is busy with something else must not make a test fail.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

# Tests pull no plugs.
database.SYNCHRONOUS = "OFF"

statements.share()


def pytest_collection_finish() -> None:
    """Leave what was imported and collected, a million objects, out of the search for garbage."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def pytest_runtest_setup() -> None:
    """Forbid every connection that would leave this machine."""
    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


@pytest.fixture(autouse=True)
def log_as_before() -> Iterator[None]:
    """Put the logging of the whole process back, which commands and benchmarks set up."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def synapse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synapse]:
    """A real homeserver without rate limits; accounts and rooms have to be new in each test."""
    server = Synapse(tmp_path_factory.mktemp("synapse"), server_name="test.localhost")
    server.start()
    yield server
    server.stop()
