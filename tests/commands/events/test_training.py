"""Trainings: what to read before them, their quiz, and the line in the record of who took part."""

from __future__ import annotations

import json

import pytest

from storage import events, practices, rooms, trainings
from storage.practices import Status
from storage.rooms import Room
from tests.commands.events.meetings import EXCHANGE, TRAINING, card, delivered, make
from tests.commands.practices.clock import wait
from tests.commands.practices.network import bring, starter
from tests.golden import check
from tests.transcript import ADA, BEN, BOT, HUB, MIA, Chat

MANY = TRAINING.replace("places: 2", "places: 20")
SERIES = MANY.replace("16 March 2027 10:00", "every Tuesday 10:00")
QUIZ = """\
quiz add 1
Question: What clears cycle paths best?
Choices:
Salt
* Brine
Sand
Explanation: Brine needs a quarter of the salt.
Question in other language: Was räumt Radwege am besten?
Choices in other language: Salz; Sole; Sand
Explanation in other language: Sole braucht ein Viertel des Salzes.
Question: Who belongs in a heat plan?
Choices: *Doctors; *Neighbours; Snowmen
Explanation: Whoever meets the people at risk."""


@pytest.fixture
def plans(dates: Chat) -> Chat:
    """A network with two practices and a training that is announced, to which Ada and Ben go."""
    bring(dates, *starter("ljubljana-car-free-centre", "paris-cours-oasis"))
    make(dates, MANY)
    for user in (ADA, BEN):
        dates.say(user, "going 1")
    return dates


def over(chat: Chat) -> list[tuple[str, str]]:
    """Let the training be over and the next morning begin; returns what is said then."""
    delivered(chat)
    wait(chat, days=15, hours=4)
    return wait(chat, days=1)


def archive(chat: Chat, number: int) -> None:
    with chat.database.write("archive") as tx:
        found = practices.get(tx, number)
        assert found
        found.status = Status.ARCHIVED


# --- what to read before


def test_the_host_says_what_to_read(plans: Chat) -> None:
    """Shown on the card, to who asks, and in the reminders of some days before; in their language."""
    assert "nothing to read" in plans.say(ADA, "event reading 1")
    assert "can only be changed by its host" in plans.say(ADA, "event reading 1 #1")
    assert "no practice #77" in plans.say(MIA, "event reading 1 #1 #77")
    assert "#1 Ljubljana" in plans.say(MIA, "event reading 1 #1, #2 and #1")
    wait(plans, seconds=5)
    assert "To read before (!practice 1 opens the first):\n\n• #1 Ljubljana" in card(plans, 1)
    delivered(plans)
    plans.say(BEN, "sprache deutsch")
    said = plans.say(BEN, "lektüre 1")
    assert "Bitte vorab lesen (praxis 1 zeigt das erste):\n\n• #1 " in said
    assert "entfernen" not in said
    week, day, hour = (wait(plans, **by) for by in ({"days": 8}, {"days": 6}, {"hours": 23}))
    for told in (week, day):
        assert [lane for lane, text in told if "• #2 Cours Oasis" in text] == [plans.dm(ADA), plans.dm(BEN)]
    assert len(hour) == 2
    assert "Cours Oasis" not in hour[0][1]


def test_what_leaves_the_library_leaves_the_list(plans: Chat) -> None:
    plans.say(MIA, "event reading 1 1 2")
    archive(plans, 1)
    assert "Ljubljana" not in plans.say(ADA, "event 1")
    assert "• #2 Cours Oasis" in plans.say(ADA, "event 1")
    assert "no practice #1" in plans.say(MIA, "event reading 1 1")
    assert "nothing to read before any more" in plans.say(MIA, "event reading 1 remove #2")
    assert "not on the reading list" in plans.say(MIA, "event reading 1 remove #2")
    assert "no number of a practice" in plans.say(MIA, "event reading 1 remove trees")


def test_only_trainings_have_reading_and_a_quiz(dates: Chat) -> None:
    make(dates, EXCHANGE)
    for said in ("event reading 1 #1", "quiz add 1"):
        assert "is no training" in dates.say(MIA, said)
    assert "no quiz for #1" in dates.say(ADA, "quiz 1")


def test_more_than_ten_are_too_much_to_read(plans: Chat) -> None:
    bring(plans, *starter()[:12])
    numbers = " ".join(str(number) for number in range(1, 12))
    assert "too much to read" in plans.say(MIA, f"event reading 1 {numbers}")


