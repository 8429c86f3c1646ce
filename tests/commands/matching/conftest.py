"""A network in which people have something to give and something to ask for."""

from __future__ import annotations

import pytest

from config.languages import UI_LANGUAGES
from tests.commands.matching.people import register
from tests.transcript import Chat


@pytest.fixture(params=UI_LANGUAGES)
def network(request: pytest.FixtureRequest) -> Chat:
    """Ada, Ben and Mia are members and spoken to in the network's language: once in each."""
    chat: Chat = request.getfixturevalue("chat" if request.param == "en" else "chat_de")
    chat.begin(register)
    return chat


@pytest.fixture
def peers(chat: Chat) -> Chat:
    """The same, in English."""
    chat.begin(register)
    return chat
