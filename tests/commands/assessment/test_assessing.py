"""Assessing in the chat: what is asked, what is kept, who sees what came of it."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commands.assessment import rules, service
from commands.core.registry import load
from config.data import read_json
from config.maturity import UNKNOWN, bundled, read_model
from storage import assessment as stored
from storage import dialogs, members, outbox, rooms
from storage.inbox import Kind
from storage.outbox import Action, Delivered, OutboxRow
from storage.rooms import Room
from tests import golden
from tests.commands.matching.people import FORMS, register
from tests.commands.matching.scene import due
from tests.commands.members.test_holdings import deliver, forget, waiting
from tests.transcript import ADA, BEN, BOT, HUB, MIA, Chat

ASSESS = {"en": "assess", "de": "einschätzen"}
STRATEGY = 4  # basic questions of the first process


def test_no_taps_where_the_homeserver_would_read_what_is_encrypted(one: Chat) -> None:
    """Reactions are never encrypted; a letter is."""
    with one.database.write("$encrypted") as tx:
        room = rooms.get(tx, Chat.dm(ADA))
        assert room
        room.encrypted = True
        tx.session.add(room)
    one.say(ADA, "assess 1")
    assert [row.action for row in one.answers] == [Action.MESSAGE]
    assert "(2/4)" in one.say(ADA, "N")


@pytest.fixture
def one(chat: Chat) -> Chat:
    """Ada, Ben and Mia are members, in English."""
    chat.begin(register)
    return chat


def answer(chat: Chat, user: str, process: str, *answers: str) -> str:
    """Answer a process from its beginning; returns the last answer of the bot."""
    chat.say(user, f"assess {process}")
    return [chat.say(user, said) for said in answers][-1]


def load_version(chat: Chat, version: str, *, reworded: str = "") -> None:
    """Load another version of the model; the first question of the process `reworded` is another one."""
    document: dict[str, Any] = deepcopy({**read_json("maturity_model.json"), "version": version})
    for process in document["processes"]:
        if process["id"] == reworded:
            process["questions"][0]["text"]["en"] += " Really?"
    with chat.database.write(f"$load-{version}") as tx:
        service.load_model(tx, document)


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_whole_talk(request: pytest.FixtureRequest, language: str) -> None:
    """The menu, help, answers of all kinds, back, a pause, and what came of it."""
    chat: Chat = request.getfixturevalue("chat" if language == "en" else "chat_de")
    register(chat)
    talk = {
        "en": ["assess", "1", "help", "F", "yes", "90 %", "back", "ok", "fully", "mostly", "pause", "resume",
               "not sure", "partly", "l", "n", "assessment ud.1"],
        "de": ["einschätzen", "1", "hilfe", "F", "ja", "90 %", "zurück", "ok", "vollständig", "größtenteils",
               "pause", "fortsetzen", "keine ahnung", "teilweise", "l", "n", "einschätzung ud.1"],
    }  # fmt: skip
    told = [f"> {said}\n\n{chat.say(ADA, said)}" for said in talk[language]]
    golden.check(f"assessment/talk.{language}.txt", "\n\n".join(told))


def test_taps_answer_too(one: Chat) -> None:
    """The letters are there to be tapped, and a tap is an answer."""
    one.say(ADA, "assess 1")
    offered = [row.content["key"] for row in one.answers if row.action == Action.REACTION]
    assert len(offered) == 5
    assert "(2/4)" in one.react(ADA, offered[0])
    assert "(3/4)" in one.react(ADA, "2️⃣")
    assert "(4/4)" in one.react(ADA, "❓")
    with one.reading() as tx:
        assert list(stored.of(tx, ADA)[0].answers.values()) == ["N", "P", UNKNOWN]


def test_what_is_no_answer_is_told_so(one: Chat) -> None:
    """With what can be answered, and the question stays open."""
    one.say(ADA, "assess 1")
    assert "N (Not yet)" in one.say(ADA, "purple elephants")
    assert "N (Not yet)" in one.say(ADA, "250 %")
    assert "(2/4)" in one.say(ADA, "F")


def test_a_command_in_between_needs_its_prefix(one: Chat) -> None:
    """The questions wait meanwhile."""
    one.say(ADA, "assess 1")
    assert one.say(ADA, "!ping") == "pong"
    assert "(2/4)" in one.say(ADA, "N")


def test_answers_are_kept_one_by_one(one: Chat) -> None:
    """Whatever becomes of the dialog, they are there and go on from there."""
    answer(one, ADA, "1", "F", "F")
    with one.database.write("$gone") as tx:
        begun = dialogs.get(tx, ADA, "maturity")
        assert begun
        dialogs.remove(tx, begun)
    assert "not finished" in one.say(ADA, "assessment")
    assert "(3/4)" in one.say(ADA, "assess 1")


def test_cancel_keeps_what_was_answered(one: Chat) -> None:
    """One slip of the finger does not cost half an hour."""
    answer(one, ADA, "1", "F", "F")
    assert "Your answers are kept" in one.say(ADA, "cancel")
    assert "(3/4)" in one.say(ADA, "assess UD.1")


def test_all_in_a_row_and_the_rest_later(one: Chat) -> None:
    """Each result is told on the way; what is finished need not be asked again."""
    one.say(ADA, "assess all")
    for _ in range(STRATEGY - 1):
        one.say(ADA, "L")
    assert "UD.1 Strategy and mandate is done: level 1, Done." in one.say(ADA, "L")
    one.say(ADA, "cancel")
    menu = one.say(ADA, "assess")
    assert "1. Strategy and mandate – about 4 min. · level 1, Done" in menu
    assert "9. those that are still open – about 25 min." in menu
    assert "UD.2" in one.say(ADA, "9")


def test_going_back_changes_the_way(one: Chat) -> None:
    """What is no longer reached is no longer asked, and no longer counts."""
    answer(one, ADA, "1", *"FFFF")
    one.say(ADA, "F")  # of level 2
    for _ in range(2):
        one.say(ADA, "back")
    assert "last question" in one.say(ADA, "N")
    with one.reading() as tx:
        (row,) = stored.of(tx, ADA)
    assert list(row.answers.values()) == ["F", "F", "F", "N"]
    assert row.finished_at


def test_an_edit_corrects_an_answer(one: Chat) -> None:
    """Also one that leads another way."""
    answer(one, ADA, "1", "F", "F", "F")
    last = one.last_event
    one.say(ADA, "F")
    assert "level 2" in one.edit(ADA, one.last_event, "largely")  # 2.75 is still F
    one.edit(ADA, last, "N")
    with one.reading() as tx:
        (row,) = stored.of(tx, ADA)
    assert list(row.answers.values()) == ["F", "F", "N", "L"]


def test_an_edit_that_shortens_the_way_can_be_corrected(one: Chat) -> None:
    """It does not end the questions, and what was answered above is not lost by a slip."""
    answer(one, ADA, "1", "F", "F", "F")
    third = one.last_event
    one.say(ADA, "F")
    one.say(ADA, "P")  # of level 2
    assert "last question" not in one.edit(ADA, third, "N")
    assert "(4/4)" in one.edit(ADA, third, "fully")
    assert "(2/5)" in one.say(ADA, "ok")


def test_a_slip_in_the_last_answer(one: Chat) -> None:
    """Is mended with one command, without going through the area again."""
    assert "assess back asks it again" in answer(one, ADA, "1", *"LLLN")
    assert "(4/4)" in one.say(ADA, "assess back")
    assert "level 1, Done" in one.say(ADA, "L")
    with one.reading() as tx:
        (row,) = stored.of(tx, ADA)
    assert list(row.answers.values()) == ["L", "L", "L", "L"]
    assert "no area that you finished" in one.say(BEN, "assess back")


def test_in_a_room_the_questions_go_to_the_direct_chat(one: Chat) -> None:
    """Nobody else reads what one is asked, or what came of it."""
    assert one.in_hub(ADA, "!assess 1").startswith("I have answered you in our direct chat.")
    assert {row.lane for row in one.answers if "UD.1" in str(row.content)} == {Chat.dm(ADA)}
    answer(one, ADA, "1", "N", "N", "N", "N")
    one.in_hub(ADA, "!assessment")
    assert all(row.lane == Chat.dm(ADA) for row in one.answers if row.action == Action.PICTURE)
    assert not any("UD.1" in str(row.content) for row in one.answers if row.lane == HUB)


def test_guests_are_told_to_register(chat: Chat) -> None:
    assert "register" in chat.say(ADA, "!assess")


# --- the flow asks no more than the rules need


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.lists(st.sampled_from(["F", "F", "F", "F", "L", "P", "?"]), min_size=25, max_size=25))
def test_never_more_questions_than_needed(one: Chat, said: list[str]) -> None:
    """Counted in the chat, for whatever is answered."""
    one.say(ADA, "cancel")
    with one.database.write("$anew") as tx:
        service.delete(tx, ADA)
    process = bundled()[0].processes[1]
    told, asked = one.say(ADA, "assess 2"), 0
    given_so_far: dict[str, str] = {}
    while "last question" not in told:
        question = rules.climb(process, given_so_far).next
        assert question
        assert question.text["en"] in told
        rating = said[asked]
        given_so_far[question.id] = UNKNOWN if rating == "?" else rating
        told, asked = one.say(ADA, rating), asked + 1
    assert rules.climb(process, given_so_far).finished
    assert asked == len(rules.climb(process, given_so_far).asked)


# --- models


def test_what_was_begun_goes_on_with_its_version(one: Chat) -> None:
    """A new model is for who begins; results stay with theirs."""
    answer(one, ADA, "1", "N", "N")
    load_version(one, "2.0.0")
    answer(one, BEN, "1", "N", "N", "N", "N")
    one.say(ADA, "N")
    one.say(ADA, "N")
    with one.reading() as tx:
        assert [row.model for row in stored.of(tx, ADA)] == ["ud-city-diplomacy-maturity 1.0.0"]
        assert [row.model for row in stored.of(tx, BEN)] == ["ud-city-diplomacy-maturity 2.0.0"]
        assert all(row.finished_at for row in stored.of(tx, ADA))
    answer(one, ADA, "2", "N", "N", "N", "N", "N")
    told = one.say(ADA, "assessment")
    assert "UD.2" in told
    assert "UD.1 Strategy and mandate: level 0" in told  # its questions are the same
    assert "earlier question sets" not in told


def test_a_new_version_keeps_what_is_asked_in_the_same_way(one: Chat) -> None:
    """Results and what was begun; only areas with other questions begin anew, and this is told."""
    answer(one, ADA, "1", *"NNNN")
    answer(one, ADA, "2", *"NNNNN")
    answer(one, ADA, "3", "N")
    one.say(ADA, "cancel")
    load_version(one, "2.0.0", reworded="UD.1")
    menu = one.say(ADA, "assess")
    assert "Strategy and mandate – about 4 min.\n" in menu
    assert "Organisation, staff and budget – about 5 min. · level 0" in menu
    assert "(2/4)" in one.say(ADA, "3")
    for said in "NNN":
        one.say(ADA, said)
    told = one.say(ADA, "assessment")
    assert "UD.2 Organisation, staff and budget: level 0" in told
    assert "Not yet assessed: UD.1" in told
    assert "earlier question sets: ud-city-diplomacy-maturity 1.0.0" in told


def test_a_new_release_does_not_change_old_results(one: Chat) -> None:
    """The questions are kept as they were when they were answered."""
    answer(one, ADA, "1", "N", "N", "N", "N")
    with one.reading() as tx:
        kept = stored.model(tx, "ud-city-diplomacy-maturity 1.0.0")
        assert kept
        assert read_model(kept.document) == bundled()[0]
        assert kept.loaded_at is None


# --- the result


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_result_in_words_and_as_a_picture(request: pytest.FixtureRequest, language: str) -> None:
    """The picture says in words what it shows; the SVG is handed out when asked for."""
    chat: Chat = request.getfixturevalue("chat" if language == "en" else "chat_de")
    register(chat)
    chat.say(ADA, f"{ASSESS[language]} 1")
    for said in "FFFF" + "FFF" + "LL":
        chat.say(ADA, said)
    chat.say(ADA, f"{ASSESS[language]} 3")
    for said in "FPLN":
        chat.say(ADA, said)
    result = {"en": "assessment", "de": "einschätzung"}[language]
    golden.check(f"assessment/result.{language}.txt", chat.say(ADA, result))
    (picture,) = chat.files
    assert picture.content["filename"] == "assessment.png"
    assert picture.content["info"]["w"] == 540
    assert {"en": "level 2, Planned", "de": "Stufe 2, Geplant"}[language] in picture.content["body"]
    assert picture.data
    assert picture.content["body"].encode() in picture.data
    chat.say(ADA, f"{result} svg")
    shown, drawn = chat.files
    assert [row.content["msgtype"] for row in (shown, drawn)] == ["m.image", "m.file"]
    assert (drawn.action, drawn.data) == (Action.FILE, picture.data)


def test_progress_between_two_dates(one: Chat) -> None:
    """From the first time to now, or between two days that one names."""
    answer(one, ADA, "1", *"PPPP")
    assert "nothing to compare" in one.say(ADA, "assessment history")
    one.clock.forward(days=100)
    answer(one, ADA, "1", *"LLLL")
    answer(one, ADA, "2", *"LLLLL")
    told = one.say(ADA, "assessment history")
    assert "From 1 March 2027 to 9 June 2027" in told
    assert "UD.1 Strategy and mandate: 0 → 1" in told
    assert "UD.2 Organisation, staff and budget: – → 1" in told
    assert "level 0, Starting point → level 1, Done" in one.files[0].content["body"]
    assert "0 → 0" in one.say(ADA, "assessment history 2027-03-02 2027-03-31")
    assert "0 → 1" in one.say(ADA, "assessment history 1 March to 2027-06-09")
    assert "no result yet" in one.say(ADA, "assessment history 2026-01-01 to 2026-06-30")
    with one.reading() as tx:
        assert len(stored.of(tx, ADA)) == 3  # the earlier result is as it was


def test_before_there_is_a_result(one: Chat) -> None:
    """One is told how to get one."""
    for asked in ("assessment", "assessment history", "assessment share Ben", "assessment delete"):
        assert "no result yet" in one.say(ADA, asked) or "no member" in one.say(ADA, asked)


# --- privacy


def test_nobody_else_sees_the_answers(one: Chat) -> None:
    """No command of a moderator or of another member shows them; `mydata` does, to oneself."""
    answer(one, ADA, "1", *"LLLL")
    for command in load().commands.values():
        spoken = command.words("en")[0]
        for words in (spoken, f"{spoken} Ada Lovelace", f"{spoken} {ADA}"):
            said = one.say(MIA, f"!{words}")
            assert "level 1, Done" not in said, words
            assert "The work gets done" not in said, words
    one.say(ADA, "mydata")
    held = json.loads(one.files[-1].data or b"")
    assert held["assessment"][0]["answers"] == dict.fromkeys(
        [question.id for question in bundled()[0].processes[0].on(1)], "L"
    )


def test_delete(one: Chat) -> None:
    """After one question; also what a paused dialog still knew, and what was shared."""
    answer(one, ADA, "1", *"LLLL")
    answer(one, ADA, "2", "N")
    one.say(ADA, "pause")
    one.say(ADA, "assessment share Ben Ünal")
    one.say(ADA, "assessment delete")
    assert one.say(ADA, "no") == "Good, everything stays as it is."
    one.say(ADA, "assessment delete")
    assert "Deleted." in one.say(ADA, "yes")
    assert sum(row.action == Action.REDACTION for row in one.answers) == 2
    with one.reading() as tx:
        assert stored.of(tx, ADA) == []
        assert dialogs.of(tx, ADA) == []
        assert stored.shares(tx, ADA) == []


def test_delete_one_area(one: Chat) -> None:
    """The others stay."""
    answer(one, ADA, "1", *"LLLL")
    answer(one, ADA, "3", *"LLLL")
    one.say(ADA, "assessment share with Ben Ünal")
    one.say(ADA, "assessment delete UD.1")
    one.say(ADA, "yes")
    assert sum(row.action == Action.REDACTION for row in one.answers) == 2  # it showed this area as well
    with one.reading() as tx:
        assert [row.process for row in stored.of(tx, ADA)] == ["UD.3"]


# --- sharing


def test_shared_with_a_person_and_taken_back(one: Chat) -> None:
    """They get the levels and the picture, not the answers; then it is redacted."""
    answer(one, ADA, "1", *"LLLL")
    assert "Shared with Ben Ünal" in one.say(ADA, "assessment share ben ünal")
    to_ben = [row for row in one.answers if row.lane == Chat.dm(BEN)]
    assert [row.action for row in to_ben] == [Action.MESSAGE, Action.PICTURE]
    assert "Ada Lovelace shows you" in to_ben[0].content["body"]
    assert "level 1, Done" in to_ben[0].content["body"]
    assert "1. Ben Ünal" in one.say(ADA, "assessment share")
    assert "Taken back" in one.say(ADA, "assessment unshare 1")
    redacted = {row.target_key for row in one.answers if row.action == Action.REDACTION}
    assert redacted == {row.key for row in to_ben}
    assert "with nobody" in one.say(ADA, "assessment share")


def redacted(chat: Chat) -> set[tuple[str, str | None]]:
    """Which events are taken back in which rooms."""
    with chat.reading() as tx:
        return {(row.lane, row.target_event) for row in waiting(tx) if row.action == Action.REDACTION}


def test_who_is_forgotten_keeps_nothing_that_was_shown_to_them(one: Chat) -> None:
    """Afterwards nobody could take it back any more, not even by being forgotten themselves."""
    answer(one, ADA, "1", *"LLLL")
    one.say(ADA, "assessment share Ben Ünal")
    shown = {(row.lane, f"$sent-{row.id}") for row in one.answers if row.lane == Chat.dm(BEN)}
    deliver(one)
    forget(one, BEN)
    assert len(shown) == 2
    assert shown <= redacted(one)
    assert "with nobody" in one.say(ADA, "assessment share")
    assert "with nobody" in one.say(ADA, "assessment unshare")


def test_who_is_forgotten_is_shown_nothing_that_still_waits(one: Chat) -> None:
    """Neither the words nor the picture."""
    answer(one, ADA, "1", *"LLLL")
    deliver(one)
    one.say(ADA, "assessment share Ben Ünal")
    forget(one, BEN)
    with one.reading() as tx:
        left = {row.action for row in waiting(tx) if row.lane == Chat.dm(BEN)}
    assert left <= {Action.REDACTION}


def test_taken_back_where_it_was_sent(one: Chat) -> None:
    """Though the direct chat is another one by now; where the bot is no longer, it says so."""
    answer(one, ADA, "1", *"LLLL")
    one.say(ADA, "assessment share Ben Ünal")
    shown = {(row.lane, f"$sent-{row.id}") for row in one.answers if row.lane == Chat.dm(BEN)}
    deliver(one)
    with one.database.write("$another-chat") as tx:
        tx.session.add(
            Room(room_id="!new:test.localhost", version="12", direct_with=BEN, people=2, since=one.clock())
        )
        for user in (BEN, BOT):
            rooms.keep_member(tx, "!new:test.localhost", user, "join", None)
    assert "Taken back" in one.say(ADA, "assessment unshare")
    assert shown == redacted(one)
    one.say(ADA, "assessment share Ben Ünal")
    deliver(one)
    with one.database.write("$left") as tx:
        room = rooms.get(tx, "!new:test.localhost")
        assert room
        room.membership = "leave"
        tx.session.add(room)
    told = one.say(ADA, "assessment unshare")
    assert "the message stays there" in told
    assert "Taken back" not in told


def test_shared_with_a_room_that_both_are_in(one: Chat) -> None:
    """By its name, or `here`; not with a room that one is not in."""
    with one.database.write("$rooms") as tx:
        tx.session.add(Room(room_id="!club:test.localhost", name="Club", people=3))
        rooms.keep_member(tx, "!club:test.localhost", BEN, "join", "Ben")
    answer(one, ADA, "1", *"LLLL")
    assert "no room of that name" in one.say(ADA, "assessment share Club")
    assert "Everybody in Lobby will see" in one.in_hub(ADA, "!assessment share here")
    assert "shown nothing" in one.say(ADA, "no")
    one.in_hub(ADA, "!assessment share here")
    assert not any(row.lane == HUB and row.action == Action.PICTURE for row in one.answers)
    one.say(ADA, "yes")
    assert any(row.lane == HUB and row.action == Action.PICTURE for row in one.answers)
    one.say(ADA, "assessment share #ud-hub:test.localhost")
    one.say(ADA, "yes")
    assert sum(row.action == Action.REDACTION for row in one.answers) == 2  # the newer one stands instead
    with one.reading() as tx:
        assert [row.lane for row in stored.shares(tx, ADA)] == [HUB]


def test_a_result_comes_by_day(one: Chat) -> None:
    """Where it is night, it waits for the morning; taken back before then, it never comes."""
    one.say(BEN, "timezone Pacific/Auckland")  # ten in the evening
    answer(one, ADA, "1", *"LLLL")
    assert "I show it in the morning" in one.say(ADA, "assessment share Ben Ünal")
    assert not any(row.lane == Chat.dm(BEN) for row in one.answers)
    assert "Taken back" in one.say(ADA, "assessment unshare")
    one.say(ADA, "assessment share Ben Ünal")
    assert due(one) == []
    one.clock.forward(hours=11)
    assert [row.action for row in due(one)] == [Action.MESSAGE, Action.PICTURE]
    one.say(ADA, "assessment unshare")
    assert sum(row.action == Action.REDACTION for row in one.answers) == 2


def test_whoever_blocked_me_is_spared_my_result(one: Chat) -> None:
    """And I do not learn of it."""
    answer(one, ADA, "1", *"LLLL")
    one.say(BEN, "block Ada Lovelace")
    assert "Shared with Ben Ünal" in one.say(ADA, "assessment share Ben Ünal")
    assert not any(row.lane == Chat.dm(BEN) for row in one.answers)
    assert "Taken back" in one.say(ADA, "assessment unshare")


# --- comparing


def city(chat: Chat, number: int, *, agrees: bool = True, level: str = "L") -> str:
    """A member of another city, who has finished the first process in the week before; returns who."""
    user = f"@u{number}:test.localhost"
    now, chat.clock.now = chat.clock.now, chat.clock.now - timedelta(days=7)
    with chat.database.write(f"$city-{number}-{agrees}") as tx:
        rooms.keep_member(tx, HUB, user, "join", f"U{number}")
        if members.get(tx, user) is None:
            ada = members.get(tx, ADA)
            assert ada
            other = ada.model_dump() | {"user_id": user, "name": f"U{number}", "city": f"City {number}"}
            members.keep(tx, members.Member(**other))
        model = service.current(tx)
        process = model.processes[0]
        answers = {service.field_name(process, question.id): level for question in process.on(1)}
        service.keep_answers(tx, user, model, [process], answers, tx.now)
        if agrees:
            stored.agree(tx, user)
    chat.clock.now = now
    return user


def test_no_comparison_below_five_cities(one: Chat) -> None:
    """Four and a half are four: neither a second person of a city nor one who did not agree makes a fifth."""
    answer(one, ADA, "1", *"LLLL")
    assert "at least 5 other cities" in one.say(ADA, "assessment compare")
    for number in range(3):
        city(one, number)
    city(one, 7, agrees=False)
    with one.database.write("$same-city") as tx:
        twin = members.get(tx, ADA)
        assert twin
        other = twin.model_dump() | {"user_id": "@twin:test.localhost", "name": "Twin"}
        members.keep(tx, members.Member(**other))
        stored.agree(tx, "@twin:test.localhost")
    for asked in (
        "assessment compare on",
        "assessment compare",
        "!assessment compare",
        "assessment compare on",
    ):
        told = one.say(ADA, asked)
        assert "nothing to see yet" in told
        assert "middle" not in told
        assert "3" not in told  # nor how many there are
        assert "4" not in told


def test_quartiles_from_five_cities_on(one: Chat) -> None:
    """For who agreed themselves, and only until somebody takes their agreement back."""
    answer(one, ADA, "1", *"LLLL")
    users = [city(one, number, level=level) for number, level in enumerate("NPLLL")]
    assert "middle" not in one.say(ADA, "assessment compare")
    told = one.say(ADA, "assessment compare on")
    assert "you are at level 1" in told
    assert "the middle of 5 other cities is 1; half of them are between 0 and 1" in told
    assert "between cities" not in one.say(BEN, "assessment compare")
    with one.database.write("$off") as tx:
        stored.forget_consent(tx, users[0])
    assert "nothing to see yet" in one.say(ADA, "assessment compare")
    city(one, 9)
    assert "the middle of 5 other cities" in one.say(ADA, "assessment compare")
    assert "To take part" in one.say(ADA, "assessment compare off")
    assert "middle" not in one.say(ADA, "assessment compare")


def test_who_joins_within_a_week_moves_no_figure(one: Chat) -> None:
    """Nor a new result: what is new counts from the next Monday on; what is withdrawn is gone at once."""
    answer(one, ADA, "1", *"LLLL")
    users = [city(one, number, level=level) for number, level in enumerate("NNPLL")]
    one.say(ADA, "assessment compare on")
    before = one.say(ADA, "assessment compare")
    assert "the other cities that take part, as of 1 March 2027" in before
    one.clock.forward(days=7)  # so that they join and answer now
    users += [city(one, number) for number in (6, 7)]
    city(one, 0, level="L")
    one.clock.forward(days=-1)
    assert one.say(ADA, "assessment compare") == before
    one.clock.forward(days=1)
    then = one.say(ADA, "assessment compare")
    assert "the middle of 7 other cities is 1; half of them are between 0.5 and 1" in then
    assert "as of 8 March 2027" in then
    with one.database.write("$off") as tx:
        for user in users[:3]:
            stored.forget_consent(tx, user)
    assert "nothing to see yet" in one.say(ADA, "assessment compare")


def test_each_area_needs_five_cities_of_its_own(one: Chat) -> None:
    """An area that fewer have finished stays unseen beside one that five have."""
    answer(one, ADA, "1", *"LLLL")
    answer(one, ADA, "2", *"LLLLL")
    for number in range(5):
        city(one, number)
    told = one.say(ADA, "assessment compare on")
    assert "UD.1 Strategy and mandate: you" in told
    assert "UD.2" not in told
    assert "Where fewer than 5 other cities" in told


def test_answering_anew_tells_nothing_of_the_others(one: Chat) -> None:
    """The figures are those of the others; one's own result does not move them."""
    for number, level in enumerate("NPLLL"):
        city(one, number, level=level)
    one.say(ADA, "assessment compare on")
    told = set()
    for level in "NL":
        answer(one, ADA, "1", *(level * 4))
        told.add(one.say(ADA, "assessment compare").partition("the middle of")[2])
        one.clock.forward(days=1)
    (figures,) = told
    assert "half of them" in figures


