"""Reminders of the registers: before the law's time is over, and once when it is, the admins nearest to it are told.

What is due stands in the entries' own column; it moves on in the transaction that writes the event and the job, so a
reminder is given once, whatever dies meanwhile. Notices and messages say which entry, where and until when: nobody's
name, and nothing of what was asked or lost.
"""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import transaction

from accounts.events import record, register_events
from accounts.models import Area
from accounts.models.requests import Entry
from accounts.on_call import nearest_admins
from accounts.push import sending
from accounts.push.fcm import Notice
from accounts.requests import entries
from accounts.requests.deadlines import due_of
from accounts.scoping import SystemActor
from accounts.webhooks.sending import messages
from accounts.webhooks.services import announce
from api.actors import Statement
from api.jobs import Job, finish, handler, periodic, put_all
from api.localtime import LOCAL, now, wire
from api.problems import Text
from api.sync import store

TOPIC = "registers.tell"
EVERY_S, AT_ONCE = 60, 200
LASTS = dt.timedelta(hours=12)
"""A phone that is off in the morning still rings in the afternoon."""
EVENTS = tuple(f"{name}.{verb}" for name in entries.TYPES.values() for verb in ("reminded", "overdue"))
_SYSTEM = SystemActor(reason="registers.remind")
_TITLES = {
    "answer": Text("Yêu cầu về dữ liệu cá nhân chờ phản hồi", "A request about personal data waits for an answer"),
    "settle": Text("Yêu cầu về dữ liệu cá nhân chờ thực hiện", "A request about personal data waits to be done"),
    "report": Text("Sự cố dữ liệu cá nhân chưa báo cơ quan", "A breach of personal data waits to be reported"),
}
_BODIES = {
    False: Text("{place}: hạn {until}. Hãy mở trang quản trị.", "{place}: due {until}. Open the admin site."),
    True: Text(
        "{place}: đã quá hạn {until}. Hãy mở trang quản trị ngay.",
        "{place}: was due {until}. Open the admin site now.",
    ),
}

register_events(*EVENTS)
announce(*EVENTS)


def remind() -> None:
    """The periodic job: see `remind_due`."""
    for model in entries.TYPES:
        while remind_due(model) == AT_ONCE:
            pass


@transaction.atomic
def remind_due(model: type[Entry]) -> int:
    """Put a job for each entry whose reminder is due, with its event; how many those were."""
    moment, name = now(), entries.TYPES[model]
    waiting = model._default_manager.select_for_update(no_key=True, skip_locked=True)
    found = list(waiting.filter(remind_at__lte=moment).order_by("remind_at")[:AT_ONCE])
    events, jobs = [], {}
    for entry in found:
        due = due_of(entry)
        assert due is not None
        late = due.at <= moment
        verb, told = "overdue" if late else "reminded", {"step": due.step, "due_at": wire(due.at)}
        entry.remind_at = None if late else due.after
        events.append(entries.event(verb, entry, told))
        jobs[f"{name}:{entry.id}:{verb}:{told['due_at']}"] = {
            "type": name, "id": str(entry.id), "area_id": str(entry.area_id), "event": f"{name}.{verb}", **told,
        }  # fmt: skip
    if found:
        record(*events, by=_SYSTEM)
        model._default_manager.bulk_update(found, ["remind_at"])
        store.run([put_all(TOPIC, jobs)])
    return len(found)


@handler(TOPIC)
def tell(job: Job) -> None:
    """Put a notice in line for each phone of the nearest admins, and a message for each system that subscribed."""
    told, area_id = job.payload, uuid.UUID(job.payload["area_id"])
    place = Area.objects.values_list("name", flat=True).get(id=area_id)
    admins = nearest_admins(area_id)
    path = f"/v1/{'breaches' if told['type'] == 'breach' else 'data_requests'}/{told['id']}"
    shown = {name: told[name] for name in ("id", "area_id", "step", "due_at")} | {"path": path}
    notices = {
        phone.token_id: _notice(told["event"], shown, place, phone.locale)
        for phone in sending.phones_of(admins, strict=admins)
    }
    with transaction.atomic():
        statements: list[Statement] = [
            *sending.pushes(notices, key=job.key, topic=sending.REMINDERS, lasts=LASTS),
            *messages(event=told["event"], area_id=area_id, at=now(), data=shown | {"area_name": place}),
        ]
        store.run(statements)
        finish(job)


def _notice(event: str, shown: dict[str, str], place: str, locale: str) -> Notice:
    due = dt.datetime.fromisoformat(shown["due_at"]).astimezone(LOCAL)
    # A day's end is the next day's midnight, which nobody would take for it.
    until = f"{due:%H:%M %d/%m/%Y}" if shown["step"] == "report" else f"{due - dt.timedelta(days=1):%d/%m/%Y}"
    title, body = (
        text.en if locale == "en" else text.vi for text in (_TITLES[shown["step"]], _BODIES[event.endswith(".overdue")])
    )
    return Notice(
        title=title,
        body=body.format(place=place, until=until),
        data={"type": event, **shown},
        tag=f"{event}:{shown['id']}",
        lasts_s=int(LASTS.total_seconds()),
    )


periodic("registers.remind", every_s=EVERY_S, run=remind)