# --- writing the quiz


def test_a_quiz_is_written_question_by_question(plans: Chat) -> None:
    """By a dialog that says what is wrong at once, and looked at with what is right."""
    assert "has no quiz yet" in plans.say(MIA, "quiz show 1")
    plans.say(MIA, "quiz add 1")
    assert "Two to five answers" in plans.say(MIA, "What clears cycle paths best?")
    assert "a star (*)" in plans.say(MIA, "Salt; Brine; Sand")
    assert "If all are right" in plans.say(MIA, "* Salt; * Brine")
    assert "I count 1" in plans.say(MIA, "* Salt")
    assert "are the same" in plans.say(MIA, "* Salt; salt")
    assert "Why is it so" in plans.say(MIA, "Salt\n* Brine\nSand")
    assert "other language" in plans.say(MIA, "Brine needs a quarter of the salt.")
    assert "Salt; * Brine; Sand" in plans.say(MIA, "skip")
    assert "With two questions" in plans.say(MIA, "yes")
    assert "no quiz for" in plans.say(ADA, "quiz 1")
    plans.say(MIA, "quiz add 1\nQuestion: Who belongs in a heat plan?\nChoices: *Doctors; Snowmen")
    plans.say(MIA, "Whoever meets the people at risk.")
    assert "Question 2" in plans.say(MIA, "yes")
    check("events/quiz_show_en.txt", plans.say(MIA, "quiz show 1"))


def test_a_quiz_is_written_in_one_message(plans: Chat) -> None:
    """All of it or nothing; and only by the host and moderators, in their direct chat."""
    assert "can only be changed by its host" in plans.say(ADA, QUIZ)
    assert "In question 2, please mend this: Choices:" in plans.say(
        MIA, QUIZ.replace("*Doctors; *", "Doctors; ")
    )
    assert "has no quiz yet" in plans.say(MIA, "quiz show 1")
    assert "2 questions added" in plans.say(MIA, QUIZ)
    plans.in_hub(MIA, "!quiz show 1")
    assert [row.lane for row in plans.answers if "Brine" in json.dumps(row.content)] == [plans.dm(MIA)]
    assert "can only be changed by its host" in plans.say(ADA, "quiz show 1")
    plans.say(MIA, "\n".join([*QUIZ.splitlines()[:1], *QUIZ.splitlines()[10:]]))
    assert "3 questions" in plans.say(MIA, "yes") + plans.say(MIA, "quiz show 1")


def test_the_other_language_has_as_many_choices(plans: Chat) -> None:
    refused = plans.say(MIA, QUIZ.replace("Salz; Sole; Sand", "Salz; Sole"))
    assert "I need 3 choices as well" in refused
    without = "\n".join(row for row in QUIZ.splitlines() if "Explanation in other" not in row)
    assert "or none of them" in plans.say(MIA, without)


def test_questions_are_changed_and_removed(plans: Chat) -> None:
    plans.say(MIA, QUIZ)
    form = plans.say(MIA, "quiz edit 1 2")
    assert "Choices: \n* Doctors\n* Neighbours\nSnowmen" in form
    assert "Nothing is different" in plans.say(MIA, form[form.index("!quiz edit") :])
    assert "Changed" in plans.say(MIA, form[form.index("!quiz edit") :].replace("* Doctors", "Doctors"))
    assert "Changed" in plans.say(MIA, "quiz edit 1 2 question Who belongs in a plan?")
    assert "Nothing is different" in plans.say(MIA, "quiz edit 1 2 question Who belongs in a plan?")
    assert "So far it says “Who belongs" in plans.say(MIA, "quiz edit 1 2 question")
    assert "Here is everything" in plans.say(MIA, "Who is needed for a plan?")  # `who` is a command
    assert "Changed" in plans.say(MIA, "yes")
    assert "Who is needed for a plan?" in plans.say(MIA, "quiz show 1")
    assert "no question 3" in plans.say(MIA, "quiz edit 1 3")
    assert "Which question?" in plans.say(MIA, "quiz remove 1")
    assert "Taken out: What clears" in plans.say(MIA, "quiz remove 1 1")
    assert "no quiz any more" in plans.say(MIA, "quiz remove 1 all")
    assert "has no quiz yet" in plans.say(MIA, "quiz show 1")