def test_only_cities_that_are_there_are_compared(one: Chat) -> None:
    """Neither who has left the network, nor an institute; and an institute is not compared with cities."""
    answer(one, ADA, "1", *"LLLL")
    users = [city(one, number) for number in range(5)]
    assert "the middle of 5" in one.say(ADA, "assessment compare on")
    with one.database.write("$left") as tx:
        rooms.keep_member(tx, HUB, users[0], "leave", None)
    assert "nothing to see yet" in one.say(ADA, "assessment compare")
    with one.database.write("$back") as tx:
        rooms.keep_member(tx, HUB, users[0], "join", None)
        other = members.get(tx, users[1])
        assert other
        other.kind = "business"
        members.keep(tx, other)
    assert "nothing to see yet" in one.say(ADA, "assessment compare")
    assert "one of cities, regions and municipalities" in one.say(MIA, "assessment compare on")
    with one.reading() as tx:
        assert stored.consent(tx, MIA) is None


def test_who_has_left_takes_everything_back(one: Chat) -> None:
    """As easily as it was given, one by one; giving anew is for members."""
    answer(one, ADA, "1", *"LLLL")
    one.say(ADA, "assess for city")
    one.say(ADA, "yes")
    one.say(ADA, "cancel")
    for said in ("assessment share Ben Ünal", "assessment compare on", "goal 2 level 1 by 2027-09"):
        one.say(ADA, said)
    with one.database.write("$left") as tx:
        rooms.keep_member(tx, HUB, ADA, "leave", None)
    for refused in ("share Ben Ünal", "compare on", "compare", "city", "city on"):
        assert "main room" in one.say(ADA, f"!assessment {refused}"), refused
    assert "1. Ben Ünal" in one.say(ADA, "assessment share")
    assert "Taken back" in one.say(ADA, "assessment unshare")
    assert "To take part" in one.say(ADA, "assessment compare off")
    assert "no longer count" in one.say(ADA, "assessment city off")
    assert "UD.2" in one.say(ADA, "goal")
    assert "The goal is gone." in one.say(ADA, "goal remove")
    one.say(ADA, "assessment delete")
    assert "Deleted." in one.say(ADA, "yes")
    with one.reading() as tx:
        kept = [stored.of(tx, ADA), stored.shares(tx, ADA), stored.goals(tx, ADA)]
        assert not any([*kept, stored.consent(tx, ADA), stored.team_row(tx, ADA)])


