"""What members offer and need: said in a line, filed under a theme, changed and struck again."""

from __future__ import annotations

import pytest

from storage import members
from tests import golden
from tests.commands.members.people import register
from tests.transcript import ADA, BEN, HUB, OUT, Chat

SAID = {
    "en": [
        "offer planting trees with schools",
        "ok",
        "need air quality: low-cost sensors",
        "offers",
        "needs",
        "offer edit 2 culture: gardens of schoolchildren",
        "offer remove 1",
        "offers",
        "need remove 1",
        "need remove 1",
        "needs",
    ],
    "de": [
        "biete Bäume pflanzen mit Schulen",
        "ok",
        "brauche Luftqualität: günstige Sensoren",
        "angebote",
        "gesuche",
        "angebot ändern 2 Kultur: Gärten von Schulkindern",
        "angebot streichen 1",
        "angebote",
        "gesuch streichen 1",
        "gesuch streichen 1",
        "gesuche",
    ],
}


def test_a_whole_conversation(network: Chat) -> None:
    """From a first offer to an empty list, word for word in each language."""
    said = [f"<Ada> {words}\n{network.say(ADA, words)}" for words in SAID[network.language]]
    golden.check(f"matching/lines.{network.language}.txt", "\n\n".join(said))


def test_the_theme_is_proposed_and_another_can_be_named(peers: Chat) -> None:
    """What is proposed goes by the words, in any language; nothing is kept before it is confirmed."""
    assert "My suggestion: Air quality. If it fits, write ok." in peers.say(ADA, "need Messung von Feinstaub")
    assert [line.text for line in _lines(peers, "need")] == ["examples of heat action plans"]
    assert peers.say(ADA, "water").startswith(
        "Noted as need 2, under Water-sensitive city: Messung von Feinst"
    )
    assert [(line.theme, line.text) for line in _lines(peers, "need")][1:] == [
        ("nature.water", "Messung von Feinstaub")
    ]


def test_without_words_they_are_asked_for(peers: Chat) -> None:
    """First the words, then the theme."""
    assert peers.say(ADA, "offer").startswith("Offer (1/2)\nWhat can others have from you?")
    assert "Which theme does this belong to? Guided walks" in peers.say(ADA, "Guided walks")
    assert peers.say(ADA, "housing").startswith("Noted as offer 2, under Housing: Guided walks")


@pytest.mark.parametrize("side", ["offer", "need"])
def test_new_words_stay_under_their_theme(peers: Chat, side: members.Side) -> None:
    """Unless another is named."""
    (before,) = _lines(peers, side)
    assert "new words entirely" in peers.say(ADA, f"{side} edit 1 new words entirely")
    assert [(line.theme, line.text) for line in _lines(peers, side)] == [(before.theme, "new words entirely")]
    peers.say(ADA, f"{side} edit 1 water: other words")
    assert [line.theme for line in _lines(peers, side)] == ["nature.water"]


def test_an_unknown_theme_is_said_to_be_unknown(peers: Chat) -> None:
    """With themes to choose from, and the way out; a command does not take the question away."""
    said = peers.say(ADA, "offer Bunkum: whatever")
    assert said.startswith(
        "Theme\nI don't know a theme “Bunkum”. Which theme does this belong to? Bunkum: whatever\n"
        "For instance City diplomacy practice; Peace, security & solidarity; "
    )
    assert said.endswith("!themes shows all. With cancel I keep nothing of it.")
    peers.say(ADA, "who climate")
    shown, again = peers.answers
    assert "Climate" in shown.content["body"]
    assert again.content["body"].endswith(said.removeprefix("Theme\n"))
    assert peers.say(ADA, "cancel").startswith("Cancelled")
    assert [line.text for line in _lines(peers, "offer")] == ["tours of our cooperative quarters"]