def test_lines_of_the_form_are_enough(plans: Chat) -> None:
    """Sent back alone, as one does on a phone; what is none of them is searched for as ever."""
    plans.say(MIA, QUIZ)
    plans.say(MIA, "quiz edit 1 1")
    assert "Changed" in plans.say(MIA, "Explanation: Brine is good.")
    assert "Brine is good." in plans.say(MIA, "quiz show 1")
    plans.say(MIA, "quiz edit 1 1")
    assert "All right, it stays as it is." in plans.say(MIA, "ok")
    plans.say(MIA, "quiz edit 1 1")
    assert "Ljubljana" in plans.say(MIA, "car-free centre")
    plans.say(MIA, "quiz edit 1 1")
    assert "I count 1 there" in plans.say(MIA, "Choices: * Brine\nExplanation: Brine helps.")
    assert "“Salz; Sole; Sand”" in plans.say(MIA, "* Brine; Ice; Mud")  # as they go together
    assert "Brine helps." in plans.say(MIA, "Sole; Eis; Matsch")
    assert "Changed" in plans.say(MIA, "yes")
    assert "1. Sole ✅ · 2. Eis · 3. Matsch" in plans.say(MIA, "quiz show 1")
    plans.say(MIA, "quiz edit 1 1")
    plans.say(MIA, "quiz remove 1 1")
    assert "Changed" not in plans.say(MIA, "Explanation: It is gone.")


def test_choices_in_two_languages_are_changed_together(plans: Chat) -> None:
    """As their order says which are right; nobody is told in one language what is wrong in the other."""
    plans.say(MIA, QUIZ)
    plans.say(MIA, "quiz edit 1 before")
    asked = plans.say(MIA, "quiz edit 1 1 choices: *Brine; Salt; Sand")
    assert "in two languages" in asked
    assert "“Salz; Sole; Sand”" in asked
    assert "Here is everything" in plans.say(MIA, "Sole; Salz; Sand")
    assert "Changed" in plans.say(MIA, "yes")
    shown = plans.say(MIA, "quiz show 1")
    assert "1. Brine ✅\n2. Salt\n3. Sand" in shown
    assert "German: Was räumt Radwege am besten?\n1. Sole ✅ · 2. Salz · 3. Sand" in shown
    plans.say(BEN, "sprache deutsch")
    plans.say(BEN, "quiz 1")
    assert "✅ Richtig!" in plans.say(BEN, "1")
    # So it is for the other ones, in the form, and where they stay as they are; a star is no other order.
    assert "“* Brine; Salt; Sand”" in plans.say(
        MIA, "quiz edit 1 1 choices in other language Sole; Salz; Kies"
    )
    plans.say(MIA, "ok")
    assert "Changed" in plans.say(MIA, "yes")
    form = plans.say(MIA, "quiz edit 1 1")
    changed = form[form.index("!quiz edit") :].replace("* Brine\nSalt", "Salt\n* Brine")
    assert "in two languages" in plans.say(MIA, changed)
    plans.say(MIA, "cancel")
    assert "Changed" in plans.say(MIA, "quiz edit 1 1 choices Brine; *Salt; Sand")
    assert "2. Salz ✅" in plans.say(MIA, "quiz show 1")


def test_choices_in_two_languages_become_fewer(plans: Chat) -> None:
    """Field by field as well, whatever is said wrong on the way; or the other language goes."""
    plans.say(MIA, QUIZ)
    plans.say(MIA, "quiz edit 1 1 choices")
    plans.say(MIA, "Salt; *Brine")
    plans.say(MIA, "ok")
    assert "I need 2 choices as well" in plans.say(MIA, "yes")
    plans.say(MIA, "Choices in other language: Salz; Sole")
    assert "Changed" in plans.say(MIA, "yes")
    assert "1. Salz · 2. Sole ✅\n" in plans.say(MIA, "quiz show 1")
    assert "in one language only" in plans.say(MIA, "quiz edit 1 1 choices in other language: -")
    assert "German" not in plans.say(MIA, "quiz show 1")
    assert "For the other language" in plans.say(MIA, "quiz edit 1 1 question in other language: Was hilft?")
    plans.say(MIA, "Salz; Sole")
    plans.say(MIA, "Sole spart Salz.")
    assert "Changed" in plans.say(MIA, "yes")
    assert "German: Was hilft?" in plans.say(MIA, "quiz show 1")


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("*3. Oktober; 9. November; 8. Mai", "1. 3. Oktober ✅|2. 9. November|3. 8. Mai"),
        ("E. coli; *B. subtilis", "1. E. coli|2. B. subtilis ✅"),
        ("1. Mai; *2. Mai", "1. 1. Mai|2. 2. Mai ✅"),
        ("a) Salt; *b) Brine; c) Sand", "1. Salt|2. Brine ✅|3. Sand"),
        ("A. Salt; B. * Brine; C. Sand ✅", "1. Salt|2. Brine ✅|3. Sand ✅"),
        ("- 1. Salt; - *2) Brine", "1. Salt|2. Brine ✅"),
    ],
)
def test_choices_lose_only_what_numbers_them(plans: Chat, typed: str, shown: str) -> None:
    plans.say(MIA, f"quiz add 1\nQuestion: What?\nChoices: {typed}\nExplanation: That is so.")
    plans.say(MIA, "yes")
    assert shown.replace("|", "\n") in plans.say(MIA, "quiz show 1")


