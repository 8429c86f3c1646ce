"""Whom one should meet, with the reason in words; taking part, pausing, and blocking."""

from __future__ import annotations

import json
from typing import Any

import pytest

from storage import rooms
from tests import golden
from tests.transcript import ADA, BEN, HUB, MIA, Chat

WORDS = {
    "en": {"match": "match", "nameless": "matching without name", "block": "block 1", "undo": "unblock 1"},
    "de": {
        "match": "wer passt zu mir",
        "nameless": "vermittlung ohne Namen",
        "block": "blockieren 1",
        "undo": "entsperren 1",
    },
}


def test_the_reasons_are_said_in_the_readers_language(network: Chat) -> None:
    """What each needs is met by what the other offers, though one wrote English and the other German."""
    words = WORDS[network.language]
    for user in (ADA, BEN, MIA):
        golden.check(f"matching/match_{user[1:4]}.{network.language}.txt", network.say(user, words["match"]))
    golden.check(f"matching/match_mia.{network.language}.html", network.html)


def test_what_others_need_is_not_told(network: Chat) -> None:
    """Only its theme, as the reason of a proposal."""
    told = network.say(BEN, WORDS[network.language]["match"])
    assert "Ada" in told
    assert "examples of heat action plans" not in told


def test_who_goes_without_a_name_is_not_named(network: Chat) -> None:
    """Not in the proposal, and not when they are blocked by its number."""
    words = WORDS[network.language]
    network.say(BEN, words["nameless"])
    said = [network.say(ADA, words[name]) for name in ("match", "block", "match", "undo", "match")]
    golden.check(f"matching/nameless.{network.language}.txt", "\n---\n".join(said))
    assert not any("Ben" in told or "Münstereifel" in told for told in said)


def test_who_is_blocked_is_not_proposed_on_either_side(peers: Chat) -> None:
    """Until it is taken back; the other is never told."""
    assert "1. Ben Ünal" in peers.say(ADA, "match")
    assert "Ben Ünal · Stabsstelle Europa" in peers.say(ADA, "block Ben")
    assert {row.lane for row in peers.answers} == {peers.dm(ADA)}
    assert "Ben" not in peers.say(ADA, "match")
    assert "Ada" not in peers.say(BEN, "match")
    assert peers.say(ADA, "block @ben:test.localhost").startswith("You have blocked this member already")
    assert "1. Ben Ünal" in peers.say(ADA, "block")
    assert peers.say(ADA, "unblock Ben").startswith("The block is lifted")
    assert peers.say(ADA, "unblock Ben") == "You had not blocked this member."
    assert "Ada" in peers.say(BEN, "match")


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("block", "You have not blocked anybody. To do that: block Ada Example"),
        (
            "block Zaphod",
            "I don't know a member “Zaphod”. who shows everybody.\n\nFor example: block Ada Example",
        ),
        ("block 9", "There is no number 9 in your last list. match shows a new one."),
        ("unblock 9", "There is no number 9 among those whom you blocked. block shows them."),
        (
            "matching maybe",
            "I don't know what “maybe” should mean here. There is: on, off, snooze until a day,"
            " with name, without name.\n\nFor example: matching snooze until 31 March",
        ),
        ("matching snooze", "Until when? Please name a day."),
        ("matching snooze until soon", "I don't know what day “soon” is. For example: 29 March 2027"),
        (
            "matching snooze until 2027-02-30",
            "I don't know what day “2027-02-30” is. For example: 29 March 2027",
        ),
        (
            "matching snooze until 1.2.2027",
            "Monday, 1 February 2027 is past already. Please name a day that is still to come.",
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_a_hint(peers: Chat, said: str, answer: str) -> None:
    assert peers.say(ADA, said) == answer


def test_a_pause_ends_by_itself(peers: Chat) -> None:
    """Whoever pauses is proposed to nobody and sees no proposals, until the day that they named."""
    told = peers.say(ADA, "matching snooze until 15 March")
    assert told.startswith("Until Monday, 15 March 2027 you take a break from matching")
    assert (
        peers.say(ADA, "match") == "You don't take part in matching at the moment. To take part: matching on"
    )
    assert "Ada" not in peers.say(BEN, "match")
    peers.clock.forward(days=14)
    assert "Ben Ünal" in peers.say(ADA, "match")
    assert "Ada" in peers.say(BEN, "match")


def test_who_is_not_taking_part_is_not_proposed(network: Chat) -> None:
    """Off and on again, word for word; whoever left the network's main room is not there either."""
    off, on = {"en": ("matching off", "matching on"), "de": ("vermittlung aus", "vermittlung an")}[
        network.language
    ]
    match = WORDS[network.language]["match"]
    said = [network.say(BEN, off), network.say(BEN, match)]
    assert "Ben" not in network.say(ADA, match)
    said.append(network.say(BEN, on))
    assert "Ben" in network.say(ADA, match)
    golden.check(f"matching/taking_part.{network.language}.txt", "\n---\n".join(said))
    with network.database.write("left") as tx:
        rooms.keep_member(tx, HUB, BEN, "leave", "Ben")
    assert "Ben" not in network.say(ADA, match)


def test_nobody_to_propose(network: Chat) -> None:
    """Then it is said why, and what to do."""
    off = {"en": "matching off", "de": "vermittlung aus"}[network.language]
    network.say(BEN, off)
    network.say(MIA, off)
    golden.check(
        f"matching/nobody.{network.language}.txt", network.say(ADA, WORDS[network.language]["match"])
    )


def test_what_is_kept_can_be_seen_and_goes(peers: Chat) -> None:
    """How one takes part and whom one blocked, for oneself; who blocked one, for nobody."""
    peers.say(ADA, "match")
    peers.say(ADA, "matching without name")
    peers.say(ADA, "block Ben")
    assert _data(peers, ADA)["blocked_person"][0]["person"] == "Ben Ünal"
    assert _data(peers, ADA)["participation"] == {"takes_part": True, "snoozed_until": None, "named": False}
    assert _data(peers, BEN)["blocked_person"] == []
    peers.say(BEN, "forgetme")
    peers.say(BEN, "yes")
    assert _data(peers, ADA)["blocked_person"] == []
    assert peers.say(ADA, "block 1") == "There is no number 1 in your last list. match shows a new one."


def _data(chat: Chat, user: str) -> dict[str, Any]:
    chat.say(user, "mydata")
    held: dict[str, Any] = json.loads(chat.files[0].data or b"")
    return held