def test_who_has_left_is_no_colleague_any_more(one: Chat) -> None:
    """They keep nobody out, are asked nothing, and count no longer."""
    same_city(one)
    for user in (ADA, BEN):
        one.say(user, "assess for city")
        if user == BEN:
            with one.database.write("$left") as tx:
                rooms.keep_member(tx, HUB, ADA, "leave", None)
        told = one.say(user, "yes")
        assert "You answer for your city now" in told
        assert {row.lane for row in one.answers} == {Chat.dm(user)}


# --- together


def same_city(chat: Chat) -> None:
    """Ben is from Ada's city."""
    chat.say(BEN, FORMS[BEN].replace("Bad Münstereifel", "LYON").replace("Deutschland", "Frankreich"))
    with chat.database.write("$same") as tx:
        ben = members.get(tx, BEN)
        assert ben
        ben.city, ben.country = "LYON", "FR"
        members.keep(tx, ben)


def test_a_city_answers_together(one: Chat) -> None:
    """Whoever comes later is let in by who was there; then both see the result and where they differ."""
    same_city(one)
    assert "Do you want to answer for your city" in one.say(ADA, "assess for city")
    one.say(ADA, "yes")
    answer(one, ADA, "1", "F", "L", "L", "L")
    assert "no joint result yet" in one.say(ADA, "assessment city")
    one.say(BEN, "assess for city")
    assert "asked them to let you in" in one.say(BEN, "yes")
    asked = next(row for row in one.answers if row.lane == Chat.dm(ADA))
    assert "Ben Ünal (Stabsstelle Europa) would like to assess" in asked.content["body"]
    answer(one, BEN, "1", "N", "L", "L", "P")
    assert "not let you in yet" in one.say(BEN, "assessment city")
    assert "no joint result yet" in one.say(ADA, "assessment city")
    assert "now answers with you" in _decide(one, ADA, asked, "\N{WHITE HEAVY CHECK MARK}")
    told = one.say(BEN, "assessment city")
    assert "answered by 2 people together" in told
    assert "The work gets done: Largely" in told
    assert "N × 1, F × 1" in told
    assert told.index("N × 1, F × 1") < told.index("P × 1, L × 1")
    one.say(BEN, "assessment city off")
    assert "no joint result yet" in one.say(ADA, "assessment city")


