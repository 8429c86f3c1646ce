"""A network in each of the bot's languages."""

from __future__ import annotations

import pytest

from config.languages import UI_LANGUAGES
from tests.transcript import Chat


@pytest.fixture(params=UI_LANGUAGES)
def either(request: pytest.FixtureRequest) -> Chat:
    """A small network, once in each language; `chat.language` says which."""
    chat: Chat = request.getfixturevalue("chat" if request.param == "en" else "chat_de")
    return chat
