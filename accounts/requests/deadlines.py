"""When the next step of an entry is due by law, and when somebody is reminded: before, and once the time is over."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from accounts.models import Breach, DataRequest
from accounts.models.requests import DataRequestStatus, Entry
from accounts.requests.working_days import working_days_before
from api.localtime import LOCAL, now

ANSWER_AHEAD, SETTLE_AHEAD = 1, 3
"""So many working days before an answer, or what was asked for, is due."""
REPORT_AHEAD = dt.timedelta(hours=24)
MORNING = dt.time(8)
"""Nobody is rung at night for a letter. The 72 hours of a breach run at night too."""


@dataclass(frozen=True)
class Due:
    """What is due next: `answer`, `settle` or `report`; when its time is over, and when somebody is told of that."""

    step: str
    at: dt.datetime
    ahead: dt.datetime
    after: dt.datetime


def due_of(entry: Entry) -> Due | None:
    """What is due next of an entry as it stands, if anything is."""
    if isinstance(entry, Breach):
        end = entry.report_due_at
        return None if entry.reported_at or entry.closed_at else Due("report", end, end - REPORT_AHEAD, end)
    assert isinstance(entry, DataRequest)
    if entry.settled_at:
        return None
    if entry.status != DataRequestStatus.RECEIVED:
        return _by("settle", entry.due_on, SETTLE_AHEAD)
    # Over long holidays an answer can be due after the rest.
    return _by("answer", min(entry.answer_due_on, entry.due_on), ANSWER_AHEAD)


def plan(entry: Entry) -> None:
    """Set what is due next, and the reminder of it, after a step was taken; what is due as before is left alone."""
    due = due_of(entry)
    if entry.due_at != (due.at if due else None):
        entry.due_at = due.at if due else None
        entry.remind_at = None if due is None else due.ahead if now() < due.at else due.after


def _by(step: str, day: dt.date, ahead: int) -> Due:
    """Due by the end of a local day."""
    last, next_day = working_days_before(day, ahead), day + dt.timedelta(days=1)
    midnight, early, late = (
        dt.datetime.combine(each, at, LOCAL).astimezone(dt.UTC)
        for each, at in ((next_day, dt.time()), (last, MORNING), (next_day, MORNING))
    )
    return Due(step, midnight, early, late)
