"""When something happened, from a phone whose clock may say anything (3-api, Clocks)."""

from __future__ import annotations

import datetime as dt

from api.localtime import now
from api.sync.changes import Clock

ESTIMATED_OVER_S = 600
_FIRST = dt.datetime(1, 1, 2, tzinfo=dt.UTC)
_LAST = dt.datetime(9999, 12, 30, tzinfo=dt.UTC)


def clock(
    *, sent_at: dt.datetime, recorded_at: dt.datetime | None, elapsed_ms: int | None, received_at: dt.datetime
) -> Clock:
    """The best estimate of when a change was made.

    `elapsed_ms`, its age by the phone's monotonic clock, is right whatever the wall clock says; without it, what the
    phone wrote is corrected by the skew. A skew of over ten minutes marks the time as estimated.
    """
    skew = received_at - sent_at
    if elapsed_ms is not None:
        occurred = shifted(received_at, -dt.timedelta(milliseconds=elapsed_ms))
    else:
        occurred = shifted(recorded_at, skew) if recorded_at else received_at
    skew_s = round(skew.total_seconds())
    return Clock(occurred_at=occurred, received_at=received_at, skew_s=skew_s, estimated=abs(skew_s) > ESTIMATED_OVER_S)


def plain_clock(recorded_at: dt.datetime | None) -> Clock:
    """The clock of a single request, which says nothing of the sender's own: what it wrote is taken as it is."""
    received = now()
    return Clock(occurred_at=recorded_at or received, received_at=received)


def shifted(moment: dt.datetime, by: dt.timedelta) -> dt.datetime:
    """A moment moved, within what a calendar can hold, and cut to the millisecond."""
    try:
        moved = min(max(moment + by, _FIRST), _LAST)
    except OverflowError:
        moved = _FIRST if by < dt.timedelta() else _LAST
    return moved.replace(microsecond=moved.microsecond // 1000 * 1000)
