"""How the files of practices are spoken of."""

from __future__ import annotations

from commands.core import incoming
from commands.core.context import Context
from commands.core.nodes import Block, Bullets, Choices, Inline, joined, strong
from commands.core.reply import Attachment, Reply, reply
from commands.practices.views import reference
from storage.attachments import Attached
from storage.practices import Practice


def exported(ctx: Context, found: list[Practice], total: int, files: tuple[Attachment, ...]) -> Reply:
    """What comes as a file, and what to do with it; `total` is how many practices were meant."""
    named: Inline = reference(found[0]) if len(found) == 1 else ctx.n("search.count", len(found))
    blocks: list[Block] = [ctx.p("export.done", practices=named)]
    hints: list[Inline] = []
    if any(file.content_type == "text/html" for file in files):
        hints.append(ctx.t("export.hint_html"))
    if any(file.content_type == "text/markdown" for file in files):
        hints.append(ctx.t("export.hint_markdown"))
    if total > len(found):
        hints.append(ctx.t("export.first", count=ctx.texts.number(len(found)), total=ctx.texts.number(total)))
    return Reply((*blocks, Bullets(tuple(hints))), attachments=files)


def files_of(ctx: Context, practice: Practice, files: list[Attached]) -> Reply:
    """The list of a practice's files, which are sent with it."""
    number = str(practice.number)
    if not files:
        return reply(
            ctx.p("attachments.none", practice=reference(practice), attach=ctx.call("attach", number))
        )
    return reply(
        ctx.p("attachments.sent", practice=reference(practice)),
        Choices(tuple(joined([strong(one.name), size(ctx, one.size)]) for one in files)),
    )


def size(ctx: Context, count: int) -> str:
    """So many bytes, as people say it."""
    if count < 1_000_000:
        return f"{ctx.texts.number(max(1, round(count / 1_000)))} kB"
    return f"{ctx.texts.number(round(count / 1_000_000, 1))} MB"


def send_it_now(ctx: Context, practice: Practice, topic: str) -> Reply:
    """The question for the file itself; it is asked where the file is understood without being a reply."""
    limit = incoming.megabytes(ctx)
    return Reply((ctx.p("attach.how", practice=reference(practice), limit=limit),), private=True, topic=topic)


def fetching(ctx: Context, practice: Practice, name: str, topic: str) -> Reply:
    """The first answer to a file, replaced by what becomes of it."""
    return Reply(
        (ctx.p("attach.fetching", name=name, practice=reference(practice)),), about=ctx.sender, topic=topic
    )


def attached(ctx: Context, practice: Practice, name: str, count: int, topic: str) -> Reply:
    """The answer when a file is kept as the last of `count`."""
    number = str(practice.number)
    return Reply(
        (
            ctx.p("attach.done", name=strong(name), practice=reference(practice)),
            Bullets(
                (
                    ctx.n("practice.files", count, attachments=ctx.call("attachments", number)),
                    ctx.t("attach.undo", remove=ctx.call("attachment remove", f"{number} {count}")),
                )
            ),
        ),
        about=ctx.sender,
        topic=topic,
    )


def removed(ctx: Context, practice: Practice, gone: Attached) -> Reply:
    """The answer when a file is taken away."""
    return reply(ctx.p("attachment.removed", name=strong(gone.name), practice=reference(practice)))
