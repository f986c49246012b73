"""The limits: the same work with nothing around it, measured in the same run as what is held against it.

Each answers with how often a second it could be done, by one process unless it says otherwise. Durable means what it
means for the server: the same cluster, the same settings, a commit each.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

import orjson

from bench.house import Measured
from bench.load import closed_loop
from bench.records import observation_row
from bench.seed import Seed
from bench.talk import Repeat

Limit = Callable[[float], float]

# What anybody would write to have Postgres make the JSON of an observation; the server's own expression may be better.
AS_JSON = """json_build_object('id', t.id, 'area_id', t.area_id, 'version', t.version,
 'recorded_at', to_char(t.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
 'occurred_at', to_char(t.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
 'received_at', to_char(t.received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
 'clock_skew_s', t.clock_skew_s, 'author_id', t.author_id, 'device_id', t.device_id, 'flags', t.flags,
 'team_id', t.team_id, 'patrol_id', t.patrol_id, 'kind', t.kind, 'severity', t.severity,
 'location', CASE WHEN t.location_lon IS NOT NULL THEN
   json_build_object('lon', t.location_lon, 'lat', t.location_lat, 'accuracy_m', t.location_accuracy_m) END,
 'place_text', t.place_text, 'note', t.note, 'action_taken', t.action_taken,
 'reported_at', to_char(t.reported_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
 'police_reference', t.police_reference)::text"""
LIST = f"""SELECT {AS_JSON} FROM observation t WHERE t.area_id = %s AND t.deleted_at IS NULL
ORDER BY t.occurred_at DESC, t.id DESC LIMIT %s"""

NOTHING = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


class Limits:
    """All limits of one house."""

    def __init__(self, measured: Measured, seed: Seed) -> None:
        self.measured, self.seed = measured, seed
        with measured.connect(owner=True) as owner, owner.cursor() as cursor:
            cursor.execute("CREATE SCHEMA IF NOT EXISTS bench")
            for table in ("observation", "session"):
                cursor.execute(f"DROP TABLE IF EXISTS bench.{table}")
                cursor.execute(f"CREATE TABLE bench.{table} (LIKE public.{table} INCLUDING ALL)")
            cursor.execute("INSERT INTO bench.session SELECT * FROM public.session LIMIT 64")
        owner.close()
        self.connection = measured.connect(owner=True)
        self.cursor = self.connection.cursor()
        self.cursor.execute("SELECT id FROM bench.session")
        self.sessions = [row[0] for row in self.cursor.fetchall()]
        self.turn = 0

    def close(self) -> None:
        """Takes the tables away again."""
        for table in ("observation", "session"):
            self.cursor.execute(f"DROP TABLE bench.{table}")
        self.connection.close()

    def empty_view(self, seconds: float) -> float:
        """An empty view of Django behind the same server without our front, at 16 connections."""
        load = closed_loop(self.measured.plain_address, [Repeat([NOTHING]) for _ in range(16)], seconds=seconds)
        if load.faults:
            raise RuntimeError(f"the empty view: {load.faults.most_common(1)}")
        return load.rate

    def insert(self, seconds: float) -> float:
        """One record a commit, into a table like the server's with its indexes."""
        row = observation_row(self.seed, 0)
        names = list(row)
        sql = f"INSERT INTO bench.observation ({', '.join(names)}) VALUES ({', '.join(['%s'] * len(names))})"

        def work() -> None:
            self.cursor.execute(sql, [_uuid7() if name == "id" else value for name, value in row.items()])

        return _a_second(work, seconds)

    def insert_100(self, seconds: float) -> float:
        """A hundred records a statement and commit, as one JSON document; told in records a second."""
        row = observation_row(self.seed, 0)
        names = ", ".join(row)
        sql = (
            f"INSERT INTO bench.observation ({names}) SELECT {names} "
            "FROM jsonb_populate_recordset(NULL::bench.observation, %s::jsonb)"
        )

        def work() -> None:
            self.cursor.execute(sql, [orjson.dumps([row | {"id": _uuid7()} for _ in range(100)]).decode()])

        return 100 * _a_second(work, seconds)

    def json(self, records: int) -> Limit:
        """The JSON text of this many records of one hamlet, newest first."""

        def work() -> None:
            self.turn += 1
            self.cursor.execute(LIST, [str(self.seed.hamlet(self.turn % self.seed.areas)), records])
            found = self.cursor.fetchall()
            if len(found) != records:
                raise RuntimeError(f"a limit over {len(found)} records instead of {records}")
            b",".join(text.encode() for (text,) in found)

        return lambda seconds: _a_second(work, seconds)

    def update(self, seconds: float) -> float:
        """One row a commit, found by its key."""

        def work() -> None:
            self.turn += 1
            session = self.sessions[self.turn % len(self.sessions)]
            self.cursor.execute("UPDATE bench.session SET refreshed_at = now() WHERE id = %s", [session])

        return _a_second(work, seconds)

    def argon2id(self, seconds: float) -> float:
        """argon2id with 19 MiB, two passes and one lane on every core at once."""
        from argon2.low_level import Type, hash_secret_raw

        ends = time.perf_counter() + seconds
        done: list[float] = []

        def work() -> None:
            began, count = time.perf_counter(), 0
            while time.perf_counter() < ends:
                hash_secret_raw(b"password", os.urandom(16), 2, 19_456, 1, 32, Type.ID)
                count += 1
            done.append(count / (time.perf_counter() - began))

        threads = [threading.Thread(target=work) for _ in range(len(os.sched_getaffinity(0)))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sum(done)


def _a_second(work: Callable[[], None], seconds: float) -> float:
    work()
    began, count = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        work()
        count += 1
    return count / (time.perf_counter() - began)


def _uuid7() -> str:
    from api.ids import uuid7

    return str(uuid7())
