"""Free words, in a direct chat or after a mention: courtesies, wishes, commands, and else a search."""

from __future__ import annotations

import pytest

from storage import dialogs, rooms
from storage.inbox import Kind
from storage.outbox import Action
from storage.rooms import Room
from tests.commands.practices.network import WINTER_DE, bring, register, starter
from tests.transcript import ADA, BEN, BOT, HUB, MIA, OUT, Chat

PRACTICES = (
    "bogota-ciclovia",
    "copenhagen-cloudburst-plan",
    "freiburg-vauban",
    "gdansk-immigrant-integration-model",
    "medellin-green-corridors",
)
SEARCHED = "Ich habe Ihre Worte als Suche verstanden:\n\n"


@pytest.fixture
def de(chat_de: Chat) -> Chat:
    """A network with some practices, in which Ben is a member who chose German, and Ada a guest."""
    chat_de.begin(furnished)
    return chat_de


@pytest.fixture
def en(chat: Chat) -> Chat:
    """The same in a network that speaks English."""
    chat.begin(furnished)
    return chat


def furnished(chat: Chat) -> None:
    bring(chat, *starter(*PRACTICES))
    register(chat, BEN)
    chat.say(BEN, "sprache de" if chat.language == "de" else "language en")


def mention(text: str) -> dict[str, object]:
    """What a client sends along when somebody picks the bot's name from its list."""
    return {"body": text, "m.mentions": {"user_ids": [BOT]}}


# --- sentences that begin as a command does


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("help me find cycle paths", "hilfe"),
        ("Hilfe bei Hochwasser", "hilfe"),
        ("help desk for migrants", "hilfe"),
        ("language courses for refugees", "sprache"),
        ("Sprache und Integration von Geflüchteten", "sprache"),
        ("Change management in city administration", "bearbeiten"),
        ("share your experience with bike lanes", "teilen"),
        ("teilen sich Städte Busse?", "teilen"),
        ("profile of a smart city", "profil"),
    ],
)
def test_a_sentence_that_begins_as_a_command_is_a_search(de: Chat, said: str, meant: str) -> None:
    """And the command is offered, should it have been meant."""
    assert de.say(BEN, said).startswith(f"Meinten Sie den Befehl {meant}? {SEARCHED}")


@pytest.mark.parametrize("said", ["about bicycles in winter", "über Radwege", "mehr Bäume", "meine Stadt"])
def test_behind_a_command_that_takes_nothing_there_is_no_doubt(de: Chat, said: str) -> None:
    for user in (ADA, BEN):
        de.say(user, "sprache de")
        assert de.say(user, said) == de.say(user, f"suche {said}")


def test_a_guest_who_asks_for_people_hears_what_it_takes(de: Chat) -> None:
    """And is shown what they may see already; a bare word or two are meant as the command."""
    answer = de.say(ADA, "Wer hat Erfahrung mit Hitzeaktionsplänen?")
    assert answer.startswith(
        "Meinten Sie den Befehl wer? Den können nur registrierte Mitglieder nutzen: Schreiben Sie dafür"
        f" registrieren. {SEARCHED}"
    )
    assert "Medellín" in answer
    assert de.say(ADA, "wer Klima").startswith("Das können nur registrierte Mitglieder.")


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        ("language klingon", "So far I only speak English and German."),
        ("edit 1 title Mine", "Only its author and the moderators (for example Mia) can change #1."),
        ("edit 99 title Mine", "There is no practice with the number #99."),
        ("pin 1 clear and reusable", "Only moderators can do this."),
        ("profile Zoe Nobody", "I don't know a member “Zoe Nobody”."),
        ("profile edit shoe size 42", "I can't tell what to change in “shoe size 42”."),
        ("share\nname: Rain gardens\nand more", "I can't tell which field “name: Rain gardens” belongs to."),
        ("search theme:klimatt", "I don't know a theme “klimatt”."),
    ],
)
def test_real_commands_are_refused_as_ever(en: Chat, said: str, refused: str) -> None:
    assert en.say(BEN, said).startswith(refused)


def test_with_the_prefix_a_command_is_meant(en: Chat) -> None:
    assert en.say(BEN, "!help me find cycle paths").startswith(
        "I don't know a command “me find cycle paths”."
    )
    assert en.in_hub(BEN, "!language courses for refugees").startswith("So far I only speak")


# --- wishes

