"""Telling a commune's police of urgent tips and of those that wait too long: notices that say nothing of any tip."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence

from django.db import transaction

from accounts.models import Area
from accounts.on_call import on_call
from accounts.push import sending
from accounts.push.fcm import Notice
from api.actors import Statement
from api.jobs import Job, finish, handler
from api.problems import Text
from api.sync import store

TOPIC = "tips.overdue"
URGENT = "tips.urgent"
_OVERDUE = (
    Text("Tin báo quá 24 giờ chưa chuyển", "Tips not passed on within 24 hours"),
    Text("{area}: {tips} tin đang chờ", "{area}: {tips} waiting"),
)
_URGENT = (
    Text("Có tin báo khẩn cấp", "An urgent tip has come"),
    Text("{area}: mở danh sách tin báo để xem ngay", "{area}: open the list of tips now"),
)


@handler(TOPIC)
def tell(job: Job) -> None:
    """Put a notice in line for each phone of the unit's officers; where it has none, of those above."""
    unit_id = uuid.UUID(job.key)
    phones, area = _phones(unit_id), _name(unit_id)
    notices = {phone.token_id: overdue(unit_id, area, job.payload["tips"], phone.locale) for phone in phones}
    with transaction.atomic():
        store.run(sending.pushes(notices, key=f"{TOPIC}:{unit_id}", topic=sending.REMINDERS))
        finish(job)


def rings(unit_ids: Collection[uuid.UUID]) -> Sequence[Statement]:
    """The statements that put a notice in line for each phone of these units' officers, to leave no trace."""
    return [
        statement
        for unit_id in unit_ids
        for statement in sending.pushes(
            {phone.token_id: urgent(unit_id, _name(unit_id), phone.locale) for phone in _phones(unit_id)},
            key=f"{URGENT}:{unit_id}",
            topic=sending.TRACELESS,
        )
    ]


def overdue(unit_id: uuid.UUID, area: str, tips: int, locale: str) -> Notice:
    """The words; the app asks for the list by itself."""
    return _notice(TOPIC, _OVERDUE, unit_id, locale, "overdue=true", area=area, tips=tips)


def urgent(unit_id: uuid.UUID, area: str, locale: str) -> Notice:
    """The words of a ring: not even how many there are."""
    return _notice(URGENT, _URGENT, unit_id, locale, "urgency=urgent&status=new", area=area)


def _phones(unit_id: uuid.UUID) -> list[sending.Phone]:
    officers = on_call(unit_id).nearest_police
    return sending.phones_of(officers, strict=officers)


def _name(unit_id: uuid.UUID) -> str:
    return Area.objects.values_list("name", flat=True).get(id=unit_id)


def _notice(
    topic: str, words: tuple[Text, Text], unit_id: uuid.UUID, locale: str, query: str, **told: object
) -> Notice:
    title, body = (text.en if locale == "en" else text.vi for text in words)
    return Notice(
        title=title,
        body=body.format(**told),
        data={"type": topic, "area_id": str(unit_id), "path": f"/v1/tips?area={unit_id}&{query}"},
        tag=f"{topic}:{unit_id}",
        lasts_s=int(sending.LASTS.total_seconds()),
    )
