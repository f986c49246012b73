"""The seed: a country made by sets (`seed.sql`, `records.sql`), kept and used again as long as its measures match."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import time
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.house import Measured

HERE = Path(__file__).parent
PASSWORD = "ba con ech ngoi dem trang"  # noqa: S105 - every account of the bench has it
HAMLETS_EACH, COMMUNES_EACH = 29, 34
AT_ONCE = 250_000
AUTOVACUUM = 1000  # rows; a table that lost more is swept before anything is measured
EPOCH_MS = 1_735_689_600_000
PLACE_TEXT = "Ngõ 3, gần giếng làng, trước cổng trường mầm non"
NOTE = (
    "Đèn an ninh đầu ngõ không sáng từ tối hôm qua, người dân đi lại khó khăn, nhất là các cháu học thêm về muộn; "
    "tổ đã kiểm tra dây và cầu dao, nghi do chập bóng."
)
ACTION = "Đã báo tổ trưởng và điện lực, chờ thay bóng trong ngày mai."
AREA, TEAM, USER, SESSION, DEVICE, RECORD = 1, 3, 4, 5, 6, 9


def id_of(kind: int, number: int) -> uuid.UUID:
    """The same as bench.id() in the database."""
    return uuid.UUID(f"{EPOCH_MS + number:012x}7{kind:03x}8000{number:012x}")


@dataclass(frozen=True)
class Seed:
    """The measures of a seed, and what stands where in it.

    `history`: so many of the newest records have their revision, mutation and audit event; at ten million records all
    of them would take 20 GB more, and no request that is measured reads them.
    """

    records: int = 100_000
    areas: int = 100
    people: int = 300
    history: int = 1_000_000

    @property
    def communes(self) -> int:
        return -(-self.areas // HAMLETS_EACH)

    @property
    def districts(self) -> int:
        return -(-self.communes // COMMUNES_EACH)

    @property
    def first_hamlet(self) -> int:
        return 1 + self.districts + self.communes

    @property
    def users(self) -> int:
        return self.people + self.communes + self.districts

    def hamlet(self, user: int) -> uuid.UUID:
        """The area of the hamlet that a user belongs to; of an officer, the first one below."""
        return id_of(AREA, self.first_hamlet + self.home(user))

    def home(self, user: int) -> int:
        """The number of that hamlet."""
        if user < self.people:
            return user % self.areas
        place = user - self.people
        if place >= self.communes + self.districts:
            raise IndexError(f"there are only {self.users} people")
        return place * HAMLETS_EACH if place < self.communes else (place - self.communes) * HAMLETS_EACH * COMMUNES_EACH

    def officer(self, commune: int) -> int:
        """The number of the user who is the officer of a commune."""
        return self.people + commune % self.communes

    def district_officer(self, district: int) -> int:
        """The number of the user who is the officer of a district."""
        return self.people + self.communes + district % self.districts

    def records_of(self, user: int) -> range:
        """The numbers of the records of a user's hamlet."""
        return range(self.home(user), self.records, self.areas)


def prepare(measured: Measured, seed: Seed, *, fresh: bool, say: Callable[[str], None]) -> None:
    """Makes the seed unless it is there, and takes away what the last run wrote."""
    owner = measured.connect(owner=True)
    with owner.cursor() as cursor:
        kept = _kept(cursor)
        wanted = asdict(seed) | {"sql": _fingerprint()}
        if kept and kept["seed"] == wanted and not fresh:
            _wash(cursor, kept["at"])
        else:
            _make(owner, cursor, seed, say)
            cursor.execute("CREATE TABLE bench.seed (seed jsonb NOT NULL, at timestamptz NOT NULL DEFAULT now())")
            cursor.execute("INSERT INTO bench.seed (seed) VALUES (%s)", [json.dumps(wanted)])
    owner.close()


def _kept(cursor: Any) -> dict[str, Any] | None:
    cursor.execute("SELECT to_regclass('bench.seed') IS NOT NULL")
    if not cursor.fetchone()[0]:
        return None
    cursor.execute("SELECT seed, at FROM bench.seed")
    row = cursor.fetchone()
    return {"seed": row[0], "at": row[1]} if row else None


