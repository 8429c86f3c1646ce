"""Taking practices over, what came of it, and thanks: what people say and what they hear."""

from __future__ import annotations

import pytest

from commands.core.registry import load
from storage import members, practices, reuse, rooms
from storage.members import Preference
from storage.schedule import DueRow
from tests.commands.practices.clock import wait
from tests.commands.practices.network import WINTER, bring, register, starter
from tests.commands.practices.under import reply
from tests.transcript import ADA, BEN, HUB, MIA, Chat


@pytest.fixture
def shared(ada: Chat) -> Chat:
    """Ada of Ghent shared practice #1; Ben is from Lyon, Mia from Graz."""
    ada.say(ADA, WINTER)
    register(ada, BEN, city="Lyon", country="FR")
    register(ada, MIA, city="Graz", country="AT", contact_visible=True)
    return ada


def speak_german(chat: Chat, user: str) -> None:
    with chat.database.write(f"german-{user}") as tx:
        members.keep_preference(tx, Preference(user_id=user, locale="de"))


def heard(chat: Chat, user: str) -> list[str]:
    """What the bot said last in someone's direct chat."""
    return [
        str(row.content["body"])
        for row in chat.answers
        if row.lane == chat.dm(user) and "body" in row.content
    ]


def test_a_city_takes_a_practice_over(shared: Chat) -> None:
    """It is planned first; the author hears of it in their own language, and everyone sees it."""
    speak_german(shared, ADA)
    told, answer = shared.say(BEN, "adopt 1").split("\n---\n")
    assert told == (
        "Gute Nachricht: Lyon (Frankreich) will #1 Cycling in winter übernehmen. (Ben Okri, City of Lyon)"
    )
    assert answer == (
        "Noted: Lyon takes over #1 Cycling in winter (planned). The practice shows it from now on.\n\n"
        "When something changes, tell me, for example adopt 1 under way."
        " Possible states: under way, done or dropped. To tell what came of it: outcome 1 …"
    )
    assert "Taken over by one city: Lyon (planned)" in shared.say(MIA, "practice 1")


def test_how_far_a_city_has_come(shared: Chat) -> None:
    """The same command in any language changes the state; there is one adoption for a city."""
    shared.say(BEN, "adopt 1")
    assert "Lyon takes over #1 Cycling in winter (under way)." in shared.say(BEN, "adopt #1 läuft")
    assert shared.say(BEN, "adopt 1").startswith(
        "It says so already: Lyon, #1 Cycling in winter (under way)."
    )
    assert shared.say(BEN, "we adopt 1: In Arbeit").startswith("It says so already")
    shared.say(MIA, "übernehmen 1 umgesetzt")
    assert "Taken over by 2 cities: Lyon (under way) and Graz (done)" in shared.say(ADA, "practice 1")
    shared.say(BEN, "adopt 1 dropped")
    assert "Taken over by one city: Graz (done)" in shared.say(ADA, "practice 1")


def test_a_colleague_of_the_same_city_speaks_for_it(shared: Chat) -> None:
    """Whichever way they spell it."""
    register(shared, MIA, city="LYON", country="FR")
    shared.say(BEN, "adopt 1")
    shared.say(MIA, "adopt 1 done")
    assert "Taken over by one city: Lyon (done)" in shared.say(ADA, "practice 1")


def test_a_city_does_not_take_over_its_own(shared: Chat) -> None:
    register(shared, MIA, city="ghent")
    for user in (ADA, MIA):
        assert shared.say(user, "adopt 1") == (
            "#1 Cycling in winter comes from Ghent itself, so there is nothing to take over."
            " When another city does, I tell whoever shared it."
        )


def test_what_can_not_be_taken_over(shared: Chat) -> None:
    """A number that nobody has, a state that there isn't; what is no command at all is searched for."""
    assert shared.say(BEN, "adopt 7").startswith("There is no practice with the number #7.")
    assert shared.say(BEN, "!adopt 1 frozen") == (
        "“frozen” is none of the states that I know. Please write planned, under way, done or dropped.\n\n"
        "For example: adopt 12 under way"
    )
    assert "Did you mean the command adopt" in shared.say(BEN, "adopt cycling in winter")


def test_guests_register_first(ada: Chat) -> None:
    ada.say(ADA, WINTER)
    assert "register" in ada.say(BEN, "adopt 1")
    with ada.reading() as tx:
        assert reuse.adoptions(tx, 1) == []


def test_the_card_shows_who_took_it_over(shared: Chat) -> None:
    """It is kept current where it is pinned, in the language of the room."""
    shared.in_hub(MIA, "!pin 1 clear and reusable")
    card = shared.answers[0].key
    shared.say(BEN, "adopt 1 under way")
    (edit,) = [row for row in shared.answers if row.lane == HUB]
    assert edit.target_key == card
    assert "Taken over by one city: Lyon (under way)" in edit.content["body"]


