"""The only place that knows matrix-nio and the homeserver's HTTP API."""

import sys

if "psycopg" not in sys.modules:
    # With nio come stores that are not ours, with them peewee, and with that a driver for PostgreSQL wherever
    # one is installed: 9 MB that a bot with SQLite has no use for. Whoever wants the driver still gets it.
    sys.modules["psycopg"] = None  # type: ignore[assignment]
    try:
        import nio  # noqa: F401
    finally:
        del sys.modules["psycopg"]