def _fingerprint() -> str:
    texts = [(HERE / name).read_bytes() for name in ("seed.sql", "records.sql")]
    return hashlib.sha256(b"".join(texts) + (NOTE + PLACE_TEXT + ACTION).encode()).hexdigest()[:12]


def _make(owner: Any, cursor: Any, seed: Seed, say: Callable[[str], None]) -> None:
    from accounts.passwords import hash_password
    from api.partitions import month_partition
    from api.text import fold

    began = time.perf_counter()
    say(f"seed: {seed.records:,} records, {seed.areas:,} hamlets, {seed.users:,} people …")
    cursor.execute("DROP SCHEMA IF EXISTS bench CASCADE")
    _empty(cursor)
    a_year_ago = dt.datetime.now(dt.UTC) - dt.timedelta(days=360)
    month, today = a_year_ago.date(), dt.datetime.now(dt.UTC).date()
    while month <= today:
        for table in ("revision", "audit_event"):
            cursor.execute(month_partition(table, month))
        month = (month.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    values = asdict(seed) | {
        "communes": seed.communes,
        "districts": seed.districts,
        "first_hamlet": seed.first_hamlet,
        "users": seed.users,
        "began": a_year_ago,
        "step": dt.timedelta(days=359) / max(1, seed.records),
        "password": hash_password(PASSWORD),
        "place": PLACE_TEXT,
        "note": NOTE,
        "action": ACTION,
        "data": json.dumps(
            {"flags": [], "version": 1, "clock_skew_s": 0, "place_text": PLACE_TEXT, "note": NOTE}
            | {"action_taken": ACTION, "location": {"lon": 108.1, "lat": 10.9, "accuracy_m": 12}}
            | {"reported_at": None, "police_reference": None}
        ),
        "history": max(0, seed.records - seed.history),
        "folded": fold("\n".join((PLACE_TEXT, NOTE, ACTION))),
    }
    owner.autocommit = False
    cursor.execute("SET synchronous_commit = off")
    cursor.execute((HERE / "seed.sql").read_text(), values)
    owner.commit()
    records = (HERE / "records.sql").read_text()
    for first in range(0, seed.records, AT_ONCE):
        after = min(seed.records, first + AT_ONCE)
        cursor.execute(records, values | {"first": first, "after": after})
        owner.commit()
        if seed.records > AT_ONCE:
            say(f"seed: {after:,} records after {time.perf_counter() - began:.0f} s")
    owner.autocommit = True
    cursor.execute("RESET synchronous_commit")
    cursor.execute("VACUUM ANALYZE")
    say(f"seed: made in {time.perf_counter() - began:.0f} s")


# All that a seed fills or a run writes; not the epoch, nor what migrations put in.
TABLES = """area area_placement area_past area_succession stream stream_entry team membership role_grant user_account
session refresh_token login_failure observation patrol media revision mutation audit_event audit_seal"""


def _empty(cursor: Any) -> None:
    cursor.execute("SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relname = ANY(%s)", [TABLES.split()])
    cursor.execute(f"TRUNCATE {', '.join(name for (name,) in cursor.fetchall())}")


def _wash(cursor: Any, at: dt.datetime) -> None:
    """Takes away what earlier runs wrote, so that each run finds the same country. Numbers given out stay given out."""
    written = {"observation": "received_at", "stream_entry": "changed_at", "revision": "received_at"}
    written |= {"mutation": "received_at", "session": "created_at", "refresh_token": "created_at"}
    for table, column in written.items():
        cursor.execute(f"DELETE FROM {table} WHERE {column} > %s", [at])
        if cursor.rowcount > AUTOVACUUM:
            cursor.execute(f"VACUUM ANALYZE {table}")
    cursor.execute("UPDATE session SET ended_at = NULL, ended_because = NULL WHERE ended_at IS NOT NULL")
    cursor.execute("DELETE FROM login_failure")
