"""Synapse as a child process that does not outlive its parent.

The parent holds the other end of standard input; when the parent is gone, however it went, the pipe ends.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time

LAST_CALL = 10.0  # seconds for an orderly end


def main() -> None:
    """Run Synapse with the arguments of this process until it ends or the parent does."""
    from synapse.app.homeserver import main as synapse

    threading.Thread(target=_end_with_parent, daemon=True).start()
    synapse()


def _end_with_parent() -> None:
    while os.read(sys.__stdin__.fileno() if sys.__stdin__ else 0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(LAST_CALL)
    os._exit(1)


if __name__ == "__main__":
    main()
