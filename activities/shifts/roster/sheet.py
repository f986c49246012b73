"""The roster for the wall: a month on one A4 page across, in Vietnamese, as data for the press."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path

from accounts.areas.names import AreaKind, Name
from accounts.models import Area
from accounts.roles import TeamRole
from activities.shifts.roster.month import Planned, TeamMonth, is_heavy
from api.localtime import LOCAL, local_day, now
from api.press import printed
from api.records import Wire

_TEMPLATE = Path(__file__).with_name("roster.typ")


def print_roster(found: TeamMonth, place: str) -> bytes:
    """The PDF. Nothing may be held meanwhile. Raises Problem `unavailable` if the press fails its limits."""
    return printed(_TEMPLATE, press_data(found, place))


def place_of(team: Wire) -> str:
    """Where the team is at home: hamlet, then commune."""
    hamlet = Area.objects.get(id=team["area_id"])
    places = [hamlet, *Area.objects.filter(id__in=[hamlet.parent_id] if hamlet.parent_id else [])]
    return ", ".join(Name(AreaKind(area.kind), area.name).full for area in places)


def press_data(found: TeamMonth, place: str) -> Wire:
    """What the template sets: weeks of seven days from Monday on, and each one's number of shifts."""
    shifts: dict[dt.date, list[Wire]] = {}
    counts: Counter[object] = Counter()
    for shift in found.shifts:
        shifts.setdefault(local_day(shift.starts_at), []).append(_shift(found, shift))
        if not shift.cancelled:
            counts.update(shift.people)
    first, last = found.month.first, found.month.last
    begin = first - dt.timedelta(days=first.weekday())
    cells = [begin + dt.timedelta(days=day) for day in range(-(-((last - begin).days + 1) // 7) * 7)]
    leader = next((person for person in found.people.values() if person.role == TeamRole.LEADER), None)
    return {
        "title": f"Lịch trực tháng {first.month} năm {first.year}",
        "team": found.team["name"],
        "place": place,
        "weeks": [
            [_cell(found, day, shifts.get(day, [])) for day in week]
            for week in (cells[at : at + 7] for at in range(0, len(cells), 7))
        ],
        "people": [{"name": person.full_name, "shifts": counts[person.user_id]} for person in found.people.values()],
        "leader": leader.full_name if leader else None,
        "printed_on": f"{local_day(now()):%d/%m/%Y}",
    }


def _cell(found: TeamMonth, day: dt.date, shifts: list[Wire]) -> Wire:
    inside = found.month.first <= day <= found.month.last
    return {"day": day.day, "inside": inside, "heavy": is_heavy(day), "shifts": shifts if inside else []}


def _shift(found: TeamMonth, shift: Planned) -> Wire:
    """A shift in a cell: its hours, and its people in the order of the team; strangers last, without a name."""
    known = [person.full_name for user_id, person in found.people.items() if user_id in shift.people]
    strangers = len(shift.people - found.people.keys())
    begins, ends = (moment.astimezone(LOCAL) for moment in (shift.starts_at, shift.ends_at))
    return {
        "time": f"{begins:%H:%M}–{ends:%H:%M}",
        "people": known + ["(người ngoài tổ)"] * strangers,
        "cancelled": shift.cancelled,
    }
