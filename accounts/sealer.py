"""The chain over the audit trail: a single sealer numbers and hashes what is committed, and anyone may check it.

Writers insert events without a hash and never wait for one another. The sealer, in the owner's process, follows
within seconds and in sets: `hash` = SHA-256(hash before ‖ canonical event), the first one after 32 zero bytes.
"""

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.db import connections, transaction

from api.localtime import now

GENESIS = bytes(32)
RECENTLY = dt.timedelta(minutes=2)
A_DAY = dt.timedelta(days=1)
BATCH = 5_000
_LOCK = 0x616E_7365  # one sealer at a time, in whatever process
_COLUMNS = (
    "id", "at", "name", "user_id", "session_id", "device_id", "request_id",
    "area_id", "subject_type", "subject_id", "details",
)  # fmt: skip
_EVENT = ", ".join(f"e.{column}" for column in _COLUMNS)
_LAST = "SELECT seq, hash, event_at FROM audit_seal ORDER BY seq DESC LIMIT 1"
# Ids are UUIDv7, so the primary key alone finds the events from a moment on; `at` picks the partitions.
_UNSEALED = f"""
SELECT {_EVENT} FROM audit_event e
WHERE e.id >= %(first)s AND e.at >= %(since)s AND NOT EXISTS (SELECT FROM audit_seal s WHERE s.event_id = e.id)
ORDER BY e.id LIMIT {BATCH}
"""
_SEAL = """
INSERT INTO audit_seal (seq, event_id, event_at, hash)
SELECT * FROM unnest(%s::bigint[], %s::uuid[], %s::timestamptz[], %s::bytea[])
"""
# As text: a third of the time of a check went into making UUIDs and moments, and texts of them again.
_EVENT_AS_TEXT = ", ".join(
    """to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')""" if name == "at" else f"e.{name}::text"
    for name in _COLUMNS
)
_SEALED = f"""
SELECT s.seq, s.event_id::text, s.hash, {_EVENT_AS_TEXT}
FROM audit_seal s LEFT JOIN audit_event e ON e.id = s.event_id AND e.at = s.event_at
WHERE s.seq > %s ORDER BY s.seq LIMIT {BATCH}
"""
_COUNT_UNSEALED = """
SELECT count(*) FROM audit_event e
WHERE e.at < %s AND NOT EXISTS (SELECT FROM audit_seal s WHERE s.event_id = e.id)
"""

Row = tuple[Any, ...]


def seal(*, since: dt.datetime | None = None, alias: str = "owner") -> int:
    """Seal all committed events from `since` on (the last two minutes unless told) without a seal; how many they were.

    None are sealed while another sealer is at work.
    """
    moment = since or now() - RECENTLY
    first, sealed = _first_id(moment), 0
    while batch := _seal_batch(first, moment, alias):
        sealed += len(batch)
        first = batch[-1]  # what was committed behind it meanwhile, the next pass finds
        if len(batch) < BATCH:
            break
    return sealed


def seal_leftovers(*, alias: str = "owner") -> int:
    """Seal what a pass over the last minutes can't see: slow transactions, wrong clocks, the time without a sealer."""
    with connections[alias].cursor() as cursor:
        cursor.execute(_LAST)
        last = cursor.fetchone()
    if last is None:
        return seal(since=dt.datetime(2020, 1, 1, tzinfo=dt.UTC), alias=alias)
    return seal(since=min(last[2], now()) - A_DAY, alias=alias)


def _seal_batch(first: uuid.UUID, since: dt.datetime, alias: str) -> list[uuid.UUID]:
    """Seal what comes from an id and a moment on; which events these were."""
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return []
        cursor.execute(_LAST)
        seq, previous, _ = cursor.fetchone() or (0, GENESIS, None)
        cursor.execute(_UNSEALED, {"first": first, "since": since})
        events = cursor.fetchall()
        hashes = list(_chain(bytes(previous), events))
        places = list(range(seq + 1, seq + 1 + len(events)))
        ids = [event[0] for event in events]
        if events:
            cursor.execute(_SEAL, [places, ids, [event[1] for event in events], hashes])
    return ids


def _chain(previous: bytes, events: Sequence[Row]) -> Iterator[bytes]:
    for event in events:
        previous = hashlib.sha256(previous + canonical(event)).digest()
        yield previous


def canonical(event: Row) -> bytes:
    """An event as the bytes that are hashed: JSON, keys sorted, no spaces, UTF-8, moments in UTC to the microsecond."""
    values = dict(zip(_COLUMNS, event, strict=True))
    if isinstance(values["at"], dt.datetime):
        values["at"] = values["at"].astimezone(dt.UTC).isoformat(timespec="microseconds")
    if isinstance(values["details"], str):
        values["details"] = json.loads(values["details"])
    plain = {name: str(value) if isinstance(value, uuid.UUID) else value for name, value in values.items()}
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@dataclass(frozen=True)
class Verdict:
    """What a check of the chain found: `fault` names the first thing that isn't as it was sealed."""

    sealed: int
    unsealed: int
    fault: str | None = None


def verify_seals(*, heads: Mapping[int, bytes] | None = None, alias: str = "owner") -> Verdict:
    """Walk the whole chain and compare each seal with its event; `unsealed` counts events over a minute old.

    `heads` are hashes that the chain had at some lengths, as somebody vouches for: it must lead through all of them.
    """
    seq, previous, held = 0, GENESIS, dict(heads or {})
    with connections[alias].cursor() as cursor:
        cursor.execute(_COUNT_UNSEALED, [now() - dt.timedelta(minutes=1)])
        unsealed = cursor.fetchone()[0]
        while True:
            cursor.execute(_SEALED, [seq])
            rows = cursor.fetchall()
            for place, event_id, stored, *event in rows:
                fault = _fault(seq + 1, place, event_id, bytes(stored), previous, tuple(event))
                if fault:
                    return Verdict(seq, unsealed, fault)
                seq, previous = place, bytes(stored)
                if held.pop(seq, previous) != previous:
                    return Verdict(seq - 1, unsealed, f"seal {seq} isn't the one whose head was signed")
            if len(rows) < BATCH:
                lost = f"the chain was signed at seal {min(held)} and ends at {seq}" if held else None
                return Verdict(seq, unsealed, lost)


def _quick(event: Row) -> bytes:
    """The same bytes in a tenth of the time for all but odd numbers, for an event whose values are text."""
    values = dict(zip(_COLUMNS, event, strict=True))
    values["details"] = orjson.loads(values["details"])
    return orjson.dumps(values, option=orjson.OPT_SORT_KEYS)


def _fault(expected: int, place: int, event_id: str, stored: bytes, previous: bytes, event: Row) -> str | None:
    if place != expected:
        return f"seal {expected} is missing"
    if event[0] is None:
        return f"seal {place}: event {event_id} is missing"
    # What the quick form doesn't confirm, the slow one decides.
    if all(hashlib.sha256(previous + form(event)).digest() != stored for form in (_quick, canonical)):
        return f"seal {place}: event {event_id} or its seal was changed"
    return None


def _first_id(moment: dt.datetime) -> uuid.UUID:
    """The lowest UUIDv7 of that moment."""
    return uuid.UUID(int=int(moment.timestamp() * 1000) << 80)
