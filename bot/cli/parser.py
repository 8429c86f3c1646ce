"""What can be typed after `proxenos`. The work is imported when it is done: `--help` is there at once."""

from __future__ import annotations

import argparse
import re
from importlib.metadata import version
from pathlib import Path

from config.settings import check_database_url

EXAMPLES = """examples:
  proxenos demo                          try it: a homeserver, the bot and a chat in this terminal
  proxenos setup --language de           make the network's space and rooms, in German
  proxenos setup --moderator @mia:example.org
  proxenos run                           be the bot, until SIGTERM or Ctrl-C
  proxenos import practices practices.json
  proxenos export practices --format csv --output practices.csv
  proxenos export calendar --output events.ics
  proxenos move-database sqlite:///data/proxenos.db postgresql+psycopg://proxenos@db/proxenos
  proxenos dead-letters                  what could never be delivered, and why

Settings come from the environment (PROXENOS_HOMESERVER_URL …), from .env, or from proxenos.toml.
Exit codes: 0 done, 1 not done (one sentence says why), 2 wrong settings or arguments."""

_USER_ID = re.compile(r"@[^\s:]+:[^\s/@]+")


def parser() -> argparse.ArgumentParser:
    """The parser; the parsed arguments hold the function that does the work as `work`."""
    top = argparse.ArgumentParser(
        prog="proxenos",
        description="A Matrix bot for networks of cities.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"proxenos {version('proxenos')}")
    commands = top.add_subparsers(metavar="COMMAND", required=True)

    run = commands.add_parser("run", help="be the bot, until SIGTERM or Ctrl-C")
    run.set_defaults(work=_run)

    _add_demo(commands.add_parser("demo", help="a private network to try the bot in, with a chat here"))
    _add_setup(commands.add_parser("setup", help="make the network's space and rooms; repeatable"))

    import_ = commands.add_parser("import", help="take in good practices from a file")
    practices = import_.add_subparsers(metavar="WHAT", required=True).add_parser(
        "practices", help="JSON as proxenos exports it, or CSV"
    )
    practices.add_argument("file", type=Path, metavar="FILE", help="a .json or .csv file")
    practices.set_defaults(work=_import_practices)

    export = commands.add_parser("export", help="write good practices or events to a file")
    what = export.add_subparsers(metavar="WHAT", required=True)
    practices = what.add_parser("practices", help="all practices that everyone can see")
    practices.add_argument(
        "--format",
        choices=("json", "csv", "html", "markdown"),
        required=True,
        help="json and csv are what import takes; html and markdown are for reading",
    )
    practices.add_argument(
        "--language", choices=("en", "de"), default="en", help="of the headings in html and markdown"
    )
    practices.add_argument("--output", type=Path, metavar="FILE", help="default: standard output")
    practices.set_defaults(work=_export_practices)
    calendar = what.add_parser(
        "calendar", help="all events that are announced and ahead, as iCalendar (.ics)"
    )
    calendar.add_argument("--language", choices=("en", "de"), default="en", help="of titles (default: en)")
    calendar.add_argument("--output", type=Path, metavar="FILE", help="default: standard output")
    calendar.set_defaults(work=_export_calendar)

    dead = commands.add_parser("dead-letters", help="list what could never be delivered, and why")
    dead.description = (
        "A line for each message or act that the homeserver refused for good: when, what, where and why."
        " What was to be said is not shown."
    )
    dead.set_defaults(work=_dead_letters)

    device = commands.add_parser(
        "new-device", help="begin as a new device, when the keys of the old one are lost"
    )
    device.description = (
        "Logs the bot's device out at the homeserver, and forgets it and its encryption keys. The next start"
        " logs in as a new device; what was encrypted for the old one and not read yet stays unread."
    )
    device.add_argument("--yes", action="store_true", help="do it; without this, only say what would be lost")
    device.set_defaults(work=_new_device)

    database = commands.add_parser("db", help="look after the database")
    upgrade = database.add_subparsers(metavar="WHAT", required=True).add_parser(
        "upgrade", help="bring the database to the shape that this version needs"
    )
    upgrade.set_defaults(work=_upgrade)
    _add_move(commands.add_parser("move-database", help="copy a network into another database"))
    return top


def _add_demo(demo: argparse.ArgumentParser) -> None:
    demo.description = (
        "Starts a homeserver on this machine that nobody else can reach, sets up a network with practices and"
        " fictional members, starts the bot, and lets you chat with it here. Lines on standard input work"
        " as well. What happens is kept in the folder: the next demo goes on where this one ends."
    )
    demo.add_argument("--language", choices=("en", "de"), default="en", help="of the network (default: en)")
    demo.add_argument(
        "--folder", type=Path, default=Path(".demo"), help="where everything is kept (default: .demo)"
    )
    demo.set_defaults(work=_demo)


def _add_setup(setup: argparse.ArgumentParser) -> None:
    setup.description = (
        "Makes the network's space and rooms at the homeserver. Rooms that are there already (found by their"
        " alias, such as #ud-hub:example.org) are completed, never doubled. The hub is entered by"
        " invitation; whoever is in it may join all other rooms. Stop `proxenos run` before."
    )
    setup.add_argument(
        "--language", choices=("en", "de"), help="of names, topics and the bot (default: DEFAULT_LANGUAGE)"
    )
    setup.add_argument(
        "--moderator",
        action="append",
        default=[],
        type=_user_id,
        metavar="@USER:SERVER",
        help="invite them into all rooms, with power level 50; may be given several times",
    )
    setup.add_argument(
        "--public",
        action="store_true",
        help="make a hub and a space that everyone may join; decided when they are made",
    )
    setup.set_defaults(work=_setup)


def _add_move(move: argparse.ArgumentParser) -> None:
    move.description = (
        "Copies everything from one database into another, empty one; for instance from SQLite to PostgreSQL."
        " Stop the bot before. FROM stays as it is; set DATABASE_URL to TO afterwards. A move that was"
        " interrupted is repeated."
    )
    for name, metavar in (("source", "FROM"), ("target", "TO")):
        move.add_argument(name, metavar=metavar, type=_url, help="sqlite:///… or postgresql+psycopg://…")
    move.set_defaults(work=_move)


def _url(text: str) -> str:
    try:
        return check_database_url(text)
    except ValueError:
        # Not the address itself: it may hold a password.
        raise argparse.ArgumentTypeError("expected sqlite:///… or postgresql+psycopg://…") from None


def _user_id(text: str) -> str:
    if not _USER_ID.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no Matrix id; one looks like @name:example.org")
    return text


def _run(_arguments: argparse.Namespace) -> int:
    from bot.cli.operate import run

    return run()


def _setup(arguments: argparse.Namespace) -> int:
    from bot.cli.operate import setup

    return setup(arguments.language, arguments.moderator, public=arguments.public)


def _upgrade(_arguments: argparse.Namespace) -> int:
    from bot.cli.operate import upgrade

    return upgrade()


def _move(arguments: argparse.Namespace) -> int:
    from bot.cli.move import move_database

    return move_database(arguments.source, arguments.target)


def _new_device(arguments: argparse.Namespace) -> int:
    from bot.cli.operate import new_device

    return new_device(sure=arguments.yes)


def _dead_letters(_arguments: argparse.Namespace) -> int:
    from bot.cli.operate import dead_letters

    return dead_letters()


def _import_practices(arguments: argparse.Namespace) -> int:
    from bot.cli.transfer import import_practices

    return import_practices(arguments.file)


def _export_calendar(arguments: argparse.Namespace) -> int:
    from bot.cli.transfer import export_calendar

    return export_calendar(arguments.output, arguments.language)


def _export_practices(arguments: argparse.Namespace) -> int:
    from bot.cli.transfer import export_practices

    return export_practices(arguments.format, arguments.output, arguments.language)


def _demo(arguments: argparse.Namespace) -> int:
    try:
        import prompt_toolkit
        import synapse
    except ModuleNotFoundError as missing:
        from bot.cli.errors import CommandFailed

        raise CommandFailed(
            f"The demo needs {missing.name}, which is not installed: pip install 'proxenos[demo]'"
        ) from missing
    from bot.demo.run import run_demo

    del prompt_toolkit, synapse
    return run_demo(arguments.folder, arguments.language)
