"""Files that belong to practices: taken in, sent out, taken away; and practices put into documents."""

from __future__ import annotations

from typing import Any

from commands.core import incoming
from commands.core.contents import safe_name
from commands.core.context import Context
from commands.core.errors import UserError
from commands.core.nodes import Inline
from commands.core.reply import Attachment
from commands.core.topics import Fetched
from commands.practices import cards, query, views
from commands.practices import service as practice_service
from commands.practices.files import documents
from commands.practices.files.documents import Exported, Heading, Picture
from config.texts import Texts, texts
from storage import attachments, files, outbox, practices, reuse, rooms, translations
from storage.attachments import Attached
from storage.database import Tx
from storage.practices import VISIBLE, Practice
from storage.search import find

MOST = 5  # files of a practice
#: Bytes of pictures in one document: it has to be uploaded, and to be opened on a telephone.
MOST_PICTURED = 8_000_000
_ENDINGS = {"html": ("html", "text/html"), "markdown": ("md", "text/markdown")}
_WRITERS = {"html": documents.as_html, "markdown": documents.as_markdown}


# --- in


def accept(ctx: Context, number: int, content: dict[str, Any], topic: str) -> tuple[Practice, str]:
    """Have a file downloaded that the sender wants to attach; returns the practice and the file's name.

    `content` is that of the event with the file. Raises `UserError`.
    """
    practice = practice_service.editable(ctx, number)
    room_for_one_more(ctx, practice)
    return practice, incoming.fetch(ctx, content, topic)


def attach(ctx: Context, number: int, fetched: Fetched) -> tuple[Practice, str]:
    """Keep a file that has been downloaded; returns the practice and the name under which it is kept.

    Who may do so is asked again, as is everything that can have changed meanwhile. Raises `UserError`.
    """
    practice = practice_service.editable(ctx, number)
    content_type, data = incoming.opened(ctx, fetched)
    if attachments.holds(ctx.tx, number, data):
        raise UserError("attach.known", name=fetched.name, practice=views.reference(practice))
    room_for_one_more(ctx, practice)
    name = _unused(
        safe_name(fetched.name, content_type), {one.name for one in attachments.of(ctx.tx, number)}
    )
    attachments.add(ctx.tx, number, name=name, content_type=content_type, data=data, by=ctx.sender)
    cards.keep_current(ctx.tx, practice)
    return practice, name


def room_for_one_more(ctx: Context, practice: Practice) -> None:
    """Raise `UserError` if a practice has as many files as it may."""
    if attachments.count(ctx.tx, practice.number) >= MOST:
        remove = ctx.call("attachment remove", f"{practice.number} 1")
        raise UserError("attach.too_many", practice=_named(ctx, practice), limit=str(MOST), remove=remove)


def _named(ctx: Context, practice: Practice) -> Inline:
    """A practice as an error may name it here; errors are answered where others may read them."""
    hidden = not ctx.direct and practice_service.never_published(ctx.tx, practice)
    return f"#{practice.number}" if hidden else views.reference(practice)


def _unused(name: str, taken: set[str]) -> str:
    stem, _, ending = name.rpartition(".")
    names = [name, *(f"{stem} {number}.{ending}" for number in range(2, MOST + 2))]
    return next(one for one in names if one not in taken)


# --- out


def send(ctx: Context, attached: list[Attached], *, privately: bool) -> None:
    """Send files into the room or the direct chat; what was sent there before is not uploaded again, and
    what is on its way there comes once. Raises `UserError`."""
    to = ctx.room_id
    if privately and not ctx.direct:
        to = rooms.direct_chat(ctx.tx, ctx.sender) or ctx.sender
    missing = [one for one in attached if not _on_its_way(ctx, one, to)]
    before = {one.id: _sent_before(ctx, one, to) for one in missing}
    wait_for_others(ctx, to, sum(one.size for one in missing if before[one.id] is None))
    for one in missing:
        content = before[one.id]
        relation = {"rel_type": "m.thread", "event_id": ctx.thread, "is_falling_back": True}
        within = {"m.relates_to": relation} if ctx.thread and to == ctx.room_id else {}
        if content is not None:
            key = outbox.message(ctx.tx, to, {**content, **within}, about=one.by)
        else:
            attachment = Attachment(attachments.data(ctx.tx, one.id), one.content_type, one.name)
            key = files.send(
                ctx.tx,
                to,
                attachment.data,
                content_type=attachment.content_type,
                filename=attachment.filename,
                content={"msgtype": attachment.msgtype, "m.mentions": {}, **within},
                about=one.by,
            )
        attachments.keep_copy(ctx.tx, one.id, to, key)


