"""Writing a practice together: co-authors are added, told, may edit, and may leave."""

from __future__ import annotations

import pytest

from commands.members import service as members_service
from storage import members, outbox, practices, rooms
from storage.outbox import Delivered
from tests.commands.practices.network import WINTER, register
from tests.transcript import ADA, BEN, HUB, MIA, OUT, Chat

TITLE = "#1 Cycling in winter"


@pytest.fixture
def shared(ada: Chat) -> Chat:
    """A network with one practice, #1, that Ada shared; Ben is a member too."""
    register(ada, BEN)
    ada.say(ADA, WINTER)
    return ada


def forget(chat: Chat, user: str) -> None:
    """Let somebody be forgotten who hands practices over."""
    with chat.database.write(f"$forget-{user[1:4]}") as tx:
        members_service.forget(tx, user, practices_too=False, reason="on request")


@pytest.mark.parametrize("who", [BEN, "Ben Okri", "ben okri", "@Ben", "Ben", "https://matrix.to/#/" + BEN])
def test_a_member_becomes_a_co_author(shared: Chat, who: str) -> None:
    """By Matrix id, mention or name; they are told, may edit, and see it among their own."""
    assert shared.say(BEN, "edit 1 title Cycling in snow").startswith("Only its author")
    said = shared.say(ADA, f"author add 1 {who}")
    assert said.split("\n---\n") == [
        f"Ada Byron has made you a co-author of {TITLE}.\n\n"
        "practice 1 shows it, edit 1 changes it. If you would rather not: author remove 1.",
        f"Ben Okri can change {TITLE} from now on, and is told.",
    ]
    assert shared.answers[0].lane == shared.dm(BEN)
    assert "#1 Cycling in snow is changed" in shared.say(BEN, "edit 1 title Cycling in snow")
    assert "#1 Cycling in snow" in shared.say(BEN, "mine")
    assert "by Ben Okri (co-author)" in shared.say(ADA, "history 1")


def test_everyone_who_wrote_it_hears_of_somebody_elses_changes(shared: Chat) -> None:
    """Of a co-author's and a moderator's, each in their own language; whoever changes it is not told."""
    shared.say(ADA, f"author add 1 {BEN}")
    shared.say(ADA, "sprache de")
    told, answer = shared.say(BEN, "edit 1 title Cycling in snow").split("\n---\n")
    assert shared.answers[0].lane == shared.dm(ADA)
    assert told == "Ben hat #1 Cycling in snow geändert: Titel. Was anders ist, zeigt verlauf 1."
    assert answer.startswith("#1 Cycling in snow is changed")
    shared.say(MIA, "edit 1 summary Ghent clears its cycle paths.")
    assert [row.lane for row in shared.answers][:-1] == [shared.dm(ADA), shared.dm(BEN)]
    assert shared.answers[1].content["body"] == (
        "Mia has changed #1 Cycling in snow: Summary. history 1 shows what is different."
    )
    shared.say(MIA, "edit 1 summary Ghent clears its cycle paths.")
    assert [row.lane for row in shared.answers] == [shared.dm(MIA)]


def test_the_practice_names_them_as_it_names_the_author(shared: Chat) -> None:
    """For members, in the direct chat."""
    shared.say(ADA, f"author add 1 {BEN}")
    assert "Together with Ben Okri (City of Ghent)" in shared.say(ADA, "practice 1")
    assert "Ben" not in shared.in_hub(ADA, "!practice 1")
    assert "Ben" not in shared.say(MIA, "practice 1")  # a guest, as far as members are concerned


def test_in_a_room_no_name_is_told_for_a_matrix_id(shared: Chat) -> None:
    """Who does not show theirs stays unknown there, also where it is refused."""
    said = [shared.in_hub(ADA, f"!author {what} 1 {BEN}") for what in ("add", "add", "remove", "remove")]
    assert [one.split("\n---\n")[-1] for one in said] == [
        f"This member can change {TITLE} from now on, and is told.",
        "This member is already one of those who write #1.",
        f"This member is no longer a co-author of {TITLE}, and is told.",
        "This member is not a co-author of #1.",
    ]
    shared.say(BEN, "profile edit contact visible yes")
    assert "Ben Okri can change" in shared.in_hub(ADA, f"!author add 1 {BEN}")


