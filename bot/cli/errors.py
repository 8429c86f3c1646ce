"""What can go wrong on the command line without being a bug, and the sentence that tells of it."""

from __future__ import annotations

from bot.app import HubRoomUnknown
from bot.demo.network import DemoFailed
from bot.demo.synapse import SynapseFailed
from bot.matrix.gateway import LoggedOut
from bot.matrix.identity import KeysLost
from bot.matrix.session import LoginFailed
from bot.setup import SetupFailed
from storage.database import OutOfReach
from storage.lock import AlreadyRunning
from storage.migrate import DatabaseIsNewer, DatabaseIsOlder, MoveUnfinished
from storage.move import MoveRefused


class CommandFailed(Exception):
    """A command could not be carried out; the text says why."""


_SENTENCES = (
    CommandFailed,
    HubRoomUnknown,
    DemoFailed,
    SynapseFailed,
    LoginFailed,
    KeysLost,
    SetupFailed,
    AlreadyRunning,
    DatabaseIsNewer,
    DatabaseIsOlder,
    MoveRefused,
    MoveUnfinished,
)


def sentence(error: Exception) -> str | None:
    """What to tell an operator; None for a bug, which has to be seen whole."""
    if isinstance(error, _SENTENCES):
        return str(error)
    if isinstance(error, OutOfReach):
        return f"The database takes nothing at the moment: {error}. Nothing was changed; try again later."
    if isinstance(error, LoggedOut):
        return (
            "The homeserver does not accept the bot's access token any more. Set PASSWORD, or a new"
            " ACCESS_TOKEN with its DEVICE_ID, and start again."
        )
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror or error}"
    return None
