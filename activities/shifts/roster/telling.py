"""A month's roster as it is told: its shifts, each person's share, and what is wrong with it after edits by hand."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from activities.shifts.roster.month import Planned, TeamMonth, is_heavy
from api.enums import LabelledEnum
from api.localtime import local_day, wire
from api.records import Wire


class RosterWarning(LabelledEnum):
    """What is wrong with somebody's shift in a roster."""

    DOUBLE = "double", "Trùng với ca khác", "At the same time as another shift"
    DAY_OFF = "day_off", "Vào ngày nghỉ", "On a day off"
    NOT_IN_TEAM = "not_in_team", "Không thuộc tổ khi đó", "Not in the team then"


def told(found: TeamMonth, *, holidays: frozenset[dt.date] = frozenset()) -> Wire:
    """The roster in wire form. Cancelled shifts are told, and count for nobody."""
    counted = [shift for shift in found.shifts if not shift.cancelled]
    shares = Counter(user_id for shift in counted for user_id in shift.people)
    heavy = Counter(
        user_id for shift in counted if is_heavy(local_day(shift.starts_at), holidays) for user_id in shift.people
    )
    return {
        "team_id": found.team["id"],
        "month": str(found.month),
        "shifts": [_shift(shift) for shift in found.shifts],
        "people": [
            {
                "user_id": str(person.user_id),
                "full_name": person.full_name,
                "role": person.role,
                "shifts": shares[person.user_id],
                "weekend_shifts": heavy[person.user_id],
                "days_off": len(person.days_off),
            }
            for person in found.people.values()
        ],
        "warnings": list(_warnings(found, counted)),
    }


def _shift(shift: Planned) -> Wire:
    return {
        "id": shift.id and str(shift.id),
        "starts_at": wire(shift.starts_at),
        "ends_at": wire(shift.ends_at),
        "on_duty_ids": sorted(str(each) for each in shift.people),
        "cancelled": shift.cancelled,
        "drafted": shift.drafted,
        "missing": shift.missing,
    }


def _warnings(found: TeamMonth, counted: Sequence[Planned]) -> Iterator[Wire]:
    doubles = set(_doubles([*found.around, *found.elsewhere, *counted]))
    for shift in counted:
        for user_id in sorted(shift.people):
            person = found.people.get(user_id)
            wrong = [RosterWarning.DOUBLE] if (shift, user_id) in doubles else []
            if person is None or not person.belongs(shift.starts_at, shift.ends_at):
                wrong.append(RosterWarning.NOT_IN_TEAM)
            elif local_day(shift.starts_at) in person.days_off:
                wrong.append(RosterWarning.DAY_OFF)
            for each in wrong:
                yield {"shift_id": shift.id and str(shift.id), "user_id": str(user_id), "warning": each.value}


def _doubles(shifts: Iterable[Planned]) -> Iterator[tuple[Planned, uuid.UUID]]:
    """Whoever is in two shifts at once: both of them."""
    by_person: dict[uuid.UUID, list[Planned]] = {}
    for shift in sorted(shifts, key=lambda shift: shift.starts_at):
        for user_id in shift.people if not shift.cancelled else ():
            by_person.setdefault(user_id, []).append(shift)
    for user_id, own in by_person.items():
        longest = own[0]
        for other in own[1:]:
            if longest.overlaps(other.starts_at, other.ends_at):
                yield from ((longest, user_id), (other, user_id))
            longest = max(longest, other, key=lambda shift: shift.ends_at)
