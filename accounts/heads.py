"""Signed heads of the audit trail's chain: what an outsider can hold on to, so that nobody rebuilds it unseen.

The keeper signs the newest seal every hour. What listens by `on_signed` is told of each head: `media.heads` writes them
to locked objects so, since the store lies above accounts.
"""

import datetime as dt
from collections.abc import Callable

from django.db import connections

from accounts.models import AuditHead
from api.localtime import now, wire
from api.signing import sign, signed_claims

TYPE = "audit-head+jws"
_LAST = "SELECT seq, hash FROM audit_seal ORDER BY seq DESC LIMIT 1"
_listeners: list[Callable[[AuditHead], None]] = []


class BadHead(Exception):
    """A head that none of our keys signed, or that says something else than its row."""


def on_signed(listener: Callable[[AuditHead], None]) -> None:
    """Have `listener` called with each new head, after it is committed, in the keeper's process."""
    if listener not in _listeners:
        _listeners.append(listener)


def sign_head(*, alias: str = "owner") -> AuditHead | None:
    """Sign the newest seal, unless it is signed already."""
    with connections[alias].cursor() as cursor:
        cursor.execute(_LAST)
        last = cursor.fetchone()
    if last is None or AuditHead.objects.using(alias).filter(seq=last[0]).exists():
        return None
    seq, hash_, moment = last[0], bytes(last[1]), now()
    made = AuditHead(seq=seq, hash=hash_, signed_at=moment, jws=sign(_claims(seq, hash_, moment), typ=TYPE))
    made.save(using=alias, force_insert=True)
    for listener in _listeners:
        listener(made)
    return made


def kept_heads(*, alias: str = "owner") -> dict[int, bytes]:
    """The heads in the table by their place; raises BadHead for the first whose signature or row was altered."""
    found = {}
    for head in AuditHead.objects.using(alias).order_by("seq"):
        claims = signed_claims(head.jws, typ=TYPE)
        if claims != _claims(head.seq, bytes(head.hash), head.signed_at):
            raise BadHead(f"head {head.seq}: its row or its signature was changed")
        found[head.seq] = bytes(head.hash)
    return found


def held_head(jws: str) -> tuple[int, bytes]:
    """Place and hash of a head that somebody kept; raises BadHead for what we never signed."""
    claims = signed_claims(jws.strip(), typ=TYPE)
    if claims is None:
        raise BadHead("none of our keys signed this head")
    return int(claims["seq"]), bytes.fromhex(claims["hash"])


def _claims(seq: int, hash_: bytes, moment: dt.datetime) -> dict[str, object]:
    return {"seq": seq, "hash": hash_.hex(), "signed_at": wire(moment)}