def test_what_came_of_it(shared: Chat) -> None:
    """The author hears it, the practice shows it behind its own pages; it may be told anew."""
    assert shared.say(BEN, "outcome 1 It works.").startswith(
        "For Lyon I have not noted that it takes over #1"
    )
    shared.say(BEN, "adopt 1 done")
    shared.say(BEN, "outcome 1 Twelve kilometres are clear.")
    assert heard(shared, ADA) == [
        "Lyon (France) tells what came of #1 Cycling in winter (Ben Okri, City of Lyon):\n\n"
        "> Twelve kilometres are clear."
    ]
    shared.say(BEN, "outcome 1 Thirteen kilometres are clear.")
    shared.say(MIA, "practice 1")
    shared.say(MIA, "more")
    page = shared.say(MIA, "more")
    assert "#1 Cycling in winter: what other cities make of it" in page
    assert "Lyon (France)\n   done · noted on 1 March 2027\n   Thirteen kilometres are clear." in page
    assert "Ben Okri, City of Lyon" in page
    assert "Twelve" not in page
    assert shared.say(BEN, f"outcome 1 {'x' * 501}").startswith("That is 501 characters; at most 500 fit.")


def test_names_are_for_members_in_the_direct_chat(shared: Chat) -> None:
    """As with authors."""
    shared.say(BEN, "adopt 1")
    shared.in_hub(MIA, "!practice 1")
    shared.in_hub(MIA, "!more")
    page = shared.in_hub(MIA, "!more")
    assert "Lyon (France)" in page
    assert "Ben Okri" not in page


def test_what_can_be_done_next(shared: Chat) -> None:
    """Stands where a member has read somebody else's practice to its end."""
    shared.say(BEN, "practice 1")
    assert (
        "Does your city take it over? adopt 1 · A question to whoever shared it: ask 1 …"
        " · Say thanks: thanks 1 · Find it again: bookmark 1\n\nPage 2 of 2."
    ) in shared.say(BEN, "more")
    shared.say(ADA, "practice 1")
    assert "adopt 1" not in shared.say(ADA, "more")
    shared.in_hub(BEN, "!practice 1")
    assert "adopt 1" not in shared.in_hub(BEN, "!more")


def test_asking_once_after_half_a_year(shared: Chat) -> None:
    """In the direct chat, by the member's own clock; a plain reply is the answer."""
    with shared.database.write("zone") as tx:
        members.keep_preference(tx, Preference(user_id=BEN, locale="de", timezone="America/Bogota"))
    shared.say(BEN, "adopt 1")
    assert wait(shared, days=181) == []
    ((room, asked),) = wait(shared, days=2)
    assert room == shared.dm(BEN)
    assert asked == (
        "Am 1. März 2027 haben Sie gesagt, dass Lyon #1 Cycling in winter übernimmt. Was ist daraus"
        " geworden?\n\nEin paar Sätze genügen, und auch was nicht geklappt hat, hilft anderen; ich frage nur"
        " dieses eine Mal. Antworten Sie einfach auf diese Nachricht. Falls nichts daraus geworden ist,"
        " schreiben Sie übernehmen 1 verworfen, sonst geht auch ergebnis 1 …"
    )
    assert "Vielen Dank!" in reply(shared, BEN, "Zwölf Kilometer sind geräumt.")
    with shared.reading() as tx:
        assert reuse.adoptions(tx, 1)[0].outcome == "Zwölf Kilometer sind geräumt."
    assert wait(shared, days=400) == []


def test_a_command_in_reply_is_a_command(shared: Chat) -> None:
    """Some people reply to everything."""
    shared.say(BEN, "adopt 1")
    wait(shared, days=183)
    assert "Lyon is not pursuing #1 Cycling in winter any further." in reply(shared, BEN, "adopt 1 dropped")
    with shared.reading() as tx:
        assert reuse.adoptions(tx, 1)[0].outcome is None


@pytest.mark.parametrize("before", ["outcome 1 It works.", "adopt 1 dropped", "leave"])
def test_nobody_is_asked_in_vain(shared: Chat, before: str) -> None:
    """Not when it is known, nor when it was dropped, nor who has left."""
    shared.say(BEN, "adopt 1")
    if before == "leave":
        with shared.database.write("leave") as tx:
            rooms.keep_member(tx, HUB, BEN, "leave")
    else:
        shared.say(BEN, before)
    assert wait(shared, days=200) == []


def test_the_hour_is_the_members_own(shared: Chat) -> None:
    with shared.database.write("zone") as tx:
        members.keep_preference(tx, Preference(user_id=BEN, timezone="America/Bogota"))
    shared.say(BEN, "adopt 1")
    with shared.reading() as tx:
        row = tx.session.get(DueRow, "outcome:1")
        assert row
        assert (row.local_time, row.timezone) == ("2027-08-30T10:00:00", "America/Bogota")


def test_ones_own_list(shared: Chat) -> None:
    assert shared.say(BEN, "adoptions") == (
        "Your city has taken nothing over yet. When it does, tell me its number, for example adopt 12."
    )
    shared.say(BEN, "adopt 1 done")
    shared.say(BEN, "outcome 1 It works.")
    assert shared.say(BEN, "my adoptions") == (
        "How far your city has come with one practice:\n\n#1 Cycling in winter\n   Lyon · done\n   It works."
    )


