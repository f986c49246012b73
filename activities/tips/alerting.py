"""Telling a commune's police that tips wait too long: a notice to their phones that says nothing of any tip."""

from __future__ import annotations

import uuid

from django.db import transaction

from accounts.models import Area
from accounts.on_call import on_call
from accounts.push import sending
from accounts.push.fcm import Notice
from api.jobs import Job, finish, handler
from api.problems import Text
from api.sync import store

TOPIC = "tips.overdue"
_TITLE = Text("Tin báo quá 24 giờ chưa chuyển", "Tips not passed on within 24 hours")
_BODY = Text("{area}: {tips} tin đang chờ", "{area}: {tips} waiting")


@handler(TOPIC)
def tell(job: Job) -> None:
    """Put a notice in line for each phone of the unit's officers; where it has none, of those above."""
    unit_id = uuid.UUID(job.key)
    officers = on_call(unit_id).nearest_police
    phones = sending.phones_of(officers, strict=officers)
    area = Area.objects.values_list("name", flat=True).get(id=unit_id)
    notices = {phone.token_id: notice(unit_id, area, job.payload["tips"], phone.locale) for phone in phones}
    with transaction.atomic():
        store.run(sending.pushes(notices, key=f"{TOPIC}:{unit_id}"))
        finish(job)


def notice(unit_id: uuid.UUID, area: str, tips: int, locale: str) -> Notice:
    """The words; the app asks for the list by itself."""
    title, body = (text.en if locale == "en" else text.vi for text in (_TITLE, _BODY))
    return Notice(
        title=title,
        body=body.format(area=area, tips=tips),
        data={"type": TOPIC, "area_id": str(unit_id), "path": f"/v1/tips?area={unit_id}&overdue=true"},
        tag=f"{TOPIC}:{unit_id}",
        lasts_s=int(sending.LASTS.total_seconds()),
    )