def test_in_a_room_the_answer_is_private(peers: Chat) -> None:
    """What one needs is nobody else's business."""
    peers.in_hub(ADA, "!needs")
    pointer, answer = peers.answers
    assert (pointer.lane, answer.lane) == (HUB, peers.dm(ADA))
    assert "heat action plans" not in str(pointer.content)


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("offer edit 7 trees", "You have no offer 7. offers shows them with their numbers."),
        ("need remove x", "“x” is no number of your list.\n\nFor example: need remove 1"),
        (
            "offer edit 1",
            "Something is missing: theme: text.\n\nFor example: offer edit 1 housing: tours in winter",
        ),
        (
            "!offer the and of",
            "“the and of” says too little for others to know whether they can help."
            " Please name the matter.\n\nFor example: offer housing: tours of our cooperative quarters",
        ),
        (
            f"!offer housing: {'x' * 300}",
            "That is 300 characters; at most 200 fit. Please shorten it by 100.",
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_a_hint(peers: Chat, said: str, answer: str) -> None:
    assert peers.say(ADA, said) == answer


def test_no_more_than_a_profile_holds(peers: Chat) -> None:
    """Ten on each side; then one has to be struck first."""
    for number in range(9):
        peers.say(ADA, f"offer housing: tour {number}")
    assert peers.say(ADA, "offer housing: another") == (
        "You offer 10 things already, which is as many as there may be. First strike one: offer remove 1"
    )
    assert len(_lines(peers, "offer")) == 10


def test_only_members_offer(chat: Chat) -> None:
    for said in ("offers", "need housing: x", "match", "matching off", "block Ada"):
        assert "registered members" in chat.say(BEN, said)
    assert "main room" in chat.say(OUT, "match")


def test_they_stand_in_the_profile(peers: Chat) -> None:
    """One list, wherever it is changed."""
    peers.say(ADA, "offer culture: music schools")
    assert "music schools" in peers.say(ADA, "profile")
    peers.say(ADA, "profile edit offers -")
    assert peers.say(ADA, "offers").startswith("You have not said yet what you can offer.")


def _lines(chat: Chat, side: members.Side) -> list[members.Line]:
    with chat.reading() as tx:
        return members.lines(tx, ADA, side)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("ich suche jemanden der sich mit Wohnungsbau auskennt", "Wohnungsbau"),
        ("ich suche jemanden, der sich mit Wohnungsbau auskennt.", "Wohnungsbau"),
        ("brauche jemanden, der sich mit Wohnungsbau auskennt", "Wohnungsbau"),
        ("need someone with experience in social housing", "social housing"),
        ("need social housing: someone who knows", "someone who knows"),
    ],
)
def test_who_is_looked_for_goes_without_saying(peers: Chat, typed: str, kept: str) -> None:
    """Of "somebody who knows about housing" the housing is kept."""
    said = peers.say(ADA, typed)
    if "Which theme" in said or "Theme" in said or "ok" in said:
        peers.say(ADA, "ok")
    with peers.reading() as tx:
        assert members.lines(tx, ADA, "need")[-1].text == kept


def test_help_on_match_leads_on(peers: Chat) -> None:
    """To what is typed next, by whom."""
    said = peers.say(ADA, "help match")
    assert all(word in said for word in ("introduce", "accept", "decline", "meetings"))


@pytest.mark.parametrize("typed", ["new text", "Neuer Text", "New text."])
def test_what_stands_for_ones_own_words_does_not_replace_them(peers: Chat, typed: str) -> None:
    """Our example, sent as it stands, leaves everything as it was."""
    for line in ("need edit 1", "offer edit 1"):
        assert "says too little" in peers.say(ADA, f"{line} {typed}")
    assert "examples of heat action plans" in peers.say(ADA, "needs")


def test_lines_are_changed_as_they_stand_in_the_list(chat: Chat) -> None:
    """With the number and a colon; what is typed after a heading of a list is a line as well."""
    register(chat, ADA)
    assert "Noted as need 1, under Climate adaptation" in chat.say(ADA, "need 1: plans for schools")
    assert "Noted as offer 2, under Climate & energy: How we" in chat.say(ADA, "offers climate: How we plan")
    assert "1. Housing: tours" in chat.say(ADA, "offers 1")
    assert "needs shows" in chat.say(ADA, "need 7: a bridge")
    # Copied from our example: that is no search.
    assert "says too little" in chat.say(ADA, "need climate: Neuer Text")


def test_lines_are_changed_as_they_stand_in_the_german_list(chat_de: Chat) -> None:
    register(chat_de, BEN)
    assert "Notiert als Angebot 1" in chat_de.say(BEN, "Angebot 1: Hochwasserschutz für alle")
    assert "Notiert als Gesuch 1" in chat_de.say(BEN, "Bedarf Klima: Beispiele für Deiche")
    assert "1. Klima und Energie: Beispiele für Deiche" in chat_de.say(BEN, "bedarf")
    assert "nichts gefunden" in chat_de.say(BEN, "Bedarf an Wohnraum")
    assert "Beispiele für Deiche" not in chat_de.say(BEN, "Angebot für Jugendliche")


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("offer 1:1 coaching on housing", "1:1 coaching on housing"),
        ("offer 1: tours in winter", "tours in winter"),
    ],
)
def test_a_number_and_a_colon_change_a_line_unless_they_are_its_words(
    peers: Chat, said: str, kept: str
) -> None:
    """Whatever is replaced is said."""
    told = peers.say(ADA, said)
    if "Theme" in told:
        told = peers.say(ADA, "housing")
    replaced = kept == "tours in winter"
    assert ("It stands in the place of: tours of our cooperative quarters" in told) == replaced
    texts = [line.text for line in _lines(peers, "offer")]
    assert texts == ([kept] if replaced else ["tours of our cooperative quarters", kept])