def _decide(chat: Chat, user: str, asked: OutboxRow, emoji: str) -> str:
    """Tap under the question whether somebody may answer with one."""
    with chat.database.write(f"$sent-{asked.id}") as tx:
        outbox.mark_sent(tx, [Delivered(asked.key, asked.lane, f"$sent-{asked.id}")])
    relation = {"rel_type": "m.annotation", "event_id": f"$sent-{asked.id}", "key": emoji}
    return chat.event(user, Kind.REACTION, {"m.relates_to": relation})


def test_what_one_person_finished_is_no_joint_result(one: Chat) -> None:
    """It would be theirs alone, shown to somebody else."""
    same_city(one)
    for user in (ADA, BEN):
        one.say(user, "assess for city")
        one.say(user, "yes")
    _decide(
        one, ADA, next(row for row in one.answers if row.lane == Chat.dm(ADA)), "\N{WHITE HEAVY CHECK MARK}"
    )
    answer(one, ADA, "1", *"FFFL")
    answer(one, BEN, "2", *"LLLLL")
    assert "finish the same area" in one.say(BEN, "assessment city")
    answer(one, BEN, "1", *"FFLL")
    told = one.say(ADA, "assessment city")
    assert "UD.1" in told
    assert "UD.2" not in told


def test_who_is_not_let_in_sees_nothing(one: Chat) -> None:
    """To say that one is from a city is not enough; and only who is in may let others in."""
    same_city(one)
    one.say(ADA, "assess for city")
    one.say(ADA, "yes")
    answer(one, ADA, "1", *"FFFL")
    one.say(BEN, "assess for city")
    one.say(BEN, "yes")
    asked = next(row for row in one.answers if row.lane == Chat.dm(ADA))
    answer(one, BEN, "1", *"NNNN")
    assert "not let you in" in one.say(BEN, "assessment city")
    assert "settled meanwhile" in _decide(one, BEN, asked, "\N{WHITE HEAVY CHECK MARK}")
    assert "not let you in" in one.say(BEN, "assessment city")
    assert "stays out" in _decide(one, ADA, asked, "\N{CROSS MARK}")
    assert "settled meanwhile" in _decide(one, ADA, asked, "\N{WHITE HEAVY CHECK MARK}")
    with one.reading() as tx:
        assert stored.team_row(tx, BEN) is None


