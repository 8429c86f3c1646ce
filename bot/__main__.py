"""The program `proxenos`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from bot.cli.parser import parser
from config.settings import SettingsError


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says; returns the exit code (0 done, 1 not done, 2 wrong settings).

    What can be foreseen ends with a sentence on standard error; only a bug ends with a traceback.
    """
    arguments = parser().parse_args(argv)
    try:
        return int(arguments.work(arguments))
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has seen enough. Python must not try to flush the rest at its end.
        sys.stderr.close()
        return 1
    except Exception as error:
        from bot.cli.errors import sentence

        told = sentence(error)
        if told is None:
            raise
        sys.stderr.write(f"{told}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