def test_a_quiz_has_at_most_ten_questions(plans: Chat) -> None:
    eleven = "\n".join([QUIZ, *QUIZ.splitlines()[1:] * 4, *QUIZ.splitlines()[10:]])
    assert "That would be 11 questions" in plans.say(MIA, eleven)
    assert "leave out 1 of them" in plans.say(MIA, eleven)
    assert "has no quiz yet" in plans.say(MIA, "quiz show 1")
    for _ in range(5):
        plans.say(MIA, QUIZ)
    assert "10 questions, and more would tire" in plans.say(MIA, QUIZ)


# --- doing it


def test_the_quiz_is_done_after_the_training(plans: Chat) -> None:
    """One question at a time, explained at once; stopped and gone on with; kept with the record."""
    plans.say(MIA, QUIZ)
    plans.say(MIA, "event reading 1 #1")
    assert "opens when the training is over" in plans.say(ADA, "quiz 1")
    assert ["There is a short quiz" in text for _, text in over(plans)] == [True, True]
    told = [plans.say(ADA, "quiz 1"), plans.say(ADA, "3"), plans.say(ADA, "pause"), plans.say(ADA, "resume")]
    told += [plans.say(ADA, "4"), plans.say(ADA, "1 and 2"), plans.say(ADA, "my trainings")]
    told += [plans.say(ADA, "quiz 1"), plans.say(ADA, "2"), plans.say(ADA, "back"), plans.say(ADA, "ok")]
    told += [plans.say(ADA, "12"), plans.say(ADA, "record")]
    check("events/quiz_en.txt", "\n=====\n".join(told))


def test_das_quiz_auf_deutsch(daten: Chat) -> None:
    bring(daten, *starter("ljubljana-car-free-centre"))
    make(daten, MANY.replace("event new", "event new"))
    daten.say(ADA, "dabei 1")
    daten.say(MIA, QUIZ)
    told = [daten.say(MIA, "termin 1"), daten.say(MIA, "lektüre 1 #1"), daten.say(MIA, "quiz ansehen 1")]
    told += [text for lane, text in over(daten) if lane == daten.dm(ADA)]
    told += [daten.say(ADA, "quiz 1"), daten.say(ADA, "salz"), daten.say(ADA, "1")]
    told += [daten.say(ADA, "meine schulungen"), daten.say(ADA, "hilfe quiz")]
    told += [daten.say(ADA, "meine schulungen entfernen 1"), daten.say(ADA, "meine schulungen")]
    check("events/quiz_de.txt", "\n=====\n".join(told))


def test_a_quiz_is_mended_after_the_training(plans: Chat) -> None:
    """When it is open, and what is wrong in it is noticed; what no longer works is not offered."""
    plans.say(MIA, QUIZ)
    over(plans)
    shown = plans.say(MIA, "quiz show 1")
    assert "is open to those who took part" in shown
    assert "before" not in shown
    assert "is open to those who took part" in plans.say(MIA, "quiz edit 1 before")
    assert "quiz show 1" in plans.say(MIA, "event 1")
    assert "Changed" in plans.say(MIA, "quiz edit 1 1 explanation Salt harms trees.")
    assert "Noted" in plans.say(MIA, "event reading 1 #1")
    plans.say(MIA, "\n".join(["quiz add 1", *QUIZ.splitlines()[10:]]))
    assert "Question 3" in plans.say(MIA, "yes")
    assert "Taken out" in plans.say(MIA, "quiz remove 1 3")
    plans.say(ADA, "quiz 1")
    assert "Salt harms trees." in plans.say(ADA, "1")


