"""What went wrong in a way that the person can mend."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from commands.core.context import Context
    from commands.core.nodes import Inline


class UserError(Exception):
    """Something that the person can mend: a message id of the catalogues and its parameters.

    Everything that was written so far is undone, and the person is told. Every other exception is a bug.
    """

    def __init__(self, message_id: str, **parameters: Inline | int) -> None:
        super().__init__(message_id)
        self.message_id = message_id
        self.parameters = parameters


def told(ctx: Context, error: UserError) -> Inline:
    """What went wrong, in the reader's language."""
    values = {name: value for name, value in error.parameters.items() if not isinstance(value, int)}
    if "count" in error.parameters:
        count = int(str(error.parameters["count"]))
        return ctx.n(error.message_id, count, **{k: v for k, v in values.items() if k != "count"})
    return ctx.t(error.message_id, **values)
