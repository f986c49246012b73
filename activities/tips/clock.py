"""What happens to tips by the clock: urgent ones ring, those not passed on within 24 hours are told of, and the hour's
are mixed.

Mixing takes away what a row's place among others would tell. PostgreSQL keeps with each row which transaction wrote it,
and rows lie in the order in which they came: beside what others wrote, with times to the millisecond, both would tell
the second of a tip. So once an hour all that came in it is written anew by one transaction, in the order of its random
ids, and only then stands in the audit trail.

Urgent tips ring by the same beat, `BEAT_S` apart whatever comes: a ring tells that a tip came since the beat before, to
those who are rung, and nobody later. It is put in line for phones, not for a tip, and leaves no row, line or event.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter

from django.db import connection, transaction
from django.db.models import Q

from accounts.events import record
from accounts.scoping import SystemActor
from activities.tips import alerting
from activities.tips.models import WAITING, Tip, TipMessage, TipSender, TipStatus, TipUrgency
from activities.tips.security import act_as_police
from activities.tips.times import FORWARDED_WITHIN, this_hour
from api import jobs
from api.actors import Event
from api.localtime import now
from api.sync import store

BEAT_S = 300
RINGING = dt.timedelta(hours=1)
_SYSTEM = SystemActor(reason="tips")
_TO_RING = Q(mixed=False, urgency=TipUrgency.URGENT, status=TipStatus.NEW, rung=False)
_REWRITE = (
    "UPDATE tip SET mixed = true WHERE id = %s AND NOT mixed",
    "UPDATE tip_source SET area_id = area_id WHERE tip_id = %s",
)


def beat() -> None:
    """The periodic job: ring, then mix, so that no ring touches a row that was mixed."""
    try:
        ring()
    finally:
        mix()


def ring() -> None:
    """Ring the police of communes to which urgent tips came since the last beat; each tip rings once at most.

    While they haven't looked at one that rang within the hour, no other rings: nobody keeps them awake by a hundred.
    """
    with transaction.atomic():
        act_as_police(_SYSTEM)
        found = dict(Tip.objects.filter(_TO_RING).select_for_update(no_key=True).values_list("id", "unit_id"))
        if found:
            lately = {"rung": True, "urgency": TipUrgency.URGENT, "hour__gte": this_hour() - RINGING}
            ringing = Tip.objects.filter(status=TipStatus.NEW, unit_id__in=found.values(), **lately)
            units = set(found.values()) - set(ringing.values_list("unit_id", flat=True))
            Tip.objects.filter(id__in=list(found)).update(rung=True)
            store.run(alerting.rings(units))


def mix() -> None:
    """Write the tips and messages of past hours anew, and tell the audit trail of them, in one transaction."""
    with transaction.atomic():
        act_as_police(_SYSTEM)
        over = Tip.objects.filter(mixed=False, hour__lt=this_hour()).exclude(_TO_RING)
        tips = dict(over.order_by("id").values_list("id", "area_id"))
        waiting = TipMessage.objects.filter(mixed=False, hour__lt=this_hour())
        sent = list(waiting.order_by("id").values_list("id", "tip_id", "area_id", "sender"))
        for tip_id in tips:
            act_as_police(_SYSTEM, source_of=tip_id)
            with connection.cursor() as cursor:
                for sql in _REWRITE:
                    cursor.execute(sql, [tip_id])
        for message_id, *_ in sent:
            TipMessage.objects.filter(id=message_id).update(mixed=True)
        received = [Event("tip.received", area_id, "tip", tip_id) for tip_id, area_id in tips.items()]
        received += [
            Event("tip.message_received", area_id, "tip", tip_id)
            for _, tip_id, area_id, sender in sent
            if sender == TipSender.SOURCE
        ]
        if received:
            record(*received)
    _forget_challenges()


def _forget_challenges() -> None:
    """A challenge is over long before; what says that it was used goes with the hour after."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM tip_challenge WHERE hour < %s", [this_hour() - FORWARDED_WITHIN])


def find_overdue() -> None:
    """Put a job for each commune in which tips have become overdue since, to tell its police; each tip counts once."""
    with transaction.atomic():
        act_as_police(_SYSTEM)
        late = Tip.objects.filter(status__in=WAITING, overdue_told=False, hour__lt=now() - FORWARDED_WITHIN)
        found = dict(late.select_for_update(no_key=True).values_list("id", "unit_id"))
        if not found:
            return
        Tip.objects.filter(id__in=list(found)).update(overdue_told=True)
        record(*(Event("tip.overdue", unit_id, "tip", tip_id) for tip_id, unit_id in found.items()), by=_SYSTEM)
        units = {str(unit): {"tips": count} for unit, count in Counter(found.values()).items()}
        with connection.cursor() as cursor:
            cursor.execute(*jobs.put_all(alerting.TOPIC, units))
