"""What can be read of a practice's life, and its end: steps, changes field by field, the archive."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.members import service as members_service
from commands.practices.history.rules import Difference, differences
from storage import practices
from storage.outbox import Action
from tests.commands.practices.network import WINTER, register
from tests.transcript import ADA, BEN, HUB, MIA, Chat

TITLE = "#1 Cycling in winter"
LONG = (
    "Before the first frost the city chooses forty kilometres of paths. "
    "At four in the morning a sensor decides. "
    "By six all of the chosen paths have to be free of ice and snow."
)


@pytest.fixture
def shared(ada: Chat) -> Chat:
    """A network with one practice, #1, that Ada shared; Ben is a member too."""
    register(ada, BEN)
    ada.say(ADA, WINTER)
    return ada


def written(found: list[Difference]) -> list[tuple[str | None, str | None]]:
    """Differences as text, what changed in brackets."""

    def side(pieces: object) -> str | None:
        if pieces is None:
            return None
        assert isinstance(pieces, tuple)
        return "".join(f"[{one.text}]" if one.changed else one.text for one in pieces)

    return [(side(one.before), side(one.after)) for one in found]


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("Cycling in winter", "Cycling in snow", [("Cycling in [winter]", "Cycling in [snow]")]),
        ("", "New", [(None, "New")]),
        ("Old", "", [("Old", None)]),
        ("Old", "Entirely new words", [("Old", "Entirely new words")]),
        (
            LONG,
            LONG.replace("four", "three"),
            [("At [four] in the morning a sensor decides.", "At [three] in the morning a sensor decides.")],
        ),
        (LONG, LONG + " It works.", [(None, "It works.")]),
        (LONG, LONG.replace("At four in the morning a sensor decides. ", ""), [
            ("At four in the morning a sensor decides.", None)
        ]),
        (LONG, LONG, []),
    ],
)  # fmt: skip
def test_differences(before: str, after: str, found: list[tuple[str | None, str | None]]) -> None:
    """Short texts whole with their changed words marked, of long ones only the changed sentences."""
    assert written(differences(before, after)) == found


@given(st.text(max_size=400), st.text(max_size=400))
def test_nothing_that_differs_is_left_out(before: str, after: str) -> None:
    """Every sentence that is only in one of two texts is shown, and no piece is lost."""
    shown = differences(before, after)
    old = ["".join(one.text for one in found.before) for found in shown if found.before]
    assert all(piece in before for piece in old)
    if not shown:
        assert before.split() == after.split()


def test_the_history_of_a_practice(shared: Chat) -> None:
    """Newest first: what was changed, field by field, by whom and when."""
    shared.say(ADA, "edit 1 title Cycling in snow")
    shared.in_hub(MIA, "!pin 1 clear and reusable")
    shared.say(MIA, "edit 1 themes mobility")
    assert shared.say(BEN, "history 1") == (
        "What happened to #1 Cycling in snow, newest first:\n\n"
        "Version 3 · Monday, 1 March 2027, 10:00 (Europe/Berlin)\nby Mia (moderator)\n\n"
        "Themes\n− Climate adaptation; Mobility & urban planning\n+ Mobility & urban planning\n\n"
        "Curated · Monday, 1 March 2027, 10:00 (Europe/Berlin)\nby Mia (moderator)\n\n"
        "> clear and reusable\n\n"
        "Version 2 · Monday, 1 March 2027, 10:00 (Europe/Berlin)\nby Ada Byron (author)\n\n"
        "Title\n− Cycling in winter\n+ Cycling in snow\n\n"
        "Published · Monday, 1 March 2027, 10:00 (Europe/Berlin)\nby Ada Byron (author)"
    )
    assert "− Cycling in <strong>winter</strong><br>+ Cycling in <strong>snow</strong>" in shared.html


def test_it_speaks_the_reader_s_language(shared: Chat) -> None:
    """Fields, countries, themes, dates."""
    shared.say(ADA, "edit 1 country Denmark")
    shared.say(BEN, "sprache deutsch")
    assert "Land\n− Belgien\n+ Dänemark" in shared.say(BEN, "verlauf 1")
    assert "von Ada Byron (Autorin/Autor)" in shared.say(BEN, "verlauf 1")


def test_in_a_room_nobody_is_named(shared: Chat) -> None:
    """As with the practice itself."""
    said = shared.in_hub(BEN, "!history 1")
    assert "by the author" in said
    assert "Ada" not in said


def test_a_long_history_is_paged(shared: Chat) -> None:
    """A page fits a phone."""
    for number in range(12):
        shared.say(ADA, f"edit 1 challenge {LONG} {number}")
        shared.say(ADA, f"edit 1 solution {number} {LONG}")
    first = shared.say(BEN, "history 1")
    assert len(first) < 2500
    assert "Version 25" in first
    assert "Published" not in first
    assert "Version" in shared.say(BEN, "more")


