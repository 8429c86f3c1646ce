"""The running program: wiring, pipeline, Matrix gateway, command line, demo."""

from config.imports import hidden

with hidden("rich", "twisted"):  # for tracebacks in colours and logs of others: 9 MB
    import structlog  # noqa: F401