def wait_for_others(ctx: Context, to: str, size: int) -> None:
    """Raise `UserError` if so many bytes of other files still wait to be sent there that `size` more are too
    much: until then the database holds all of them."""
    waiting = files.bytes_waiting(ctx.tx, to)
    if size and waiting and waiting + size > MOST * ctx.network.attachment_limit:
        raise UserError("files.wait")


def _on_its_way(ctx: Context, one: Attached, room_id: str) -> bool:
    """Whether a file is going to come into a room."""
    return any(
        copy.room_id == room_id and outbox.waits(ctx.tx, copy.message)
        for copy in attachments.copies(ctx.tx, one.id)
    )


def _sent_before(ctx: Context, one: Attached, room_id: str) -> dict[str, Any] | None:
    """The content with which a file came into a room last, if it can be had there again."""
    for copy in reversed(attachments.copies(ctx.tx, one.id)):
        if copy.room_id == room_id and (content := files.uploaded(ctx.tx, copy.message)):
            return content
    return None


def remove(ctx: Context, number: int, place: int) -> tuple[Practice, Attached]:
    """Take a file from a practice, and back from the rooms that it was sent to; `place` counts from 1."""
    practice = practice_service.editable(ctx, number)
    attached = attachments.of(ctx.tx, number)
    if not 1 <= place <= len(attached):
        raise UserError(
            "attachment.no_such",
            practice=_named(ctx, practice),
            attachments=ctx.call("attachments", str(number)),
        )
    gone = attached[place - 1]
    take_away(ctx.tx, gone)
    cards.keep_current(ctx.tx, practice)
    return practice, gone


def take_away(tx: Tx, gone: Attached) -> None:
    """Forget a file, and take it back from the rooms that it was sent to."""
    for copy in attachments.copies(tx, gone.id):
        if outbox.arrives(tx, copy.message):
            outbox.redact(tx, copy.room_id, "", key=copy.message)
    attachments.remove(tx, gone.id)


# --- documents


def found_for(ctx: Context, words: str) -> tuple[list[Practice], int]:
    """The best practices for the words of a search, as many as a document takes, and how many there are."""
    found = find(
        ctx.tx, query.read(words, ctx).query, limit=ctx.network.export_limit, prefer_language=ctx.language
    )
    return [one for hit in found.hits if (one := practices.get(ctx.tx, hit.number))], found.total


def document(ctx: Context, found: list[Practice], form: str) -> Attachment:
    """Practices as one file, in the words of the reader's language; `form` is `html` or `markdown`."""
    heading = Heading(ctx.now.date(), ctx.network.name)
    text = write(ctx.tx, found, form, heading, ctx.texts)
    ending, content_type = _ENDINGS[form]
    stem = f"{ctx.word('practice')}-{'-'.join(str(one.number) for one in found[:5])}"
    return Attachment(text.encode(), content_type, f"{stem}.{ending}")


def library(tx: Tx, form: str, language: str) -> str:
    """All practices that everyone can see, as the text of one document."""
    visible = [one for one in practices.everything(tx) if one.status in VISIBLE]
    return write(tx, visible, form, Heading(tx.now.date()), texts(language))


def write(tx: Tx, found: list[Practice], form: str, heading: Heading, spoken: Texts) -> str:
    """Practices as the text of one document, with as many of their pictures as fit."""
    left = MOST_PICTURED if form == "html" else 0
    exported = []
    for practice in found:
        pictures, others = [], []
        for one in attachments.of(tx, practice.number):
            if one.picture and one.size <= left:
                left -= one.size
                pictures.append(Picture(one.name, one.content_type, attachments.data(tx, one.id)))
            else:
                others.append(one.name)
        original = practice_service.original(tx, practice)
        # The reader's own language comes first.
        short = sorted(translations.of(tx, practice.number), key=lambda one: one.language != spoken.language)
        adopted = reuse.adoptions(tx, practice.number)
        exported.append(
            Exported(practice, original, tuple(short), tuple(adopted), tuple(pictures), tuple(others))
        )
    return _WRITERS[form](exported, heading, spoken)
