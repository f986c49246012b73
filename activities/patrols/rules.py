"""What must be true of a patrol as a whole, and what follows from it. Pure functions of its wire form."""

from __future__ import annotations

import datetime as dt

from activities.patrols.models import OVER
from api.localtime import local_day
from api.problems import FieldError
from api.records import Known, Wire
from api.text import fold

TIMES_DISAGREE = "times_disagree"
"""The flag of a patrol that ends long before it began: a clock was set meanwhile."""

_SLIP = dt.timedelta(days=1)
_LONG_AGO = dt.timedelta(days=60)


def faults(patrol: Wire, _: Known) -> list[FieldError]:
    """A patrol that is over has an end, which isn't before its start.

    An end a day or more before the start isn't a slip of the hand but a clock that was reset: nobody is refused for it.
    """
    if patrol["ended_at"] is None:
        return [FieldError("/ended_at", "end_missing")] if patrol["status"] in OVER else []
    early_by = _moment(patrol["started_at"]) - _moment(patrol["ended_at"])
    return [FieldError("/ended_at", "ends_before_it_begins")] if dt.timedelta() < early_by < _SLIP else []


def derive(patrol: Wire, _: Known) -> Wire:
    """The day it began, the flag for times that can't both be right, and nothing yet where there is no track."""
    ended_at = patrol["ended_at"]
    disagree = ended_at is not None and _moment(patrol["started_at"]) - _moment(ended_at) >= _SLIP
    flags = set(patrol["flags"]) - {TIMES_DISAGREE} | ({TIMES_DISAGREE} if disagree else set())
    return {
        "local_day": local_day(began_at(patrol)).isoformat(),
        "flags": sorted(flags),
        "track_points": patrol.get("track_points") or 0,
        "track_flags": patrol.get("track_flags") or [],
    }


def began_at(patrol: Wire) -> dt.datetime:
    """When the patrol began, by a clock set right.

    The phone's clock was off by `clock_skew_s` when it sent. If that leads far from when the record was made, the clock
    was set between the night and the sending; then `recorded_at` tells by how much it was off.
    """
    occurred_at = _moment(patrol["occurred_at"])
    started_at = _moment(patrol["started_at"])
    corrected = _shifted(started_at, dt.timedelta(seconds=patrol["clock_skew_s"]))
    if abs(corrected - occurred_at) < _LONG_AGO:
        return corrected
    return _shifted(started_at, occurred_at - _moment(patrol["recorded_at"]))


def search_columns(patrol: Wire) -> Wire:
    """What a patrol is searched by."""
    return {"text_fold": fold("\n".join(filter(None, (patrol["outcome"], patrol["handover_note"]))))}


def _moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def _shifted(moment: dt.datetime, by: dt.timedelta) -> dt.datetime:
    try:
        return moment + by
    except OverflowError:
        return moment
