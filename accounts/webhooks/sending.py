"""Messages to other systems on their way: each a row of the outbox that holds its id and its exact body.

A worker killed between sending and marking sends once more, under the same `webhook-id`: the receiver takes it once.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
import uuid
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
from django.conf import settings
from django.db import connection

from accounts.areas.tree import above
from accounts.events import record
from accounts.models import Webhook
from accounts.webhooks import signing
from accounts.webhooks.services import secret_of
from api import outgoing
from api.actors import Event, Statement
from api.ids import uuid7
from api.jobs import Job, Later, handler, put_all
from api.localtime import now, wire

logger = logging.getLogger("anthon.webhooks")

TOPIC = "webhooks.send"
LASTS = dt.timedelta(days=1)
"""So long a message is tried."""
LONGEST_REST_S = 600.0

# Whoever subscribed to the area or to one above it; it hangs in two trees, so in several places.
_SUBSCRIBED = f"""
WITH place AS (SELECT path FROM area_placement WHERE area_id = %s AND valid_to IS NULL),
  over AS (SELECT DISTINCT p.area_id FROM area_placement p
    WHERE p.valid_to IS NULL AND p.path = ANY({above("place")} || ARRAY(SELECT path FROM place)))
SELECT w.id FROM webhook w JOIN over USING (area_id) WHERE w.ended_at IS NULL AND %s = ANY(w.events) ORDER BY w.id
"""


def messages(*, event: str, area_id: uuid.UUID, at: dt.datetime, data: Mapping[str, Any]) -> Sequence[Statement]:
    """The statements that put a message in line for each who subscribed to this event there. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_SUBSCRIBED, [area_id, event])
        subscribed = [row[0] for row in cursor.fetchall()]
    body = orjson.dumps({"type": event, "timestamp": wire(at), "data": dict(data)}).decode()
    until = wire(now() + LASTS)
    jobs: dict[str, dict[str, Any]] = {}
    for webhook_id in subscribed:
        message_id = f"msg_{uuid7().hex}"
        jobs[message_id] = {"webhook_id": str(webhook_id), "id": message_id, "body": body, "until": until}
    return [put_all(TOPIC, jobs)] if jobs else []


@handler(TOPIC, lease_s=60, slice_s=2, lane="outgoing")
def send(job: Job) -> None:
    """One attempt. Any 2xx takes the message; 410 ends the subscription; all else is tried again for a day."""
    found = Webhook.objects.filter(id=job.payload["webhook_id"], ended_at=None).first()
    if found is None:
        return
    if pause_s := _resting_s(found):
        _again(job, Later("receiver_silent", pause_s))
        return
    body = job.payload["body"].encode()
    signed = signing.headers(
        secret=secret_of(found.id, bytes(found.sealed_secret)),
        message_id=job.payload["id"],
        timestamp=int(time.time()),
        body=body,
    )
    headers = {"Content-Type": "application/json", **signed}
    try:
        answer = outgoing.post(found.url, body, headers, private_too=settings.WEBHOOK_PRIVATE_ADDRESSES)
    except outgoing.Unreachable as away:
        _refused(job, found, None, Later(away.code))
        return
    if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        _note(found, answer.status, failing=False)
    elif answer.status == HTTPStatus.GONE:
        _end(found, "receiver_gone")
    else:
        _refused(job, found, answer.status, Later(f"http_{answer.status}", answer.retry_after_s))


def _refused(job: Job, webhook: Webhook, status: int | None, wish: Later) -> None:
    """Note it and ask for another try."""
    _note(webhook, status, failing=True)
    _again(job, wish)


def _resting_s(webhook: Webhook) -> float:
    """How long nothing is sent to a receiver that didn't answer: the longer, the longer it has been silent.

    Else each of its messages in turn would wait for it, and those to others behind them.
    """
    if webhook.failing_since is None or webhook.last_sent_at is None or webhook.last_status is not None:
        return 0.0
    silent_s = (webhook.last_sent_at - webhook.failing_since).total_seconds()
    rests_s = min(max(silent_s / 2, outgoing.PATIENCE_S), LONGEST_REST_S)
    return max(rests_s - (now() - webhook.last_sent_at).total_seconds(), 0.0)


def _again(job: Job, wish: Later) -> None:
    """Ask for another try, unless the message is too old for one."""
    if now() > dt.datetime.fromisoformat(job.payload["until"]):
        logger.warning("webhook_given_up", extra=job.told | {"why": wish.code})
        return
    raise wish


def _note(webhook: Webhook, status: int | None, *, failing: bool) -> None:
    moment = now()
    since = (webhook.failing_since or moment) if failing else None
    Webhook.objects.filter(id=webhook.id).update(last_sent_at=moment, last_status=status, failing_since=since)


def _end(webhook: Webhook, because: str) -> None:
    if Webhook.objects.filter(id=webhook.id, ended_at=None).update(ended_at=now(), ended_because=because):
        record(Event("webhook.ended", webhook.area_id, "webhook", webhook.id, {"because": because}))
