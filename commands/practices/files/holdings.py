"""Whose data the files of practices are, and what becomes of them."""

from __future__ import annotations

from typing import Any

from commands.core.belongings import Belonging
from commands.core.holdings import Holding
from storage import attachments
from storage.database import Tx


def _files_by(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    return [
        {
            "practice": one.practice,
            "name": one.name,
            "content_type": one.content_type,
            "bytes": one.size,
            "at": one.at.isoformat(),
        }
        for one in attachments.by(tx, user_id)
    ]


PRACTICE_ATTACHMENT = Holding(
    "practice_attachment",
    "The pictures and PDFs that a member attached to practices; a file goes with its practice, and stays"
    " without the name where the practice stays.",
    export=_files_by,
    erase=lambda tx, user_id, _practices_too: attachments.forget_by(tx, user_id),
)
PRACTICE_ATTACHMENT_COPY = Holding(
    "practice_attachment_copy",
    "With which of the bot's messages a file was sent into which room; nothing of persons.",
)
COPIES_STAY = Belonging(
    "practice_attachment_copy", "What was sent into the old room stays there; the new one is sent it anew."
)
