"""What the program asks of a homeserver; kept small, so that a fake can stand in for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

Json = dict[str, Any]


class GatewayError(Exception):
    """A call that the homeserver did not answer as hoped; the subclasses say what to do about it."""


class Unavailable(GatewayError):
    """The homeserver can't be reached, hung up, timed out or answered 5xx: try again later."""


class Limited(GatewayError):
    """The homeserver says 429: try again after `retry_after` seconds (None: it did not say)."""

    def __init__(self, retry_after: float | None) -> None:
        super().__init__(f"limited, again in {retry_after} s")
        self.retry_after = retry_after


class Refused(GatewayError):
    """The homeserver says no, and will again: `status` is HTTP's, `errcode` is Matrix's."""

    def __init__(self, status: int, errcode: str, reason: str = "") -> None:
        super().__init__(f"{status} {errcode} {reason}".strip())
        self.status = status
        self.errcode = errcode
        self.reason = reason


class TooLarge(GatewayError):
    """A file has more bytes than were asked for at most."""


class LoggedOut(GatewayError):
    """The access token is no longer valid (M_UNKNOWN_TOKEN)."""


class Closed(GatewayError):
    """The gateway was closed: nothing more is asked of the homeserver."""


class AuthNeeded(GatewayError):
    """The homeserver wants to see once more who is there: the `stages` of each way, and the `session`."""

    def __init__(self, session: str | None, flows: list[list[str]]) -> None:
        super().__init__(f"interactive authentication needed: {flows}")
        self.session = session
        self.flows = flows


@dataclass(frozen=True)
class Session:
    """Who the bot is at its homeserver; kept for ever, because transaction ids belong to the device.

    `access_token` is empty until the first login has been answered.
    """

    user_id: str
    device_id: str
    access_token: str = field(repr=False)


class Gateway(Protocol):
    """The homeserver as seen by the pipeline. Every method may raise a `GatewayError`."""

    user_id: str

    async def sync(self, since: str | None, *, timeout_ms: int) -> Json:
        """The raw body of `/sync`, with lazily loaded members and at most 100 events of a room."""
        ...

    async def messages(self, room_id: str, *, start: str, end: str | None, limit: int = 100) -> Json:
        """The raw body of `/messages` backwards from `start` to `end`, one page."""
        ...

    async def joined_members(self, room_id: str) -> dict[str, str | None]:
        """Who is in the room: user ids with their display names."""
        ...

    async def state(self, room_id: str) -> list[Json]:
        """All state events of a room, each with type, state_key, sender and content."""
        ...

    async def state_event(self, room_id: str, event_type: str, state_key: str = "") -> Json | None:
        """The content of one state event; None when there is none."""
        ...

    async def put_state(self, room_id: str, event_type: str, content: Json, state_key: str = "") -> str:
        """Set a state event; returns its event id."""
        ...

    async def send_event(self, room_id: str, event_type: str, content: Json, *, txn_id: str) -> str:
        """Send an event; the same `txn_id` from the same device gives the same event id."""
        ...

    async def redact(self, room_id: str, event_id: str, *, reason: str, txn_id: str) -> str:
        """Redact an event; returns the redaction's event id."""
        ...

    async def resolve_alias(self, alias: str) -> str | None:
        """The room id behind an alias; None when there is no such alias."""
        ...

    async def create_room(self, request: Json) -> str:
        """Create a room from the body of `/createRoom`; returns its id. A taken alias is `Refused`
        with M_ROOM_IN_USE."""
        ...

    async def join(self, room_id_or_alias: str, *, via: Sequence[str] = ()) -> str:
        """Join a room, by way of the servers `via` where its id does not name one; returns its id."""
        ...

    async def leave(self, room_id: str) -> None:
        """Leave a room or reject its invitation."""
        ...

    async def invite(self, room_id: str, user_id: str) -> None:
        """Invite someone into a room."""
        ...

    async def reserve_upload(self) -> str:
        """An `mxc://` address that content can be put to later (`/media/v1/create`)."""
        ...

    async def upload(self, content_uri: str, data: bytes, *, content_type: str, filename: str) -> None:
        """Put content to a reserved address; putting it again is no error."""
        ...

    async def download(self, content_uri: str, *, limit: int) -> bytes:
        """What is kept at an `mxc://` address; raises `TooLarge` beyond `limit` bytes, however many were
        announced."""
        ...

    async def put_account_data(self, event_type: str, content: Json) -> None:
        """Set one of the bot's own account data."""
        ...

    async def account_data(self, event_type: str) -> Json | None:
        """One of the bot's own account data; None when it was never set."""
        ...

    async def set_display_name(self, name: str) -> None:
        """Set the bot's own display name."""
        ...

    async def close(self) -> None:
        """Let go of all connections."""
        ...


class KeyGateway(Gateway, Protocol):
    """The homeserver as encryption sees it, besides everything else."""

    async def room_people(self, room_id: str) -> list[str]:
        """The user ids of all who are in the room or invited to it."""
        ...

    async def keys_upload(self, body: Json) -> dict[str, int]:
        """Publish device keys and one-time keys; returns how many of each kind are there now."""
        ...

    async def keys_query(self, user_ids: Sequence[str]) -> Json:
        """The devices and cross-signing keys of users: the raw body of `/keys/query`."""
        ...

    async def keys_claim(self, one_time_keys: Json) -> Json:
        """One key each of devices, given as algorithms by user and device: the raw body of `/keys/claim`."""
        ...

    async def send_to_device(self, event_type: str, messages: Json, *, txn_id: str) -> None:
        """Send contents to devices, given by user and device."""
        ...

    async def upload_signing_keys(self, body: Json, *, auth: Json | None = None) -> None:
        """Publish cross-signing keys; may raise `AuthNeeded`."""
        ...

    async def upload_signatures(self, body: Json) -> Json:
        """Publish signatures under keys; returns what was not accepted."""
        ...
