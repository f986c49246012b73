"""What slows guessing down: leaky buckets of failures in the database, shared by all processes.

An attempt is charged before it is judged and refunded when it was right, each in one statement, so thirty guesses
at once get no further than thirty in a row. Per account and device first; per network last, and widely, since
twenty people in one room share an address. A phone that the account has used answers for itself alone: whatever
strangers do, from wherever, its owner gets in.
"""

import ipaddress
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest

from api.keyed import keyed_hash
from api.problems import Problem


@dataclass(frozen=True)
class Bucket:
    """Holds `capacity` failures, loses one every `drip_s` seconds; a right attempt `forgives` all or only itself.

    `problem` (429) is what meets whoever finds it full; its text may tell the `seconds` to wait.
    """

    name: str
    parts: tuple[bytes, ...]
    capacity: int
    drip_s: int
    forgives: bool = False
    problem: str = "too_many_attempts"

    @cached_property
    def key(self) -> bytes:
        """Phones and addresses aren't stored, only what can be recomputed from them."""
        return keyed_hash("login-failure", self.name.encode(), *self.parts)

    @property
    def limit_s(self) -> int:
        return self.capacity * self.drip_s


def sign_in_buckets(phone: str, device_id: uuid.UUID, address: str, *, known_device: bool) -> list[Bucket]:
    """Guesses for one account from one device; and from all devices that it never used, and from one network.

    Of strangers, 20 guesses at one account count at once and one more every five minutes, but no more than 100 and one
    more every six hours (NIST SP 800-63B-4 §3.2.2); a new phone gets in by an activation code meanwhile.
    """
    own = Bucket("account_device", (phone.encode(), device_id.bytes), capacity=5, drip_s=60, forgives=True)
    if known_device:
        return [own]
    return [
        own,
        Bucket("account", (phone.encode(),), capacity=20, drip_s=300),
        Bucket("account_days", (phone.encode(),), capacity=100, drip_s=21_600),
        _network(address),
    ]


def activation_buckets(device_id: uuid.UUID, address: str) -> list[Bucket]:
    """Guesses of activation codes from one device and from one network."""
    return [Bucket("code_device", (device_id.bytes,), capacity=5, drip_s=60, forgives=True), _network(address)]


def otp_buckets(user_id: uuid.UUID, device_id: uuid.UUID, *, known_device: bool) -> list[Bucket]:
    """Guesses of one-time codes, by who knows the password already: from an own phone, or from all others."""
    device = device_id.bytes if known_device else b""
    return [Bucket("second_factor", (user_id.bytes, device), capacity=5, drip_s=600, forgives=True)]


def password_buckets(user_id: uuid.UUID) -> list[Bucket]:
    """Guesses of the current password by whoever holds an open session."""
    return [Bucket("password", (user_id.bytes,), capacity=5, drip_s=60, forgives=True)]


def _network(address: str) -> Bucket:
    return Bucket("network", (address.encode(),), capacity=100, drip_s=2)


# Levels are seconds until empty, so every bucket drains alike. Rows are taken in the order of their keys: two
# attempts never wait for one another crosswise. A full bucket isn't filled further (its row isn't returned), so
# knocking on doesn't prolong the wait.
_POUR = """
WITH bucket AS (
  SELECT * FROM unnest(%(keys)s::bytea[], %(amounts)s::float[], %(limits)s::float[]) AS b(key, amount, limit_s)
)
INSERT INTO login_failure AS f (key, level, updated_at)
SELECT key, greatest(amount, 0), clock_timestamp() FROM bucket ORDER BY key
ON CONFLICT (key) DO UPDATE SET
  level = greatest(
    0, greatest(0, f.level - greatest(0, extract(epoch FROM excluded.updated_at - f.updated_at)))
       + (SELECT amount FROM bucket WHERE bucket.key = f.key)),
  updated_at = greatest(f.updated_at, excluded.updated_at)
WHERE greatest(0, f.level - greatest(0, extract(epoch FROM excluded.updated_at - f.updated_at)))
  + (SELECT amount - limit_s FROM bucket WHERE bucket.key = f.key) <= 0
RETURNING key
"""
_LEVELS = """
SELECT key, greatest(0, level - greatest(0, extract(epoch FROM clock_timestamp() - updated_at)))
FROM login_failure WHERE key = ANY(%s)
"""


def charge(buckets: Sequence[Bucket]) -> None:
    """Count an attempt before it is judged. Raises the bucket's Problem (429) when one is full.

    Call it outside a transaction: the rows are shared, and the count must stand whatever becomes of the attempt. Within
    one it is for attempts of which nothing is learnt unless they commit.
    """
    taken = _pour(buckets, [bucket.drip_s for bucket in buckets])
    full = [bucket for bucket in buckets if bucket.key not in taken]
    if full:
        # An attempt that isn't judged counts nowhere.
        rest = [bucket for bucket in buckets if bucket not in full]
        _pour(rest, [-bucket.drip_s for bucket in rest])
        raise _refusal(full)


def refuse_full(buckets: Sequence[Bucket]) -> None:
    """Raises what `charge` would, and counts nothing: for what leaves no trace unless it was wrong."""
    levels = _levels(buckets)
    full = [bucket for bucket in buckets if levels.get(bucket.key, 0) + bucket.drip_s > bucket.limit_s]
    if full:
        raise _refusal(full)


def refund(buckets: Sequence[Bucket]) -> None:
    """The attempt was right: it counts no longer, and what came before it on the same device is forgiven."""
    _pour(buckets, [-bucket.limit_s if bucket.forgives else -bucket.drip_s for bucket in buckets])


def _pour(buckets: Sequence[Bucket], amounts: Sequence[int]) -> set[bytes]:
    values: dict[str, Any] = {
        "keys": [bucket.key for bucket in buckets],
        "amounts": list(amounts),
        "limits": [bucket.limit_s for bucket in buckets],
    }
    with connection.cursor() as cursor:
        cursor.execute(_POUR, values)
        return {bytes(key) for (key,) in cursor.fetchall()}


def _levels(buckets: Sequence[Bucket]) -> dict[bytes, float]:
    with connection.cursor() as cursor:
        cursor.execute(_LEVELS, [[bucket.key for bucket in buckets]])
        return {bytes(key): level for key, level in cursor.fetchall()}


def _refusal(full: Sequence[Bucket]) -> Problem:
    """429 with the longest wait of the buckets that are full."""
    levels = _levels(full)
    waits = {bucket: levels.get(bucket.key, 0) + bucket.drip_s - bucket.limit_s for bucket in full}
    worst = max(waits, key=lambda bucket: waits[bucket])
    seconds = max(1, ceil(waits[worst]))
    return Problem(
        worst.problem,
        retry_after_s=seconds,
        params={"seconds": seconds},
        headers={
            "RateLimit-Policy": f'"{worst.name}";q={worst.capacity};w={worst.limit_s}',
            "RateLimit": f'"{worst.name}";r=0;t={seconds}',
        },
    )


def client_network(request: HttpRequest) -> str:
    """The network that a request comes from: its IPv4 address, or the /64 of its IPv6 address.

    Forwarded addresses count only as far as proxies of ours wrote them: with n of them, the n-th from the right.
    """
    address = request.META.get("REMOTE_ADDR", "")
    proxies: int = getattr(settings, "TRUSTED_PROXIES", 0)
    if proxies:
        forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
        address = forwarded[-proxies] if len(forwarded) >= proxies else address
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
