"""What must be true of a shift, whose change is whose, and what follows from it. Pure functions of its wire form."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator

from accounts.rights import heads_team
from activities.shifts.duty import on_duty
from activities.shifts.models import ShiftStatus
from api.actors import Actor
from api.localtime import local_day
from api.problems import FieldError
from api.records import Known, Wire
from api.text import fold

SWAP_CLASH = "swap_clash"
"""The flag of a shift with a swap or substitution that couldn't be made: see `activities.shifts.duty`."""

LONGEST = dt.timedelta(hours=24)
MOST_DAYS = 366
_ROSTER = ("team_id", "starts_at", "ends_at", "assignee_ids")
_SIGNED = ("attendance", "substitutions", "swaps")


def faults(shift: Wire, _: Known) -> list[FieldError]:
    """A shift ends after it began, within a day; nobody swaps with or stands in for themself, or speaks for others."""
    found = []
    lasts = dt.datetime.fromisoformat(shift["ends_at"]) - dt.datetime.fromisoformat(shift["starts_at"])
    if not dt.timedelta() < lasts <= LONGEST:
        found.append(FieldError("/ends_at", "shift_length"))
    for place, each in enumerate(shift["substitutions"]):
        if each["absent_id"] == each["substitute_id"]:
            found.append(FieldError(f"/substitutions/{place}/substitute_id", "same_person"))
    for place, each in enumerate(shift["swaps"]):
        if each["giver_id"] == each["taker_id"]:
            found.append(FieldError(f"/swaps/{place}/taker_id", "same_person"))
        if each["by_id"] not in (each["giver_id"], each["taker_id"]):
            found.append(FieldError(f"/swaps/{place}/by_id", "not_a_side"))
        if each["return_shift_id"] == shift["id"]:
            found.append(FieldError(f"/swaps/{place}/return_shift_id", "same_shift"))
    return found


def allows(actor: Actor, before: Wire | None, after: Wire | None) -> bool:
    """The roster is the leader's and deputy's; members hand over, and add entries that they sign themselves.

    An entry is signed by `by_id`, and never changes: what was wrong is followed by another.
    """
    heads = all(heads_team(actor, uuid.UUID(shift["team_id"])) for shift in (before, after) if shift)
    if not heads and (before is None or after is None or _replans(before, after)):
        return False
    return after is None or all(entry["by_id"] == str(actor.user_id) for entry in _new_entries(before or {}, after))


def _replans(before: Wire, after: Wire) -> bool:
    cancels = before["status"] != after["status"] and ShiftStatus.CANCELLED in (before["status"], after["status"])
    return cancels or any(before[name] != after[name] for name in _ROSTER)


def _new_entries(before: Wire, after: Wire) -> Iterator[Wire]:
    """Entries that weren't there, and an unsigned one in the place of each that was altered."""
    for name in _SIGNED:
        stood = {entry["id"]: entry for entry in before.get(name) or ()}
        for entry in after[name] or ():
            if entry["id"] not in stood:
                yield entry
            elif entry != stood[entry["id"]]:
                yield {"by_id": None}


def late_entries(actor: Actor, shift: Wire, data: Wire) -> list[str]:
    """When somebody who has left came and went, as their phone tells now; nothing if it tells anything else."""
    stood = {entry["id"]: entry for entry in shift["attendance"] or ()}
    new = [entry for entry in data.get("attendance") or () if stood.get(entry["id"]) != entry]
    me = str(actor.user_id)
    own = all(entry["id"] not in stood and entry["by_id"] == entry["user_id"] == me for entry in new)
    return [entry["at"] for entry in new] if own and set(data) == {"attendance"} else []


def derive(shift: Wire, _: Known) -> Wire:
    """The local day on which it begins, who is on duty, and the flag for a change that couldn't be made."""
    people, clash = on_duty(shift)
    flags = set(shift["flags"]) - {SWAP_CLASH} | ({SWAP_CLASH} if clash else set())
    return {
        "local_day": local_day(dt.datetime.fromisoformat(shift["starts_at"])).isoformat(),
        "on_duty_ids": people,
        "flags": sorted(flags),
    }


def search_columns(shift: Wire) -> Wire:
    """What a shift is searched by."""
    return {"text_fold": fold(shift["handover_note"] or "")}


def day_off_faults(day_off: Wire, _: Known) -> list[FieldError]:
    """Days in order, a year at most."""
    first, last = (dt.date.fromisoformat(day_off[name]) for name in ("starts_on", "ends_on"))
    if last < first:
        return [FieldError("/ends_on", "before", {"other": "starts_on"})]
    return [FieldError("/ends_on", "too_many_days", {"max": MOST_DAYS})] if (last - first).days >= MOST_DAYS else []


def day_off_allows(actor: Actor, before: Wire | None, after: Wire | None) -> bool:
    """One's own days, or those of whom one leads."""
    return all(
        each["user_id"] == str(actor.user_id) or heads_team(actor, uuid.UUID(each["team_id"]))
        for each in (before, after)
        if each
    )
