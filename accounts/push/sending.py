"""Pushes on their way: each a row of the outbox, sent until it is taken, its phone is gone, or it is out of date.

A worker killed between sending and marking sends once more: the notice's tag makes the phone show one.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass

from django.conf import settings
from django.db import connection

from accounts.push import fcm
from accounts.push.tokens import forget
from api.actors import Statement
from api.jobs import Job, Later, handler, put_all
from api.localtime import now, wire

logger = logging.getLogger("anthon.push")

TOPIC = "push.send"
REMINDERS = "push.remind"
"""What can wait: a thousand reminders of a morning stand in nobody's way."""
TRACELESS = "push.traceless"
"""What must not be told from rows or logs: that there was one, and when."""
LASTS = dt.timedelta(hours=2)
"""An alert that was held up longer is read in the list, not rung for."""

_LIVE = """
FROM push_token t JOIN session s ON s.id = t.session_id JOIN user_account u ON u.id = t.user_id
WHERE s.ended_at IS NULL AND s.expires_at > now() AND NOT s.only_delivers AND u.is_active
"""
_OF_USERS = f"SELECT t.id, t.user_id, u.locale, s.second_factor {_LIVE} AND t.user_id = ANY(%s::uuid[]) ORDER BY t.id"
_ONE = f"SELECT t.token {_LIVE} AND t.id = %s"


@dataclass(frozen=True)
class Phone:
    """A phone that can be reached."""

    token_id: uuid.UUID
    user_id: uuid.UUID
    locale: str
    second_factor: bool


def phones_of(user_ids: Collection[uuid.UUID], *, strict: Collection[uuid.UUID] = ()) -> list[Phone]:
    """The phones of these people that can be reached. One query.

    `strict`: who is told by a role that holds only in sessions with a second factor, where those are required.
    """
    if not user_ids or not fcm.is_set_up():
        return []
    with connection.cursor() as cursor:
        cursor.execute(_OF_USERS, [list(user_ids)])
        found = [Phone(*row) for row in cursor.fetchall()]
    required = settings.SECOND_FACTOR == "required"
    return [each for each in found if each.second_factor or not (required and each.user_id in strict)]


def pushes(
    notices: Mapping[uuid.UUID, fcm.Notice], key: str, topic: str = TOPIC, *, lasts: dt.timedelta = LASTS
) -> Sequence[Statement]:
    """The statements that put these notices in line, by token; `key` names what they tell of."""
    until = wire(now() + lasts)
    jobs = {
        f"{key}:{token_id}": {"token_id": str(token_id), "until": until, "notice": asdict(notice)}
        for token_id, notice in notices.items()
    }
    return [put_all(topic, jobs)] if jobs else []


@handler(TRACELESS, lane="urgent", slice_s=30, traceless=True)
@handler(REMINDERS, lane="outgoing", slice_s=2)
@handler(TOPIC, lane="urgent", slice_s=2)
def send(job: Job) -> None:
    """Hand one notice to the push service."""
    with connection.cursor() as cursor:
        cursor.execute(_ONE, [job.payload["token_id"]])
        found = cursor.fetchone()
    if found is None or not fcm.is_set_up():
        return
    try:
        fcm.send(found[0], fcm.Notice(**job.payload["notice"]))
    except fcm.TokenGone:
        forget(uuid.UUID(job.payload["token_id"]))
    except Later as wish:
        if now() > dt.datetime.fromisoformat(job.payload["until"]):
            if job.topic != TRACELESS:
                logger.warning("push_given_up", extra=job.told | {"why": wish.code})
            return
        raise
