"""Profiles: one's own, those of others, and changing them; languages and time zones."""

from __future__ import annotations

import pytest

from storage import members, rooms
from storage.outbox import OutboxState
from tests import golden
from tests.commands.members.people import ADA_FORM, register
from tests.transcript import ADA, BEN, HUB, MIA, OUT, Chat


def as_members(chat: Chat) -> None:
    """Everybody is a member and spoken to in the network's language."""
    register(chat)
    for user in (ADA, BEN, MIA):
        chat.say(user, f"language {chat.language}")


def test_own_and_others_profiles(either: Chat) -> None:
    """What others see, what only oneself sees; a Matrix id only where its owner said so."""
    as_members(either)
    for name, said in (("own", "profile"), ("ben", "profile Ben"), ("mia", "profil mia ferrer")):
        golden.check(f"members/profile_{name}.{either.language}.txt", either.say(ADA, said))
        golden.check(f"members/profile_{name}.{either.language}.html", either.html)
    assert BEN in either.say(ADA, "profile Ben")
    assert MIA not in either.say(ADA, "profile Mia")
    assert ADA not in either.say(BEN, "profile Ada")


@pytest.mark.parametrize(
    "typed", ["Ben", "ben ünal", "BEN UNAL", "@ben:test.localhost", "Ben Munstereifel", "Ben Unnal", "Ünal"]
)
def test_others_are_found_by_what_people_type(chat: Chat, typed: str) -> None:
    as_members(chat)
    assert chat.say(ADA, f"profile {typed}").startswith("Ben Ünal\nStabsstelle Europa · Municipality\n")


def test_a_name_that_several_have(either: Chat) -> None:
    as_members(either)
    form = ADA_FORM.replace("Lyon", "Gent").replace("France", "BE").replace("Office", "Desk")
    either.say(OUT, form)
    with either.database.write("$out") as tx:
        rooms.keep_member(tx, HUB, OUT, "join", "Out")
    either.say(OUT, form)
    golden.check(f"members/profile_several.{either.language}.txt", either.say(BEN, "profile Ada"))
    assert "Lyon" in either.say(BEN, "profile Ada Lovelace Lyon")
    assert either.say(BEN, "profile Ada Gent").startswith("Ada Lovelace\nInternational Desk")


def test_a_name_that_nobody_has(chat: Chat) -> None:
    as_members(chat)
    assert chat.say(ADA, "profile Zaphod") == "I don't know a member “Zaphod”. who shows everybody."
    assert chat.say(ADA, f"profile {OUT}") == f"I don't know a member “{OUT}”. who shows everybody."


@pytest.mark.parametrize("said", ["profile", "profile Ben", "profile edit", "who", "who climate"])
def test_only_members_see_members(chat: Chat, said: str) -> None:
    register(chat, BEN)
    assert chat.say(ADA, said) == (
        "This is for registered members. Registering takes about two minutes: write register."
    )
    assert chat.say(OUT, said) == (
        "This is for people in our main room. Please join #ud-hub:test.localhost first, then try again."
    )


@pytest.mark.parametrize("said", ["!profile", "!profile Ben", "!profile edit", "!who"])
def test_in_a_room_members_are_shown_in_the_direct_chat(chat: Chat, said: str) -> None:
    """Guests read the rooms as well."""
    as_members(chat)
    chat.in_hub(ADA, said)
    pointer, answer = chat.answers
    assert (pointer.lane, pointer.content["body"]) == (HUB, "I have answered you in our direct chat.")
    assert answer.lane == chat.dm(ADA)


def test_changing_one_field(chat: Chat) -> None:
    """With its label in either language, with several words, by a dialog, and the display follows."""
    as_members(chat)
    assert chat.say(ADA, "profile edit city Paris") == (
        "Changed. It now says:\n\n• City: Paris, France (L)\n\n"
        "Country and population stay as they were."
        " To change them: profile edit Country, profile edit Population"
    )
    assert "• City: Villeurbanne, France" in chat.say(ADA, "profil ändern Stadt Villeurbanne")
    assert chat.say(ADA, "profile edit\ncity: Ghent\ncountry: BE").endswith(
        "• City: Ghent, Belgium (L)\n• Country: Belgium"
    )
    chat.say(ADA, "profile edit\ncity: Villeurbanne\ncountry: FR")
    assert chat.say(ADA, "profile edit time zone lisbon").endswith("• Time zone: Europe/Lisbon")
    assert chat.say(ADA, "profile edit contact visible yes").endswith("• Contact visible: yes")
    assert chat.say(ADA, "profile edit population none").endswith("• Population: –")
    assert chat.say(ADA, "profile edit offers -").endswith("• Offers: –")
    assert chat.say(ADA, "profile edit Cty Lyon") == "I don't know the field “Cty”. Did you mean “City”?"
    asked = chat.say(ADA, "profile edit themes")
    assert asked.startswith("Themes\nWhich themes do you work on? One to five, with commas between them.")
    assert asked.endswith(
        " · Culture & exchange · Governance & participation\n\n"
        "So far it says “Climate adaptation · Housing”. To keep that, write ok."
    )
    assert chat.say(ADA, "qqq") == "I don't know a theme “qqq”. themes lists all of them."
    assert "• Themes: Culture & exchange · Food\n\nIs it right?" in chat.say(ADA, "culture, food")
    assert chat.say(ADA, "yes").endswith("• Themes: Culture & exchange · Food")
    assert chat.say(ADA, "profile").startswith(
        "This is what other members see:\n\nAda Lovelace\nInternational Office · City\n"
        "Villeurbanne, France\nCulture & exchange · Food\nContact: @ada:test.localhost"
    )


