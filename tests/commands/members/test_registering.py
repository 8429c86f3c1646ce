"""Registering, as a dialog and as a form, word for word."""

from __future__ import annotations

import pytest

from commands.core.conversation import Conversation
from commands.core.registry import load
from storage import dialogs, members
from storage.outbox import Action
from tests import golden
from tests.commands.members.people import ADA_FORM, BEN_FORM, register
from tests.commands.members.test_holdings import deliver, everything
from tests.transcript import ADA, BEN, HUB, OUT, Chat


def test_dialog_from_hello_to_welcome(chat: Chat) -> None:
    """Question by question, with a proposal taken, an optional answer skipped, and a last look."""
    assert chat.say(ADA, "register") == (
        "Welcome to the Urban Diplomacy network! A few short questions, then you are a member.\n\n"
        "Name (1/14)\nWhat is your name?\n\n"
        "At any time you can say back, pause (I keep your answers for later) or cancel (I discard them)."
    )
    assert chat.say(ADA, "Ada Lovelace") == (
        "Organisation (2/14)\nWhich organisation or office do you work for?"
    )
    assert chat.say(ADA, "International Office") == (
        "Kind (3/14)\nWhat kind of organisation is it?\n\n"
        "1. City\n2. Region\n3. Municipality\n4. Politics\n5. Science\n6. Business"
    )
    assert chat.say(ADA, "1") == "City (4/14)\nIn which city or place?"
    assert chat.say(ADA, "Lyon") == "Country (5/14)\nIn which country?"
    assert chat.say(ADA, "Frankreich") == (
        "Population (6/14)\nHow many people live there, roughly?\n\nYou can leave this out: write skip."
    )
    assert chat.say(ADA, "skip").startswith("Languages (7/14)\n")
    assert chat.say(ADA, "English, Deutsch").startswith("Themes (8/14)\n")
    assert chat.say(ADA, "climate, housing").startswith("Offers (9/14)\n")
    assert chat.say(ADA, "heat plans for housing blocks").startswith("Needs (10/14)\n")
    assert chat.say(ADA, "-") == (
        "Time zone (11/14)\nWhich time zone are you in? A city is enough.\n\n"
        "My suggestion: Europe/Paris. If it fits, write ok."
    )
    assert chat.say(ADA, "yes").startswith("Language with me (12/14)\n")
    assert chat.say(ADA, "skip") == (
        "Contact visible (13/14)\n"
        "May other members see your Matrix id, so that they can write to you?\n\n"
        "1. yes\n2. no\n\nMy suggestion: no. If it fits, write no."
    )
    assert chat.say(ADA, "yes") == (
        "Consent (14/14)\n"
        "I store what you enter here, and for 30 days at most your messages to me and my answers. Members of"
        " the Urban Diplomacy network see your name, organisation, kind, place (with the size class of the"
        " city), themes and offers; your Matrix id only if you allow it. Besides them, only those who operate"
        " this bot can look into the data. mydata shows you everything. Agreeing is voluntary:"
        " with forgetme you withdraw it at any time, and I delete what I have stored about you.\n"
        "Do you agree?\n\n1. yes, I agree\n2. no"
    )
    assert chat.say(ADA, "yes") == (
        "Here is everything once more:\n\n"
        "• Name: Ada Lovelace\n• Organisation: International Office\n• Kind: City\n• City: Lyon\n"
        "• Country: France\n• Languages: English and German\n• Themes: Climate & energy · Housing\n"
        "• Offers: Housing: heat plans for housing blocks\n• Time zone: Europe/Paris\n"
        "• Language with me: English\n• Contact visible: yes\n• Consent: yes, I agree\n\n"
        "Is it right? Write yes to save it or cancel to throw it away."
        " To change something, write the name of the field, a colon and the new text,"
        " for example “Name: …”."
    )
    assert chat.say(ADA, "yes") == (
        "Welcome, Ada Lovelace! You are a member now.\n\nWhat you could do next:\n\n"
        "• search Climate & energy – see what other cities have done\n"
        "• share – share a good practice of your own\n\n"
        "Shall the weekly digest welcome you in the network's rooms, by name and organisation?"
        " Then write profile edit Greeting yes; otherwise you need do nothing."
    )
    with chat.reading() as tx:
        member = members.get(tx, ADA)
        assert member
        assert (member.contact_visible, member.consent_version, member.population) == (True, "1", None)
        assert member.consent_at == chat.clock.now
        assert [(line.theme, line.text) for line in members.lines(tx, ADA, "offer")] == [
            ("social.housing", "heat plans for housing blocks")
        ]
        assert dialogs.of(tx, ADA) == []


