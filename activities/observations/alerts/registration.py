"""What alerts tell the wire about themselves: their record type, jobs, problems, and the events that others hear of."""

from __future__ import annotations

from typing import Any

from accounts.webhooks.services import announce
from activities.observations.alerts import escalating, problems, rules, telling  # noqa: F401  (register themselves)
from activities.observations.alerts.serializers import Alert as AlertSerializer
from activities.observations.models import Alert, AlertStatus, AlertStep
from api.problems import Text
from api.records import RecordType, access, register
from api.retention import PUBLIC_TASK, WITH_THE_RECORD, Kept, keep


def _own() -> dict[str, type[Any]]:
    from activities.observations.alerts.views import AlertCalls, AlertItem

    return {"CollectionView": AlertCalls, "ItemView": AlertItem}


ALERT = register(
    RecordType(
        name="alert",
        collection="alerts",
        model=Alert,
        serializer=AlertSerializer,
        access=access(
            read="front_work_head front_officer police_officer",
            team_write="member leader deputy_leader",
            count="analyst",
        ),
        filters=("team_id", "status", "kind"),
        # A phone's clock may say anything: by it, a call could stand on the last page, or keep others off the first.
        order=("received_at", "DESC"),
        walked=True,
        unfinished=("status", (AlertStatus.OPEN.value, AlertStatus.ACKNOWLEDGED.value)),
        rules=rules.faults,
        derive=rules.derive,
        allows=rules.allows,
        alongside=telling.alongside,
        verb=rules.verb,
        verbs=frozenset({*AlertStep.values, "updated", "deleted"}),
        beside=_own,
    )
)
announce(*telling.EVENTS)
keep(
    Kept(
        "alert",
        Text(
            "Báo cho người có thể đến giúp, và biết ai đã tiếp nhận",
            "Calling those who can help, and knowing who answered",
        ),
        PUBLIC_TASK,
        WITH_THE_RECORD,
    )
)
