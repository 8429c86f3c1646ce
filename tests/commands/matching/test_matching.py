"""Whom one should meet, with the reason in words; taking part, pausing, and blocking."""

from __future__ import annotations

import json
from typing import Any

import pytest

from storage import members, rooms
from tests import golden
from tests.transcript import ADA, BEN, HUB, MIA, OUT, Chat

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


def test_themes_with_an_and_in_their_names_are_told_apart(peers: Chat) -> None:
    with peers.database.write() as tx:
        for user in (ADA, MIA):
            member = members.get(tx, user)
            assert member
            member.themes = ["dip.capacity", "dip.strategy"]
    peers.say(ADA, "language german")
    said = peers.say(ADA, "wer passt")
    assert "Qualifizierung und Kapazitätsaufbau · Internationale Strategie und Mandat" in said


def test_where_nobody_fits_it_says_so_and_what_to_do(network: Chat) -> None:
    """Who is nearest is shown as no more than that; clocks that are far apart are said."""
    network.say(MIA, "timezone Asia/Kolkata" if network.language == "en" else "zeitzone Asia/Tokyo")
    network.say(ADA, "timezone Europe/London" if network.language == "en" else "zeitzone America/Bogota")
    network.say(ADA, "block Ben" if network.language == "en" else "blockieren Ben")
    told = network.say(ADA, WORDS[network.language]["match"])
    golden.check(f"matching/nobody_fits.{network.language}.txt", told)


def test_who_has_nothing_in_common_is_shown_with_what_they_offer(peers: Chat) -> None:
    """A sentence that says nothing of them would be no reason to meet."""
    with peers.database.write() as tx:
        mia = members.get(tx, MIA)
        assert mia
        mia.themes = ["culture.sport"]
    peers.say(ADA, "block Ben")
    new = "You have no theme in common. Take it as a chance to meet somebody outside your usual circle"
    assert f"{new}\n   Mia Ferrer works on Sport" in peers.say(ADA, "match")
    peers.say(MIA, "offer sport: chess in the park")
    assert f"{new}\n   Mia Ferrer offers “chess in the park”" in peers.say(ADA, "match")


def test_who_only_needs_help_is_not_said_to_come_close_to_a_need(peers: Chat) -> None:
    peers.say(BEN, "offer remove 1")
    told = peers.say(ADA, "match")
    assert told.startswith(
        "So far nobody offers anything on what you are looking for. But you could help here:"
    )
    looks = "Ben Ünal is looking for something on “Housing” – whether your offer"
    assert f"{looks} “tours of our cooperative quarters” helps with it" in told


def test_a_long_line_is_quoted_short(peers: Chat) -> None:
    """As much as is needed to see whether it fits."""
    peers.say(BEN, "offer edit 1 Hitzeaktionsplan für kleine Orte" + ", mit Trinkbrunnen und Schatten" * 4)
    told = peers.say(ADA, "match")
    quoted = told.partition("Ben Ünal offers “")[2].partition("”")[0]
    assert quoted.startswith("Hitzeaktionsplan für kleine Orte, mit")
    assert quoted.endswith("…")
    assert len(quoted) <= 100


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


def test_trying_names_does_not_tell_who_was_proposed_without_one(peers: Chat) -> None:
    """Neither the file nor the answers to blocking and unblocking by name give them away."""
    peers.say(MIA, "matching off")
    peers.say(BEN, "matching without name")
    peers.say(ADA, "match")
    peers.say(ADA, "block 1")
    assert _data(peers, ADA)["blocked_person"][0]["person"] == "a member without a name"
    done = "This member will not be proposed to you any more, nor you to them: Ben Ünal"
    assert peers.say(ADA, "block Ben Ünal").startswith(done)
    assert peers.say(ADA, "block 1").startswith("This member will not be proposed")
    for _ in range(2):
        assert peers.say(ADA, "unblock Ben") == "If you had blocked this member, that is taken back."
    assert peers.say(ADA, "block") == "You have not blocked anybody. To do that: block Ada Example"


