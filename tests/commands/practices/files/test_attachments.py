"""Files that people send for practices: taken in, refused, shown, taken away."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from commands.core.conversation import Conversation
from commands.core.registry import load
from storage import attachments, members, outbox, practices, rooms
from storage.outbox import Action
from storage.practices import Status
from tests.commands.practices.files.pictures import GIF, JPEG, PDF, WEBP, png
from tests.commands.practices.files.sending import bring, deliver, last_message, rows, send
from tests.commands.practices.network import WINTER, register
from tests.transcript import ADA, BEN, HUB, MIA, Chat


@pytest.fixture
def shared(ada: Chat) -> Chat:
    """A network with one practice, #1, by Ada, of which nothing waits to be said."""
    register(ada, BEN)
    ada.say(ADA, WINTER)
    deliver(ada)
    return ada


def attach(chat: Chat, data: bytes, name: str = "photo.png", user: str = ADA) -> str:
    """Attach a file to #1 in the direct chat; returns the last answer."""
    chat.say(user, "attach 1")
    deliver(chat)
    send(chat, user, name)
    deliver(chat)
    return bring(chat, data)


def names(chat: Chat) -> list[str]:
    """The files of #1."""
    with chat.reading() as tx:
        return [one.name for one in attachments.of(tx, 1)]


def test_who_was_removed_sends_no_more_files(shared: Chat) -> None:
    """Neither in reply to a practice, nor with what was on its way."""
    shared.say(ADA, "practice 1")
    view = last_message(shared)
    send(shared, ADA, "bridge.jpg", under=view)
    deliver(shared)
    with shared.database.write("ban") as tx:
        rooms.keep_member(tx, HUB, ADA, "ban", "Ada")
    refused = "This is for people in our main room."
    assert bring(shared, JPEG).startswith(refused)
    assert send(shared, ADA, "tunnel.jpg", under=view).startswith(refused)
    assert names(shared) == []


def test_a_picture_in_reply_to_a_practice(shared: Chat) -> None:
    """The author sends it in reply to the view; one answer that is replaced when the picture is there."""
    shared.say(ADA, "practice 1")
    view = last_message(shared)
    assert send(shared, ADA, "bridge.jpg", under=view) == (
        "I am fetching bridge.jpg for #1 Cycling in winter …"
    )
    deliver(shared)
    assert bring(shared, JPEG) == (
        "bridge.jpg now belongs to #1 Cycling in winter.\n\n"
        "• One file: attachments 1\n• If that was a mistake: attachment remove 1 1"
    )
    assert [row.action for row in shared.answers] == [Action.EDIT]
    with shared.reading() as tx:
        (kept,) = attachments.of(tx, 1)
        assert (kept.name, kept.content_type, kept.by) == ("bridge.jpg", "image/jpeg", ADA)
        assert b"ecret" not in attachments.data(tx, kept.id)
    assert "\nOne file: attachments 1" in shared.say(BEN, "practice 1")


def test_under_the_card_in_a_room(shared: Chat) -> None:
    """By a moderator; the card shows it, in the room's own form."""
    shared.in_hub(MIA, "!pin 1 clear")
    (card, *_) = shared.answers
    deliver(shared)
    send(shared, MIA, "plan.pdf", under=f"$sent-{card.id}", room=HUB, msgtype="m.file")
    deliver(shared)
    assert "plan.pdf now belongs to #1" in bring(shared, PDF)
    (edit,) = [row for row in shared.answers if row.target_key == card.key]
    assert "\nOne file: !attachments 1\n" in edit.content["body"]


@pytest.mark.parametrize("renewed_by", ["!pin 1", "!edit 1 title Cycling on snow"])
def test_under_a_card_from_before_messages_had_topics(shared: Chat, renewed_by: str) -> None:
    """Pinned again, or changed: from then on files in reply to it are for the practice, as under any card."""
    shared.in_hub(MIA, "!pin 1 clear")
    (card, *_) = shared.answers
    deliver(shared)
    with shared.database.write("before") as tx:
        outbox.set_topic(tx, card.key, None)
    shared.in_hub(MIA, renewed_by)
    deliver(shared)
    said = send(shared, MIA, "plan.pdf", under=f"$sent-{card.id}", room=HUB, msgtype="m.file")
    assert said.startswith("I am fetching plan.pdf for #1")


def test_in_german(ada_de: Chat) -> None:
    """All of it, in a direct chat whose language was never chosen but spoken."""
    ada_de.say(ADA, WINTER)
    assert ada_de.say(ADA, "anhängen 1").startswith("Bitte schicken Sie mir das Bild oder PDF für #1")
    deliver(ada_de)
    assert send(ada_de, ADA, "Brücke.png") == "Ich hole Brücke.png für #1 Cycling in winter …"
    deliver(ada_de)
    assert "Brücke.png gehört jetzt zu #1" in bring(ada_de, png())
    assert "Eine Datei: anhänge 1" in ada_de.say(ADA, "praxis 1")


