"""The bot as a child process that does not outlive the demo."""

from __future__ import annotations

import sys
import threading

from bot.__main__ import main as proxenos
from bot.demo.synapse_child import end_with_parent


def main() -> int:
    """`proxenos run`, until it is stopped or the parent is gone."""
    threading.Thread(target=end_with_parent, daemon=True).start()
    return proxenos(["run"])


if __name__ == "__main__":
    sys.exit(main())
