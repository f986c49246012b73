"""Signed heads of the audit trail, in objects that nobody can change or take away: not who holds the database, nor us.

Each head lies under its place in the chain, once; where the bucket has an object lock, under it for ten years. One that
the store couldn't take is written with the next.
"""

from __future__ import annotations

import datetime as dt
import logging

from accounts.heads import on_signed
from accounts.models import AuditHead
from api.problems import Problem
from media import storage

logger = logging.getLogger("anthon.keeper")

KEPT_FOR = dt.timedelta(days=3652)
_MOST_AT_ONCE = 1_000


def head_key(head: AuditHead) -> str:
    """Where a head lies; keys sort as places do. With its hash, so that a chain rebuilt shows beside the one before."""
    return f"audit-heads/{head.seq:015}-{bytes(head.hash).hex()[:16]}.jws"


def keep_head(newest: AuditHead) -> None:
    """Write this head, and those before it that aren't there yet; a store that is away holds nobody up."""
    try:
        storage.probe()
        _keep_up_to(newest)
    except Problem as problem:
        logger.warning("head_not_kept (%s)", problem.code)


def _keep_up_to(newest: AuditHead) -> None:
    before = AuditHead.objects.filter(seq__lte=newest.seq).order_by("-seq")
    for head in before[:_MOST_AT_ONCE]:
        content, until = head.jws.encode(), head.signed_at + KEPT_FOR
        if not storage.put_once(head_key(head), content, content_type="application/jose", locked_until=until):
            return


on_signed(keep_head)
