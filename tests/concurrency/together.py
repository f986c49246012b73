"""Running things at the same time, and phones that speak to the engine without HTTP between."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from django.db import connection

from accounts.models import AreaPlacement
from api.sync.pull import Asked, Page, pull
from api.sync.push import result
from tests.api.sync.talk import push_as
from tests.cast import Cast, Person, add_area, add_member, add_person, add_team

T = TypeVar("T")
Wire = dict[str, Any]


def at_once(*jobs: Callable[[], T]) -> list[T]:
    """What each job gives; all begin together, each on a thread and a connection of its own."""
    barrier = threading.Barrier(len(jobs))

    def run(job: Callable[[], T]) -> T:
        try:
            connection.ensure_connection()
            barrier.wait(30)
            return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return [future.result(60) for future in [pool.submit(run, job) for job in jobs]]


def send(person: Person, *mutations: Wire, sent_at: dt.datetime | None = None) -> list[Wire]:
    """The results of a push."""
    items = push_as(person.actor(), mutations, sent_at)
    return [result(item, "vi", "") for item in items]


def fetch(person: Person, cursor: str | None, **asked: Any) -> Page:
    """A page, in a snapshot of its own as the server reads it."""
    return pull(person.actor(), Asked(cursor, **asked))


def settle(cast: Cast, count: int) -> list[Person]:
    """New hamlets of the first commune with a team and one member each."""
    people = []
    for number in range(count):
        hamlet = add_area("hamlet", "thon", f"Thôn {number}", cast.communes[0])
        cast.hamlets.append(hamlet)
        cast.teams.append(add_team(hamlet, f"Tổ {number}"))
        person = add_person(f"người {number}", 100 + number)
        add_member(person, hamlet, cast.teams[-1], "member")
        people.append(person)
    assert AreaPlacement.objects.filter(area_id=cast.hamlets[-1]).exists()
    return people