def test_several_files_one_after_the_other(shared: Chat) -> None:
    """After `attach 1` the next files are understood without being replies, also after one was refused."""
    shared.say(ADA, "attach 1")
    for number, data in enumerate((png(shade=1), b"nonsense", png(shade=2))):
        deliver(shared)
        send(shared, ADA, f"{number}.png")
        deliver(shared)
        bring(shared, data)
    assert names(shared) == ["0.png", "2.png"]


def test_a_file_that_nobody_awaits(shared: Chat) -> None:
    """In the direct chat it is answered as ever, also long after it was awaited; in rooms it is talk."""
    shared.say(ADA, "attach 1")
    deliver(shared)
    shared.say(ADA, "ping")
    deliver(shared)
    not_text = send(shared, ADA, "cat.png")
    assert not_text
    assert rows(shared, Action.FETCH) == []
    shared.say(ADA, "attach 1")
    deliver(shared)
    shared.clock.forward(hours=2)
    assert send(shared, ADA, "cat.png") == not_text
    assert rows(shared, Action.FETCH) == []
    assert send(shared, ADA, "cat.png", room=HUB) == ""


def test_attaching_from_a_room_goes_on_in_the_direct_chat(shared: Chat) -> None:
    """The room gets a pointer, and the file is sent where nobody else is bothered."""
    said = shared.in_hub(ADA, "!attach 1")
    assert "Please send me the picture or PDF for #1" in said.split("\n---\n")[1]
    deliver(shared)
    send(shared, ADA, "a.gif")
    deliver(shared)
    assert "a.gif now belongs to #1" in bring(shared, GIF)


def test_only_who_may_change_it(shared: Chat) -> None:
    """Others are told who can; rights that are lost while it is fetched count as lost."""
    refusal = "Only its author and the moderators (for example Mia) can change #1."
    assert shared.say(BEN, "attach 1") == refusal
    assert shared.say(BEN, "attachment remove 1 1") == refusal
    shared.say(BEN, "practice 1")
    assert send(shared, BEN, "x.png", under=last_message(shared)) == refusal
    shared.say(ADA, "attach 1")
    deliver(shared)
    send(shared, ADA, "x.png")
    deliver(shared)
    with shared.database.write("away") as tx:
        practices.hand_over(tx, ADA)
    assert bring(shared, png()) == refusal
    assert names(shared) == []


@pytest.mark.parametrize(
    ("data", "failure", "answer"),
    [
        (b"MZ\0\0", None, "is not a complete picture or PDF that I can use, whatever its name says."),
        (b"", None, "is not a complete picture or PDF that I can use"),
        (b"<svg onload='alert(1)'/>", None, "is not a complete picture or PDF that I can use"),
        (None, "too_large", "is too large: I take files up to 10 MB."),
        (None, "gone", "I could not get photo.png from its server. Please send it once more."),
        (None, "broken", "photo.png arrived damaged, so I have not kept it. Please send it once more."),
    ],
)
def test_what_cannot_be_kept(shared: Chat, data: bytes | None, failure: str | None, answer: str) -> None:
    """Each says what was wrong and what to do, and leaves nothing behind."""
    shared.say(ADA, "attach 1")
    deliver(shared)
    send(shared, ADA, "photo.png")
    deliver(shared)
    assert answer in bring(shared, data, failure)
    assert names(shared) == []


@pytest.mark.parametrize(
    ("content", "answer"),
    [
        ({"size": 10_000_001}, "is too large: I take files up to 10 MB."),
        ({"msgtype": "m.video"}, "is not a complete picture or PDF that I can use"),
        ({"url": "https://example.org/x.png"}, "arrived damaged"),
        ({"url": "mxc://a/b/../c"}, "arrived damaged"),
        ({"url": "mxc://../x"}, "arrived damaged"),
        ({"url": "mxc://./x"}, "arrived damaged"),
        ({"url": "mxc://a?b/x"}, "arrived damaged"),
        ({"url": "mxc://a%2f..%2fb/x"}, "arrived damaged"),
        ({"url": "mxc://a/ü"}, "arrived damaged"),
        ({"file": {"url": "mxc://../x", "key": {}, "hashes": {}, "iv": ""}}, "arrived damaged"),
        ({"url": 7}, "arrived damaged"),
        ({"file": {"url": "mxc://a/b"}}, "arrived damaged"),
        ({"file": {"url": "mxc://a/b", "key": "k", "hashes": {}, "iv": ""}}, "arrived damaged"),
    ],
)
def test_what_need_not_be_fetched(shared: Chat, content: dict[str, Any], answer: str) -> None:
    """What is wrong by its own account is refused at once."""
    shared.say(ADA, "attach 1")
    deliver(shared)
    assert answer in send(shared, ADA, "photo.png", **content)
    assert rows(shared, Action.FETCH) == []


