"""What the program relies on at a homeserver, true of the fake as of the real one."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.matrix.gateway import Gateway, Json, Refused, TooLarge
from tests.bot.matrix.conftest import Arrive, numbers


def text(body: str) -> Json:
    return {"msgtype": "m.text", "body": body}


def bodies(events: list[Json]) -> list[str]:
    return [event["content"]["body"] for event in events if event["type"] == "m.room.message"]


async def token(gateway: Gateway) -> str:
    """Where the stream stands. Asked for once per test: Synapse answers the first sync out of a cache."""
    return str((await gateway.sync(None, timeout_ms=0))["next_batch"])


async def news(gateway: Gateway, since: str, section: str, room_id: str) -> Json:
    """What one sync says of one room; waits for it, as a real homeserver is told of it a moment later."""
    for _ in range(20):
        answer = await gateway.sync(since, timeout_ms=1000)
        if room_id in answer.get("rooms", {}).get(section, {}):
            return dict(answer["rooms"][section][room_id])
        since = answer["next_batch"]
    raise AssertionError(f"no news of {room_id} in {section}")


async def meet(host: Gateway, guest: Gateway, **request: Any) -> str:
    """A room that both are in."""
    room_id = await host.create_room({"preset": "private_chat", "invite": [guest.user_id], **request})
    await guest.join(room_id)
    return room_id


async def refusal(call: Any) -> tuple[int, str]:
    """Status and error code with which a call is refused."""
    with pytest.raises(Refused) as refused:
        await call
    return refused.value.status, refused.value.errcode


async def test_the_same_transaction_is_the_same_event(arrive: Arrive) -> None:
    """Sending again with the same transaction id says nothing twice."""
    ada, bob = await arrive("ada"), await arrive("bob")
    room = await meet(ada, bob)
    since = await token(bob)

    first = await ada.send_event(room, "m.room.message", text("hello"), txn_id="one")
    again = await ada.send_event(room, "m.room.message", text("hello"), txn_id="one")
    other = await ada.send_event(room, "m.room.message", text("there"), txn_id="two")

    assert first == again != other
    heard = await news(bob, since, "join", room)
    assert bodies(heard["timeline"]["events"]) == ["hello", "there"]


async def test_racing_repeats_are_one_event(arrive: Arrive) -> None:
    """Repeats that race with each other are one event too."""
    ada = await arrive("ada")
    room = await ada.create_room({})
    sent = await asyncio.gather(
        *(ada.send_event(room, "m.room.message", text("once"), txn_id="race") for _ in range(5))
    )
    assert len(set(sent)) == 1


async def test_transaction_ids_belong_to_one_account(arrive: Arrive) -> None:
    """Two accounts may use the same transaction id."""
    ada, bob = await arrive("ada"), await arrive("bob")
    room = await meet(ada, bob)
    first = await ada.send_event(room, "m.room.message", text("a"), txn_id="same")
    second = await bob.send_event(room, "m.room.message", text("b"), txn_id="same")
    assert first != second


async def test_sync_brings_what_was_sent(arrive: Arrive) -> None:
    """An event arrives whole, and the sender's own device recognises it by its transaction id."""
    ada, bob = await arrive("ada"), await arrive("bob")
    room = await meet(ada, bob)
    bobs, adas = await token(bob), await token(ada)
    event_id = await ada.send_event(room, "m.room.message", text("Grüße 🌍"), txn_id="t/1")

    heard = await news(bob, bobs, "join", room)
    [event] = heard["timeline"]["events"]
    assert event["event_id"] == event_id
    assert event["sender"] == ada.user_id
    assert event["content"] == text("Grüße 🌍")
    assert event["origin_server_ts"] > 0
    assert heard["timeline"]["limited"] is False
    assert "transaction_id" not in event["unsigned"]

    echo = await news(ada, adas, "join", room)
    assert echo["timeline"]["events"][0]["unsigned"]["transaction_id"] == "t/1"


async def test_a_sync_without_news_has_no_rooms(arrive: Arrive) -> None:
    """Nothing new, nothing told."""
    ada = await arrive("ada")
    await ada.create_room({})
    since = await token(ada)
    answer = await ada.sync(since, timeout_ms=0)
    assert "rooms" not in answer or not any(answer["rooms"].values())