def test_who_is_forgotten_is_not_named_as_the_rooms_called_them(shared: Chat) -> None:
    """Letters to others name moderators by that; it goes with the registered name."""
    register(shared, MIA)
    with shared.database.write("called") as tx:
        rooms.keep_member(tx, HUB, MIA, "join", "Mimi-Display")
    assert "Mimi-Display has archived #1" in shared.say(MIA, "archive 1 outdated")
    with shared.database.write("sent") as tx:
        for lane in outbox.waiting_lanes(tx):
            sent = outbox.pending(tx, [lane], 100)[lane]
            outbox.mark_sent(tx, [Delivered(one.key, lane, f"$sent-{one.id}") for one in sent])
    forget(shared, MIA)
    shared.say(ADA, "mydata")
    assert "Mimi-Display" not in (shared.files[0].data or b"").decode()


def test_leaving_and_being_removed(shared: Chat) -> None:
    shared.say(ADA, f"author add 1 {BEN}")
    assert shared.say(BEN, "author remove 1") == f"You are no longer a co-author of {TITLE}."
    assert shared.say(BEN, "author remove 1").startswith("You are not a co-author of #1.")
    assert shared.say(BEN, "edit 1 title Cycling").startswith("Only its author")
    shared.say(ADA, f"add author 1 {BEN}")
    said = shared.say(ADA, "author remove 1 Ben Okri")
    assert said.split("\n---\n") == [
        f"You are no longer a co-author of {TITLE}.",
        f"Ben Okri is no longer a co-author of {TITLE}, and is told.",
    ]
    assert shared.say(ADA, "author remove 1 Ben Okri") == "Ben Okri is not a co-author of #1."


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        (f"author add 1 {OUT}", "I know no member “@out:test.localhost”."),
        (f"author add 1 {MIA}", "I know no member “@mia:test.localhost”."),
        ("author add 1 Nobody", "I know no member “Nobody”."),
        ("author add 1", "Something is missing: name or Matrix id."),
        (f"author add 1 {ADA}", "Ada Byron is already one of those who write #1."),
        (f"author add 7 {BEN}", "There is no practice with the number #7."),
    ],
)
def test_what_is_refused(shared: Chat, said: str, refused: str) -> None:
    assert shared.say(ADA, said).startswith(refused)


def test_a_name_is_looked_up_at_once(shared: Chat) -> None:
    """However many members there are."""
    few = shared.statements(ADA, "author add 1 Nobody")
    register(shared, MIA)
    assert shared.statements(ADA, "author add 1 Nobody") == few


def test_two_of_one_name_are_asked_about(shared: Chat) -> None:
    with shared.database.write("name") as tx:
        ada, ben = members.get(tx, ADA), members.get(tx, BEN)
        assert ada
        assert ben
        ben.name = ada.name
    assert shared.say(MIA, "author add 1 Ada Byron").startswith(
        "“Ada Byron” can be several people: Ada Byron (City of Ghent) and Ada Byron (City of Ghent)."
    )


def test_only_those_who_write_it_and_moderators_choose(shared: Chat) -> None:
    assert shared.say(BEN, f"author add 1 {BEN}").startswith("Only its author")
    shared.say(MIA, f"author add 1 {BEN}")
    assert shared.say(BEN, "author remove 1 Ada Byron") == "Ada Byron is not a co-author of #1."
    assert "can change" not in shared.in_hub(BEN, "!author add 1 Mia")


def test_co_authors_submit_too(ada: Chat) -> None:
    """And read what is not published yet."""
    register(ada, BEN)
    ada.say(ADA, WINTER.replace("share", "draft", 1))
    ada.say(ADA, f"author add 1 {BEN}")
    assert ada.say(BEN, "practice 1").startswith("Status: draft.")
    told, answer = ada.say(BEN, "submit 1").split("\n---\n")
    assert told == f"Ben has submitted {TITLE}, and it is published."
    assert answer.startswith(f"Thank you! {TITLE} is published")


def test_a_co_author_takes_over_from_who_is_forgotten(shared: Chat) -> None:
    """Rather than the network; and who is a co-author can be forgotten as well."""
    shared.say(ADA, f"author add 1 {BEN}")
    forget(shared, ADA)
    with shared.reading() as tx:
        (practice,) = practices.everything(tx)
        assert (practice.author, practices.coauthors(tx, 1)) == (BEN, [])
    forget(shared, BEN)
    with shared.reading() as tx:
        (practice,) = practices.everything(tx)
        assert practice.author is None


def test_drafts_go_with_their_author(ada: Chat) -> None:
    """Nobody but the author has read them; the network could not take them over."""
    ada.say(ADA, WINTER.replace("share", "draft", 1))
    forget(ada, ADA)
    with ada.reading() as tx:
        assert practices.everything(tx) == []


def test_the_answer_in_a_room_stays_there(shared: Chat) -> None:
    shared.in_hub(ADA, f"!author add 1 {BEN}")
    assert [row.lane for row in shared.answers] == [shared.dm(BEN), HUB]
