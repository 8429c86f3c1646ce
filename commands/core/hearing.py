"""How somebody is heard: what a message says, and in which language."""

from __future__ import annotations

from typing import Any

from commands.core import message
from commands.core.context import Context
from commands.core.registry import Registry
from config.languages import UI_LANGUAGES
from storage import inbox
from storage.search import detect_language

WORDS_OF_A_SENTENCE = 4  # of so many words a text's language can be told
_RECENT = 3  # messages that tell which language somebody speaks


def words(ctx: Context, content: dict[str, Any]) -> message.Said:
    """What the content of a message says to the bot."""
    return message.read(
        content,
        user_id=ctx.network.user_id,
        prefix=ctx.network.prefix,
        names=(ctx.own_name,) if ctx.own_name else (),
    )


def listen_to_language(ctx: Context, registry: Registry, typed: str) -> None:
    """Where nobody chose a language, answer in that of a sentence, or of what was said before."""
    if ctx.room_language or ctx.locale:
        return
    language = _language_of(ctx, registry, typed)
    if language is None and ctx.direct:
        before = inbox.said_before(ctx.tx, ctx.room_id, ctx.sender, limit=_RECENT)
        heard = (_language_of(ctx, registry, str(content.get("body", ""))) for content in before)
        language = next((one for one in heard if one), None)
    ctx.language = language or ctx.language


def _language_of(ctx: Context, registry: Registry, text: str) -> str | None:
    """The language of a command's word or of a whole sentence."""
    spoken = registry.understand(text.removeprefix(ctx.network.prefix))
    if spoken and spoken.language:
        return spoken.language
    return detect_language(text, UI_LANGUAGES) if len(text.split()) >= WORDS_OF_A_SENTENCE else None
