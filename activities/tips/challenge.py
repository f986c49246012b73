"""Proof of work in place of an address: a signed challenge that nothing is stored of until it is used, and only once.

The work: a text such that SHA-256 over `<challenge>.<id of the tip>.<text>` begins with so many zero bits. It is bound
to the tip, so a repeat brings the same proof, and nobody else can use it.
"""

from __future__ import annotations

import hashlib
import os
import time
import uuid
from dataclasses import dataclass

from django.conf import settings
from django.db import connection

from activities.tips.times import this_hour
from api.keyed import keyed_hash, seal, unseal
from api.problems import Problem

GOOD_FOR_S = 900
_NONCE_BYTES = 16
clock = time.time


@dataclass(frozen=True)
class Challenge:
    """What to solve, and until when (seconds since 1970)."""

    text: str
    difficulty: int
    expires_at: int


def new_challenge() -> Challenge:
    """A challenge of today's difficulty."""
    expires_at, difficulty = int(clock()) + GOOD_FOR_S, settings.TIP_DIFFICULTY
    payload = expires_at.to_bytes(5, "big") + bytes([difficulty]) + os.urandom(_NONCE_BYTES)
    return Challenge(seal("tip-challenge", b"", payload), difficulty, expires_at)


def checked(challenge: str, tip_id: uuid.UUID, solution: str) -> bytes:
    """What makes the challenge unique, if it is ours and solved for this tip, in time or not.

    Raises Problem `challenge_invalid`.
    """
    payload = _opened(challenge)
    worked = hashlib.sha256(f"{challenge}.{tip_id}.{solution}".encode()).digest()
    if int.from_bytes(worked, "big") >> (256 - payload[5]):
        raise Problem("challenge_invalid")
    return payload


def use(payload: bytes) -> None:
    """Use it up, in the transaction of the tip. Raises Problem `challenge_invalid` if it is over or was used."""
    if int.from_bytes(payload[:5], "big") < clock():
        raise Problem("challenge_invalid")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tip_challenge (nonce_hash, hour) VALUES (%s, %s) ON CONFLICT DO NOTHING",
            [keyed_hash("tip-nonce", payload), this_hour()],
        )
        if not cursor.rowcount:
            raise Problem("challenge_invalid")


def _opened(challenge: str) -> bytes:
    try:
        return unseal("tip-challenge", b"", challenge)
    except (Problem, UnicodeEncodeError):
        raise Problem("challenge_invalid") from None