def test_lines_of_the_form_as_answers(chat: Chat) -> None:
    """Who pastes the form into an app that sends each line by itself is not asked why."""
    chat.say(ADA, "register")
    assert chat.say(ADA, "Name: Ada Lovelace").startswith("Organisation (2/14)")
    assert chat.say(ADA, "Organisation: International Office").startswith("Kind (3/14)")
    assert chat.say(ADA, "Kind: City").startswith("City (4/14)")
    with chat.reading() as tx:
        (asked,) = dialogs.of(tx, ADA)
    assert asked.answers["name"] == "Ada Lovelace"


def test_dialog_in_german(chat_de: Chat) -> None:
    chat = chat_de
    assert chat.say(BEN, "anmelden") == (
        "Willkommen im Netzwerk Urban Diplomacy! Ein paar kurze Fragen, dann sind Sie Mitglied.\n\n"
        "Name (1/14)\nWie heißen Sie?\n\n"
        "Sie können jederzeit zurück, pause (ich hebe Ihre Antworten auf) oder abbrechen (ich verwerfe sie)"
        " schreiben."
    )
    assert chat.say(BEN, "Ben Ünal") == (
        "Organisation (2/14)\nFür welche Organisation oder Stelle arbeiten Sie?"
    )
    assert chat.say(BEN, "zurück") == (
        "Name (1/14)\nWie heißen Sie?\n\n"
        "Bisher steht dort „Ben Ünal“. Soll es so bleiben, schreiben Sie ok.\n\n"
        "Sie können jederzeit zurück, pause (ich hebe Ihre Antworten auf) oder abbrechen (ich verwerfe sie)"
        " schreiben."
    )
    assert chat.say(BEN, "überspringen").startswith("Organisation (2/14)\n")
    assert chat.say(BEN, "pause") == (
        "Pause. Ihre Antworten sind aufgehoben. Schreiben Sie weiter, wann immer Sie möchten."
    )
    assert chat.say(BEN, "weiter") == (
        "Weiter geht es, wo Sie aufgehört haben.\n\n"
        "Organisation (2/14)\nFür welche Organisation oder Stelle arbeiten Sie?"
    )
    assert chat.say(BEN, "abbrechen") == (
        "Abgebrochen. Ihre Antworten sind verworfen, es bleibt alles, wie es war."
    )
    with chat.reading() as tx:
        assert dialogs.of(tx, BEN) == []


def test_who_speaks_german_is_answered_in_german(chat: Chat) -> None:
    """In a network that speaks English, too; and it stays so."""
    assert chat.say(BEN, "registrieren").startswith("Willkommen im Netzwerk")
    assert chat.say(BEN, "Ben").startswith("Organisation (2/14)\nFür welche")
    chat.say(BEN, "abbrechen")
    chat.say(BEN, BEN_FORM)
    assert chat.say(BEN, "timezone") == (
        "Ihre Zeitzone ist Europe/Berlin. Dort ist es jetzt 10:00 Uhr. Ändern: zeitzone Lissabon"
    )


def test_reactions_answer_questions(chat: Chat) -> None:
    """A keycap picks a choice, an arrow goes back, a tick confirms."""
    for said in ("register", "Ada", "Office"):
        chat.say(ADA, said)
    assert chat.react(ADA, "2️⃣").startswith("City (4/14)")
    assert chat.react(ADA, "⬅️").endswith("So far it says “Region”. To keep that, write ok.")
    for said in ("skip", "Lyon", "FR", "skip", "en", "housing", "skip", "skip", "skip", "skip"):
        chat.say(ADA, said)
    assert chat.react(ADA, "👍").startswith("Consent (14/14)")
    assert chat.react(ADA, "👍").startswith("Here is everything once more")
    assert chat.react(BEN, "✅", room=chat.dm(ADA)) == ""
    assert chat.react(ADA, "✅").startswith("Welcome, Ada!")
    with chat.reading() as tx:
        member = members.get(tx, ADA)
        assert member
        assert member.kind == "region"
        assert member.contact_visible


def test_offers_without_a_theme_are_asked_about(chat: Chat) -> None:
    """Clearly, with something that can be copied."""
    for said in ("register", "Ada", "Office", "1", "Lyon", "FR", "skip", "en", "culture, housing"):
        chat.say(ADA, said)
    assert chat.say(ADA, "tours") == (
        "To which theme does “tours” belong: Culture & exchange or Housing, or another?"
        " Please put the theme in front, for example “Culture & exchange: tours”."
    )
    assert chat.say(ADA, "Housing: tours; culture: concerts").startswith("Needs (10/14)")
    chat.say(ADA, "Fördermittel für Radschnellwege")
    for _ in range(3):
        chat.say(ADA, "ok")
    assert "• Needs: Municipal finance & funding: Fördermittel für Radschnellwege\n" in chat.say(ADA, "yes")


