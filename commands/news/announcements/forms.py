"""Asking back before something is announced."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from commands.core.context import Context
from commands.core.forms import Answers, Form, FormField, text
from commands.core.moments import When
from commands.core.nodes import Inline
from commands.core.reply import Reply
from commands.news.announcements import service, views
from storage import dialogs


def hidden(found: When, where: list[str], words: str) -> dict[str, Any]:
    """What was asked for, as the dialog keeps it."""
    return {
        "local": found.local.isoformat(),
        "timezone": found.timezone,
        "rrule": found.rrule,
        "rooms": where,
        "text": words,
    }


def _when(kept: dict[str, Any]) -> When:
    return When(datetime.fromisoformat(kept["local"]), kept["timezone"], kept["rrule"])


def _not_announced(value: str, ctx: Context) -> Reply | None:
    return Reply((ctx.p("announcement.not_done"),)) if value == "no" else None


class _Announcing(Form):
    """Says in full when and where it will be said."""

    def question(self, field: FormField, ctx: Context) -> Inline:
        begun = dialogs.get(ctx.tx, ctx.sender, self.name)
        kept = begun.context["hidden"] if begun else {}
        return views.question(ctx, _when(kept), kept["rooms"]) if kept else super().question(field, ctx)


def _announce(ctx: Context, answers: Answers) -> Reply:
    row = service.keep(ctx, _when(answers), answers["rooms"], answers["text"])
    return views.planned(ctx, row)


ANNOUNCING = _Announcing(
    "announcing",
    (FormField("sure", text(10), choices=("yes", "no"), ends=_not_announced),),
    _announce,
    last_look=False,  # its only question is just that
)