def test_who_is_blocked_is_not_proposed_on_either_side(peers: Chat) -> None:
    """Until it is taken back; the other is never told."""
    assert "1. Ben Ünal" in peers.say(ADA, "match")
    assert "Ben Ünal · Stabsstelle Europa" in peers.say(ADA, "block Ben")
    assert {row.lane for row in peers.answers} == {peers.dm(ADA)}
    assert "Ben" not in peers.say(ADA, "match")
    assert "Ada" not in peers.say(BEN, "match")
    assert peers.say(ADA, "block Ben Ünal").startswith("You have blocked this member already")
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
            "I don't know a member “Zaphod”. who shows everybody.",
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


@pytest.mark.parametrize("word", ["Niemand", "Nobody", "Jemand"])
def test_a_name_that_is_no_telling_word_is_still_a_name(peers: Chat, word: str) -> None:
    """It is not taken for the wish to see whom one has blocked."""
    assert f"“{word}”" in peers.say(ADA, f"block {word}")


@pytest.mark.parametrize("away", ["matching snooze until 15 March", "matching off"])
def test_who_is_away_sees_how_they_are_named(peers: Chat, away: str) -> None:
    peers.say(ADA, away)
    assert "neither your name nor your city" in peers.say(ADA, "matching without name")
    assert "Others read your name" in peers.say(ADA, "matching with name")


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
    assert _data(peers, ADA)["participation"] == {
        "takes_part": True,
        "snoozed_until": None,
        "named": False,
        "shown": ["Ben Ünal", "Mia Ferrer"],
        "unanswered": 0,
    }
    peers.say(MIA, "matching without name")
    assert _data(peers, ADA)["participation"]["shown"] == ["Ben Ünal", "a member without a name"]
    assert _data(peers, BEN)["blocked_person"] == []
    peers.say(BEN, "forgetme")
    peers.say(BEN, "yes")
    assert _data(peers, ADA)["blocked_person"] == []
    assert _data(peers, ADA)["participation"]["shown"] == [None, "a member without a name"]
    assert peers.say(ADA, "block 1") == "There is no number 1 in your last list. match shows a new one."


def test_whom_one_wants_to_block_is_nobody_elses_business(peers: Chat) -> None:
    """In a room only the direct chat is pointed to, also for what is refused; nor does it show hidden ids."""
    with peers.database.write("another") as tx:
        rooms.keep_member(tx, HUB, OUT, "join", "Mia")
    peers.say(OUT, MIA_TOO)
    pointer = "I have answered you in our direct chat."
    room, direct = peers.in_hub(ADA, "!block Ferrer").split("\n---\n")
    assert room == pointer
    assert direct == (
        "“Ferrer” can mean several: Mia Ferrer (Institute for Peers, Barcelona) or Mia Ferrer"
        " (City Hall, Porto). Please add the organisation or the city.\n\nFor example: block Ada Example"
    )
    assert "City Hall" in peers.say(ADA, "block Mia Ferrer Porto")
    assert peers.say(ADA, f"block {MIA}").startswith(f"I don't know a member “{MIA}”.")
    assert peers.in_hub(ADA, "!unblock 9").startswith(f"{pointer}\n---\nThere is no number 9")
    peers.say(MIA, "profile edit contact visible yes")
    assert "Mia Ferrer · Institute for Peers" in peers.say(ADA, f"block {MIA}")


MIA_TOO = """\
!register
name: Mia Ferrer
organisation: City Hall
kind: city
city: Porto
country: Portugal
languages: en
themes: housing
consent: yes"""


def test_who_is_found_asked_about_or_blocked_reads_nothing_of_it(peers: Chat) -> None:
    """Not before they are asked themselves, and of a block never; the words of others' needs are not told."""
    peers.say(MIA, "matching off")
    peers.say(ADA, "match")
    peers.say(BEN, "match")
    peers.say(ADA, "introduce 1")
    peers.say(ADA, "block 1")
    said, held = _said(peers, BEN), _data(peers, BEN)
    assert not any(
        told in said for told in ("I ask this member", "will not be proposed", "heat action plans")
    )
    assert held["introduction_person"] == held["blocked_person"] == []
    assert "genossenschaftliches Bauen" not in _said(peers, ADA)


def _said(chat: Chat, user: str) -> str:
    """All that the bot said, as somebody reads it in their file."""
    return "\n".join(str(one["text"]) for one in _data(chat, user)["outbox"])


def _data(chat: Chat, user: str) -> dict[str, Any]:
    chat.say(user, "mydata")
    held: dict[str, Any] = json.loads(chat.files[0].data or b"")
    return held
