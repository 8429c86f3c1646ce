"""The program's log: one line for each thing, to standard error, for people or for machines."""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Iterator
from typing import Literal

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

OURS = "proxenos"  # above the names of our own loggers, to tell them from those of libraries
PACKAGES = ("bot", "commands", "storage", "config")
_SECRET = re.compile(
    r"((?:access_token|password|store_key|token)['\"]?\s*[=:]\s*['\"]?|Bearer\s+)[^\s'\"&,}]+", re.I
)


def configure(log_format: Literal["console", "json"], log_level: str) -> None:
    """Write the log to standard error: our own lines from `log_level` up, those of libraries from warning up.

    Times are ISO 8601 in UTC. What members write never stands in it, and neither do tokens.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        exceptions_without_words,
        secrets_blanked,
    ]
    renderer = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(OURS).setLevel(log_level.upper())
    # nio quotes the message that it does not like.
    logging.getLogger("nio").setLevel(logging.CRITICAL)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=lambda *names: logging.getLogger(".".join((OURS, *names))),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def exceptions_without_words(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Show where an exception came from, but what it says only if it is ours or the system's: any other may
    quote what a member wrote."""
    exc_info = event.pop("exc_info", None)
    if not exc_info:
        return event
    error = (
        exc_info
        if isinstance(exc_info, BaseException)
        else (exc_info[1] if isinstance(exc_info, tuple) else sys.exc_info()[1])
    )
    if error is not None:
        event["exception"] = "".join(_shown(error)).rstrip()
    return event


def _shown(error: BaseException) -> Iterator[str]:
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield from _shown(before)
        yield "which led to\n"
    for one in error.exceptions if isinstance(error, BaseExceptionGroup) else ():
        yield from _shown(one)
        yield "which is one of\n"
    yield from traceback.format_tb(error.__traceback__)
    kind = type(error)
    harmless = isinstance(error, OSError) or kind.__module__.partition(".")[0] in PACKAGES
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    yield f"{name}: {error}\n" if harmless else f"{name}\n"


def secrets_blanked(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Blank what looks like a token or a password."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = _SECRET.sub(r"\1[blanked]", value)
    return event
