"""One evening, end to end: offline phones, a bad network, perhaps a server that is killed, and the comparison."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

from demo.beside import beside
from demo.calls import answer, note_tip, send_tips, sos
from demo.chance import dice
from demo.clock import Clock
from demo.compare import differences
from demo.doorstep import issue, visit
from demo.duty import check, hand_over, lay_out, swap
from demo.killer import Killer
from demo.ledger import Ledger
from demo.network import Link, Network, Weather
from demo.people import PATROL_S, Person
from demo.phone import Phone, new_phone
from demo.progress import Progress
from demo.session import OutOfReach, Patience, SignedOut
from demo.store import Data
from demo.wire import Wire

BEFORE_DAWN_S = PATROL_S + 3.5 * 3600
"""From the start of the patrols to the first signal of the morning."""
SKEWS_S = {2: 100 * 86_400 - time.time(), 5: 3 * 86_400}
"""The wall clocks of some phones are wrong: one believes that it is the spring of 1970."""


@dataclass(frozen=True)
class Evening:
    """How an evening is played."""

    base_url: str
    s3_url: str
    weather: Weather
    seed: str
    kills: int = 0
    state_file: Path = Path()
    limit_s: float = 900
    folder: Path | None = None


def play(evening: Evening, accounts: Sequence[Data], officer: Data) -> int:
    """Play it and print what came of it; the number of differences. `officer`: of the Front, over all of them."""
    began = time.monotonic()
    with _folder(evening.folder) as folder, Network() as network:
        ledger = Ledger()
        people = [_person(evening, account, number, folder, ledger) for number, account in enumerate(accounts)]
        teams = list(_by_team(people).values())
        progress = Progress(people, ledger)
        progress.say(f"{len(people)} phones of {len(teams)} teams sign in")
        _all(people, Person.sign_in)
        progress.say("21:00  the leaders lay out shifts and routes, the Front issues what is to be signed")
        front = _person(evening, officer, len(people), folder, Ledger())
        front.sign_in()
        template = issue(front)
        for team in teams:
            lay_out(team, begins=time.time() - BEFORE_DAWN_S, lasts_s=PATROL_S)
        progress.say("21:50  no signal: four hours of patrols")
        for number, team in enumerate(teams):
            _night(team, dice(f"{evening.seed}/night/{number}"), template)
        progress.say("05:30  weak signal: everything is on its way")
        links = [_into_weather(evening, network, person) for person in people]
        progress.links = links
        killer = Killer(evening.kills, evening.state_file, progress.share_delivered)
        with beside(killer.kill, progress.show):
            problems = _morning(evening, people, teams, killer)
        progress.say("comparing phones and server, record by record and byte by byte")
        _all(people, _back_home)
        readers = _readers(evening, teams, folder)
        problems += list(differences(people, ledger, readers)) + _conflicts(people, ledger)
        progress.summary(time.monotonic() - began, killer.done, problems)
    return len(problems)


def _morning(evening: Evening, people: Sequence[Person], teams: Sequence[list[Person]], killer: Killer) -> list[str]:
    """Deliver, correct one another offline, deliver again, until all hold the same and the killing is over."""
    deadline = time.monotonic() + evening.limit_s
    problems = _each(people, lambda person: _patiently(person, deadline, person.phone.deliver))
    problems += _each(people, lambda person: _patiently(person, deadline, lambda: send_tips(person)))
    problems += _each(people, lambda person: _patiently(person, deadline, person.phone.sync.pull))
    for team in teams:
        _corrections(team)
    problems += _each(people, lambda person: _patiently(person, deadline, person.phone.deliver))
    leaders = [team[0] for team in teams]
    problems += _each(leaders, lambda leader: _patiently(leader, deadline, lambda: answer(leader)))
    while True:
        problems += _each(people, lambda person: _patiently(person, deadline, person.phone.sync.converge))
        if killer.done == killer.times or time.monotonic() > deadline:
            return problems + killer.shortfall()


def _night(team: Sequence[Person], chance: Random, template: str) -> None:
    """Up to two patrols a team; everybody walks along in one of them, and the last phone's battery dies.

    The first goes from door to door, the second is in danger, the last has something to tell the police.
    """
    leaders = team[:2]
    for person in team:
        person.clock.lag_s = BEFORE_DAWN_S
    for person in team:
        check(person, "check_in")
    if len(team) > 2:
        swap(team[1], team[-1])
    visit(team[0], template)
    patrols = [leader.start_patrol(team[number::2]) for number, leader in enumerate(leaders)]
    for number, person in enumerate(team):
        own = patrols[number] if person in leaders else None
        sights = chance.choice([3, 10, 12, 14]) if len(team) > 1 else 12
        person.walk(own, patrols[number % 2 % len(patrols)], sights)
    for leader, patrol in zip(leaders, patrols, strict=True):
        leader.close_patrol(patrol)
    sos(team[-1] if len(team) == 1 else team[1])
    note_tip(team[-1])
    for person in team:
        check(person, "check_out")
    hand_over(team[0])
    for person in team:
        person.clock.advance(BEFORE_DAWN_S)
    if len(team) > 1:
        team[-1].restart()


def _corrections(team: Sequence[Person]) -> None:
    """Two phones change the same records without knowing of one another: other fields, the same field, sets, logs."""
    if len(team) == 1:
        return
    a, b = team[:2]
    keys = {person.key for person in team}
    deeds = [(id, deed) for id, deed in a.ledger.deeds.items() if deed.made_by in keys and not deed.deleted_by]
    sights = [id for id, deed in deeds if deed.type == "observation" and not deed.edits]
    patrol = next(id for id, deed in deeds if deed.type == "patrol")
    if not all(phone.see("patrol", patrol) for phone in (a.phone, b.phone)):
        return  # the delivery failed, and is reported
    a.edit("observation", sights[0], severity="urgent")
    b.edit("observation", sights[0], action_taken="Đã báo công an xã lúc sáng sớm")
    a.edit("observation", sights[1], place_text="Ngõ 5, cạnh nhà ông Tư")
    b.edit("observation", sights[1], place_text="Ngõ 7, đối diện đình làng")
    a.edit("patrol", patrol, participant_ids=sorted({a.user_id, b.user_id, team[-1].user_id}))
    b.edit("patrol", patrol, participant_ids=[b.user_id])
    a.visit_checkpoint(patrol)
    b.visit_checkpoint(patrol)
    a.delete("observation", sights[2])
    b.edit("observation", sights[2], note="Ghi thêm: đã sửa xong")


def _patiently(person: Person, deadline: float, work: Callable[[], None]) -> None:
    """What a phone does all day: try whenever it can, sign in again when it must."""
    while True:
        try:
            work()
            return
        except SignedOut:
            person.sign_in()
        except OutOfReach:
            if time.monotonic() > deadline:
                raise


def _conflicts(people: Sequence[Person], ledger: Ledger) -> list[str]:
    """Where two phones wrote the same field, exactly one was told so."""
    told: dict[str, int] = {}
    for person in people:
        for body, result in person.phone.store.settled("acknowledged"):
            if (result.get("was") or result["status"]) == "conflict":
                told[body["id"]] = told.get(body["id"], 0) + 1
    wrong = []
    for id, deed in ledger.deeds.items():
        expected = {1} if deed.contested else {0, 1} if deed.may_be_gone else {0}
        if told.get(id, 0) not in expected:
            wrong.append(f"{deed.type} {id}: {told.get(id, 0)} conflicts were told, expected {expected}")
    return wrong


def _person(evening: Evening, account: Data, number: int, folder: Path, ledger: Ledger) -> Person:
    seed = f"{evening.seed}/{number}"
    switch_on = partial(
        _phone,
        evening.base_url,
        folder / str(account["key"]),
        Wire(timeout_s=20),
        Patience(first_s=0.3, cap_s=5, tries=6, dice=dice(f"{seed}/patience")),
    )
    person = Person(account, switch_on=switch_on, ledger=ledger, dice=dice(seed))
    person.clock.skew_s = SKEWS_S.get(number, 0)
    return person


def _phone(base_url: str, folder: Path, wire: Wire, patience: Patience, clock: Clock) -> Phone:
    return Phone(base_url, folder, wire=wire, clock=clock, patience=patience)


def _into_weather(evening: Evening, network: Network, person: Person) -> Link:
    """From now on this phone reaches API and S3 through a link that cuts."""
    link = network.link(f"{evening.seed}/{person.key}", evening.weather, evening.base_url, evening.s3_url)
    wire = person.phone.session.wire
    wire.close()
    wire.dial = link.dial
    # Shorter than the time between two cuts, or the wait for a silent one would always end in the next.
    wire.timeout_s = min(8, max(2, evening.weather.cut_s / 3)) if evening.weather.cut_s else 8
    return link


def _back_home(person: Person) -> None:
    wire = person.phone.session.wire
    wire.close()
    wire.dial = {}


def _readers(evening: Evening, teams: Sequence[list[Person]], folder: Path) -> Mapping[str, Phone]:
    """In each hamlet somebody who lost the phone signs in on a new one and gets everything back."""
    return {team[-1].area_id: new_phone(evening.base_url, folder, team[-1].account) for team in teams}


def _by_team(people: Sequence[Person]) -> dict[str, list[Person]]:
    teams: dict[str, list[Person]] = {}
    for person in people:
        teams.setdefault(person.team_id, []).append(person)
    return teams


def _each(people: Sequence[Person], work: Callable[[Person], None]) -> list[str]:
    """Everybody at the same time; what went wrong for whom."""
    with ThreadPoolExecutor(len(people)) as pool:
        futures = [(person, pool.submit(work, person)) for person in people]
    errors = [(person, future.exception()) for person, future in futures]
    return [f"{person.key}: {type(error).__name__}: {error}" for person, error in errors if error]


def _all(people: Sequence[Person], work: Callable[[Person], None]) -> None:
    """Everybody at the same time, and it must work: without it there is no evening."""
    if problems := _each(people, work):
        raise SystemExit("\n".join(problems))


@contextmanager
def _folder(wanted: Path | None) -> Iterator[Path]:
    if wanted:
        yield wanted
        return
    with tempfile.TemporaryDirectory(prefix="anthon-evening-") as made:
        yield Path(made)