@pytest.mark.parametrize(
    "server", ["example.org", "example.org:8448", "192.0.2.1", "[2001:db8::1]:8448", "a-b.xn--c"]
)
def test_where_files_can_be(shared: Chat, server: str) -> None:
    """On servers of all kinds of names."""
    shared.say(ADA, "attach 1")
    deliver(shared)
    assert send(shared, ADA, "a.png", url=f"mxc://{server}/aB3_-").startswith("I am fetching a.png")


@pytest.mark.parametrize("size", [None, "big", -1, True, 1e300])
def test_odd_sizes_are_no_reason(shared: Chat, size: object) -> None:
    """What is announced is not believed either way: the bytes count."""
    shared.say(ADA, "attach 1")
    deliver(shared)
    assert send(shared, ADA, "photo.png", size=size).startswith("I am fetching photo.png")


def test_what_it_is_counts_not_what_it_says(shared: Chat) -> None:
    """A PNG that calls itself a PDF is a PNG; names lose folders, and what nobody sees."""
    assert "plan.png now belongs to" in attach(shared, png(), "plan.pdf")
    assert "passwd.gif now belongs to" in attach(shared, GIF, "../../etc/\u202epasswd")
    assert names(shared) == ["plan.png", "passwd.gif"]


def test_the_same_again_and_the_same_name(shared: Chat) -> None:
    """The same bytes are not added twice; others under the same name get a name of their own."""
    attach(shared, png())
    assert attach(shared, png()) == (
        "photo.png belongs to #1 Cycling in winter already; I have not added it a second time."
    )
    attach(shared, png(shade=5))
    assert names(shared) == ["photo.png", "photo 2.png"]


def test_five_are_the_most(shared: Chat) -> None:
    """The sixth is refused before it is sent, and after it was fetched if others were quicker."""
    for shade in range(4):
        attach(shared, png(shade=shade))
    shared.say(ADA, "attach 1")
    deliver(shared)
    send(shared, ADA, "late.png")
    deliver(shared)
    with shared.database.write("quicker") as tx:
        attachments.add(tx, 1, name="x.pdf", content_type="application/pdf", data=PDF, by=MIA)
    full = (
        "#1 Cycling in winter has 5 files already, and no more fit. "
        "To make room for another, take one away: attachment remove 1 1"
    )
    assert bring(shared, WEBP) == full
    assert shared.say(ADA, "attach 1") == full


def test_many_at_once(shared: Chat) -> None:
    """So many that are still to be fetched, and no more: nobody can have the bot fetch without end."""
    shared.say(ADA, "attach 1")
    deliver(shared)
    for number in range(5):
        assert "I am fetching" in send(shared, ADA, f"{number}.png")
        deliver(shared)
    assert send(shared, ADA, "sixth.png") == (
        "I am still fetching other files of yours. Please send sixth.png again in a few minutes."
    )
    assert len(rows(shared, Action.FETCH)) == 5


def test_getting_the_files(shared: Chat) -> None:
    """Pictures as pictures, all else as files, uploaded once for a room, and said what they are."""
    attach(shared, png())
    attach(shared, PDF, "plan.pdf")
    assert shared.in_hub(BEN, "!attachments 1") == (
        "These files belong to #1 Cycling in winter:\n\n1. photo.png · 1 kB\n2. plan.pdf · 1 kB"
    )
    assert [(row.content["msgtype"], row.content["filename"]) for row in shared.files] == [
        ("m.image", "photo.png"),
        ("m.file", "plan.pdf"),
    ]
    assert [row.about for row in shared.files] == [ADA, ADA]
    deliver(shared)
    for _ in range(2):
        shared.in_hub(BEN, "!attachments 1")
        again = [row for row in shared.answers if "filename" in row.content]
        assert [row.action for row in again] == [Action.MESSAGE, Action.MESSAGE]
        assert all(row.content["url"].startswith("mxc://test.localhost/") for row in again)
        assert all(row.content["info"]["mimetype"] for row in again)
        deliver(shared)
    shared.say(BEN, "attachments 1")
    assert len(shared.files) == 2  # another room


def test_asked_for_again_before_they_came(shared: Chat) -> None:
    """What is still on its way comes once, however often somebody asks; elsewhere it comes as well."""
    attach(shared, png())
    attach(shared, PDF, "plan.pdf")
    deliver(shared)
    for _ in range(10):
        assert shared.say(BEN, "attachments 1").startswith("These files belong to #1")
    assert len(rows(shared, Action.FILE)) == 2
    shared.say(ADA, "attachments 1")
    assert len(rows(shared, Action.FILE)) == 4


