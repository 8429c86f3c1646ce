"""The data files that come with the program."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import as_file, files
from typing import Any


def read_json(name: str) -> Any:
    """The content of `config/data/<name>`, such as `taxonomy.json`."""
    return json.loads((files("config.data") / name).read_text(encoding="utf-8"))


@cache
def font_files() -> list[str]:
    """The paths of the fonts with which pictures are drawn: DejaVu Sans, regular and bold."""
    paths = []
    for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"):
        with as_file(files("config.data") / "fonts" / name) as path:  # a file: nothing runs from an archive
            paths.append(str(path))
    return paths