async def test_a_waiting_sync_returns_when_something_happens(arrive: Arrive) -> None:
    """A long poll ends with the event that it waited for."""
    ada, bob = await arrive("ada"), await arrive("bob")
    room = await meet(ada, bob)
    since = await token(bob)
    waiting = asyncio.create_task(news(bob, since, "join", room))
    await asyncio.sleep(0)
    await ada.send_event(room, "m.room.message", text("now"), txn_id="1")
    assert bodies((await waiting)["timeline"]["events"]) == ["now"]


async def test_a_gap_is_filled_by_paging_back(arrive: Arrive) -> None:
    """More than a hundred events come with a gap; paging from it to the old token brings the rest, once."""
    ada, bob = await arrive("ada"), await arrive("bob")
    room = await meet(ada, bob)
    since = await token(bob)
    for number in range(130):
        await ada.send_event(room, "m.room.message", text(str(number)), txn_id=f"n{number}")

    timeline = (await news(bob, since, "join", room))["timeline"]
    assert timeline["limited"] is True
    assert len(timeline["events"]) == 100

    missing: list[str] = []
    start = timeline["prev_batch"]
    while start:
        page = await bob.messages(room, start=start, end=since, limit=20)
        missing += bodies(page["chunk"])
        start = page.get("end")
    assert list(reversed(missing)) + bodies(timeline["events"]) == [str(number) for number in range(130)]


async def test_joins_and_changes_in_a_gap_are_in_the_state_block(arrive: Arrive) -> None:
    """State that changed inside a gap is told beside the timeline."""
    ada, bob, cyd = await arrive("ada"), await arrive("bob"), await arrive("cyd")
    room = await meet(ada, bob, preset="public_chat")
    since = await token(bob)
    await ada.put_state(room, "m.room.topic", {"topic": "new"})
    await cyd.join(room)
    for number in range(101):
        await ada.send_event(room, "m.room.message", text(str(number)), txn_id=f"n{number}")

    heard = await news(bob, since, "join", room)
    told = {(event["type"], event["state_key"]) for event in heard["state"]["events"]}
    assert {("m.room.topic", ""), ("m.room.member", cyd.user_id)} <= told


async def test_paging_without_an_end_reaches_the_start_of_the_room(arrive: Arrive) -> None:
    """Without `end` the history ends with the room's creation, and a page without `end` is the last."""
    ada = await arrive("ada")
    room = await ada.create_room({})
    await ada.send_event(room, "m.room.message", text("last"), txn_id="1")
    start: str | None = await token(ada)
    types: list[str] = []
    while start:
        page = await ada.messages(room, start=start, end=None, limit=3)
        types += [event["type"] for event in page["chunk"]]
        start = page.get("end")
    assert types[0] == "m.room.message"
    assert types[-1] == "m.room.create"


async def test_an_invitation_shows_who_invites_into_what(arrive: Arrive) -> None:
    """The invited see the inviter, the room's name and whether it is a direct chat, and can come in."""
    ada, bob = await arrive("ada"), await arrive("bob")
    since = await token(bob)
    room = await ada.create_room({"name": "Bridges", "is_direct": True, "invite": [bob.user_id]})

    events = (await news(bob, since, "invite", room))["invite_state"]["events"]
    shown = {(event["type"], event["state_key"]): event for event in events}
    invitation = shown["m.room.member", bob.user_id]
    assert invitation["sender"] == ada.user_id
    assert invitation["content"]["membership"] == "invite"
    assert invitation["content"]["is_direct"] is True
    assert shown["m.room.name", ""]["content"]["name"] == "Bridges"

    assert await bob.join(room) == room
    assert await bob.join(room) == room
    assert set(await ada.joined_members(room)) == {ada.user_id, bob.user_id}


async def test_a_room_just_joined_comes_with_its_past(arrive: Arrive) -> None:
    """The first timeline holds what was said before; `unsigned.membership` tells where one's time begins."""
    ada, bob = await arrive("ada"), await arrive("bob")
    since = await token(bob)
    room = await ada.create_room({"preset": "private_chat"})
    await ada.send_event(room, "m.room.message", text("before"), txn_id="1")
    await ada.invite(room, bob.user_id)
    await ada.send_event(room, "m.room.message", text("between"), txn_id="2")
    await bob.join(room)
    await ada.send_event(room, "m.room.message", text("after"), txn_id="3")

    timeline = (await news(bob, since, "join", room))["timeline"]
    assert timeline["limited"] is True
    messages = [event for event in timeline["events"] if event["type"] == "m.room.message"]
    assert [(e["content"]["body"], e["unsigned"]["membership"]) for e in messages] == [
        ("before", "leave"),
        ("between", "invite"),
        ("after", "join"),
    ]


