"""A backup, a hundred pushes, the database lost, a restore: phones and server are equal then, and nothing is lost.

Teams deliver an evening, a backup is made while they are signed in, and they go on: new sights with photos, changes of
each other's records, deletions. Then the database's folder is deleted and the backup restored. With the next sync every
phone sends what the backup lacked; then server, phones and fresh phones are compared record by record, byte by byte.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from demo.chance import dice
from demo.clock import Clock
from demo.compare import differences
from demo.evening import BEFORE_DAWN_S
from demo.ledger import Ledger
from demo.people import Person
from demo.phone import Phone
from demo.session import OutOfReach, Patience, SignedOut
from demo.wire import Wire
from embedded.supervisor import ROOT
from prove.own_house import FOREIGN, OwnHouse, own_house

PHONES = 8
ROUNDS = 8


def register(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--pushes", type=int, default=100, metavar="N", help="after the backup (default: 100)")
    parser.add_argument("--folder", type=Path, help="a data folder to use and leave, to look into")


def run(arguments: argparse.Namespace) -> int:
    with own_house(arguments.folder) as house:
        problems = play(house, house.folder / "drill", arguments.pushes)
    for problem in problems[:50]:
        print(f"  {problem}")
    print("nothing is lost: phones and server are equal" if not problems else f"{len(problems)} differences")
    return 1 if problems else 0


def play(house: OwnHouse, scratch: Path, pushes: int) -> list[str]:
    """The drill; every difference at its end."""
    from demo import cast  # needs Django, which the house sets up

    ledger = Ledger()
    people = [_person(house, account, scratch, ledger) for account in cast.crew(PHONES)]
    for person in people:
        person.sign_in()
        person.phone.sync.pull()
    _evening(people)
    _say(f"{len(ledger.deeds)} records, {len(ledger.shots)} photos before the backup")
    backups = scratch / "backups"
    _say(f"backup made in {_anthon(house, 'backup', str(backups)):.1f} s")
    done = _more(people, ledger, pushes)
    _say(f"{done} pushes later: {len(ledger.deeds)} records, {len(ledger.shots)} photos")
    _anthon(house, "down")
    shutil.rmtree(house.folder / "postgres")
    _say("the database is deleted")
    took = _anthon(house, "restore", str(backups))
    took += _anthon(house, "up", "--detach", "--port", str(house.port))
    _say(f"restored and serving after {took:.1f} s")
    _everybody_syncs(people)
    readers = {}
    for person in people[:: PHONES // 2]:
        account = person.account
        reader = Phone(house.base_url, scratch / f"{person.key}-new", wire=Wire(timeout_s=30))
        reader.sign_in(phone=account["phone"], password=account["password"], name="Điện thoại mới")
        reader.sync.converge()
        readers[person.area_id] = reader
    return list(differences(people, ledger, readers))


def _evening(people: Sequence[Person]) -> None:
    """Each team walks one patrol and delivers it."""
    for start in range(0, len(people), 4):
        team = people[start : start + 4]
        for person in team:
            person.clock.lag_s = BEFORE_DAWN_S
        patrol = team[0].start_patrol(team)
        for person in team:
            person.walk(patrol if person is team[0] else None, patrol, 3)
        team[0].close_patrol(patrol)
        for person in team:
            person.clock.advance(BEFORE_DAWN_S)
    for person in people:
        person.phone.deliver()
    for person in people:
        person.phone.sync.pull()


def _more(people: Sequence[Person], ledger: Ledger, pushes: int) -> int:
    """What happens between the backup and the loss: a push each time; sights, changes of older ones, deletions."""
    chance = dice("restore")
    for number in range(pushes):
        person = people[number % len(people)]
        near = [id for id, deed in ledger.deeds.items() if deed.area_id == person.area_id and not deed.deleted_by]
        patrols = [id for id in near if ledger.deeds[id].type == "patrol"]
        seen = [id for id in near if ledger.deeds[id].type == "observation" and person.phone.see("observation", id)]
        what = number // len(people) % 4
        if what == 0:
            person.observe(patrols[0], 108.1, 10.93)
        elif what == 1:
            person.edit("observation", chance.choice(seen), note=f"Ghi thêm lần {number}")
        elif what == 2:
            person.visit_checkpoint(patrols[0])
        elif mine := [id for id in seen if ledger.deeds[id].made_by == person.key and not ledger.deeds[id].edits]:
            person.delete("observation", mine[0])
        person.phone.deliver()
    return pushes


def _everybody_syncs(people: Sequence[Person]) -> None:
    """As phones do it all day. What hangs on a record that another phone has yet to send again waits for that one."""
    for _ in range(ROUNDS):
        waiting = [person for person in people if not _synced(person)]
        if not waiting:
            break
    for person in people:
        person.phone.sync.converge()


def _synced(person: Person) -> bool:
    """One sync; whether nothing waits after it. A session that the backup didn't know is begun anew."""
    try:
        person.phone.sync.converge()
        person.phone.photos.send()
    except SignedOut:
        person.sign_in()
    except OutOfReach:
        pass
    return not person.phone.store.count_queued()


def _person(house: OwnHouse, account: dict[str, str], scratch: Path, ledger: Ledger) -> Person:
    switch_on = partial(_phone, house, scratch / account["key"])
    return Person(account, switch_on=switch_on, ledger=ledger, dice=dice(f"restore/{account['key']}"))


def _phone(house: OwnHouse, folder: Path, clock: Clock) -> Phone:
    return Phone(
        house.base_url, folder, wire=Wire(timeout_s=20), clock=clock, patience=Patience(first_s=0.2, cap_s=1, tries=4)
    )


def _anthon(house: OwnHouse, command: str, *words: str) -> float:
    """Runs the launcher on the drill's house, whose servers our own environment names; how long it took."""
    began = time.monotonic()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    line = [sys.executable, str(ROOT / "anthon"), command, "--data", str(house.folder), *words]
    with tempfile.TemporaryFile("w+") as said:
        done = subprocess.run(line, stdout=said, stderr=subprocess.STDOUT, env=environment, check=False)
        said.seek(0)
        if done.returncode:
            raise SystemExit(f"./anthon {command} failed:\n{said.read()}")
    return time.monotonic() - began


def _say(line: str) -> None:
    print(line, flush=True)