def test_the_quiz_of_a_cancelled_training_is_none(plans: Chat) -> None:
    """Who would have come is told so, and its host is offered nothing that would be refused."""
    plans.say(MIA, QUIZ)
    plans.say(MIA, "event cancel 1 ill")
    plans.say(MIA, "yes")
    assert "has been cancelled, and its quiz with it" in plans.say(ADA, "quiz 1")
    shown = plans.say(MIA, "quiz show 1")
    assert "Question 2" in shown
    assert "quiz " not in shown.replace("quiz show", "")
    assert "remove" not in plans.say(MIA, "event reading 1")
    assert "has been cancelled" in plans.say(MIA, "quiz remove 1 1")


def test_choices_are_tapped(plans: Chat) -> None:
    """Where one is right; where several are, a tap could only name one of them."""
    plans.say(MIA, QUIZ)
    assert "open from the announcement on" in plans.say(MIA, "quiz edit 1 before")
    plans.say(ADA, "quiz 1")
    assert "✅ Right!" in plans.react(ADA, "2️⃣")
    assert len([row for row in plans.answers if row.action == "reaction"]) == 0


def test_the_quiz_is_for_who_comes(plans: Chat) -> None:
    """Not for who said no; the best result counts."""
    plans.say(MIA, QUIZ)
    plans.say(MIA, "quiz edit 1 before")
    plans.say(BEN, "notgoing 1")
    assert "is for those who come" in plans.say(BEN, "quiz 1")
    assert "There is a short quiz" in plans.say(ADA, "event 1")
    for said in ("quiz 1", "2", "1 2", "quiz 1", "1"):
        plans.say(ADA, said)
    assert "You got 0 of 2 right.\nYour best stays 2 of 2." in plans.say(ADA, "3")
    assert "There is a short quiz" not in plans.say(ADA, "event 1")
    over(plans)
    assert "16 March 2027 · quiz: 2 of 2" in plans.say(ADA, "my trainings")


def test_who_comes_hears_of_reading_and_quiz(dates: Chat) -> None:
    """When they say so, or get a place; on the card the quiz stands while it is open before."""
    bring(dates, *starter("ljubljana-car-free-centre"))
    make(dates, MANY)
    assert "quiz" not in dates.say(BEN, "going 1")
    dates.say(MIA, "event reading 1 #1")
    dates.say(MIA, QUIZ)
    wait(dates, seconds=5)
    assert "quiz" not in card(dates, 1)
    said = dates.say(ADA, "going 1")
    assert "There is one practice to read before: event reading 1" in said
    assert "quiz" not in said
    dates.say(MIA, "quiz edit 1 before")
    delivered(dates)
    wait(dates, seconds=5)
    assert "There is a short quiz for those who come: !quiz 1" in card(dates, 1)
    assert "only you see how you do: quiz 1" in dates.say(ADA, "going 1")
    assert "read before" not in dates.say(ADA, "notgoing 1")
    dates.say(MIA, "quiz remove 1 2")
    delivered(dates)
    wait(dates, seconds=5)
    assert "quiz" not in card(dates, 1)


def test_who_moves_up_hears_of_reading_and_quiz(plans: Chat) -> None:
    plans.say(MIA, "event edit 1 places 2")
    plans.say(MIA, "event reading 1 #1 #2")
    plans.say(MIA, "going 1")
    plans.say(BEN, "notgoing 1")
    (letter,) = [row.content["body"] for row in plans.answers if row.lane == plans.dm(MIA)]
    assert "There are 2 practices to read before: event reading 1" in str(letter)


def test_in_the_middle_of_a_quiz_the_question_is_shown_again(plans: Chat) -> None:
    """To who asks for the quiz, or only smiles; without what was said on the question before."""
    plans.say(MIA, QUIZ)
    plans.say(MIA, "quiz edit 1 before")
    plans.say(ADA, "quiz 1")
    asked = plans.say(ADA, "2").split("\n\n", 1)[1]
    assert asked.startswith("Question 2 of 2")
    assert asked.endswith("Several are right. Please write their numbers, for example: 1 3")
    for said in ("quiz 1", "!quiz 1", "quiz", "🙂"):
        assert plans.say(ADA, said) == asked
    assert "✅ Right!" not in plans.say(ADA, "events")
    assert "no quiz for" not in plans.say(ADA, "quiz 1")
    for everything in ("all", "alle"):
        assert "Not quite. Right: “Doctors” and “Neighbours”." in plans.say(ADA, everything)
        plans.say(ADA, "quiz 1")
        plans.say(ADA, "2")