def test_what_was_dropped_is_not_called_taken_over(shared: Chat) -> None:
    """Neither in one's own list nor with the practice."""
    shared.say(BEN, "adopt 1 dropped")
    mine = shared.say(BEN, "adoptions")
    assert mine.endswith("#1 Cycling in winter\n   Lyon · dropped")
    assert "takes over" not in mine
    shared.say(MIA, "practice 1")
    shared.say(MIA, "more")
    page = shared.say(MIA, "more")
    assert "Lyon (France)\n   dropped" in page
    assert "taken over" not in page


def test_what_is_archived_stays_in_the_list(shared: Chat) -> None:
    shared.say(BEN, "adopt 1 done")
    shared.say(ADA, "archive 1 It has ended.")
    assert shared.say(BEN, "adoptions").endswith("#1 Cycling in winter\n   Lyon · done\n   archived")


@pytest.mark.parametrize(
    ("state", "then"),
    [
        ("planned", "for example adopt 1 under way."),
        ("under way", "for example adopt 1 done."),
        ("dropped", "for example adopt 1 under way."),
    ],
)
def test_the_example_points_ahead(shared: Chat, state: str, then: str) -> None:
    assert then in shared.say(BEN, f"adopt 1 {state}")


def test_who_is_done_is_only_asked_what_came_of_it(shared: Chat) -> None:
    answer = shared.say(BEN, "adopt 1 done")
    assert answer.endswith("\n\nWhen you can say what came of it, tell me with outcome 1 ….")


# --- thanks


def test_thanks_once_and_the_author_hears_of_it(shared: Chat) -> None:
    told, answer = shared.say(BEN, "thanks 1").split("\n---\n")
    assert told == "Ben Okri, City of Lyon says thanks for #1 Cycling in winter."
    assert answer == "That is kind of you. I pass your thanks for #1 Cycling in winter on."
    assert shared.say(BEN, "Thanks for #1!").startswith(
        "You have said thanks for #1 Cycling in winter already"
    )
    assert "One person says thanks" in shared.say(MIA, "practice 1")
    assert shared.say(ADA, "thanks 1").startswith("#1 Cycling in winter is your own practice.")


def test_thanks_are_told_at_most_once_a_day(shared: Chat) -> None:
    """The first at once, the others together."""
    shared.say(BEN, "thanks 1")
    shared.clock.forward(hours=1)
    assert "---" not in shared.say(MIA, "thanks 1")
    register_more(shared)
    shared.say("@zoe:test.localhost", "!thanks 1", room=HUB)
    assert wait(shared, hours=22) == []
    assert wait(shared, hours=2) == [(shared.dm(ADA), "2 more people say thanks for #1 Cycling in winter.")]
    assert wait(shared, days=3) == []
    assert "3 people say thanks" in shared.say(MIA, "practice 1")


def register_more(chat: Chat) -> None:
    """One more member, who only talks in the hub room."""
    with chat.database.write("zoe") as tx:
        rooms.keep_member(tx, HUB, "@zoe:test.localhost", "join", "Zoe")
        ben = members.get(tx, BEN)
        assert ben
        members.keep(
            tx, type(ben)(**(ben.model_dump() | {"user_id": "@zoe:test.localhost", "name": "Zoe B"}))
        )


def test_a_plain_thank_you_is_still_a_courtesy(shared: Chat) -> None:
    """With the prefix, without, and before a search."""
    with shared.reading() as tx:
        before = reuse.count_thanks(tx, 1)
    assert shared.say(BEN, "thanks!") == shared.say(BEN, "!thanks") == shared.say(BEN, "thank you so much")
    assert "#1 Cycling in winter" in shared.say(BEN, "thanks. Cycling in winter?")
    with shared.reading() as tx:
        assert reuse.count_thanks(tx, 1) == before == 0


def test_thanks_for_what_has_no_author(shared: Chat) -> None:
    bring(shared, *starter()[:1])
    assert "nobody in the network whom I could tell" in shared.say(BEN, "thanks 2")


# --- what is kept


@pytest.mark.parametrize("practices_too", [False, True])
def test_an_adoption_without_its_member(shared: Chat, practices_too: bool) -> None:
    """It stays with the city, or goes from view and card, as the member chooses."""
    shared.in_hub(MIA, "!pin 1")
    shared.say(BEN, "adopt 1 done")
    with shared.database.write("forget") as tx:
        for holding in load().holdings:
            if holding.table in ("adoption", "thanks") and holding.erase:
                holding.erase(tx, BEN, practices_too)
    shown = shared.say(MIA, "practice 1")
    assert ("Taken over by one city: Lyon (done)" in shown) is not practices_too
    with shared.reading() as tx:
        assert [one.user_id for one in reuse.adoptions(tx, 1)] == ([] if practices_too else [None])
        assert practices.cards(tx, 1)
