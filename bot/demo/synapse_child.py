"""Synapse as a child process that does not outlive its parent.

The parent holds the other end of standard input; when the parent is gone, however it went, the pipe ends.
"""

from __future__ import annotations

import os
import select
import signal
import threading
import time

STDIN = 0
LAST_CALL = 10.0  # seconds for an orderly end


def main() -> None:
    """Run Synapse with the arguments of this process until it ends or the parent does."""
    from synapse.app.homeserver import main as synapse

    threading.Thread(target=end_with_parent, daemon=True).start()
    synapse()


def end_with_parent() -> None:
    """Wait for the end of the parent, then end this process too, in order if it can."""
    parent = os.getppid()
    # The parent is asked for too: a process that it forked may hold the pipe open after its end.
    while os.getppid() == parent:
        readable, _, _ = select.select([STDIN], [], [], 2.0)
        if readable and not os.read(STDIN, 4096):
            break
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(LAST_CALL)
    os._exit(1)


if __name__ == "__main__":
    main()
