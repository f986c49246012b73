"""What shifts and days off say of a person, for that person: of a shift the own part alone."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from django.db.models import Q

from accounts.exports.own_data import register_own_data
from accounts.models import Membership
from activities.shifts.models import AttendanceEvent, DayOff, Shift, ShiftStatus
from activities.shifts.roster.absences import GRACE
from api.localtime import now


def shifts(user_id: uuid.UUID) -> Iterator[dict[str, Any]]:
    """Those that somebody was put down for or took over: whether they came, when, where, and who else is left out."""
    me = str(user_id)
    concerned = Q(assignee_ids__contains=[user_id]) | Q(on_duty_ids__contains=[user_id])
    for shift in Shift.objects.filter(concerned, team_id__in=_teams(user_id), deleted_at=None).order_by("starts_at"):
        own = [entry for entry in shift.attendance if entry["user_id"] == me]
        came = any(entry["event"] == AttendanceEvent.CHECK_IN for entry in own)
        on_duty = user_id in shift.on_duty_ids and shift.status != ShiftStatus.CANCELLED
        yield {
            "id": shift.id,
            "area_id": shift.area_id,
            "team_id": shift.team_id,
            "starts_at": shift.starts_at,
            "ends_at": shift.ends_at,
            "status": shift.status,
            "assigned": user_id in shift.assignee_ids,
            "on_duty": on_duty,
            "absent": on_duty and not came and shift.starts_at + GRACE < now(),
            "attendance": [{name: entry.get(name) for name in ("event", "at", "location")} for entry in own],
            "substituted_at": [entry["at"] for entry in shift.substitutions if entry["absent_id"] == me],
            "substitute_at": [entry["at"] for entry in shift.substitutions if entry["substitute_id"] == me],
            "swap_answers": [
                {"answer": voice["answer"], "at": voice["at"], "gives": voice["giver_id"] == me}
                for voice in shift.swaps
                if voice["by_id"] == me
            ],
        }


def days_off(user_id: uuid.UUID) -> Iterator[dict[str, Any]]:
    """The own ones, whoever entered them."""
    found = DayOff.objects.filter(user_id=user_id, team_id__in=_teams(user_id), deleted_at=None)
    for row in found.order_by("starts_on", "id").values("id", "area_id", "team_id", "starts_on", "ends_on"):
        yield dict(row)


def _teams(user_id: uuid.UUID) -> Any:
    """All teams that somebody was ever in: shifts are found by their team."""
    return Membership.objects.filter(user_id=user_id).values("team_id")


register_own_data("shifts", shifts)
register_own_data("days_off", days_off)
