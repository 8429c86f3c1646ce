"""The homeserver, spoken to over HTTP with matrix-nio."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from nio import Api

from bot.matrix.content import check_content, check_json
from bot.matrix.gateway import Json, Refused, Session, Unavailable
from bot.matrix.transport import NO_TOKEN, Built, Transport, build, endpoint

MEDIA_CREATE = "/_matrix/media/v1"
MEDIA = "/_matrix/media/v3"
AUTHENTICATED_MEDIA = "/_matrix/client/v1/media"
DOWNLOAD_TIMEOUT = 300.0  # seconds; the file may lie with another server, which ours has to ask first

KEYS_TIMEOUT_MS = 10_000  # for servers that ours has to ask; one that is away must not hold up a message

SYNC_FILTER: Json = {
    "presence": {"types": []},
    "room": {
        "ephemeral": {"types": []},
        "account_data": {"types": []},
        "state": {"lazy_load_members": True},
        "timeline": {"limit": 100, "lazy_load_members": True},
    },
}


class NioGateway:
    """`Gateway` for one account at one homeserver.

    Answers are the raw JSON. nio's own parsing of events is not used: it drops some malformed events and
    raises on others, and a bot that meets such a sync at its start meets it again at each start.

    `request_timeout` is in seconds; a sync may take as much longer as the homeserver was asked to wait.
    """

    def __init__(self, homeserver_url: str, session: Session, *, request_timeout: float = 60.0) -> None:
        self.session = session
        self.user_id = session.user_id
        self._transport = Transport(homeserver_url, request_timeout=request_timeout)
        self._transport.access_token = session.access_token
        self.on_new_session: Callable[[], None] = lambda: None  # called when the bot had to log in again

    def log_in_again_with(self, log_in: Callable[[], Awaitable[Session]]) -> None:
        """When the access token has been revoked, go on with that of a new session of the same device."""

        async def log_in_again() -> None:
            self.session = await log_in()
            self._transport.access_token = self.session.access_token
            self.on_new_session()

        self._transport.log_in_again = log_in_again

    async def sync(self, since: str | None, *, timeout_ms: int) -> Json:
        """The raw body of `/sync`, with lazily loaded members and at most 100 events of a room."""
        request = build(Api.sync, NO_TOKEN, since, timeout_ms, SYNC_FILTER)
        # Half a minute beyond what was asked for is the network's; after that nobody is there any more.
        limit = timeout_ms / 1000 + min(30.0, self._transport.request_timeout)
        body = await self._transport.request(request, timeout=limit)
        _text(body, "next_batch")
        return _object(body)

    async def messages(self, room_id: str, *, start: str, end: str | None, limit: int = 100) -> Json:
        """The raw body of `/messages` backwards from `start` to `end`, one page."""
        return _object(await self._ask(Api.room_messages, NO_TOKEN, room_id, start, end, limit=limit))

    async def joined_members(self, room_id: str) -> dict[str, str | None]:
        """Who is in the room: user ids with their display names."""
        body = _object(await self._ask(Api.joined_members, NO_TOKEN, room_id))
        joined = body.get("joined")
        if not isinstance(joined, dict):
            raise Unavailable("members without a list of members")
        return {user_id: _display_name(profile) for user_id, profile in joined.items()}

    async def state(self, room_id: str) -> list[Json]:
        """All state events of a room, whole; the sender of m.room.create is the room's creator."""
        body = await self._ask(Api.room_get_state, NO_TOKEN, room_id)
        if not isinstance(body, list):
            raise Unavailable("a state that is no list")
        return [event for event in body if isinstance(event, dict)]

    async def state_event(self, room_id: str, event_type: str, state_key: str = "") -> Json | None:
        """The content of one state event; None when there is none."""
        return await self._find(Api.room_get_state_event, NO_TOKEN, room_id, event_type, state_key)

    async def put_state(self, room_id: str, event_type: str, content: Json, state_key: str = "") -> str:
        """Set a state event; returns its event id."""
        check_content(content)
        answer = await self._ask(Api.room_put_state, NO_TOKEN, room_id, event_type, content, state_key)
        return _text(answer, "event_id")

    async def send_event(self, room_id: str, event_type: str, content: Json, *, txn_id: str) -> str:
        """Send an event; the same `txn_id` from the same device gives the same event id."""
        body = check_content(content)
        request = build(endpoint, "PUT", "rooms", room_id, "send", event_type, txn_id)
        return _text(await self._transport.request((*request, body)), "event_id")

    async def redact(self, room_id: str, event_id: str, *, reason: str, txn_id: str) -> str:
        """Redact an event; returns the redaction's event id."""
        check_content({"reason": reason})
        answer = await self._ask(Api.room_redact, NO_TOKEN, room_id, event_id, txn_id, reason)
        return _text(answer, "event_id")

    async def resolve_alias(self, alias: str) -> str | None:
        """The room id behind an alias; None when there is no such alias."""
        answer = await self._find(Api.room_resolve_alias, alias)
        return None if answer is None else _text(answer, "room_id")

    async def create_room(self, request: Json) -> str:
        """Create a room from the body of `/createRoom`; returns its id. A taken alias is `Refused`
        with M_ROOM_IN_USE."""
        check_json(request)
        return _text(await self._ask(endpoint, "POST", "createRoom", body=request), "room_id")

    async def join(self, room_id_or_alias: str, *, via: Sequence[str] = ()) -> str:
        """Join a room, by way of the servers `via` where its id does not name one; returns its id."""
        query = [(name, server) for server in via for name in ("via", "server_name")]
        return _text(await self._ask(endpoint, "POST", "join", room_id_or_alias, query=query), "room_id")

    async def leave(self, room_id: str) -> None:
        """Leave a room or reject its invitation."""
        await self._ask(Api.room_leave, NO_TOKEN, room_id)

    async def invite(self, room_id: str, user_id: str) -> None:
        """Invite someone into a room."""
        await self._ask(Api.room_invite, NO_TOKEN, room_id, user_id)

    async def reserve_upload(self) -> str:
        """An `mxc://` address that content can be put to later (`/media/v1/create`).

        Synapse holds it for 24 hours and allows five unused ones at a time.
        """
        address = _text(await self._ask(endpoint, "POST", "create", base=MEDIA_CREATE), "content_uri")
        _media_parts(address)
        return address

    async def upload(self, content_uri: str, data: bytes, *, content_type: str, filename: str) -> None:
        """Put content to a reserved address; putting it again is no error. An address that the homeserver
        has given up is `Refused` with M_NOT_FOUND."""
        server, media_id = _media_parts(content_uri)
        request = build(
            endpoint, "PUT", "upload", server, media_id, base=MEDIA, query=[("filename", filename)]
        )
        try:
            await self._transport.request(request, data=data, content_type=content_type)
        except Refused as refusal:
            if refusal.errcode != "M_CANNOT_OVERWRITE_MEDIA":
                raise

    async def download(self, content_uri: str, *, limit: int) -> bytes:
        """What is kept at an `mxc://` address; raises `TooLarge` beyond `limit` bytes, however many were
        announced."""
        server, media_id = _media_parts(content_uri)

        async def from_(base: str) -> bytes:
            request = build(endpoint, "GET", "download", server, media_id, base=base)
            return await self._transport.download(request, limit=limit, timeout=DOWNLOAD_TIMEOUT)

        try:
            return await from_(AUTHENTICATED_MEDIA)
        except Refused as refusal:
            # Homeservers from before Matrix 1.11 do not know that address.
            if refusal.errcode != "M_UNRECOGNIZED":
                raise
        return await from_(MEDIA)

    async def put_account_data(self, event_type: str, content: Json) -> None:
        """Set one of the bot's own account data."""
        check_content(content)
        await self._ask(endpoint, "PUT", "user", self.user_id, "account_data", event_type, body=content)

    async def account_data(self, event_type: str) -> Json | None:
        """One of the bot's own account data; None when it was never set."""
        return await self._find(endpoint, "GET", "user", self.user_id, "account_data", event_type)

    async def set_display_name(self, name: str) -> None:
        """Set the bot's own display name."""
        check_json(name)
        await self._ask(Api.profile_set_displayname, NO_TOKEN, self.user_id, name)

    async def room_people(self, room_id: str) -> list[str]:
        """The user ids of all who are in the room or invited to it."""
        query = [("not_membership", "leave")]
        body = _object(await self._ask(endpoint, "GET", "rooms", room_id, "members", query=query))
        found = []
        for event in body.get("chunk") or []:
            content = event.get("content") if isinstance(event, dict) else None
            user = event.get("state_key") if isinstance(event, dict) else None
            membership = content.get("membership") if isinstance(content, dict) else None
            if isinstance(user, str) and membership in ("join", "invite"):
                found.append(user)
        return found

    async def keys_upload(self, body: Json) -> dict[str, int]:
        """Publish device keys and one-time keys; returns how many of each kind are there now."""
        answer = _object(await self._ask(endpoint, "POST", "keys", "upload", body=body))
        counts = answer.get("one_time_key_counts")
        return {
            kind: count
            for kind, count in (counts if isinstance(counts, dict) else {}).items()
            if isinstance(count, int)
        }

    async def keys_query(self, user_ids: Sequence[str]) -> Json:
        """The devices and cross-signing keys of users: the raw body of `/keys/query`."""
        body = {"device_keys": {user_id: [] for user_id in user_ids}, "timeout": KEYS_TIMEOUT_MS}
        return _object(await self._ask(endpoint, "POST", "keys", "query", body=body))

    async def keys_claim(self, one_time_keys: Json) -> Json:
        """One key each of devices, given as algorithms by user and device: the raw body of `/keys/claim`."""
        body = {"one_time_keys": one_time_keys, "timeout": KEYS_TIMEOUT_MS}
        return _object(await self._ask(endpoint, "POST", "keys", "claim", body=body))

    async def send_to_device(self, event_type: str, messages: Json, *, txn_id: str) -> None:
        """Send contents to devices, given by user and device."""
        await self._ask(endpoint, "PUT", "sendToDevice", event_type, txn_id, body={"messages": messages})

    async def upload_signing_keys(self, body: Json, *, auth: Json | None = None) -> None:
        """Publish cross-signing keys; may raise `AuthNeeded`."""
        whole = {**body, "auth": auth} if auth else body
        await self._ask(endpoint, "POST", "keys", "device_signing", "upload", body=whole)

    async def upload_signatures(self, body: Json) -> Json:
        """Publish signatures under keys; returns what was not accepted."""
        answer = _object(await self._ask(endpoint, "POST", "keys", "signatures", "upload", body=body))
        failures = answer.get("failures")
        return failures if isinstance(failures, dict) else {}

    async def whoami(self) -> Json:
        """Whose token this is: `user_id` and, unless it is an application service's, `device_id`."""
        return _object(await self._ask(Api.whoami, NO_TOKEN))

    async def close(self) -> None:
        """Let go of all connections."""
        await self._transport.close()

    async def _ask(self, builder: Callable[..., Built], *parts: Any, **options: Any) -> Any:
        return await self._transport.request(build(builder, *parts, **options))

    async def _find(self, builder: Callable[..., Built], *parts: Any, **options: Any) -> Json | None:
        try:
            return _object(await self._ask(builder, *parts, **options))
        except Refused as refusal:
            if refusal.errcode == "M_NOT_FOUND":
                return None
            raise


def _object(answer: Any) -> Json:
    if not isinstance(answer, dict):
        raise Unavailable("an answer that is no object")
    return answer


def _text(answer: Any, key: str) -> str:
    value = _object(answer).get(key)
    if not isinstance(value, str):
        raise Unavailable(f"an answer without {key}")
    return value


def _display_name(profile: Any) -> str | None:
    name = profile.get("display_name") if isinstance(profile, dict) else None
    return name if isinstance(name, str) else None


def _media_parts(content_uri: str) -> tuple[str, str]:
    server, slash, media_id = content_uri.removeprefix("mxc://").partition("/")
    if not (content_uri.startswith("mxc://") and server and slash and media_id):
        raise Refused(400, "M_INVALID_PARAM", "no mxc:// address")
    return server, media_id
