"""Reminders: two weeks before pledges run out, the hamlet's leaders are told how many, once a day and hamlet."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import transaction

from accounts.models import Area
from accounts.on_call import on_call
from accounts.push import sending
from accounts.push.fcm import Notice
from accounts.scoping import SystemActor
from activities.pledges.pledges.expiring import SOON
from api.jobs import Job, finish, handler, put_all
from api.localtime import LOCAL, local_day, now
from api.postgres import ask, tell
from api.problems import Text
from api.sync import store

TOPIC = "pledges.remind"
AHEAD = dt.timedelta(days=14)
HOURS = range(8, 20)
"""Nobody is rung at night for a paper."""
_TITLE = Text("{count} cam kết sắp hết hạn", "{count} pledges run out soon")
_BODY = Text(
    "{place}: hết hiệu lực sau ngày {day}. Hãy mở danh sách để ký lại.",
    "{place}: valid until {day}. Have them renewed.",
)
_DUE = f"SELECT t.area_id::text, count(*) FROM pledge t WHERE {SOON} GROUP BY 1 ORDER BY 1"


def remind_due() -> None:
    """Put a job for each hamlet where pledges run out in two weeks, unless today's was put; called by the tick."""
    if now().astimezone(LOCAL).hour not in HOURS:
        return
    day = local_day(now()) + AHEAD
    found = ask(_DUE, [day, day], as_actor=SystemActor(reason="pledges run out"))
    jobs = {f"{area}:{day}": {"area_id": area, "until": day.isoformat(), "count": many} for area, many in found}
    # Jobs that are done are kept for a week, so they say which reminders were given.
    given = ask("SELECT key FROM outbox WHERE topic = %s AND key = ANY(%s)", [TOPIC, list(jobs)]) if jobs else []
    if left := {key: job for key, job in jobs.items() if (key,) not in given}:
        tell([put_all(TOPIC, left)])


@handler(TOPIC)
def remind(job: Job) -> None:
    """Put a notice in line for the phones of the hamlet's leaders and deputies."""
    area_id = uuid.UUID(job.payload["area_id"])
    place = Area.objects.values_list("name", flat=True).get(id=area_id)
    day = f"{dt.date.fromisoformat(job.payload['until']):%d/%m/%Y}"
    told = {"count": job.payload["count"], "place": place, "day": day}
    notices = {
        phone.token_id: Notice(
            title=_in(phone.locale, _TITLE).format(**told),
            body=_in(phone.locale, _BODY).format(**told),
            data={"type": TOPIC, "area_id": str(area_id), "until": job.payload["until"]},
            tag=job.key,
            lasts_s=int(sending.LASTS.total_seconds()),
        )
        for phone in sending.phones_of(on_call(area_id).all_heads)
    }
    with transaction.atomic():
        store.run(sending.pushes(notices, key=job.key, topic=sending.REMINDERS))
        finish(job)


def _in(locale: str, text: Text) -> str:
    return text.en if locale == "en" else text.vi
