"""`./anthon backup` and `./anthon restore`; in a container: `python -m backup backup FOLDER`."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from pathlib import Path

import psycopg2

from backup.around import servers
from backup.programs import BackupError
from backup.sets import find_set
from embedded.processes import StartError
from embedded.start import forget_preparation
from embedded.supervisor import ROOT


def main(argv: list[str]) -> int:
    arguments = _parse(argv)
    try:
        _backup(arguments) if arguments.command == "backup" else _restore(arguments)
    except (BackupError, StartError) as error:
        print(f"anthon: {error}", file=sys.stderr)
        return 1
    except psycopg2.OperationalError as error:
        print(f"anthon: the database doesn't answer: {error}", file=sys.stderr)
        return 1
    return 0


def say(line: str) -> None:
    print(line, flush=True)


def _backup(arguments: argparse.Namespace) -> None:
    folder = (arguments.folder or arguments.data / "backups").resolve()
    with servers(arguments.data.resolve(), restoring=False) as house:
        from backup import work

        if not arguments.base:
            work.make(folder, say, keep=arguments.keep)
        elif house and house.postgres:
            work.make_base(folder, house.postgres, say, keep=arguments.keep)
        else:
            raise BackupError("--base copies the Postgres that comes along; for your own see deploy/OPERATING.md")


def _restore(arguments: argparse.Namespace) -> None:
    until = arguments.to_time
    kind = "base" if until or arguments.to_end else "dump"
    chosen = find_set(arguments.folder.resolve(), kind=kind, before=until)
    with servers(arguments.data.resolve(), restoring=not arguments.check, postgres=chosen.kind == "dump") as house:
        from backup import work

        say(f"backup       {chosen.name} ({chosen.kind})")
        faults = work.check(chosen, other_secrets=arguments.other_secrets)
        if not arguments.check:
            faults += work.obstacles(chosen, house, replace=arguments.replace)
        if faults:
            raise BackupError("not restored:\n  " + "\n  ".join(faults[:30]))
        if arguments.check:
            say("check        every file is as it was written, and secrets and code are its own; nothing was changed")
            return
        if house:
            forget_preparation(house)
        if chosen.kind == "dump":
            work.restore(chosen, say)
        else:
            assert house
            assert house.postgres
            work.recover(chosen, house.postgres, until, say)


def _moment(text: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError("say the zone, as in 2026-11-22T23:15:00+07:00")
    return moment


def _parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./anthon")
    commands = parser.add_subparsers(dest="command", required=True)
    made = commands.add_parser(
        "backup",
        help="copy database and files to a folder",
        description="Copies the database, from one snapshot, and then the files that the folder lacks. Servers of your "
        "own are named by DATABASE_OWNER_URL and S3_…, past any pooler.",
    )
    made.add_argument("folder", nargs="?", type=Path, metavar="FOLDER", help="default: backups/ in the data folder")
    made.add_argument("--base", action="store_true", help="copy the whole cluster, to restore to any later moment")
    made.add_argument("--keep", type=int, metavar="N", help="afterwards remove all but the newest N of this kind")
    restored = commands.add_parser(
        "restore",
        help="bring database and files back from a folder",
        description="Brings back the latest backup of a folder, or the one that is named, and raises the epoch, so "
        "that phones send again what it lacks. Whatever fails leaves the database as it was; no file is deleted.",
    )
    restored.add_argument("folder", type=Path, metavar="FOLDER", help="a folder of backups, or one backup in it")
    restored.add_argument("--check", action="store_true", help="only say whether it could be restored here")
    moment = restored.add_mutually_exclusive_group()
    moment.add_argument("--to-time", type=_moment, metavar="T", help="by the archived log: 2026-11-22T23:15:00+07:00")
    moment.add_argument("--to-end", action="store_true", help="by the archived log: all that it holds")
    restored.add_argument("--replace", action="store_true", help="put it in the place of a database that isn't empty")
    restored.add_argument("--other-secrets", action="store_true", help="although secrets aren't those of the backup")
    for each in (made, restored):
        each.add_argument("--data", type=Path, default=ROOT / ".anthon", help="the data folder (default: .anthon)")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