def test_one_answer_is_changed_at_the_end(chat: Chat) -> None:
    for said in ("register", "Ada", "Office", "1", "Lyon", "FR", "skip", "en", "housing"):
        chat.say(ADA, said)
    for _ in range(5):
        chat.say(ADA, "skip")
    chat.say(ADA, "1")
    assert "• City: Paris\n" in chat.say(ADA, "City: Paris")
    assert chat.say(ADA, "kind").startswith("Kind (3/14)")
    assert "• Kind: Science\n" in chat.say(ADA, "science")


def test_who_does_not_agree_leaves_no_trace(chat: Chat) -> None:
    for said in (
        "register",
        "Mayor",
        "Office",
        "1",
        "Lyonn",
        "back",
        "Lyon",
        "Frrr",
        "FR",
        "skip",
        "en",
        "housing",
    ):
        chat.say(ADA, said)
    chat.say(ADA, "housing: about them")
    for _ in range(4):
        chat.say(ADA, "skip")
    refusal = "That is all right. I have deleted your answers again; you can register whenever you like."
    deliver(chat)
    assert chat.say(ADA, "no") == refusal
    assert chat.say(BEN, ADA_FORM.replace("consent: yes", "consent: no")) == refusal
    with chat.reading() as tx:
        assert (members.count(tx), dialogs.of(tx, ADA), dialogs.of(tx, BEN)) == (0, [], [])
        kept = repr(
            [found for table, found in everything(tx).items() if table not in ("room", "room_member")]
        )
    for typed in ("Mayor", "Lyon", "Lovelace", "International", "about them"):
        assert typed not in kept


def test_what_was_chosen_before_is_proposed(chat: Chat) -> None:
    """A form that says nothing of it does not overwrite a time zone and a language."""
    chat.say(ADA, "timezone Lisbon")
    chat.say(ADA, "language en")
    chat.in_hub(ADA, ADA_FORM)
    assert chat.say(ADA, "timezone").startswith("Your time zone is Europe/Lisbon.")
    chat.say(BEN, "zeitzone Lissabon")
    for said in ("registrieren", "Ben", "Amt", "1", "Bonn", "D", "-", "de", "Wohnen"):
        chat.say(BEN, said)
    chat.say(BEN, "-")
    assert "Europe/Lisbon" in chat.say(BEN, "-")


def test_what_is_called_otherwise_is_understood(chat_de: Chat) -> None:
    """What the form used to say, and what Germans call their country."""
    form = BEN_FORM.replace("Land: Deutschland", "Land: BRD")
    chat_de.say(BEN, f"{form}\nGesuche: Klimaanpassung: Pegel")
    shown = chat_de.say(BEN, "profil")
    assert "Bad Münstereifel, Deutschland" in shown
    assert "Klimaanpassung: Pegel" in shown


@pytest.mark.parametrize("form", [ADA_FORM, BEN_FORM], ids=["english", "german"])
def test_form_in_either_language(either: Chat, form: str) -> None:
    """Whatever language the network speaks."""
    welcome = either.say(ADA, form).split("!")[0]
    assert welcome in ("Welcome, Ada Lovelace", "Willkommen, Ada Lovelace", "Willkommen, Ben Ünal")
    with either.reading() as tx:
        member = members.get(tx, ADA)
        assert member
        offers = [(line.theme, line.text) for line in members.lines(tx, ADA, "offer")]
        told = (member.kind, member.country, member.population, member.contact_visible, offers)
        zone = members.preference(tx, ADA).timezone
    if form == ADA_FORM:
        tours = ("social.housing", "tours of our cooperative quarters")
        assert told == ("city", "FR", 522_000, False, [tours])
        assert zone == "Europe/Paris"
    else:
        floods = ("climate.adaptation", "Hochwasserschutz für kleine Orte")
        assert told == ("municipality", "DE", 17_400, True, [floods])
        assert zone == "Europe/Berlin"


def test_form_with_errors_tells_all_at_once(either: Chat) -> None:
    wrong = """!register
    name: Ada
    organization: Office
    kind: town hall
    city: Lyon
    country: Germny
    population: many
    languages: English, Klingonish
    themes: sicherheid
    locale: French
    timezone: Middle Earth
    consent: yes"""
    golden.check(f"members/register_errors.{either.language}.txt", either.say(ADA, wrong))
    with either.reading() as tx:
        assert members.count(tx) == 0


def test_form_with_gaps_goes_on_as_a_dialog(chat: Chat) -> None:
    """What is there is kept, and only the rest is asked."""
    begun = "!register\nname: Ada\norganisation: Office\nkind: city\ncity: Lyon\ncountry: FR\nthemes: housing"
    assert chat.say(ADA, begun) == (
        "Welcome to the Urban Diplomacy network! A few short questions, then you are a member.\n\n"
        "Noted. A few answers are still missing.\n\n"
        "Population (6/14)\nHow many people live there, roughly?\n\nYou can leave this out: write skip."
    )
    assert chat.say(ADA, "500.000").startswith("Languages (7/14)")
    assert chat.say(ADA, "en").startswith("Offers (9/14)")