HELP = "Ich bin die Assistenz des Netzwerks Urban Diplomacy. Das können Sie mir schreiben:"
SHARE = "Schön, dass Sie etwas teilen möchten!"
LEAVE = "Wovon möchten Sie sich abmelden? Bis jetzt hat sich nichts geändert."
FORGET = "Zur Sicherheit\nDas wird gelöscht:"


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("?", HELP),
        ("was kannst du?", HELP),
        ("Wie funktioniert das?", HELP),
        ("ich verstehe nicht", HELP),
        ("what can you do?", HELP),
        ("hilfe bitte", HELP),
        ("help me", HELP),
        ("Können Sie mir helfen?", HELP),
        ("wer bist du?", "Ich bin Proxenos"),
        ("Abmelden", LEAVE),
        ("unsubscribe", LEAVE),
        ("wie kann ich mich abmelden?", LEAVE),
        ("Ich möchte meine Daten löschen", FORGET),
        ("I want to delete my data", FORGET),
        ("Ich möchte ein Praxisbeispiel teilen", SHARE),
        ("Ich möchte gern ein Beispiel teilen.", SHARE),
        ("mitglied werden", "Sie sind bereits als Ben Okri registriert."),
        ("Wie kann ich mich registrieren?", "Sie sind bereits als Ben Okri registriert."),
        ("edit my profile", "Hier ist Ihr Profil."),
        ("ich suche Mitglieder", "Bisher ein Mitglied:"),
    ],
)
def test_wishes_in_peoples_own_words(de: Chat, said: str, answer: str) -> None:
    """What newcomers type, and what a command's word is only the end of."""
    assert de.say(BEN, said).startswith(answer)


def test_leaving_is_not_joining(de: Chat) -> None:
    """A typo in one is not taken for the other."""
    assert de.in_hub(BEN, "!abmeldn").startswith(
        "Den Befehl „abmeldn“ kenne ich nicht. Meinten Sie !abmelden?"
    )


def test_a_misspelt_command_with_a_number_is_offered_whole(de: Chat) -> None:
    assert de.say(BEN, "praxsis 3") == (
        "Den Befehl „praxsis“ kenne ich nicht. Meinten Sie praxis 3? Mit hilfe sehen Sie alles."
    )
    assert de.say(BEN, "praxsis").startswith(f"Meinten Sie den Befehl praxis? {SEARCHED}")
    assert not de.say(BEN, "hilfen für Familien").startswith("Meinten")


# --- courtesies


@pytest.mark.parametrize(
    "said",
    [
        "danke",
        "Danke dir!",
        "Vielen Dank für die Hilfe",
        "thank you so much",
        "Danke! Das hilft uns sehr.",
        "Hallo, vielen Dank für den Hinweis!",
    ],
)
def test_thanks_whatever_for(de: Chat, said: str) -> None:
    assert de.say(BEN, said) == "Gern geschehen!"


@pytest.mark.parametrize("said", ["👍", "👍🏽", "ok", "Alles klar!", "super, danke", "🙂"])
def test_a_nod_gets_a_kind_word(de: Chat, said: str) -> None:
    assert de.say(BEN, said) == "Gern. Ich bin da, wenn Sie etwas brauchen."


@pytest.mark.parametrize("said", ["hallo", "Hallo Proxenos!", "hallo du", "Guten Morgen zusammen", "hi"])
def test_a_greeting_is_returned(de: Chat, said: str) -> None:
    """By what somebody may do next: a member need not register, an outsider can't."""
    member = "Guten Tag, Ben Okri! Ich bin Proxenos, die Assistenz des Netzwerks Urban Diplomacy."
    assert de.say(BEN, said).startswith(member)
    assert "registrieren" not in de.say(BEN, said)
    assert "Mit registrieren werden Sie Mitglied" in de.say(ADA, said)
    assert "Bitte treten Sie zuerst #ud-hub:test.localhost bei." in de.say(OUT, said)


@pytest.mark.parametrize(
    ("said", "as_if"),
    [
        ("Hallo, gibt es etwas zu Hitze?", "gibt es etwas zu Hitze?"),
        ("guten Morgen, ich suche etwas zu Stadtbäumen", "ich suche etwas zu Stadtbäumen"),
        ("Danke. Gibt es auch etwas zu Radwegen?", "Gibt es auch etwas zu Radwegen?"),
        ("Hallo Proxenos, radwege", "radwege"),
        ("Hallo, hilfe!", "hilfe"),
        ("radwege, danke!", "radwege"),
    ],
)
def test_courtesies_are_no_part_of_what_is_asked(de: Chat, said: str, as_if: str) -> None:
    assert de.say(BEN, said) == de.say(BEN, as_if)