async def test_leaving_and_rejecting(arrive: Arrive) -> None:
    """Who leaves or rejects is told so by sync, hears no more of the room, and can do it again."""
    ada, bob = await arrive("ada"), await arrive("bob")
    room = await meet(ada, bob)
    since = await token(bob)
    await ada.send_event(room, "m.room.message", text("goodbye"), txn_id="1")
    await bob.leave(room)
    await bob.leave(room)
    await ada.send_event(room, "m.room.message", text("behind the door"), txn_id="2")
    left = await news(bob, since, "leave", room)
    assert bodies(left["timeline"]["events"]) == ["goodbye"]
    assert left["timeline"]["events"][-1]["content"]["membership"] == "leave"
    since = (await bob.sync(since, timeout_ms=0))["next_batch"]

    await ada.invite(room, bob.user_id)
    await ada.invite(room, bob.user_id)
    await news(bob, since, "invite", room)
    await bob.leave(room)
    rejected = await news(bob, since, "leave", room)
    assert rejected["timeline"]["events"][-1]["sender"] == bob.user_id
    assert set(await ada.joined_members(room)) == {ada.user_id}


async def test_a_withdrawn_invitation_is_told(arrive: Arrive) -> None:
    """A room that is left before it is joined can't be joined any more."""
    ada, bob = await arrive("ada"), await arrive("bob")
    room = await ada.create_room({"preset": "private_chat", "invite": [bob.user_id]})
    await bob.leave(room)
    assert await refusal(bob.join(room)) == (403, "M_FORBIDDEN")


async def test_names_and_their_changes(arrive: Arrive) -> None:
    """A new display name is a member event with `join` before and after."""
    ada, bob = await arrive("ada"), await arrive("bob")
    room = await meet(ada, bob)
    since = await token(bob)
    await ada.set_display_name("Ada Lovelace 🌉")

    heard = await news(bob, since, "join", room)
    [change] = [event for event in heard["timeline"]["events"] if event["type"] == "m.room.member"]
    assert change["content"]["displayname"] == "Ada Lovelace 🌉"
    assert change["content"]["membership"] == change["unsigned"]["prev_content"]["membership"] == "join"
    assert (await bob.joined_members(room))[ada.user_id] == "Ada Lovelace 🌉"


async def test_an_alias_is_taken_once(arrive: Arrive) -> None:
    """A second room with the same alias is refused, and the alias leads to the first."""
    ada, bob = await arrive("ada"), await arrive("bob")
    name = f"brücke/+ 🌉{next(numbers)}".replace(" ", "")
    room = await ada.create_room({"room_alias_name": name, "preset": "public_chat"})
    assert await refusal(ada.create_room({"room_alias_name": name})) == (400, "M_ROOM_IN_USE")

    alias = f"#{name}:test.localhost"
    assert await bob.resolve_alias(alias) == room
    assert await bob.resolve_alias("#nowhere:test.localhost") is None
    assert await bob.join(alias) == room
    assert await refusal(bob.join("#nowhere:test.localhost")) == (404, "M_NOT_FOUND")


async def test_pins_are_state_and_need_power(arrive: Arrive) -> None:
    """Pins are read and written as state; without the level they are refused."""
    ada, bob = await arrive("ada"), await arrive("bob")
    room = await meet(ada, bob)
    event_id = await ada.send_event(room, "m.room.message", text("keep"), txn_id="1")
    pins = {"pinned": [event_id]}

    assert await ada.state_event(room, "m.room.pinned_events") is None
    assert await refusal(bob.put_state(room, "m.room.pinned_events", pins)) == (403, "M_FORBIDDEN")
    first = await ada.put_state(room, "m.room.pinned_events", pins)
    assert await ada.put_state(room, "m.room.pinned_events", pins) == first
    assert await bob.state_event(room, "m.room.pinned_events") == pins


async def test_state_keys_may_be_anything(arrive: Arrive) -> None:
    """Slashes, signs and emoji in types and keys come through the address unharmed."""
    ada = await arrive("ada")
    room = await ada.create_room({})
    for key in ("", "k/#+ü🌍 %2F?&=", "a b", "%", "+", "..a"):
        await ada.put_state(room, "org.example.odd/#+🌍", {"key": key}, key)
        assert await ada.state_event(room, "org.example.odd/#+🌍", key) == {"key": key}
    assert await refusal(ada.put_state(room, "org.example.odd", {}, "@somebody:test.localhost")) == (
        403,
        "M_FORBIDDEN",
    )