def test_a_quiz_that_changes_meanwhile_is_finished_as_it_was_begun(plans: Chat) -> None:
    plans.say(MIA, QUIZ)
    plans.say(MIA, "quiz edit 1 before")
    plans.say(ADA, "quiz 1")
    plans.say(BEN, "quiz 1")
    plans.say(MIA, "quiz remove 1 2")
    plans.say(ADA, "2")
    assert "All right: 2 of 2" in plans.say(ADA, "1, 2")
    plans.say(MIA, "quiz remove 1 all")
    plans.say(BEN, "2")
    assert "taken away meanwhile" in plans.say(BEN, "1 2")


def test_one_quiz_at_a_time(plans: Chat) -> None:
    make(plans, MANY)
    for number in (1, 2):
        plans.say(MIA, QUIZ.replace("quiz add 1", f"quiz add {number}"))
        plans.say(MIA, f"quiz edit {number} before")
    plans.say(ADA, "going 2")
    plans.say(ADA, "quiz 1")
    plans.say(ADA, "pause")
    assert "You have begun the quiz of #1 Heat plans" in plans.say(ADA, "quiz 2")
    assert "Question 1 of 2" in plans.say(ADA, "quiz 1")


@pytest.fixture
def crowd(plans: Chat) -> list[str]:
    """Six more people who go to the training, whose quiz is open."""
    plans.say(MIA, QUIZ)
    plans.say(MIA, "quiz edit 1 before")
    people = [f"@p{number}:test.localhost" for number in range(10, 16)]
    with plans.database.write("crowd") as tx:
        for user in people:
            direct = plans.dm(user)
            tx.session.add(Room(room_id=direct, version="12", direct_with=user, people=2, since=tx.now))
            for room, member in ((HUB, user), (direct, user), (direct, BOT)):
                rooms.keep_member(tx, room, member, "join", member[1:4])
    for user in people:
        plans.say(user, "going 1")
    return people


def do_quiz(chat: Chat, user: str, *answers: str) -> None:
    for said in ("quiz 1", *answers):
        chat.say(user, said)


def test_the_host_sees_sums_of_full_groups(plans: Chat, crowd: list[str]) -> None:
    """Nothing from four people, and from six what the first five said the first time."""
    shown = ""
    for place, user in enumerate(crowd):
        do_quiz(plans, user, "2" if place < 3 else "1", "1 2" if place == 5 else "3")
        do_quiz(plans, user, "2", "1 2")
        shown = plans.say(MIA, "quiz show 1")
        assert ("From 5 people on" in shown) is (place < 4)
        assert ("Right:" in shown) is (place >= 4)
    assert "6 people have done it" in shown
    assert "Right: 60% (of 5 people)" in shown
    assert "Right: 0% (of 5 people)" in shown
    assert "p1" not in shown


def test_sums_stay_when_somebody_is_forgotten(plans: Chat, crowd: list[str]) -> None:
    """The next in line takes nobody's place, or it would tell how they did; what is summed up is not kept."""
    for place, user in enumerate(crowd):
        do_quiz(plans, user, "2" if place < 5 else "1", "3")
    assert "Right: 100% (of 5 people)" in plans.say(MIA, "quiz show 1")
    plans.say(crowd[1], "mydata")
    (file,) = plans.files
    (held,) = json.loads(file.data or b"")["training_result"]
    assert (held["answers"], held["score"]) == ({}, 1)
    for user, count in zip(
        crowd[:5], ("5 people have", "4 people have", "3 p", "2 p", "1 person has"), strict=True
    ):
        plans.say(user, "forgetme")
        plans.say(user, "yes")
        shown = plans.say(MIA, "quiz show 1")
        assert f"{count}" in shown
        assert "Right: 100% (of 5 people)" in shown


