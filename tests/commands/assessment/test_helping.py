"""What helps after the self-assessment: who lets others be introduced to them, and trainings ahead."""

from __future__ import annotations

import pytest

from commands.assessment import service
from storage import assessment as stored
from storage import events, matching, members, rooms
from storage.outbox import Action
from tests import golden
from tests.commands.assessment.test_improving import SHARE
from tests.commands.events.meetings import event, furnish, make
from tests.commands.matching.people import register
from tests.commands.matching.scene import due, told
from tests.commands.members.test_holdings import forget, waiting
from tests.transcript import ADA, BEN, HUB, MIA, Chat

SAYS = {
    "en": {"yes": "yes please", "offers": "offers", "improve": "improve", "match": "match"},
    "de": {"yes": "ja gern", "offers": "angebote", "improve": "verbessern", "match": "wer passt"},
}
FAR = ("F", "F", "L")  # level 3
ASKED = {"en": "may I introduce them to you", "de": "Darf ich sie mit Ihnen bekannt machen"}
ROOM = {"en": "I open a room", "de": "Ich öffne einen Raum"}
TRAINING = """\
event new
kind: training
title: Working with partner cities
summary: A morning for newcomers.
when: 16 March 2027 10:00
length: 2 hours
themes: capacity building
title in the other language: Mit Partnerstädten arbeiten
summary in the other language: Ein Vormittag für Neue."""


def assess(chat: Chat, user: str, process: str, *levels: str) -> str:
    """Let somebody give the same answer to all questions of a level, for each level; what they read then."""
    with chat.database.write("$assess") as tx:
        model = service.current(tx)
        known = model.process(process)
        assert known
        given = [(one, said) for level, said in enumerate(levels, 1) for one in known.on(level)]
        answers = {service.field_name(known, one.id): said for one, said in given[:-1]}
        service.keep_answers(tx, user, model, [known], answers, tx.now)
    chat.say(user, f"!assess {process}")
    return chat.say(user, levels[-1])


@pytest.fixture
def one(chat: Chat) -> Chat:
    """Ada, Ben and Mia are members, in English; Ada is at the beginning."""
    register(chat)
    assess(chat, ADA, "UD.3", "N")
    return chat


@pytest.mark.parametrize("language", ["en", "de"])
def test_who_is_far_along_helps_who_is_not(request: pytest.FixtureRequest, language: str) -> None:
    """From the question over the offer to the introduction; the whole of what is shown, as it is read."""
    chat: Chat = request.getfixturevalue("chat" if language == "en" else "chat_de")
    register(chat)
    furnish(chat)
    make(chat, TRAINING)
    chat.say(BEN, SHARE)
    says = SAYS[language]
    asked = assess(chat, BEN, "UD.3", *FAR)
    assert ASKED[language] in asked
    assert [row.content["key"] for row in chat.answers if row.action == Action.REACTION] == ["✅", "❌"]
    agreed, offers = chat.say(BEN, says["yes"]), chat.say(BEN, says["offers"])
    for process in ("UD.1", "UD.3", "UD.4"):
        assess(chat, ADA, process, "P")
    shown = [chat.say(ADA, says["improve"]), chat.say(ADA, f"{says['improve']} UD.3")]
    golden.check(f"assessment/improve.{language}.txt", "\n\n---\n\n".join([asked, agreed, offers, *shown]))
    with chat.reading() as tx:
        assert matching.participation(tx, ADA).shown == ["", "", "", "", "", BEN]
    chat.say(ADA, {"en": "introduce 6", "de": "vorstellen 6"}[language])
    letter = told(due(chat))
    assert "Ada Lovelace" in letter
    assert "UD.3" not in letter  # nor anything else of the result
    assert ROOM[language] in chat.say(BEN, SAYS[language]["yes"])


@pytest.mark.parametrize("said", ["no", "❌", "", "no, thank you"])
def test_without_a_yes_nobody_is_offered(one: Chat, said: str) -> None:
    """And nobody is asked twice."""
    assert ASKED["en"] in assess(one, BEN, "UD.3", *FAR)
    if said == "❌":
        assert "won't ask" in one.react(BEN, said)
    elif said:
        assert "won't ask" in one.say(BEN, said)
    assert "Ben" not in one.say(ADA, "improve")
    assert "what has worked" not in one.say(BEN, "offers")
    one.clock.forward(days=3)
    assert ASKED["en"] not in assess(one, BEN, "UD.3", *FAR)