def test_help_lists_registering_only_for_those_who_can(de: Chat) -> None:
    assert "• registrieren – " not in de.say(BEN, "hilfe")
    assert "• registrieren – " in de.say(ADA, "hilfe")


# --- mentions in rooms


def test_words_after_a_mention_are_free_words(de: Chat) -> None:
    """Courtesies before it or after it, and a search."""
    assert de.in_hub(BEN, "@proxenos radwege") == de.in_hub(BEN, "!suche radwege")
    assert de.in_hub(BEN, "@proxenos danke dir") == "Gern geschehen!"
    for said in ("Hallo @proxenos, gibt es etwas zu Radwegen?", "Proxenos: gibt es etwas zu Radwegen?"):
        assert "#5 Ciclovía de Bogotá" in de.event(BEN, Kind.MESSAGE, _message(said), room=HUB)
    thanks = _message("Danke @proxenos:test.localhost, das hilft uns sehr")
    assert de.event(BEN, Kind.MESSAGE, thanks, room=HUB) == "Gern geschehen!"


def test_who_speaks_about_the_bot_asks_nothing_of_it(de: Chat) -> None:
    talk = _message("Frag doch mal @proxenos:test.localhost danach, wenn du magst")
    assert de.event(BEN, Kind.MESSAGE, talk, room=HUB) == ""


def _message(text: str) -> dict[str, object]:
    return {"msgtype": "m.text", **mention(text)}


# --- the language of the answer


def test_a_sentence_is_answered_in_its_language(en: Chat) -> None:
    """Where nobody chose one."""
    assert "Praxisbeispiel" in en.say(ADA, "Ich suche Beispiele für Fahrradstraßen in Kolumbien")


def test_a_conversation_stays_in_its_language(en: Chat) -> None:
    """A word or two tell nothing; what was said before does, until somebody chooses."""
    assert en.say(ADA, "hallo").startswith("Guten Tag!")
    assert "Praxisbeispiel" in en.say(ADA, "radwege")
    assert en.say(ADA, "Hello!").startswith("Hello!")
    assert "practice" in en.say(ADA, "radwege")
    en.say(ADA, "language en")
    assert en.say(ADA, "hallo").startswith("Hello!")


# --- elsewhere


def test_an_option_is_understood_in_every_language(en: Chat) -> None:
    """Just there where the language is yet to be set."""
    assert en.in_hub(MIA, "!sprache --raum de") == "Ab jetzt spreche ich in diesem Raum Deutsch."
    assert en.in_hub(MIA, "!language --room en") == "From now on I speak English in this room."


def test_who_is_in_the_main_room_may_invite_from_any_server(en: Chat) -> None:
    guest = "@eva:elsewhere.example"
    with en.database.write("$invite") as tx:
        rooms.keep_member(tx, HUB, guest, "join", "Eva")
        tx.session.add(Room(room_id="!new:x", membership="invite", inviter=guest))
    en.event(guest, Kind.INVITE, {}, room="!new:x")
    assert [row.action for row in en.answers] == [Action.JOIN]


def test_words_that_steer_a_form(de: Chat) -> None:
    """Said as the form itself says them; a courtesy's command is shown without its exclamation mark."""
    de.say(BEN, "vergissmich")
    assert de.say(BEN, "tschüss") == (
        "Bitte wählen Sie aus: ja, löschen oder nein, alles behalten. Die Nummer genügt; mit abbrechen"
        " beenden Sie das Formular."
    )
    assert de.say(BEN, "nein") == "Es wurde nichts gelöscht."
    de.say(ADA, "registrieren")
    assert "den Befehl !danke meinen" in de.say(ADA, "danke!")
    assert de.say(ADA, "weiter").startswith(
        "Diese Angabe brauche ich. Eine kurze Antwort genügt.\n\nName (1/14)"
    )
    assert de.say(ADA, "verwerfen").startswith("Abgebrochen.")
    with de.reading() as tx:
        assert dialogs.of(tx, ADA) == []


def test_no_is_an_answer_to_what_becomes_of_practices(de: Chat) -> None:
    """To the first question of forgetting: nothing is deleted."""
    de.say(BEN, WINTER_DE)
    assert de.say(BEN, "vergissmich").startswith("Ihre Praxisbeispiele (1/2)")
    assert de.say(BEN, "nein") == "Es wurde nichts gelöscht."


def test_leaving_a_pin_by_what_it_is_called(de: Chat) -> None:
    """Also in two words."""
    assert de.in_hub(MIA, "!nicht mehr anheften 3") == "#3 ist in diesem Raum nicht angeheftet."