def test_the_first_answer_counts_for_the_sums(plans: Chat, crowd: list[str]) -> None:
    """Not the one after the explanation, which counts only for oneself."""
    for user in crowd[:5]:
        do_quiz(plans, user, "1", "back", "2", "1 2")
    assert "2 of 2" in plans.say(crowd[0], "quiz 1") + plans.say(crowd[0], "2") + plans.say(crowd[0], "1 2")
    shown = plans.say(MIA, "quiz show 1")
    assert "Right: 0% (of 5 people)" in shown
    assert "Right: 100% (of 5 people)" in shown


# --- one's own record


def test_who_took_part_has_a_line_in_their_own_record(plans: Chat) -> None:
    """Not the host, nor who was not there; only in the direct chat, and nobody else's."""
    assert "no training in your list yet" in plans.say(ADA, "my trainings")
    plans.say(MIA, "going 1")
    thanks = over(plans)
    assert ["It is in your own list of trainings" in text for _, text in thanks] == [True, True]
    assert "You took part in 1 training:\n\n1. Heat plans" in plans.say(ADA, "my trainings")
    assert "no longer in your list" in plans.say(BEN, "feedback 1 not there")
    assert "no training in your list" in plans.say(BEN, "my trainings")
    assert "no training in your list" in plans.say(MIA, "my trainings")
    plans.say(BEN, "feedback 1 good")
    assert "1. Heat plans" in plans.say(BEN, "my trainings")
    plans.in_hub(ADA, "!my trainings")
    assert [row.lane for row in plans.answers if "Heat" in json.dumps(row.content)] == [plans.dm(ADA)]
    assert HUB not in {row.lane for row in plans.answers if "Heat" in json.dumps(row.content)}
    assert "Taken out of your list: Heat plans" in plans.say(ADA, "my trainings remove 1")
    assert "no number 1" in plans.say(ADA, "my trainings remove 1")
    refused = plans.say(ADA, "my trainings remove abc")
    assert "“abc” is no number in your list. my trainings shows it." in refused


def test_who_takes_a_line_out_can_still_do_the_quiz(plans: Chat) -> None:
    plans.say(MIA, QUIZ)
    over(plans)
    plans.say(ADA, "my trainings remove 1")
    assert "Question 1 of 2" in plans.say(ADA, "quiz 1")
    plans.say(BEN, "feedback 1 not there")
    assert "is for those who took part" in plans.say(BEN, "quiz 1")


@pytest.mark.parametrize("said", ["trainings", "schulungen", "upcoming trainings"])
def test_trainings_ahead_are_found(plans: Chat, said: str) -> None:
    """Without events of other kinds, and with the way to one's own list."""
    make(plans, EXCHANGE)
    listed = plans.say(ADA, said)
    assert "#1 H" in listed
    assert "#2" not in listed
    assert "my trainings" in listed or "meine schulungen" in listed
    plans.say(MIA, "event cancel 1 ill")
    plans.say(MIA, "yes")
    assert "#1" not in plans.say(ADA, said)


@pytest.mark.parametrize(
    "said", ["meine trainings", "nachweis", "teilnahmen", "Meine Teilnahmen", "training records"]
)
def test_one_s_own_record_is_found(plans: Chat, said: str) -> None:
    over(plans)
    assert "Heat plans\n" in plans.say(ADA, said) or "Hitzepläne\n" in plans.say(ADA, said)


@pytest.mark.parametrize("said", ["help training", "help trainings", "hilfe schulung"])
def test_help_knows_trainings(dates: Chat, said: str) -> None:
    assert "trainings" in dates.say(ADA, said)


def test_who_waits_for_a_place_has_neither_quiz_nor_line(dates: Chat) -> None:
    make(dates, TRAINING.replace("places: 2", "places: 1"))
    dates.say(MIA, QUIZ)
    dates.say(MIA, "quiz edit 1 before")
    for user in (ADA, BEN):
        dates.say(user, "going 1")
    assert "is for those who come" in dates.say(BEN, "quiz 1")
    assert [lane for lane, _ in over(dates)] == [dates.dm(ADA)]
    assert "no training in your list" in dates.say(BEN, "my trainings")