def test_no_more_wait_than_fit(shared: Chat) -> None:
    """Whoever asks for more and more files gets them one after the other: all that waits takes room."""
    attach(shared, png())
    attach(shared, PDF, "plan.pdf")
    deliver(shared)
    small = replace(shared.network, attachment_limit=100)
    shared.conversation = Conversation(load(), small)
    wait = "Other files are still on their way here. Please ask again in a few minutes."
    assert shared.say(BEN, "export 1 html").startswith("Here you are")
    for asked in ("export 1 html", "export 1 markdown", "attachments 1"):
        assert shared.say(BEN, asked) == wait
        assert shared.files == []
    assert shared.say(ADA, "attachments 1").startswith("These files belong to #1")
    deliver(shared)
    assert shared.say(BEN, "attachments 1").startswith("These files belong to #1")


def test_files_of_what_is_not_published(shared: Chat) -> None:
    """For those who write it and moderators, in their direct chats; nobody else learns of them."""
    attach(shared, png())
    with shared.database.write("withdrawn") as tx:
        practice = practices.get(tx, 1)
        assert practice is not None
        practice.status = Status.DRAFT
    assert shared.say(BEN, "attachments 1") == "There is no practice with the number #1."
    assert shared.files == []
    said = shared.in_hub(ADA, "!attachments 1")
    assert "photo.png" not in said.split("\n---\n")[0]
    assert [(row.action, row.lane) for row in shared.answers] == [
        (Action.FILE, shared.dm(ADA)),
        (Action.MESSAGE, HUB),
        (Action.MESSAGE, shared.dm(ADA)),
    ]
    assert "pdf now belongs" in attach(shared, PDF, "plan.pdf")
    assert shared.say(BEN, "export 1") == "There is no practice with the number #1."


def test_after_the_time_of_privacy_it_is_uploaded_anew(shared: Chat) -> None:
    """What was sent is blanked in the outbox then, its key included."""
    attach(shared, png())
    shared.say(BEN, "attachments 1")
    deliver(shared)
    shared.clock.forward(days=30)
    with shared.database.write("forget") as tx:
        outbox.forget_before(tx, tx.now)
    shared.say(BEN, "attachments 1")
    assert len(shared.files) == 1


def test_no_files(shared: Chat) -> None:
    """Said with what helps."""
    assert shared.say(BEN, "files 1") == (
        "No files belong to #1 Cycling in winter. Those who may change it can add some: attach 1"
    )
    assert "There is no practice with the number #7." in shared.say(BEN, "attachments 7")


def test_taking_a_file_away(shared: Chat) -> None:
    """From the practice, from its card, and from the rooms that it was sent to."""
    attach(shared, png())
    shared.in_hub(MIA, "!pin 1")
    shared.in_hub(BEN, "!attachments 1")
    deliver(shared)
    assert shared.say(ADA, "attachment remove 1 2") == (
        "#1 Cycling in winter has no file with this number. attachments 1 lists the files."
    )
    card, answer = shared.say(ADA, "attachment remove 1 1").split("\n---\n")
    assert [row.action for row in shared.answers] == [Action.REDACTION, Action.EDIT, Action.MESSAGE]
    assert answer == (
        "photo.png no longer belongs to #1 Cycling in winter. I also take it back where I have sent it."
    )
    assert "file" not in card
    assert names(shared) == []


@pytest.mark.parametrize("too", ["hand them over to the network without my name", "delete them too"])
def test_who_is_forgotten_is_not_named_with_files(shared: Chat, too: str) -> None:
    """Files stay with a practice that stays, and go with one that goes; what was on its way is not kept."""
    attach(shared, png())
    shared.say(ADA, "attach 1")
    deliver(shared)
    send(shared, ADA, "late.png")
    shared.say(ADA, "forgetme")
    shared.say(ADA, too)
    shared.say(ADA, "yes")
    with shared.reading() as tx:
        assert members.get(tx, ADA) is None
        assert attachments.by(tx, ADA) == []
    assert names(shared) == (["photo.png"] if too.startswith("hand") else [])
    assert rows(shared, Action.FETCH) == []


def test_files_go_with_their_practice_from_the_rooms(shared: Chat) -> None:
    """Whoever sent them: what its author deletes is taken back wherever it was shown."""
    attach(shared, png())
    attach(shared, PDF, "plan.pdf", MIA)
    shared.in_hub(BEN, "!attachments 1")
    files = {row.key: f"$sent-{row.id}" for row in shared.files}
    deliver(shared)
    shared.say(ADA, "forgetme")
    shared.say(ADA, "delete them too")
    shared.say(ADA, "yes")
    taken_back = rows(shared, Action.REDACTION)
    assert {files.get(str(row.target_key), row.target_event) for row in taken_back} >= set(files.values())
    with shared.reading() as tx:
        assert attachments.by(tx, MIA) == []
