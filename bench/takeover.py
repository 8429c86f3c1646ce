"""How long nobody answers when the process that leads is killed: two processes on one PostgreSQL.

Commands keep coming. The clock runs from the SIGKILL to the first answer to a command that was given after
it; each command must be answered once.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from pathlib import Path
from statistics import median

from sqlalchemy import create_engine, make_url, text

from bench.figures import machine
from bench.postgresql import new_server
from bench.processes import PATIENCE, fake_homeserver, proxenos
from bench.scenes import backlog, few_rooms, first_command, room_id
from storage.lock import PRESENCE

PEOPLE = 10  # in every room
COMMANDS = 60  # each in a room of its own
STORE_KEY = "a key that both machines are given"
PAUSE = 0.05  # seconds between two commands
PRESENT = text(
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ShareLock' AND objid = :presence"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--runs", type=int, default=7)
    chosen = options.parse_args()
    print(f"{machine()}; {COMMANDS} commands, {chosen.runs} runs")
    with new_server() as server:
        url = server.get_uri(driver="psycopg")
        runs = [run(new_database(url, f"takeover{number}")) for number in range(chosen.runs)]
    told = " ".join(f"{seconds:.2f}" for seconds in runs)
    print(f"takeover {median(runs):.2f} s, at most {max(runs):.2f} s   (runs: {told})")


def run(database_url: str) -> float:
    """Kill the one that leads once; returns the seconds without an answer."""
    place = random.randrange(COMMANDS // 6, COMMANDS // 3)
    settings = {"PROXENOS_DATABASE_URL": database_url, "PROXENOS_STORE_KEY": STORE_KEY}
    with tempfile.TemporaryDirectory() as folder, fake_homeserver(PEOPLE) as homeserver:
        folders = [Path(folder, name) for name in ("one", "two")]
        for each in folders:
            each.mkdir()
        homeserver.hand_out(few_rooms(COMMANDS, PEOPLE))
        (rooms,) = (sync["join"] for sync in backlog(["!ping"], COMMANDS, COMMANDS, PEOPLE).syncs)
        with proxenos(homeserver.account, room_id(0), folders[0], settings) as leader:
            homeserver.hand_out(first_command("!ping"))
            homeserver.report(1, leader)
            with proxenos(homeserver.account, room_id(0), folders[1], settings) as standby:
                wait_for_both(database_url)
                killed = 0.0
                later = set()
                for number, (room, section) in enumerate(rooms.items()):
                    if number == place:
                        killed = time.monotonic()
                        leader.kill()
                    homeserver.hand_out({"join": {room: section}})
                    if killed:
                        later.add(section["timeline"]["events"][0]["event_id"])
                    time.sleep(PAUSE)
                report = homeserver.report(COMMANDS + 1, standby)
    answered = [answer.event_id for answer in report.answers]
    if len(set(answered)) != COMMANDS + 1:
        raise SystemExit(f"{COMMANDS} commands were not answered once each")
    return min(answer.at for answer in report.answers if answer.event_id in later) - killed


def new_database(server: str, name: str) -> str:
    """The address of a database in which there is nothing yet."""
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def wait_for_both(database_url: str) -> None:
    """Wait until two processes work on the database."""
    engine = create_engine(database_url, isolation_level="AUTOCOMMIT")
    until = time.monotonic() + PATIENCE
    with engine.connect() as connection:
        while connection.scalar(PRESENT, {"presence": PRESENCE}) != 2:
            if time.monotonic() > until:
                raise SystemExit("the second process did not come")
            time.sleep(0.05)
    engine.dispose()
    time.sleep(2.0)  # it has more to do before it can be called ready


if __name__ == "__main__":
    main()
