"""Whom an alert is told, and in which words: put into the outbox in the transaction of the alert, by phone and by wire.

What leaves the house is which alert, its kind, place by the hamlet's name, severity and time: who may see more asks for
it. One job finds the receivers and puts a job for each, at once with its own end, so that none is told twice.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django.db import transaction

from accounts.models import Area
from accounts.on_call import OnCall, on_call
from accounts.push import sending
from accounts.push.fcm import Notice
from accounts.webhooks.sending import TOPIC as WEBHOOKS
from accounts.webhooks.sending import messages
from activities.observations.alerts import rules
from activities.observations.models import AlertKind, AlertStep, ObservationKind
from api.actors import Actor, Statement
from api.jobs import Job, finish, handler, put_all, wake
from api.localtime import LOCAL
from api.problems import Text
from api.records import Known, Made, Wire, record_type
from api.sync import store

TOPIC = "alerts.tell"
EVENTS = tuple(f"alert.{step}" for step in AlertStep.values)
_SHOWN = ("id", "area_id", "kind", "observation_kind", "severity", "status", "level", "occurred_at")
_TITLES = {
    AlertStep.ESCALATED: Text("Chưa ai tiếp nhận: {what}", "Nobody has answered: {what}"),
    AlertStep.ACKNOWLEDGED: Text("Đã có người tiếp nhận: {what}", "Somebody is on it: {what}"),
    AlertStep.CANCELLED: Text("Đã hủy báo động: {what}", "Cancelled: {what}"),
    AlertStep.CLOSED: Text("Đã xử lý xong: {what}", "Closed: {what}"),
}
_SOS = Text("SOS – tổ viên cần giúp ngay", "SOS – a team member needs help now")


def alongside(actor: Actor, made: Sequence[Made], _: Known) -> list[Statement]:
    """A job for each step that an alert took."""
    jobs = {}
    for each in made:
        step = rules.verb(each.before, each.after)
        if each.after is not None and step in AlertStep.values:
            jobs[f"{each.id}:{len(each.after['steps'])}"] = {"alert_id": str(each.id), "step": step}
    return [put_all(TOPIC, jobs)] if jobs else []


@handler(TOPIC, lane="urgent")
def tell(job: Job) -> None:
    """Put a notice in line for each phone, and a message for each system, that this step concerns."""
    found = store.rows_of(record_type("alert"), [uuid.UUID(job.payload["alert_id"])])
    if not found:
        return
    [alert], step = found, AlertStep(job.payload["step"])
    area_id = uuid.UUID(alert["area_id"])
    place = Area.objects.values_list("name", flat=True).get(id=area_id)
    near = on_call(area_id)
    phones = sending.phones_of(receivers(alert, step, near), strict=near.all_police)
    notices = {phone.token_id: notice(alert, step, place, phone.locale) for phone in phones}
    occurred = dt.datetime.fromisoformat(alert["occurred_at"])
    told = {name: alert[name] for name in _SHOWN} | {"area_name": place, "path": f"/v1/alerts/{alert['id']}"}
    with transaction.atomic():
        pushes = sending.pushes(notices, key=job.key)
        hooks = messages(event=f"alert.{step}", area_id=area_id, at=occurred, data=told)
        store.run([*pushes, *hooks])
        finish(job)
    wake(*([sending.TOPIC] if pushes else []), *([WEBHOOKS] if hooks else []))


def receivers(alert: Wire, step: AlertStep, near: OnCall) -> set[uuid.UUID]:
    """Who is rung: those of the level that it has reached; its sender, of what others did about it."""
    sender = {uuid.UUID(alert["author_id"])} if alert["author_id"] else set()
    if step in (AlertStep.ACKNOWLEDGED, AlertStep.CLOSED):
        return sender - {uuid.UUID(each["by_id"]) for each in alert["steps"] if each["step"] == step}
    if alert["level"] > 1:
        return (near.all_police | near.all_heads) - sender
    return (near.nearest_police | near.heads_of(uuid.UUID(alert["team_id"]))) - sender


def notice(alert: Wire, step: AlertStep, place: str, locale: str) -> Notice:
    """The words of a notice: what it is, where, and at what time by the clock on the wall."""
    title = _in(locale, _TITLES[step]).format(what=_what(alert, locale)) if step in _TITLES else _what(alert, locale)
    moment = dt.datetime.fromisoformat(alert["occurred_at"]).astimezone(LOCAL)
    data: dict[str, Any] = {"type": f"alert.{step}"} | {name: alert[name] for name in _SHOWN}
    return Notice(
        title=title,
        body=f"{place}, {moment:%H:%M %d/%m/%Y}",
        data={name: str(value) for name, value in data.items() if value is not None},
        tag=alert["id"],
        lasts_s=int(sending.LASTS.total_seconds()),
    )


def _what(alert: Wire, locale: str) -> str:
    if alert["kind"] == AlertKind.SOS:
        return _in(locale, _SOS)
    kind = ObservationKind(alert["observation_kind"])
    return _in(locale, Text(f"Khẩn cấp: {kind.label_vi}", f"Urgent: {kind.label_en}"))


def _in(locale: str, text: Text) -> str:
    return text.en if locale == "en" else text.vi
