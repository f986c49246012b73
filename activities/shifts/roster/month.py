"""A team's month: who belongs to it, their days off, and the shifts there are. Three queries, whatever its size."""

from __future__ import annotations

import calendar
import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

from accounts.models import Membership
from accounts.rights import heads_team
from accounts.roles import TeamRole
from activities.shifts.models import DayOff, Shift, ShiftStatus
from activities.shifts.registration import SHIFT
from api.actors import Actor
from api.localtime import day_bounds, local_day
from api.problems import Problem
from api.records import Wire, record_type
from api.sync import store

LOOKED_BACK = dt.timedelta(days=31)
"""How far before the month shifts count: for rests across its first night, and for who had more lately."""

# (month, day) of the holidays that don't move; those of the lunar calendar are told by who makes the roster.
_HOLIDAYS = {(1, 1), (4, 30), (5, 1), (9, 2)}
_ROLES = {role: place for place, role in enumerate(TeamRole.values)}


@dataclass(frozen=True)
class Month:
    """A local month."""

    first: dt.date

    @classmethod
    def read(cls, text: str) -> Month:
        """From `YYYY-MM`."""
        return cls(dt.date.fromisoformat(f"{text}-01"))

    @property
    def last(self) -> dt.date:
        return self.first.replace(day=calendar.monthrange(self.first.year, self.first.month)[1])

    @property
    def bounds(self) -> tuple[dt.datetime, dt.datetime]:
        """Its first moment, and the first of the next month."""
        start, end = day_bounds(self.first, self.last)
        assert start and end
        return start, end

    def days(self) -> Iterator[dt.date]:
        return (self.first + dt.timedelta(days=day) for day in range((self.last - self.first).days + 1))

    def __str__(self) -> str:
        return f"{self.first:%Y-%m}"


def is_heavy(day: dt.date, holidays: frozenset[dt.date] = frozenset()) -> bool:
    """Whether it is a Saturday, a Sunday or a holiday: such duties are shared out evenly too."""
    return day.weekday() >= 5 or (day.month, day.day) in _HOLIDAYS or day in holidays


@dataclass
class Belonging:
    """Somebody in the team: since when, until when (several times perhaps), and the days off in the month."""

    user_id: uuid.UUID
    full_name: str
    role: str
    spans: list[tuple[dt.datetime, dt.datetime | None]] = field(default_factory=list)
    days_off: set[dt.date] = field(default_factory=set)

    def belongs(self, start: dt.datetime, end: dt.datetime) -> bool:
        """Whether all this time lies in a membership."""
        return any(since <= start and (until is None or end <= until) for since, until in self.spans)

    def can(self, start: dt.datetime, end: dt.datetime) -> bool:
        """Whether this person can be on duty then. A night counts on the day on which it begins."""
        return self.belongs(start, end) and local_day(start) not in self.days_off


@dataclass(frozen=True)
class Planned:
    """A shift that is there or is to be (`id` None until it is written)."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    people: frozenset[uuid.UUID]
    id: uuid.UUID | None = None
    cancelled: bool = False
    missing: int = 0
    drafted: bool = False

    def overlaps(self, start: dt.datetime, end: dt.datetime) -> bool:
        return self.starts_at < end and start < self.ends_at


@dataclass(frozen=True)
class TeamMonth:
    """What a roster is made from. `shifts` begin in the month, `around` in the 31 days before it or on the day after.

    `elsewhere` are shifts of the hamlet's other teams in all that time: nobody can be in two places.
    """

    team: Wire
    month: Month
    people: dict[uuid.UUID, Belonging]
    shifts: list[Planned]
    around: list[Planned]
    elsewhere: list[Planned]


def read_team(actor: Actor, team_id: uuid.UUID, *, to_plan: bool) -> Wire:
    """The team, for who plans for it, or for who reads its shifts.

    Raises Problem `not_found` out of scope, `forbidden`.
    """
    found = store.rows_of(record_type("team"), [team_id])
    area_id = uuid.UUID(found[0]["area_id"]) if found else None
    standing = actor.standing([area_id]).get(area_id) if area_id else None
    if standing is None or not standing.roles:
        raise Problem("not_found")
    if not (heads_team(actor, team_id) if to_plan else standing.may_read(SHIFT)):
        raise Problem("forbidden")
    return found[0]


def read_month(team: Wire, month: Month) -> TeamMonth:
    """The month as it stands; people in the order of their roles, then of their names."""
    start, end = month.bounds
    team_id = uuid.UUID(team["id"])
    people: dict[uuid.UUID, Belonging] = {}
    members = Membership.objects.filter(team_id=team_id, deleted_at=None, starts_at__lt=end).exclude(ends_at__lte=start)
    for one in sorted(members, key=lambda m: (_ROLES.get(m.role, 9), m.full_name, m.user_id)):
        person = people.setdefault(one.user_id, Belonging(one.user_id, one.full_name, one.role))
        person.spans.append((one.starts_at, one.ends_at))
    off = DayOff.objects.filter(team_id=team_id, deleted_at=None, starts_on__lte=month.last, ends_on__gte=month.first)
    for user_id, first, last in off.values_list("user_id", "starts_on", "ends_on"):
        if user_id in people:
            people[user_id].days_off |= {day for day in month.days() if first <= day <= last}
    found = TeamMonth(team, month, people, [], [], [])
    rows = Shift.objects.filter(
        area_id=team["area_id"],
        deleted_at=None,
        starts_at__gte=start - LOOKED_BACK,
        starts_at__lt=end + dt.timedelta(days=1),
    )
    for row in rows.order_by("starts_at", "id"):
        of_month = found.shifts if start <= row.starts_at < end else found.around
        (of_month if row.team_id == team_id else found.elsewhere).append(_planned(row))
    return found


def _planned(row: Shift) -> Planned:
    return Planned(
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        people=frozenset(row.on_duty_ids),
        id=row.id,
        cancelled=row.status == ShiftStatus.CANCELLED,
    )
