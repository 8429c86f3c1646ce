"""The only place that knows matrix-nio and the homeserver's HTTP API."""

from config.imports import hidden

with hidden("psycopg"):  # nio imports stores that are not ours, and these peewee, with all its drivers: 9 MB
    import nio  # noqa: F401
