"""A network with rooms for events."""

from __future__ import annotations

import pytest

from tests.commands.events.meetings import furnish
from tests.transcript import Chat


@pytest.fixture
def dates(chat: Chat) -> Chat:
    """A network that speaks English, with a room for events."""
    furnish(chat)
    return chat


@pytest.fixture
def daten(chat_de: Chat) -> Chat:
    """The same where German is spoken."""
    furnish(chat_de)
    return chat_de