def test_two_are_told_that_they_see_each_others_answers(one: Chat) -> None:
    """Before they agree, when they are asked, and before the first question."""
    same_city(one)
    assert "each can tell every answer of the other" in one.say(ADA, "assess for city")
    one.say(ADA, "yes")
    one.say(ADA, "cancel")
    opening = one.say(ADA, "assess 2")
    assert "each can tell every answer of the other" in opening
    assert "without names" in opening
    one.say(BEN, "assess for city")
    one.say(BEN, "yes")
    asked = next(row for row in one.answers if row.lane == Chat.dm(ADA))
    assert "each can tell every answer of the other" in asked.content["body"]
    assert "seen by nobody but you, not even by moderators.\n" in one.say(MIA, "assess 1")


def test_colleagues_are_asked_once_and_by_day(one: Chat) -> None:
    """However often somebody leaves and comes, whatever the hour where the others are."""
    same_city(one)
    one.say(ADA, "timezone Pacific/Auckland")  # ten in the evening
    one.say(ADA, "assess for city")
    one.say(ADA, "yes")
    for attempt in range(3):
        one.say(BEN, "assess for city")
        assert "asked them to let you in" in one.say(BEN, "yes")
        assert not any(row.lane == Chat.dm(ADA) for row in one.answers)
        one.say(BEN, "cancel")
        if attempt < 2:
            one.say(BEN, "assessment city off")
    assert due(one) == []
    one.clock.forward(hours=11)
    (asked,) = [row for row in due(one) if row.action == Action.MESSAGE]
    assert asked.lane == Chat.dm(ADA)
    assert "stays out" in _decide(one, ADA, asked, "\N{CROSS MARK}")
    assert "from 15 March 2027 on" in one.say(BEN, "assess for city")
    one.clock.forward(days=15)
    assert "Do you want to answer for your city" in one.say(BEN, "assess for city")