async def test_the_creator_of_a_room_is_in_its_state(arrive: Arrive) -> None:
    """In version 12 the creator stands in the create event's sender and in no list of levels."""
    ada, bob = await arrive("ada"), await arrive("bob")
    room = await ada.create_room({"preset": "trusted_private_chat", "invite": [bob.user_id]})
    state = {(event["type"], event["state_key"]): event for event in await ada.state(room)}

    create = state["m.room.create", ""]
    assert create["sender"] == ada.user_id
    assert create["content"]["room_version"] == "12"
    assert create["content"]["additional_creators"] == [bob.user_id]
    assert state["m.room.power_levels", ""]["content"]["users"] == {}
    assert ":" not in room

    crowned = {"power_level_content_override": {"users": {ada.user_id: 100}}}
    assert await refusal(ada.create_room(crowned)) == (400, "M_UNKNOWN")


async def test_older_rooms_have_their_creator_in_the_levels(arrive: Arrive) -> None:
    """In version 11 the creator is an ordinary 100."""
    ada = await arrive("ada")
    room = await ada.create_room({"room_version": "11"})
    levels = await ada.state_event(room, "m.room.power_levels")
    assert levels is not None
    assert levels["users"] == {ada.user_id: 100}
    assert room.endswith(":test.localhost")


async def test_a_room_is_made_as_asked(arrive: Arrive) -> None:
    """Name, topic, levels and further state of a new room are what the request said."""
    ada, bob = await arrive("ada"), await arrive("bob")
    room = await ada.create_room(
        {
            "name": "Hub",
            "topic": "All of us",
            "preset": "public_chat",
            "creation_content": {"type": "m.space"},
            "power_level_content_override": {"users": {bob.user_id: 50}},
            "initial_state": [{"type": "m.room.guest_access", "content": {"guest_access": "forbidden"}}],
        }
    )
    assert (await ada.state_event(room, "m.room.name")) == {"name": "Hub"}
    assert (await ada.state_event(room, "m.room.topic") or {})["topic"] == "All of us"
    assert (await ada.state_event(room, "m.room.create") or {})["type"] == "m.space"
    assert (await ada.state_event(room, "m.room.power_levels") or {})["users"] == {bob.user_id: 50}
    assert (await ada.state_event(room, "m.room.guest_access")) == {"guest_access": "forbidden"}
    assert (await ada.state_event(room, "m.room.join_rules")) == {"join_rule": "public"}


async def test_members_of_a_neighbour_room_may_come_in(arrive: Arrive) -> None:
    """A restricted room is open to who is in the room that it names, and to nobody else."""
    ada, bob, cyd = await arrive("ada"), await arrive("bob"), await arrive("cyd")
    hub = await meet(ada, bob)
    allowed = [{"type": "m.room_membership", "room_id": hub}]
    rules = {"join_rule": "restricted", "allow": allowed}
    room = await ada.create_room({"initial_state": [{"type": "m.room.join_rules", "content": rules}]})
    assert await bob.join(room) == room
    assert await refusal(cyd.join(room)) == (403, "M_FORBIDDEN")


async def test_redaction_takes_the_content(arrive: Arrive) -> None:
    """A redacted message is empty for who comes later; repeating it is one redaction."""
    ada, bob = await arrive("ada"), await arrive("bob")
    room = await meet(ada, bob)
    since = await token(bob)
    event_id = await ada.send_event(room, "m.room.message", text("oops"), txn_id="1")
    assert await refusal(bob.redact(room, event_id, reason="", txn_id="x")) == (403, "M_FORBIDDEN")
    first = await ada.redact(room, event_id, reason="typo", txn_id="r")
    assert await ada.redact(room, event_id, reason="typo", txn_id="r") == first

    message, redaction = (await news(bob, since, "join", room))["timeline"]["events"]
    assert message["content"] == {}
    assert message["unsigned"]["redacted_because"]["event_id"] == first
    assert redaction["type"] == "m.room.redaction"
    assert redaction["content"] == {"redacts": event_id, "reason": "typo"}


async def test_an_upload_has_one_address_for_ever(arrive: Arrive) -> None:
    """Content goes to its reserved address once; again is no error, elsewhere and for others it is."""
    ada, bob = await arrive("ada"), await arrive("bob")
    address, other = await ada.reserve_upload(), await ada.reserve_upload()
    assert address != other
    assert address.startswith("mxc://test.localhost/")
    picture = b"\x89PNG" * 400_000
    await ada.upload(address, picture, content_type="image/png", filename="Plan ü+/&.png")
    await ada.upload(address, picture, content_type="image/png", filename="Plan ü+/&.png")

    async def put(by: Gateway, uri: str) -> None:
        await by.upload(uri, b"x", content_type="image/png", filename="x.png")

    assert await refusal(put(ada, "mxc://test.localhost/unknown")) == (404, "M_NOT_FOUND")
    assert await refusal(put(bob, other)) == (403, "M_FORBIDDEN")


