"""Alerts that nobody acknowledged go to the next level: found by their own column, so no restart forgets one."""

from __future__ import annotations

import uuid

from accounts.scoping import SystemActor
from activities.observations.alerts.rules import step
from activities.observations.models import AlertStep
from api.jobs import periodic
from api.localtime import now, wire
from api.postgres import ask
from api.records import record_type
from api.sync import store
from api.sync.changes import Change
from api.sync.engine import write

EVERY_S = 10
AT_ONCE = 200
_DUE = "SELECT id FROM alert WHERE escalates_at <= %s AND deleted_at IS NULL ORDER BY escalates_at LIMIT %s"


def escalate() -> None:
    """The periodic job: see `escalate_due`."""
    while escalate_due() == AT_ONCE:
        pass


def escalate_due() -> int:
    """Pass on what is due; how many alerts that was. One that is acknowledged at this very moment stays where it is."""
    moment = now()
    due = [row[0] for row in ask(_DUE, [moment, AT_ONCE])]
    if not due:
        return 0
    changes = [
        Change(
            type="alert",
            id=uuid.UUID(alert["id"]),
            op="patch",
            area_id=uuid.UUID(alert["area_id"]),
            data={
                "level": alert["level"] + 1,
                "steps": [*alert["steps"], step(AlertStep.ESCALATED, wire(moment), None, alert["level"] + 1)],
                "escalates_at": None,
            },
            base_version=alert["version"],
            expected_version=alert["version"],
            system=True,
        )
        for alert in store.rows_of(record_type("alert"), due)
    ]
    outcomes = write(SystemActor(reason="alerts.escalate"), changes)
    return sum(outcome.status == "applied" for outcome in outcomes)


periodic("alerts.escalate", every_s=EVERY_S, run=escalate, lane="urgent")
