"""Making the roster of a month: a fair draft of what is still empty, looked at or written."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from activities.shifts.registration import SHIFT
from activities.shifts.roster.drafting import Member, Slot, draft
from activities.shifts.roster.month import Belonging, Month, Planned, TeamMonth, is_heavy, read_month, read_team
from activities.shifts.roster.telling import told
from api.actors import Actor
from api.ids import uuid7
from api.localtime import LOCAL, local_day, now, wire
from api.problems import FieldError, Problem
from api.records import Wire
from api.sync import store
from api.sync.changes import Change
from api.sync.engine import write


@dataclass(frozen=True)
class Watch:
    """A shift of each night, by local clock; one that ends no later than it begins ends on the next day."""

    starts: dt.time
    ends: dt.time
    people: int

    def on(self, day: dt.date) -> tuple[dt.datetime, dt.datetime]:
        """Its beginning and end on that day, in UTC."""
        end_day = day if self.ends > self.starts else day + dt.timedelta(days=1)
        start, end = dt.datetime.combine(day, self.starts, LOCAL), dt.datetime.combine(end_day, self.ends, LOCAL)
        return start.astimezone(dt.UTC), end.astimezone(dt.UTC)


@dataclass(frozen=True)
class Wishes:
    """How a roster is to be: on which days of the week (1 Monday … 7 Sunday) which watches, and who takes part."""

    watches: Sequence[Watch]
    weekdays: Collection[int]
    rest: dt.timedelta
    holidays: frozenset[dt.date] = frozenset()
    user_ids: Sequence[uuid.UUID] | None = None


@dataclass(frozen=True)
class Drafted:
    """The shifts that are missing in a month, as it was `found`."""

    found: TeamMonth
    wishes: Wishes
    shifts: Sequence[Planned]


def read_planned(actor: Actor, team_id: uuid.UUID, month: Month) -> TeamMonth:
    """The month as it stands, for who makes its roster: the team's leader or deputy.

    Raises Problem `not_found`, `forbidden`, `team_dissolved`.
    """
    team = read_team(actor, team_id, to_plan=True)
    if team["status"] == "dissolved":
        raise Problem("team_dissolved")
    return read_month(team, month)


def draft_roster(found: TeamMonth, wishes: Wishes) -> Drafted:
    """The shifts that are still to come and aren't there yet; it takes up to two seconds and asks nothing.

    What is there stays, also what was cancelled, and counts: so a repeat makes nothing. Raises Problem
    `nobody_to_roster`, and `invalid` for those named who don't belong to the team in that month.
    """
    return Drafted(found, wishes, _missing(found, _taking_part(found, wishes.user_ids), wishes))


def make_roster(*, actor: Actor, drafted: Drafted, dry_run: bool) -> Wire:
    """Write a draft unless it is a dry run; the roster as it then is. Raises Problem as `read_planned`.

    If the month was changed since it was drafted from, what is left to do is drafted anew.
    """
    if not dry_run:
        team_id = uuid.UUID(drafted.found.team["id"])
        # Of two who make it at once, the second finds what the first wrote.
        store.query("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"roster:{team_id}"])
        found = read_planned(actor, team_id, drafted.found.month)
        if found != drafted.found:
            drafted = draft_roster(found, drafted.wishes)
        drafted = replace(drafted, shifts=_written(actor, found, drafted.shifts))
    found, made, holidays = drafted.found, drafted.shifts, drafted.wishes.holidays
    shifts = sorted([*found.shifts, *made], key=lambda shift: (shift.starts_at, shift.ends_at))
    return told(replace(found, shifts=shifts), holidays=holidays) | {"dry_run": dry_run, "made": len(made)}


def _taking_part(found: TeamMonth, user_ids: Sequence[uuid.UUID] | None) -> list[Belonging]:
    if user_ids is None:
        people = list(found.people.values())
    else:
        strangers = [place for place, user_id in enumerate(user_ids) if user_id not in found.people]
        if strangers:
            raise Problem("invalid", errors=[FieldError(f"/user_ids/{place}", "not_member") for place in strangers])
        people = [person for user_id, person in found.people.items() if user_id in user_ids]
    if not people:
        raise Problem("nobody_to_roster")
    return people


def _missing(found: TeamMonth, people: Sequence[Belonging], wishes: Wishes) -> list[Planned]:
    """The shifts that are missing, with their people."""
    there, begun = [*found.around, *found.shifts], now()
    slots = [
        Slot(start, end, watch.people, is_heavy(day, wishes.holidays))
        for day in found.month.days()
        if day.isoweekday() in wishes.weekdays
        for watch in wishes.watches
        for start, end in [watch.on(day)]
        if start > begun and not any(shift.overlaps(start, end) for shift in there)
    ]
    slots.sort(key=lambda slot: (slot.starts_at, slot.ends_at))
    members = [_member(person, slots, found, wishes) for person in people]
    return [
        Planned(
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            people=frozenset(people[place].user_id for place in places),
            missing=slot.seats - len(places),
            drafted=True,
        )
        for slot, places in zip(slots, draft(slots, members, wishes.rest), strict=True)
    ]


def _member(person: Belonging, slots: Sequence[Slot], found: TeamMonth, wishes: Wishes) -> Member:
    """What the draft needs to know of somebody."""
    has, lately, elsewhere = (
        [shift for shift in shifts if person.user_id in shift.people and not shift.cancelled]
        for shifts in (found.shifts, found.around, found.elsewhere)
    )
    busy = [*has, *lately, *elsewhere]
    free = frozenset(
        place
        for place, slot in enumerate(slots)
        if person.can(slot.starts_at, slot.ends_at)
        and not any(s.overlaps(slot.starts_at - wishes.rest, slot.ends_at + wishes.rest) for s in busy)
    )
    heavy = sum(is_heavy(local_day(shift.starts_at), wishes.holidays) for shift in has)
    return Member(free=free, shifts=len(has), heavy=heavy, before=len(lately))


def _written(actor: Actor, found: TeamMonth, drafted: Sequence[Planned]) -> list[Planned]:
    """The same, as records of the team, by the actor's own right and in the caller's transaction."""
    area_id = uuid.UUID(found.team["area_id"])
    made = [replace(shift, id=uuid7()) for shift in drafted]
    changes = [_change(area_id, found.team["id"], shift) for shift in made]
    for outcome in write(actor, changes) if changes else ():
        outcome.or_raise()
    return made


def _change(area_id: uuid.UUID, team_id: str, shift: Planned) -> Change:
    assert shift.id is not None
    data = SHIFT.shape.decode(
        {
            "id": str(shift.id),
            "area_id": str(area_id),
            "team_id": team_id,
            "starts_at": wire(shift.starts_at),
            "ends_at": wire(shift.ends_at),
            "assignee_ids": [str(each) for each in shift.people],
        }
    )
    return Change(SHIFT.name, shift.id, "put", area_id, data)