def test_a_series_has_a_line_for_each_date(dates: Chat) -> None:
    """But for those that were left out or cancelled; what was done for one does not count for the next."""
    make(dates, SERIES)
    dates.say(MIA, QUIZ)
    dates.say(ADA, "going 1")
    dates.say(ADA, "notgoing 1 16 March")
    dates.say(MIA, "event cancel 1 9 March: ill")
    dates.say(MIA, "yes")
    wait(dates, days=2)
    dates.say(ADA, "quiz 1")
    dates.say(ADA, "2")
    dates.say(ADA, "3")
    for _ in range(3):
        wait(dates, days=7)
    listed = dates.say(ADA, "my trainings")
    assert listed.startswith(
        "You took part in 2 trainings:\n\n2. Heat plans\n   23 March 2027\n1. Heat plans"
    )
    assert "2 March 2027 · quiz: 1 of 2" in listed


def test_a_cancelled_training_leaves_no_line(plans: Chat) -> None:
    plans.say(MIA, "event cancel 1 ill")
    plans.say(MIA, "yes")
    over(plans)
    assert "no training in your list" in plans.say(ADA, "my trainings")


def test_a_line_outlives_the_event_and_its_person_can_erase_it(plans: Chat) -> None:
    """`mydata` shows it, with the quiz; `forgetme` takes all of it."""
    plans.say(MIA, QUIZ)
    over(plans)
    plans.say(ADA, "quiz 1")
    plans.say(ADA, "2")
    plans.say(ADA, "1 2")
    plans.say(ADA, "mydata")
    (file,) = plans.files
    held = json.loads(file.data or b"")
    assert held["training_record"][0]["title"] == {"en": "Heat plans", "de": "Hitzepläne"}
    assert (held["training_result"][0]["score"], held["training_result"][0]["total"]) == (2, 2)
    with plans.database.write("gone") as tx:
        event = events.get(tx, 1)
        assert event
        events.remove(tx, event)
        assert trainings.results(tx, 1) == []
        assert trainings.questions(tx, 1) == []
    assert "16 March 2027 · quiz: 2 of 2" in plans.say(ADA, "my trainings")
    plans.say(ADA, "forgetme")
    plans.say(ADA, "yes")
    with plans.reading() as tx:
        assert trainings.records(tx, ADA) == []
        assert len(trainings.records(tx, BEN)) == 1


def test_a_training_that_ends_twice_is_written_once(plans: Chat) -> None:
    """As when the clock was ahead; and after a long downtime, when nobody is thanked any more."""
    delivered(plans)
    wait(plans, days=15, hours=4)
    delivered(plans)
    plans.clock.forward(days=-10)
    wait(plans, days=1)
    wait(plans, days=20)
    with plans.reading() as tx:
        assert len(trainings.records(tx, ADA)) == 1


def test_a_question_of_one_training_does_not_end_in_another(plans: Chat) -> None:
    """Who leaves one unfinished and turns to the quiz of another hears of both, and loses neither."""
    make(plans, MANY.replace("title: ", "title: More "))
    plans.say(MIA, "quiz add 1\nQuestion: What clears cycle paths?\nChoices: *Brine; Salt")
    said = plans.say(MIA, "!quiz add 2")
    assert "The form with “What clears cycle paths?” that you began earlier is still kept" in said
    assert "Explanation" not in said
    plans.say(MIA, "Because it melts.")  # meant for the other one
    said = plans.say(MIA, "resume")
    assert "This is about: #1 " in said
    assert "Explanation (3/4)" in said
    said = plans.say(MIA, "It takes less.")
    assert "This is about: #1 " in said
    assert "Because it melts." not in said
    plans.say(MIA, "yes")
    assert "What clears cycle paths?" in plans.say(MIA, "quiz show 1")
    assert "Question (1/4)" in plans.say(MIA, "!quiz add 2")


def test_an_event_of_another_kind_has_no_quiz(dates: Chat) -> None:
    """Its host is told at once, and what to do; when it is over, nothing is offered that would be refused."""
    make(dates, MANY.replace("kind: training", "kind: working group"))
    told = dates.say(MIA, "quiz show 1")
    assert "is no training" in told
    assert "event edit 1 kind training" in told
    over(dates)
    assert dates.say(MIA, "quiz show 1").endswith("is no training, and a quiz belongs to trainings only.")
    shown = dates.say(MIA, "event 1")
    assert shown.endswith("As its host or moderator: attendees 1, material 1 (slides and links).")


def test_a_cancelled_event_offers_its_host_who_would_have_come(plans: Chat) -> None:
    plans.say(MIA, "event cancel 1 ill")
    plans.say(MIA, "yes")
    assert plans.say(MIA, "event 1").endswith("As its host or moderator: attendees 1.")
