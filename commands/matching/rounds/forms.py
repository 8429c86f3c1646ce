"""What is asked before a round begins at once."""

from __future__ import annotations

from commands.core.context import Context
from commands.core.errors import UserError
from commands.core.forms import Answers, Form, FormField, text
from commands.core.nodes import Inline, span
from commands.core.reply import Reply
from commands.matching.rounds import service, views
from storage import rounds
from storage.rounds import RoundState


def startable(ctx: Context) -> int:
    """How many take part in a round that begins now; refuses where none can."""
    row = service.current(ctx.tx, ctx.network)
    if row.state in (RoundState.DRAWING, RoundState.SENDING):
        raise UserError("round.under_way", off=ctx.call("round off"))
    count = rounds.count_taking_part(ctx.tx, ctx.network.hub_room)
    if count < service.FEWEST:
        raise UserError("round.too_few", count=count, fewest=str(service.FEWEST))
    return count


def _kept(value: str, ctx: Context) -> Reply | None:
    return Reply((ctx.p("round.not_now"),)) if value == "no" else None


class _Now(Form):
    """Says how many will be asked."""

    def question(self, field: FormField, ctx: Context) -> Inline:
        return span(ctx.n("round.would_ask", startable(ctx)), " ", super().question(field, ctx))


def _begin(ctx: Context, _answers: Answers) -> Reply:
    startable(ctx)
    service.begin_now(ctx.tx, ctx.network, service.current(ctx.tx, ctx.network))
    return views.begins(ctx)


NOW = _Now(
    "round_now", (FormField("sure", text(10), choices=("yes", "no"), ends=_kept),), _begin, last_look=False
)