def test_a_no_takes_a_yes_back(one: Chat) -> None:
    """Ticked by mistake, or on second thoughts; and a second yes doubles nothing."""
    line = "what has worked for us"
    assess(one, BEN, "UD.3", *FAR)
    question = next(row for row in one.answers if row.action == Action.MESSAGE)
    assert "offer remove 2" in one.react(BEN, "✅", to=question)
    assert line in one.say(ADA, "improve")
    assert "that is struck" in one.react(BEN, "❌", to=question)
    assert line not in one.say(BEN, "offers")
    assert line not in one.say(ADA, "improve")
    for _ in range(2):
        one.react(BEN, "✅", to=question)
    assert one.say(BEN, "offers").count(line) == 1


def test_a_no_leaves_what_was_put_in_other_words(one: Chat) -> None:
    """It says that it is still there, and how to strike it."""
    assess(one, BEN, "UD.3", *FAR)
    question = next(row for row in one.answers if row.action == Action.MESSAGE)
    one.react(BEN, "✅", to=question)
    one.say(BEN, "offer edit 2 how we train new colleagues")
    said = one.react(BEN, "❌", to=question)
    assert "2. how we train new colleagues" in said
    assert "offer remove 2" in said
    one.say(BEN, "offer remove 2")
    assert "stands" not in one.react(BEN, "❌", to=question)


def test_what_was_agreed_to_is_there_once_after_another_assessment(one: Chat) -> None:
    """Deleting one's answers leaves one's offers, as it says."""
    for _ in range(2):
        assert ASKED["en"] in assess(one, BEN, "UD.3", *FAR)
        one.say(BEN, "yes")
        one.say(BEN, "assessment delete UD.3")
        one.say(BEN, "yes")
    assert one.say(BEN, "offers").count("what has worked for us") == 1


def test_a_search_after_the_question_is_no_answer(one: Chat) -> None:
    """A yes given later, or to the message itself, still is."""
    assess(one, BEN, "UD.3", *FAR)
    assert "what has worked" not in one.say(BEN, "heat action plans for small towns in summer")
    one.clock.forward(minutes=5)
    assert "Noted among your offers" in one.say(BEN, "yes")
    assert "Noted among" not in one.say(BEN, "yes")
    one.say(BEN, "offers")
    one.say(BEN, "offer edit 2 how we train new colleagues")
    assert "“how we train new colleagues”" in one.say(ADA, "improve")
    one.say(BEN, "offer remove 2")
    assert "Ben" not in one.say(ADA, "improve")


def test_who_is_not_asked(one: Chat) -> None:
    """Below level 3, not taking part in matching, or with no room for another offer."""
    assert ASKED["en"] not in assess(one, BEN, "UD.3", "F", "L")
    one.say(BEN, "matching off")
    assert ASKED["en"] not in assess(one, BEN, "UD.5", *FAR)
    one.say(BEN, "matching on")
    with one.database.write("$full") as tx:
        members.replace_lines(tx, BEN, "offer", [("housing", f"offer {n}") for n in range(10)])
    assert ASKED["en"] not in assess(one, BEN, "UD.6", *FAR)
    with one.database.write("$room") as tx:
        members.replace_lines(tx, BEN, "offer", [("housing", "one")])
    assert ASKED["en"] in assess(one, BEN, "UD.6", *FAR)


def test_who_has_said_so_comes_first_while_they_are_far_along(one: Chat) -> None:
    """Of those who offer something on the theme; the level itself is told to nobody."""
    one.say(MIA, "offer capacity building: skills and training for staff")
    for process in ("UD.3", "UD.8"):
        assess(one, BEN, process, *FAR)
        one.say(BEN, "yes")
    one.say(BEN, "offer edit 2 a course")
    alone = one.say(ADA, "improve UD.3")
    assert alone.index("Ben Ünal") < alone.index("Mia Ferrer")
    for told_of in ("level 3", "UD.8"):
        assert told_of not in alone
    one.clock.forward(days=30)
    assess(one, BEN, "UD.3", "F", "P")
    alone = one.say(ADA, "improve UD.3")
    assert alone.index("Mia Ferrer") < alone.index("Ben Ünal")