def test_what_was_before_the_readers_only_its_authors_and_moderators_see(ada: Chat) -> None:
    """Drafts and their changes are not for everyone, not even afterwards."""
    register(ada, BEN)
    ada.say(ADA, WINTER.replace("share", "draft", 1))
    ada.say(ADA, "edit 1 title Cycling in snow")
    assert ada.say(BEN, "history 1").startswith("There is no practice")
    ada.say(ADA, "submit 1")
    assert "Draft" not in ada.say(BEN, "history 1")
    assert "Version 2" not in ada.say(BEN, "history 1")
    assert "Draft" in ada.say(ADA, "history 1")
    assert "Version 2" in ada.say(MIA, "history 1")


def test_archived_and_restored_by_its_author(shared: Chat) -> None:
    """It can't be found, read or changed, its cards are gone; then all is as before."""
    shared.in_hub(MIA, "!pin 1")
    assert shared.say(ADA, "archive 1").startswith("Something is missing: reason.")
    assert shared.say(ADA, "archive 1 The project has ended.") == (
        f"{TITLE} is archived: it can no longer be found, and its cards are gone. restore 1 brings it back."
    )
    assert [row.action for row in shared.answers] == [Action.UNPIN, Action.REDACTION, Action.MESSAGE]
    assert shared.say(BEN, "search winter").startswith("I have found nothing")
    assert shared.say(BEN, "practice 1") == (
        "#1 “Cycling in winter” has been archived and is no longer shown."
    )
    assert shared.say(ADA, "practice 1").startswith("Status: archived.")
    assert shared.say(ADA, "edit 1 title Cycling").endswith("bring it back first: restore 1.")
    assert shared.say(ADA, "archive 1 Once more.").endswith("bring it back first: restore 1.")
    assert shared.say(BEN, "restore 1").startswith("#1 “Cycling in winter” has been archived")
    assert shared.say(ADA, "restore 1") == f"{TITLE} is back, and everyone can find it again."
    assert shared.say(ADA, "restore 1").startswith("#1 is not archived")
    assert TITLE in shared.say(BEN, "search winter")
    with shared.reading() as tx:
        assert [(step.status, step.reason) for step in practices.steps(tx, 1)][-2:] == [
            ("archived", "The project has ended."),
            ("published", None),
        ]


def test_what_a_moderator_archives_its_author_does_not_put_back(shared: Chat) -> None:
    """But is told why, and whom to talk to."""
    said = shared.say(MIA, "archive 1 It was shared twice.")
    assert said.split("\n---\n")[0] == (
        f"Mia has archived {TITLE}; it can no longer be found. The reason:\n\n> It was shared twice.\n\n"
        "If you see it differently, please talk to the moderators, for example Mia."
    )
    assert shared.say(ADA, "restore 1") == (
        "#1 was archived by a moderator. Only moderators can bring it back, for example Mia."
    )
    told, _ = shared.say(MIA, "restore 1").split("\n---\n")
    assert told == f"Mia has brought {TITLE} back. practice 1 shows it."


def test_what_somebody_archived_who_is_forgotten_since(shared: Chat) -> None:
    """Nobody knows any more who it was; nobody says that it was a moderator."""
    shared.say(ADA, f"author add 1 {BEN}")
    shared.say(BEN, "archive 1 It has ended.")
    with shared.database.write("forget") as tx:
        members_service.forget(tx, BEN, practices_too=False, reason="on request")
    assert shared.say(ADA, "restore 1") == (
        "#1 was archived by somebody who no longer works on it."
        " Only moderators can bring it back, for example Mia."
    )


def test_others_do_not_archive(shared: Chat) -> None:
    assert shared.say(BEN, "archive 1 I do not like it.").startswith("Only its author")
    assert shared.say(BEN, "archive 7 I do not like it.").startswith("There is no practice")


def test_a_draft_comes_back_as_a_draft(ada: Chat) -> None:
    ada.say(ADA, WINTER.replace("share", "draft", 1))
    # It could not be found before, and has no cards.
    assert ada.say(ADA, "archive 1 Not now.") == f"{TITLE} is archived. restore 1 brings it back."
    assert ada.say(ADA, "restore 1") == f"{TITLE} is back as a draft. submit 1 submits it."


def test_a_pin_of_what_is_archived_is_refused(shared: Chat) -> None:
    shared.say(MIA, "archive 1 It was shared twice.")
    assert "archived" in shared.say(MIA, "!pin 1", room=HUB)
