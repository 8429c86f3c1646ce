"""The data files that come with the program."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any


def read_json(name: str) -> Any:
    """The content of `config/data/<name>`, such as `taxonomy.json`."""
    return json.loads((files("config.data") / name).read_text(encoding="utf-8"))