async def test_files_come_back_as_they_were_put(arrive: Arrive) -> None:
    """To everyone with an account, up to the limit that was set; what is not there is refused."""
    ada, bob = await arrive("ada"), await arrive("bob")
    address, empty = await ada.reserve_upload(), await ada.reserve_upload()
    picture = bytes(range(256)) * 2_000
    await ada.upload(address, picture, content_type="image/png", filename="Plan.png")

    assert await ada.download(address, limit=len(picture)) == picture
    assert await bob.download(address, limit=10**9) == picture
    with pytest.raises(TooLarge):
        await bob.download(address, limit=len(picture) - 1)
    unknown = bob.download("mxc://test.localhost/unknown", limit=10)
    assert await refusal(unknown) == (404, "M_NOT_FOUND")
    await ada.upload(empty, b"", content_type="image/png", filename="nothing.png")
    assert await bob.download(empty, limit=10) == b""


async def test_account_data_is_kept(arrive: Arrive) -> None:
    """The bot's own notes at the homeserver."""
    ada = await arrive("ada")
    assert await ada.account_data("org.example/notes") is None
    await ada.put_account_data("org.example/notes", {"seen": 1})
    assert await ada.account_data("org.example/notes") == {"seen": 1}


async def test_strangers_are_refused(arrive: Arrive) -> None:
    """Who is not in a room can neither speak, look nor invite there."""
    ada, bob = await arrive("ada"), await arrive("bob")
    room = await ada.create_room({"preset": "private_chat"})
    for call in (
        bob.send_event(room, "m.room.message", text("hi"), txn_id="1"),
        bob.put_state(room, "m.room.topic", {"topic": "x"}),
        bob.redact(room, "$nothing", reason="", txn_id="2"),
        bob.state(room),
        bob.state_event(room, "m.room.name"),
        bob.joined_members(room),
        bob.messages(room, start="", end=None),
        bob.invite(room, bob.user_id),
        bob.join(room),
        bob.leave(room),
        ada.invite(room, ada.user_id),
        ada.send_event("!nowhere", "m.room.message", text("hi"), txn_id="3"),
        ada.state("!nowhere"),
    ):
        assert await refusal(call) == (403, "M_FORBIDDEN")
    assert await refusal(ada.invite(room, "nobody")) == (400, "M_INVALID_PARAM")
    assert await refusal(ada.leave("!nowhere")) == (404, "M_UNKNOWN")
    assert await refusal(ada.join("!" + "A" * 43)) == (404, "M_UNKNOWN")
    assert await refusal(ada.sync("nonsense", timeout_ms=0)) == (400, "M_UNKNOWN")


async def test_what_a_homeserver_never_takes(arrive: Arrive) -> None:
    """Content that would fail for ever is refused as such."""
    ada = await arrive("ada")
    room = await ada.create_room({})
    event_id = await ada.send_event(room, "m.room.message", text("first"), txn_id="0")
    reaction = {"m.relates_to": {"rel_type": "m.annotation", "event_id": event_id, "key": "👍"}}
    await ada.send_event(room, "m.reaction", reaction, txn_id="r0")
    thread = {"m.relates_to": {"rel_type": "m.thread", "event_id": "$nowhere"}}

    async def sent(event_type: str, content: Json) -> tuple[int, str]:
        return await refusal(ada.send_event(room, event_type, content, txn_id="1"))

    assert await sent("m.room.message", {"body": "no msgtype"}) == (400, "M_UNKNOWN")
    assert await sent("m.room.message", text("lonely \ud800")) == (400, "M_BAD_JSON")
    assert await sent("m.room.message", {**text("x"), "number": 1.5}) == (400, "M_BAD_JSON")
    assert await sent("m.room.message", {**text("x"), "number": 2**53}) == (400, "M_BAD_JSON")
    assert await sent("m.room.message", text("x" * 70_000)) == (413, "M_TOO_LARGE")
    assert await sent("m.room.message", {**text("x"), **thread}) == (400, "M_UNKNOWN")
    assert await sent("m.reaction", reaction) == (400, "M_DUPLICATE_ANNOTATION")
