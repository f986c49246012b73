"""A backup, a hundred pushes, the database lost, a restore: phones and server are equal then, and nothing is lost.

Teams deliver an evening, a backup is made while they are signed in, and they go on: new sights with photos, changes of
each other's records, deletions. Then the database's folder is deleted and the backup restored. With the next sync every
phone sends what the backup lacked; then server, phones and fresh phones are compared record by record, byte by byte.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from demo.calls import answer
from demo.chance import dice
from demo.clock import Clock
from demo.compare import differences
from demo.evening import BEFORE_DAWN_S
from demo.ledger import Ledger
from demo.people import Person
from demo.phone import Phone, new_phone
from demo.session import OutOfReach, Patience, SignedOut
from demo.wire import Wire
from prove.own_house import OwnHouse, anthon, own_house, up
from prove.telling import conclude, say

PHONES = 8
ROUNDS = 8


def register(parser: argparse.ArgumentParser) -> None:
    """The options."""
    parser.add_argument("--pushes", type=int, default=100, metavar="N", help="after the backup (default: 100)")


def run(arguments: argparse.Namespace) -> int:
    """Play it; 1 if anything was lost or differs."""
    with own_house(arguments.data) as house:
        result, problems = play(house, house.folder / "drill", arguments.pushes)
        house.spare = house.spare or bool(problems)
    told = "phones and server differ" if problems else "nothing is lost: phones and server are equal"
    return conclude("restore", result, told, problems, kept=arguments.keep)


def play(house: OwnHouse, scratch: Path, pushes: int) -> tuple[dict[str, Any], list[str]]:
    """The drill: its figures, and every difference at its end."""
    from demo import cast  # needs Django, which the house sets up

    ledger = Ledger()
    people = [_person(house, account, scratch, ledger) for account in cast.crew(PHONES)]
    for person in people:
        person.sign_in()
        person.phone.sync.pull()
    _evening(people)
    say(f"{len(ledger.deeds)} records, {len(ledger.shots)} photos before the backup")
    backups = scratch / "backups"
    backup_s = anthon(house, "backup", str(backups))
    say(f"backup made in {backup_s:.1f} s")
    _more(people, ledger, pushes)
    say(f"{pushes} pushes later: {len(ledger.deeds)} records, {len(ledger.shots)} photos")
    anthon(house, "down")
    shutil.rmtree(house.folder / "postgres")
    say("the database is deleted")
    restore_s = anthon(house, "restore", str(backups)) + up(house)
    say(f"restored and serving after {restore_s:.1f} s")
    _everybody_syncs(people)
    for leader in people[::4]:
        answer(leader)
    _everybody_syncs(people)
    readers = {one.area_id: new_phone(house.base_url, scratch, one.account) for one in people[:: PHONES // 2]}
    result = {
        "pushes": pushes,
        "records": len(ledger.deeds),
        "photos": len(ledger.shots),
        "backup_s": round(backup_s, 1),
        "restore_s": round(restore_s, 1),
    }
    return result, list(differences(people, ledger, readers))


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


def _more(people: Sequence[Person], ledger: Ledger, pushes: int) -> None:
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