def test_form_sent_during_the_dialog_is_read_as_the_form(chat: Chat) -> None:
    chat.say(ADA, "register")
    assert chat.say(ADA, ADA_FORM.removeprefix("!")).startswith("Welcome, Ada Lovelace!")
    assert chat.say(BEN, "register").startswith("Welcome to")
    fields = ADA_FORM.removeprefix("!register\n")
    assert chat.say(BEN, fields).startswith("Time zone (11/14)")


def test_form_without_themes_before_the_offers(chat: Chat) -> None:
    """The likeliest of the member's themes is taken, and shown."""
    form = ADA_FORM.replace("offers: housing: tours", "offers: housing tours").replace(
        "needs: climate adaptation: examples", "needs: examples"
    )
    chat.say(ADA, form)
    shown = chat.say(ADA, "profile")
    assert "• Housing: housing tours of our cooperative quarters" in shown
    assert "• Climate adaptation: examples of heat plans" in shown


def test_in_a_room_the_answer_goes_to_the_direct_chat(chat: Chat) -> None:
    """Whether a form or a dialog; the room only sees a pointer, and nobody is pinged."""
    answer = chat.in_hub(ADA, "!register")
    pointer, question = answer.split("\n---\n")
    assert pointer == "I have answered you in our direct chat."
    assert question.startswith("Welcome to the")
    assert [row.lane for row in chat.answers] == [HUB, chat.dm(ADA)]
    assert [row.content["m.mentions"] for row in chat.answers] == [{}, {}]
    assert "Welcome, Ben" not in chat.in_hub(BEN, ADA_FORM).split("\n---\n")[0]
    with chat.reading() as tx:
        assert members.get(tx, BEN)


def test_registering_twice_points_to_the_profile(chat: Chat) -> None:
    register(chat, ADA)
    again = (
        "You are registered already, as Ada Lovelace. profile shows your profile, profile edit changes it."
    )
    assert chat.say(ADA, "register") == again
    assert chat.say(ADA, ADA_FORM) == again


def test_who_is_not_in_the_main_room_can_not_register(chat: Chat) -> None:
    assert chat.say(OUT, "register") == (
        "This is for people in our main room. Please join #ud-hub:test.localhost first, then try again."
    )
    assert chat.say(OUT, ADA_FORM) == chat.say(OUT, "register")


def test_next_steps_know_the_network(either: Chat) -> None:
    """Peers on the same theme come first, then what the member has not told yet."""
    register(either, BEN)
    form = ADA_FORM.replace("offers: housing: tours of our cooperative quarters\n", "")
    form += f"\nlocale: {either.language}"
    golden.check(f"members/welcome.{either.language}.txt", either.say(ADA, form))
    golden.check(f"members/welcome.{either.language}.html", either.html)


def test_names_are_shown_as_they_are(chat: Chat) -> None:
    """HTML, Markdown, mentions, right-to-left writing and emoji in names do nothing but appear."""
    name = "<b>@room</b> *Ada* [x](http://evil.example) \u202eمريم 🏙️"
    chat.say(ADA, ADA_FORM.replace("Ada Lovelace", name))
    answer = chat.say(ADA, "profile")
    name = name.replace("@room", "@\u2060room")  # in which no client finds a call for the whole room
    assert f"{name}\u202c\nInternational Office · City" in answer
    assert (
        "<strong>&lt;b&gt;@\u2060room&lt;/b&gt; *Ada* [x](http://evil.example) \u202eمريم 🏙️\u202c</strong>"
        in chat.html
    )
    assert chat.answers[0].content["m.mentions"] == {}


def test_ten_thousand_characters_are_refused_kindly(chat: Chat) -> None:
    chat.say(ADA, "register")
    assert chat.say(ADA, "x" * 10_000) == (
        "That is 10000 characters; at most 100 fit. Please shorten it by 9900."
    )
    assert chat.say(ADA, "name: y\nneeds: " + "housing: z; " * 1000).startswith("One field is not right yet.")


def test_what_the_dialog_says_is_about_the_person(chat: Chat) -> None:
    """So that it can be taken back when they ask to be forgotten."""
    for said in ("register", "Ada", "Office"):
        chat.say(ADA, said)
        assert [row.about for row in chat.answers if row.action == Action.MESSAGE] == [ADA]


def test_dialog_survives_everything(chat: Chat) -> None:
    """Every answer is in the database before the next question is."""
    chat.say(ADA, "register")
    chat.say(ADA, "Ada")
    chat.conversation = Conversation(load(), chat.network)
    assert chat.say(ADA, "Office").startswith("Kind (3/14)")