@pytest.mark.parametrize("said", ["pause", "block", "home", "forgotten", "left", "asked", "reader"])
def test_who_can_not_be_introduced_is_not_shown(one: Chat, said: str) -> None:
    """As with `match`: the same rules, and nobody learns which of them it is."""
    one.say(BEN, "offer capacity building: a course")
    assert "a course" in one.say(ADA, "improve")
    match said:
        case "pause":
            one.say(BEN, "matching snooze until 31 March")
        case "block":
            one.say(BEN, "block Ada Lovelace")
        case "reader":
            one.say(ADA, "matching off")
        case "forgotten":
            forget(one, BEN)
            with one.reading() as tx:  # what Ada read goes as well
                assert not any("a course" in str(row.content) for row in waiting(tx))
        case "asked":
            one.clock.now = one.clock.now.replace(hour=9)
            with one.database.write("$others") as tx:
                for number in range(2):
                    matching.introduce(
                        tx, [f"@p{number}:test.localhost", BEN], asker=f"@p{number}:test.localhost"
                    )
        case _:
            with one.database.write(f"$ {said}") as tx:
                ben = members.get(tx, BEN)
                assert ben
                if said == "home":
                    ben.city, ben.country = "Lyon", "FR"
                    members.keep(tx, ben)
                else:
                    rooms.keep_member(tx, HUB, BEN, "leave", None)
    shown = one.say(ADA, "improve")
    assert "UD.3" in shown
    assert "a course" not in shown
    assert "introduce" not in shown


def test_a_number_means_the_same_person_whoever_is_shown_later(one: Chat) -> None:
    """Those of `match` and these go beside each other; who goes without a name is not named."""
    one.say(BEN, "offer capacity building: a course")
    one.say(BEN, "matching without name")
    shown = one.say(ADA, "improve")
    assert "A member · Municipality (S) · Germany: “a course” – introduce 6" in shown
    assert "Ben" not in shown
    one.say(MIA, "offer capacity building: skills and training")
    one.say(MIA, "block Ben Ünal")
    one.say(ADA, "match")
    assert "introduce 7" in one.say(ADA, "improve")
    with one.reading() as tx:
        assert matching.participation(tx, ADA).shown[5:] == [BEN, MIA]
    assert "I ask this member" in one.say(ADA, "introduce 6")
    assert "Ada Lovelace" in told(due(one)).partition(Chat.dm(BEN))[2]


def test_trainings_ahead_on_the_theme(one: Chat) -> None:
    """Announced ones, until the reader has said something to them, or they are cancelled."""
    furnish(one)
    make(one, TRAINING)
    when = "Tuesday, 16 March 2027, 10:00–12:00 (Europe/Paris)"
    line = f"• Training “Working with partner cities”, {when} – event 1"
    assert line in one.say(ADA, "improve")
    one.say(ADA, "going 1")
    assert "Training" not in one.say(ADA, "improve")
    one.say(ADA, "maybe 1")
    assert line in one.say(ADA, "improve")
    with one.database.write("$no-themes") as tx:
        found = event(tx, 1)
        found.themes, found.title = [], {"en": "Staff training for twinning"}
        events.keep(tx, found)
    assert "Staff training" in one.say(ADA, "improve")
    one.say(MIA, "event cancel 1 illness")
    one.say(MIA, "yes")
    assert "Training" not in one.say(ADA, "improve")


def test_a_practice_that_is_gone_is_not_shown(one: Chat) -> None:
    """The others move up; a goal that one has stands in the place of how to set one."""
    one.say(BEN, SHARE)
    one.say(BEN, SHARE.replace("A language course", "Another course"))
    first = one.say(ADA, "improve")
    assert first.count("Practice #") == 1
    number = first.partition("Practice #")[2][0]
    one.say(MIA, f"archive {number} outdated")
    one.say(ADA, "goal UD.3 level 2 by 2027-09")
    then = one.say(ADA, "improve")
    assert f"Practice #{number}" not in then
    assert "Practice #" in then
    assert "Your goal: Level 2 by 30 September 2027" in then


def test_the_question_about_a_goal_offers_a_talk(one: Chat) -> None:
    """Where there is somebody; and only what is missing where there is not, nor a result."""
    one.say(ADA, "goal UD.3 level 1 by 2027-03-10")
    one.say(ADA, "goal UD.5 level 1 by 2027-03-10")
    one.say(BEN, "offer capacity building: a course")
    one.clock.forward(days=10)
    letters = told(due(one)).split("---")
    about = {area: next(one for one in letters if area in one) for area in ("UD.3", "UD.5")}
    assert "Would a talk with somebody help? improve UD.3 shows" in about["UD.3"]
    assert "improve" not in about["UD.5"]
    assert "a course" in one.say(ADA, "improve UD.3")


def test_what_was_asked_goes_with_the_answers(one: Chat) -> None:
    """The offer stays, as it is one like every other, and that is said."""
    assess(one, BEN, "UD.3", *FAR)
    one.say(BEN, "yes")
    one.say(BEN, "assessment delete")
    assert "What you offer stays as it is: offers" in one.say(BEN, "yes")
    with one.reading() as tx:
        assert stored.offers(tx, BEN) == []
        assert len(members.lines(tx, BEN, "offer")) == 2