@pytest.mark.parametrize("number", ["²", "1" * 5000, "1²", "٣", "0", "9"])
def test_odd_numbers_are_no_area(one: Chat, number: str) -> None:
    """They are told to be none, in a command and as an answer."""
    assert "I don't know the area" in one.say(ADA, f"assess {number}")
    one.say(ADA, "assess")
    assert one.say(ADA, number).startswith("Please choose one") or number == "9"
    one.say(ADA, "cancel")
    one.say(ADA, "assess 1")
    assert one.say(ADA, number).startswith("Please choose one")


def test_days_that_are_far_away(one: Chat) -> None:
    """What is to come is today at the latest, and long ago there was nothing."""
    answer(one, ADA, "1", *"LLLL")
    assert "1 March 2027" in one.say(ADA, "assessment history 1 March to 9999-12-31")
    assert "1 March 2027" in one.say(ADA, "assessment history 9999-12-31")
    assert "no result yet" in one.say(ADA, "assessment history 0001-01-01")


def test_a_leap_day_without_its_year(one: Chat) -> None:
    """The last one, and the year before had none."""
    answer(one, ADA, "1", *"LLLL")
    one.clock.now = one.clock.now.replace(year=2028, month=2, day=10)
    assert "29 February 2024" in one.say(ADA, "assessment history 29.02.")


def test_dates_are_days_of_the_member(one: Chat) -> None:
    """A result of the late evening belongs to that day where the member is."""
    one.clock.now = one.clock.now.replace(hour=23, minute=30)
    answer(one, ADA, "1", *"PPPP")
    assert "2 March 2027" in one.say(ADA, "assessment history 2027-03-02 2027-03-03")
