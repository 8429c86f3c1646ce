"""Networks in which practices are shared and found."""

from __future__ import annotations

import pytest

from tests.commands.practices.network import register, starter_library
from tests.transcript import ADA, Chat


@pytest.fixture
def library(chat: Chat) -> Chat:
    """A network that speaks English, with the sixty practices."""
    starter_library(chat)
    return chat


@pytest.fixture
def library_de(chat_de: Chat) -> Chat:
    """A network that speaks German, with the sixty practices."""
    starter_library(chat_de)
    return chat_de


@pytest.fixture
def ada(chat: Chat) -> Chat:
    """A network in which Ada is a member."""
    register(chat, ADA)
    return chat


@pytest.fixture
def ada_de(chat_de: Chat) -> Chat:
    """A network that speaks German, in which Ada is a member."""
    register(chat_de, ADA)
    return chat_de