def test_a_profile_goes_out_and_comes_back_unchanged(either: Chat) -> None:
    """The form that is handed out says what is stored, and means the same when it is sent back."""
    as_members(either)
    for user in (ADA, BEN, MIA):
        before = either.say(user, "profile")
        handed = either.say(user, "profile edit")
        form = handed[handed.index("!profil") :]
        either.say(user, form)
        assert either.say(user, "profile") == before
    golden.check(f"members/profile_edit.{either.language}.txt", either.say(ADA, "profile edit"))
    golden.check(f"members/profile_edit.{either.language}.html", either.html)


def test_changing_several_fields_at_once(chat: Chat) -> None:
    as_members(chat)
    assert chat.say(ADA, "profile edit\norganisation: Mayor's Office\nneeds: housing: land banks; ") == (
        "Changed. It now says:\n\n• Organisation: Mayor's Office\n• Needs: Housing: land banks"
    )
    assert chat.say(ADA, "profile edit\ncity:") == "Everything stays as it was."


def test_what_can_not_be_changed_is_said(chat: Chat) -> None:
    as_members(chat)
    assert chat.say(ADA, "profile edit shoe size 42") == (
        "I can't tell what to change in “shoe size 42”. You can change: Name, Organisation, Kind, City,"
        " Country, Population, Languages, Themes, Offers, Needs, Time zone, Language with me, Contact"
        " visible and Greeting."
    )
    assert chat.say(ADA, "profile edit country Atlantis").startswith("I don't know a country “Atlantis”.")


def test_language_of_a_person(chat: Chat) -> None:
    """For members, guests and strangers alike."""
    assert chat.say(OUT, "language") == "Here I speak English. To change that: language de"
    assert chat.say(OUT, "language Deutsch") == "Ab jetzt spreche ich mit Ihnen Deutsch."
    assert chat.say(OUT, "language") == "Hier spreche ich Deutsch. Ändern: sprache en"
    assert chat.say(OUT, "sprache français") == (
        "Bisher spreche ich nur Englisch und Deutsch.\n\nZum Beispiel: sprache en"
    )
    assert chat.say(OUT, "sprache anglais") == "From now on I speak English with you."


def test_language_of_a_room(chat: Chat) -> None:
    """Moderators choose it, and it holds for everybody there."""
    assert chat.in_hub(ADA, "!language --room de") == ("Only moderators can do this. You can ask Mia.")
    assert chat.in_hub(MIA, "!language --room Deutsch") == "Ab jetzt spreche ich in diesem Raum Deutsch."
    assert chat.in_hub(ADA, "!language").startswith("Hier spreche ich Deutsch.")
    assert chat.in_hub(ADA, "!language en") == "Ab jetzt spreche ich mit Ihnen Englisch."
    assert chat.say(ADA, "language") == "Here I speak English. To change that: language de"
    assert chat.say(MIA, "language --room en") == (
        "This is our direct chat, no shared room. For the two of us: language en"
    )
    assert chat.in_hub(MIA, "!sprache —raum en") == "From now on I speak English in this room."


@pytest.mark.parametrize(
    ("typed", "zone", "now"),
    [
        ("Lisbon", "Europe/Lisbon", "09:00"),
        ("Kiew", "Europe/Kyiv", "11:00"),
        ("America/New_York", "America/New_York", "04:00"),
        ("Norwegen", "Europe/Oslo", "10:00"),
    ],
)
def test_time_zone_by_city_country_or_name(chat: Chat, typed: str, zone: str, now: str) -> None:
    assert chat.say(ADA, f"timezone {typed}") == f"Your time zone is now {zone}. There it is {now} now."
    with chat.reading() as tx:
        assert members.preference(tx, ADA).timezone == zone


def test_time_zone_that_nobody_knows(chat: Chat) -> None:
    answer = chat.say(ADA, "timezone Berlni")
    assert answer.startswith("I don't know a time zone for “Berlni”. Did you mean Europe/Berlin")
    assert chat.say(ADA, "timezone") == (
        "You have not chosen a time zone yet; so far I use the network's, Europe/Berlin."
        " There it is 10:00 now. To choose yours: timezone Lisbon"
    )


def test_reading_again_after_an_edit(chat: Chat) -> None:
    """A profile that was asked for with a typing error is shown in place of the first answer."""
    as_members(chat)
    chat.say(ADA, "profile Zaphod")
    said = chat.last_event
    assert chat.edit(ADA, said, "profile Ben").startswith("Ben Ünal")
    assert chat.answers[0].state == OutboxState.PENDING


def test_what_is_empty_is_said_to_be(chat: Chat) -> None:
    """And not shown as a dash between quotation marks."""
    register(chat, ADA)
    chat.say(ADA, "profile edit offers -")
    asked = chat.say(ADA, "profile edit offers")
    assert asked.endswith("So far it says nothing. To keep that, write ok.")


def test_a_form_of_changes_with_a_mistake_keeps_what_is_right(chat: Chat) -> None:
    """The rest is asked for, and all of it changed at once."""
    register(chat, ADA)
    told = chat.say(ADA, "profile edit\nCity: Paris\nKind: nope")
    assert told.startswith("One field is not right yet. Everything else is noted.\n\n• Kind: Please choose")
    assert "So far it says “City”" in told
    assert "• Kind: Region\n• City: Paris\n" in chat.say(ADA, "region")
    chat.say(ADA, "yes")
    with chat.reading() as tx:
        member = members.get(tx, ADA)
        assert member
        assert (member.city, member.kind) == ("Paris", "region")
